"""The contexts that are compiled for this tier: every good case and every example."""
import re

from layout import ROOT


class Case:
    """A context file, and the options its first line asks for."""

    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        head = path.read_text().split("\n", 2)[:2]
        target = next(filter(None, (re.match(r"# *target: *(\S+)", line) for line in head)), None)
        self.options = ["--target", target.group(1)] if target else []


def found():
    """Examples and good cases (`err_` marks those that are refused)."""
    paths = sorted((ROOT / "examples").rglob("*.yaml")) + sorted((ROOT / "tests/cases").glob("*.yaml"))
    return [Case(path) for path in paths if not path.name.startswith("err_")]


CASES = found()
FARM = next((case for case in CASES if case.name == "examples/virtual-farm.yaml"), None)
