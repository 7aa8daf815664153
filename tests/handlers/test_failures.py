"""A block that fails, or whose process ends: what is told of it, and what is tried again."""
import logging

import pytest


class Broken(Exception):
    pass


@pytest.mark.parametrize("fault, reason", [(Broken("no disk"), "Broken('no disk')"), (SystemExit(3), "SystemExit(3)"), (KeyError("x"), "KeyError('x')")])
def test_nothing_escapes(guest, fault, reason, caplog):
    guest.behaviour["disk"] = fault
    guest.walk()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert guest.final() == (None, 1)
    rows = guest.summary()["blocks"]
    assert [(row["state"], row["reason"]) for row in rows] == [("failed", reason), ("ok", None)]
    assert "Traceback" in guest.read("var/log/contextc/disk.log")
    assert 1 <= len(rows[0]["log"]) <= 5 and not rows[1]["log"]
    assert guest.summary()["machine"] == "failed"


def test_success_makes_no_warning(guest, caplog):
    with caplog.at_level(logging.DEBUG):
        guest.walk()
        guest.final()
    assert {record.levelno for record in caplog.records} == {logging.INFO}


def test_a_failed_early_block_is_not_tried_at_each_boot(guest):
    guest.behaviour["disk"] = ("Refused", "it holds ext4")
    guest.walk()
    guest.reboot()
    assert guest.did == ["disk"]


def test_repeating_what_failed(guest, capfd):
    guest.behaviour["disk"] = ("Refused", "it holds ext4")
    guest.walk()
    assert guest.final()[1] == 1
    assert guest.run() == 1
    assert guest.did == ["disk", "soft", "disk"]
    guest.behaviour.clear()
    assert guest.run("soft") == 1
    assert guest.run("disk") == 0
    assert guest.did == ["disk", "soft", "disk", "disk"]
    assert guest.summary()["machine"] == "ok"
    assert capfd.readouterr().out.endswith("machine ok\n")


def test_a_block_that_does_not_exist(guest, capfd):
    guest.walk()
    guest.final()
    assert guest.runtime.main(["disc"]) == 2
    assert capfd.readouterr().err == "contextc: no such block: disc\n"


def test_before_there_is_a_plan(guest, capfd):
    assert guest.runtime.main([]) == 1
    assert capfd.readouterr().err == "contextc: no plan arrived\n"


def test_notes_end_with_the_block(guest):
    """After a failure people may have put things where we had begun: only a power cut leaves notes."""
    def handler(settings, host):
        yield guest.runtime.Note("half", 1)
        raise guest.behaviour["disk"]
    guest.runtime.HANDLERS["disk"] = handler
    guest.behaviour["disk"] = guest.runtime.Failed("no")
    guest.walk()
    assert guest.state()["blocks"][0]["notes"] == {}
    guest.behaviour["disk"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        guest.runtime.main(["disk"])
    assert guest.state()["blocks"][0]["notes"] == {"half": 1}


def test_a_block_that_is_never_finished_is_interrupted(guest):
    guest.behaviour["soft"] = KeyboardInterrupt()
    guest.walk()
    with pytest.raises(KeyboardInterrupt):
        guest.run("--late")
    assert guest.run("--finish") == 1
    assert guest.summary()["blocks"][1]["reason"] == "interrupted"
