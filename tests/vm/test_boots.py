"""Every row of scenarios.py, on every guest of the selection."""

import contextlib
import shutil
from pathlib import Path

import holds
import machine
import scenarios
import sources
import webserver

TOP = Path(__file__).resolve().parent.parent.parent


class Run:
    """One scenario on one guest: what the checks of holds.py see."""

    def __init__(self, scenario, work, stack):
        """`stack` closes what `serve` opens; `more` is what it adds to the context, `words` to the early scripts."""
        self.scenario, self.work, self.stack, self.boots, self.more, self.words = scenario, work, stack, [], "", {}
        self.server = stack.enter_context(webserver.serving(work / "www"))

    @property
    def boot(self):
        return self.boots[-1]

    def prepare(self, suite):
        row = self.scenario
        self.guest = machine.Guest(self.work, suite, row.variant, row.disks, row.network, honest=bool(row.cut))
        variables = row.serve(self) if row.serve else {}
        if not (self.work / "key.asc").exists():
            (self.work / "key.asc").touch()
        data = sources.user_data(self, variables)
        self.user_data = row.change(data) if row.change else data
        self.before = {name: holds.checksum(path) for name, path in self.guest.disks.items() if path.stat().st_size <= 2 * machine.GIB}

    def start(self, number):
        cut, words = self.scenario.cut if self.scenario.cut and number == 0 else (None, None)
        probes = {name: probe(self) if callable(probe) else probe for name, probe in self.scenario.probes.items()}
        self.boots.append(self.guest.boot(
            self.scenario.delivery(self), probes, sources.early(self, words), cut,
            meanwhile=self.scenario.meanwhile and (lambda guest: self.scenario.meanwhile(self, guest))))


def test_boots(name, suite, record_property):
    scenario = scenarios.SCENARIOS[name]
    work = TOP / "target" / "vm" / f"{name}-{suite}"
    shutil.rmtree(work, ignore_errors=True)
    seconds = []
    for fact in (("scenario", name), ("suite", suite), ("seconds", seconds)):
        record_property(*fact)
    with contextlib.ExitStack() as stack:
        run = Run(scenario, work, stack)
        run.prepare(suite)
        for number, checks in enumerate(scenario.boots):
            if number and scenario.serve_once:
                run.server.shutdown()
                run.server.server_close()
            run.start(number)
            seconds.append(run.boot.seconds)
            for check in checks:
                check(run)
            if run.boot.ended == "off":
                holds.as_simulated(run)
    for path in run.guest.disks.values():
        path.unlink()
