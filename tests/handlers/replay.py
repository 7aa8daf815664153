"""Replays the scenarios and compares their actions with the golden files. Run by itself it needs no pytest (Python 2.7).

CONTEXTC_BLESS=1 writes the golden files instead.
"""
import difflib
import os
import sys

import bundle
from scenarios import SCENARIOS, replay

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")


def faults(scenario, runtime):
    """What differs from the golden file and from the end that the table names, as lines of text."""
    _, lines, end = replay(scenario, runtime)
    path = os.path.join(GOLDEN, scenario.name + ".txt")
    text = "\n".join(lines) + "\n"
    if os.environ.get("CONTEXTC_BLESS"):
        with open(path, "w") as stream:
            stream.write(text)
    found = []
    with open(path) as stream:
        diff = list(difflib.unified_diff(stream.read().splitlines(), lines, path, "now", "", "", 0, ""))
        if diff:
            found.append("\n".join(diff))
    if end != scenario.ends or scenario.says not in lines[-2]:
        found.append("%s ends %s (%s), not %s (%s)" % (scenario.name, end, lines[-2], scenario.ends, scenario.says))
    return found


def main():
    runtime = bundle.module(bundle.blocks())
    found = [fault for scenario in SCENARIOS for fault in faults(scenario, runtime)]
    sys.stdout.write("".join(fault + "\n" for fault in found))
    sys.stdout.write("%d scenarios replayed under Python %s, %d faults\n" % (len(SCENARIOS), sys.version.split()[0], len(found)))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
