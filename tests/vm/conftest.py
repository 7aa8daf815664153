"""pytest for the boots: which scenarios, on which guests, and the table at the end."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import scenarios

# {name of a guest: the suite that is booted}, decided once, before the tests, by tests/vm/run.
GUESTS = json.loads(os.environ.get("CONTEXTC_VM_GUESTS") or "null") or {suite: suite for suite in scenarios.SUITES}
SELECTION = os.environ.get("CONTEXTC_VM_SELECTION", "vm")


def pytest_generate_tests(metafunc):
    pairs = [(name, guest) for name, guest in scenarios.selection(SELECTION) if GUESTS.get(guest)]
    metafunc.parametrize("name, suite", [(name, GUESTS[guest]) for name, guest in pairs],
                         ids=[f"{name}-{GUESTS[guest]}" for name, guest in pairs])


def pytest_terminal_summary(terminalreporter):
    """Scenario by guest: seconds of each boot, FAILED where something did not hold."""
    rows = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            facts = dict(report.user_properties)
            times = " + ".join(f"{seconds:.0f}" for seconds in facts.get("seconds", []))
            rows.setdefault(facts.get("scenario"), {})[facts.get("suite")] = (
                times if outcome == "passed" else f"FAILED {times}".strip())
    suites = [suite for suite in GUESTS.values() if suite]
    terminalreporter.section("boots: seconds per boot")
    terminalreporter.write_line("scenario".ljust(28) + "".join(suite.ljust(18) for suite in suites))
    for name, found in rows.items():
        terminalreporter.write_line(str(name).ljust(28) + "".join(found.get(suite, "-").ljust(18) for suite in suites))
    for wanted, suite in GUESTS.items():
        if suite != wanted:
            terminalreporter.write_line(f"WARNING: {wanted} could not be built today; in its place: {suite or 'NOTHING'}", red=True)
