"""A scenario: settings, the machine that a block meets, the end, and the golden file with the actions between. Python 2.7 and 3.

CONTEXTC_BLESS=1 writes the golden files instead of comparing with them.
"""
import difflib
import json
import os
import re

TAG = "contextc_12345678"


class Scenario(object):
    """`given` is what its kind of machine is made with; `ends` is "ok" or the class of the exception; `says` is in its text.

    A kind of scenario, one for each block, has `block`, `golden` (the folder), `machine` and `host`.
    """

    def __init__(self, name, settings, given=None, ends="ok", says=""):
        self.name, self.settings, self.given, self.ends, self.says = name, settings, given, ends, says

    def steps(self, runtime, machine):
        """The handler at work. Its settings are as they travel: text of the type that a JSON reader makes."""
        return getattr(runtime, self.block)(json.loads(json.dumps(self.settings)), runtime.Result(tag=TAG, **self.host(machine)))


def show(action):
    """An action as a line of a golden file: what differs from the usual."""
    facts = dict(vars(action))
    if "key" in facts:
        # Python before 3.7 escapes more than it must.
        facts["key"] = re.sub(r"\\([/=])", r"\1", facts["key"])
    words = [type(action).__name__]
    if words == ["Run"]:
        words.append(" ".join(facts.pop("argv")))
        words += ["(may fail)"] * (not facts.pop("check"))
    return " ".join(words + ["%s=%s" % (key, json.dumps(facts[key], sort_keys=True)) for key in sorted(facts) if facts[key] not in (None, False, (), 300)])


def replay(scenario, runtime, machine=None):
    """Run one scenario -> the machine, the actions as lines (the last one is the end), the end."""
    machine = machine or scenario.machine(runtime)
    lines = []

    def perform(action):
        lines.append(show(action))
        return machine.perform(action)

    end = "ok"
    try:
        runtime.drive(scenario.steps(runtime, machine), perform)
    except runtime.Failed as fault:
        end = type(fault).__name__
        lines.append("%s: %s" % (end, fault))
    return machine, lines + ["end " + end], end


def faults(scenario, runtime):
    """What differs from the golden file and from the end that the table names, as lines of text."""
    _, lines, end = replay(scenario, runtime)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), scenario.golden, scenario.name + ".txt")
    text = "\n".join(lines) + "\n"
    if os.environ.get("CONTEXTC_BLESS"):
        with open(path, "w") as stream:
            stream.write(text)
    found = []
    with open(path) as stream:
        golden = stream.read()
    if golden != text:
        found.append("\n".join(["%s differs" % path] + list(difflib.unified_diff(golden.splitlines(), text.splitlines(), path, "now", lineterm=""))))
    if end != scenario.ends or scenario.says not in lines[-2]:
        found.append("%s ends %s (%s), not %s (%s)" % (scenario.name, end, lines[-2], scenario.ends, scenario.says))
    return found
