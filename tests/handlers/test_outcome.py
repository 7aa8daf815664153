"""What follows the verdict: the watch, from the plan on, and what makes it act."""
import logging
import sys
import time

import pytest

from guest import FINISH, LATE
from watched import LOG, START, command

HOME = "var/lib/contextc/"


def mode(guest, name):
    return (guest.root / name).stat().st_mode & 0o777


def test_the_watch_begins_with_the_plan(watched):
    guest = watched()
    guest.walk(guest.parts()[:1])
    assert (mode(guest, "var/lib/contextc"), mode(guest, HOME + "outcome/asked.json"), mode(guest, HOME + "outcome/watch.py")) == (0o700, 0o600, 0o600)
    assert guest.read(HOME + "outcome/watch.py") == guest.handler.read_text()
    asked = guest.asked()
    assert (asked["plan"]["outcome"], asked["instance"], asked["begun"], asked["until"]) == (guest.outcome, "i-1", {"failure": 0, "success": 0}, 70)
    assert guest.calls == [["systemctl", "daemon-reload"], START]
    unit = guest.read("run/systemd/system/contextc-watch.service")
    assert "ExecStart=%s %s/var/lib/contextc/outcome/watch.py --watch\n" % (sys.executable, guest.root) in unit
    assert {"DefaultDependencies=no", "Restart=on-failure"} <= set(unit.splitlines())


def test_it_begins_before_the_first_block(watched):
    guest = watched()
    seen = []

    def disk(settings, host):
        seen.append((guest.begins(), (guest.root / "usr/local/sbin/contextc-run").exists()))
        yield guest.runtime.Log("at work")
    guest.runtime.HANDLERS["disk"] = disk
    guest.walk()
    assert seen == [(True, True)]


@pytest.mark.parametrize("systemd, code", [(False, 0), (True, 1)], ids=["none", "refuses"])
def test_without_systemd_it_is_a_process(watched, systemd, code):
    guest = watched(systemd=systemd)
    guest.codes["systemctl"] = code
    guest.walk()
    assert guest.started == [[sys.executable, str(guest.root / HOME / "outcome/watch.py"), "--watch"]]


def test_nothing_of_it_where_nothing_is_asked_for(guest):
    (guest.root / "run/systemd/system").mkdir(parents=True)
    guest.walk()
    guest.final()
    assert list((guest.root / "run/systemd/system").iterdir()) == [] and not (guest.root / HOME / "outcome").exists()


