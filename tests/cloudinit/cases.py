"""The contexts that are compiled for this tier: every good case and every example."""
import re

from layout import ROOT

ENVELOPES = ("plain", "gzip")


class Case:
    """A context file, and what its line `# case: ...` asks for (tests/cases.rs has the words)."""

    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        text = path.read_bytes()
        line = re.search(rb"(?m)^# case:(.*)$", text)
        self.words = line.group(1).decode("utf-8").split() if line else []
        self.options = ["--target=" + target for target in self.asked("target")]
        self.options += ["--set=" + setting for setting in self.asked("set")]
        self.options += ["--today=" + day for day in self.asked("today")]
        # A target of its own may take it in one envelope only: the one asked for, or the compiler's choice.
        targeted = self.asked("target") or re.search(rb"(?m)^target:", text)
        self.envelopes = self.asked("envelope") or (("default",) if targeted else ENVELOPES)

    def asked(self, name):
        return [word.split("=", 1)[1] for word in self.words if word.startswith(name + "=")]

    def compiles(self):
        """Neither refused (`err_`), nor a plain cloud-config that is only checked, nor for a machine without cloud-init."""
        return not self.path.name.startswith("err_") and "check" not in self.words and self.asked("target") != ["ssh"]


def found():
    # Of examples/codes each file is two texts, one of them wrong: tests/explain.rs judges them.
    examples = [path for path in (ROOT / "examples").rglob("*.yaml") if path.relative_to(ROOT).parts[1] != "codes"]
    paths = sorted(examples) + sorted((ROOT / "tests/cases").glob("*.yaml"))
    return [case for case in map(Case, paths) if case.compiles()]


CASES = found()
FARM = next(case for case in CASES if case.name == "examples/virtual-farm.yaml")
# What is parametrized: a walk for each of these.
WALKED = [(case.name, envelope) for case in CASES for envelope in case.envelopes]
