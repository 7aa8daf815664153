"""Walks the tables of the blocks: each scenario's actions are those of its golden file, and a second run changes nothing.

Run by itself it needs no pytest (Python 2.7). CONTEXTC_BLESS=1 writes the golden files instead.
"""
import difflib
import json
import os
import sys

import bundle
from double import Double

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables")


def names(path):
    """What a table defines. Not by runpy: in Python 2 its functions forget their module."""
    space = {}
    with open(path) as stream:
        exec(compile(stream.read(), path, "exec"), space)
    return space


def scenarios():
    """(block, name, scenario) of every table."""
    for entry in sorted(os.listdir(HERE)):
        if entry.endswith(".py"):
            table = names(os.path.join(HERE, entry))["SCENARIOS"]
            for name in sorted(table):
                yield entry[:-3], name, table[name]


def faults(block, name, scenario, runtime):
    """What is not as the table and the golden file say, as lines of text."""
    machine = Double(runtime, **scenario.get("machine", {}))
    # As it travels: text of the type that a JSON reader makes.
    settings = json.loads(json.dumps(scenario["settings"]))
    end = machine.run(runtime.HANDLERS[block], settings)
    lines = machine.lines + ["summary: %s: %s" % (row["name"], row["result"]) for row in machine.results] + [end]
    found = golden(block, name, lines)
    if not end.startswith(scenario.get("ends", "ok")):
        found.append("%s/%s ends %s, not %s" % (block, name, end, scenario.get("ends", "ok")))
    if end.split(":")[0] in ("ok", "Pending"):
        found += repeated(block, name, scenario, machine, settings)
    return found


def repeated(block, name, scenario, machine, settings):
    machine.changes, before = 0, dict(machine.files)
    end = machine.run(machine.runtime.HANDLERS[block], settings)
    found = []
    if end.split(":")[0] not in ("ok", "Pending") or machine.changes or machine.files != before:
        found.append("%s/%s: the second run ends %s with %d changes" % (block, name, end, machine.changes))
    if "again" in scenario and not scenario["again"](machine):
        found.append("%s/%s: what must hold after a second run does not" % (block, name))
    return found


def golden(block, name, lines):
    path = os.path.join(HERE, "golden", block, name + ".txt")
    if os.environ.get("CONTEXTC_BLESS"):
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        with open(path, "w") as stream:
            stream.write("\n".join(lines) + "\n")
    with open(path) as stream:
        diff = list(difflib.unified_diff(stream.read().splitlines(), lines, path, "now", "", "", 0, ""))
    return ["\n".join(diff)] if diff else []


def main():
    runtime = bundle.module(bundle.blocks())
    rows = list(scenarios())
    found = [fault for block, name, scenario in rows for fault in faults(block, name, scenario, runtime)]
    sys.stdout.write("".join(fault + "\n" for fault in found))
    sys.stdout.write("%d scenarios of the tables under Python %s, %d faults\n" % (len(rows), sys.version.split()[0], len(found)))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