def test_a_watch_that_cannot_begin_holds_no_block_up(watched, caplog):
    guest = watched()
    (guest.root / HOME).mkdir(parents=True)
    (guest.root / HOME / "outcome").write_text("in the way")
    guest.walk()
    assert guest.did == ["disk"] and [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "nothing will follow the verdict" in caplog.text


def test_it_begins_also_where_there_is_no_place_for_the_runner(watched):
    guest = watched(failure=[LOG])
    (guest.root / "usr/local/sbin").rmdir()
    (guest.root / "usr/local/sbin").write_text("in the way")
    guest.walk()
    assert guest.begins()
    guest.watch()
    assert guest.told()[0].startswith("machine unreached; ")


@pytest.mark.parametrize("machine, degraded, done", [
    ("ok", False, "good"), ("degraded", False, None), ("degraded", True, "bad"), ("failed", False, "bad"), ("unreached", False, "bad")])
def test_the_verdict_chooses_what_is_done_once(watched, machine, degraded, done):
    guest = watched(failure=[command("bad")], success=[command("good")], degraded=degraded)
    if machine == "failed":
        guest.behaviour["disk"] = ("Failed", "no")
    guest.walk(guest.parts()[:2] if machine == "unreached" else None)
    guest.final(*["Failed running /var/lib/cloud/instance/scripts/50-001-hello [3]"] * (machine == "degraded"))
    assert (guest.verdict(), mode(guest, HOME + "outcome/verdict")) == (machine, 0o600)
    guest.watch()
    guest.watch()
    assert guest.started == [[done]] * bool(done)


def test_nothing_follows_success_where_only_failures_count(watched):
    guest = watched()
    guest.walk()
    guest.final()
    guest.watch()
    assert guest.told() == [] and not (guest.root / "var/log/contextc/outcome.log").exists()


def broken_block(guest, kind, fault):
    guest.behaviour[{"early": "disk", "late": "soft"}[kind]] = fault
    guest.walk()
    guest.final()


def killed_late(guest):
    guest.behaviour["soft"] = KeyboardInterrupt()
    guest.walk()
    guest.mark()
    with pytest.raises(KeyboardInterrupt):
        guest.run("--late")
    guest.run("--finish")


def cut_short(guest):
    guest.walk(guest.parts()[:1])
    guest.final()


def lost_finish(guest):
    """Nobody makes a verdict: the limit does."""
    guest.walk(scripts={LATE: guest.scripts[LATE]})
    guest.mark()
    guest.run("--late")


def no_scripts(guest):
    guest.walk(scripts={})


@pytest.mark.parametrize("story, why", [
    (lambda guest: broken_block(guest, "early", ("Failed", "no disk")), "machine failed; disk failed: no disk"),
    (lambda guest: broken_block(guest, "late", ("Refused", "no")), "machine failed; soft failed: no"),
    (lambda guest: broken_block(guest, "early", KeyError("x")), "machine failed; disk failed: KeyError('x')"),
    (lambda guest: broken_block(guest, "early", SystemExit(3)), "machine failed; disk failed: SystemExit(3)"),
    (killed_late, "machine failed; soft failed: interrupted"),
    (cut_short, "machine unreached; disk unreached: its turn did not come; soft unreached: its turn did not come"),
    (lost_finish, "machine unreached; 50-001-hello unreached: did not arrive whole; zz-contextc-finish unreached: did not arrive whole"),
    (no_scripts, "machine unreached; soft unreached: its turn did not come; 00-contextc-late unreached: did not arrive whole"),
], ids=["early", "late", "raised", "exit", "killed", "cut-short", "finish-lost", "no-scripts"])
def test_whatever_fails_is_told(watched, story, why):
    guest = watched()
    story(guest)
    guest.watch()
    assert len(guest.told()) == 1 and guest.told()[0].startswith(why)


def test_no_verdict_in_time(watched, monkeypatch):
    """By the time that the machine is up: its clock may leap by years."""
    guest = watched(failure=[LOG], within=600)
    guest.behaviour["soft"] = KeyboardInterrupt()
    guest.walk()
    guest.mark()
    with pytest.raises(KeyboardInterrupt):
        guest.run("--late")
    guest.meanwhile[30] = lambda: monkeypatch.setattr(time, "time", lambda: 5e9)
    guest.meanwhile[608] = lambda: guest.calls.append(["just before"])
    guest.meanwhile[640] = lambda: guest.run("--finish")
    state, guest.calls = guest.state(), []
    guest.watch()
    before = [row[0] for row in guest.calls]
    assert before == ["just before", "logger"]
    assert guest.told()[0].startswith("machine unreached; soft unreached: not done in time; 50-001-hello unreached: not begun in time")
    assert state["blocks"][1]["state"] == "running"


def test_the_summary_of_what_is_overdue(watched):
    guest = watched(within=600)
    guest.behaviour["soft"] = KeyboardInterrupt()
    guest.walk()
    guest.mark()
    with pytest.raises(KeyboardInterrupt):
        guest.run("--late")
    state = guest.state()
    assert guest.runtime.main(["--overdue"]) == 0
    found = guest.summary()
    assert (found["machine"], guest.states()) == ("unreached", {"disk": "ok", "soft": "unreached"})
    assert found["blocks"][1]["reason"] == "not done in time" and found["blocks"][1]["started"]
    assert '"machine": "unreached"' in guest.read("dev/console")
    # What goes on meanwhile is not disturbed.
    assert guest.state() == state and guest.verdict() is None


def test_a_script_that_is_overdue(watched):
    guest = watched()
    guest.scripts["50-002-second"] = "#!/bin/sh\n"
    guest.walk()
    guest.mark()
    guest.run("--late")
    guest.log("subp.py[DEBUG]: Running command ['/var/lib/cloud/instance/scripts/50-001-hello'] with allowed return codes [0]")
    guest.run("--overdue")
    assert [(row["state"], row["reason"]) for row in guest.summary()["scripts"]] == [("unreached", "not done in time"), ("unreached", "not begun in time")]


def test_what_failed_before_the_limit_counts_as_failed(watched):
    guest = watched()
    guest.behaviour["disk"] = ("Failed", "no")
    guest.walk()
    guest.run("--overdue")
    assert guest.summary()["machine"] == "failed"


@pytest.mark.parametrize("within", [60, 300])
def test_a_verdict_that_comes_later_takes_its_place(watched, within):
    guest = watched(failure=[command("bad")], success=[command("good")], within=within)
    guest.walk()
    guest.meanwhile[150] = guest.final
    guest.watch()
    assert guest.started == [["bad"], ["good"]][within > 150:]
    assert guest.summary()["machine"] == guest.verdict() == "ok"


def test_a_verdict_that_comes_while_the_limit_passes_stays(watched):
    """The watch has looked at the state already."""
    guest = watched()
    guest.walk()
    guest.final()
    guest.process()
    before = guest.read("var/log/contextc/summary.json")
    assert guest.runtime.overdue(guest.asked()["plan"]) == "ok"
    assert guest.read("var/log/contextc/summary.json") == before


def test_the_limit_is_that_of_the_boot_also_for_a_watch_that_died(watched):
    guest = watched(within=600)
    guest.walk()
    guest.now = 500.0
    guest.meanwhile[620] = guest.final
    guest.watch()
    assert len(guest.told()) == 1
    guest.reboot()
    assert guest.asked()["until"] == 610 and guest.asked()["boot"] == "boot-1\n"


def test_a_fault_does_not_end_the_watch(watched):
    guest = watched(success=[LOG], within=300)
    guest.walk()
    asked = guest.read(HOME + "outcome/asked.json")
    guest.write(HOME + "outcome/asked.json", "{")
    guest.meanwhile[100] = lambda: guest.write(HOME + "outcome/asked.json", asked)
    guest.meanwhile[200] = guest.final
    guest.watch()
    assert guest.told() == ["machine ok"]
