"""The verdict: from cloud-init's log, over blocks, scripts and modules, for people and consoles."""
import json
import re

import pytest

from guest import CLOUD_LOG

OLD = "util.py[WARNING]: Failed running /var/lib/cloud/instance/scripts/50-001-hello [3]"
NEW = "subp.py[DEBUG]: Unexpected error while running command.\nCommand: ['/var/lib/cloud/instance/scripts/50-001-hello']\nExit code: 3\nReason: -\nStdout: -\nStderr: -"


@pytest.mark.parametrize("line", [OLD, NEW])
def test_a_user_script_that_fails(guest, line):
    guest.walk()
    assert guest.final(line) == (None, 0)
    assert guest.summary()["scripts"] == [{"name": "50-001-hello", "state": "failed", "reason": "exit 3"}]
    assert guest.summary()["machine"] == "degraded"


def test_a_failure_of_an_earlier_boot_does_not_count(guest):
    guest.log(OLD)
    guest.walk()
    guest.final()
    assert guest.summary()["machine"] == "ok"


def test_a_module_that_fails(guest):
    guest.walk()
    for _ in range(2):
        guest.log("util.py[WARNING]: Running module locale (<module 'cloudinit.config.cc_locale' from '/usr/lib/python3/dist-packages/cloudinit/config/cc_locale.py'>) failed")
    guest.final()
    assert [row["name"] for row in guest.summary()["modules"]] == ["locale"]
    assert guest.summary()["machine"] == "degraded"
    guest.write(CLOUD_LOG, "")
    assert guest.run() == 0
    assert guest.summary()["machine"] == "degraded"


def test_the_summary_is_read_by_people_and_consoles(guest, capfd):
    guest.behaviour["disk"] = ("Refused", "/dev/vdb holds ext4")
    guest.walk()
    guest.final(NEW)
    text = guest.read("var/log/contextc/summary.log")
    lines = text.splitlines()
    assert re.match(r"failed +disk +[0-9.]+ +/dev/vdb holds ext4$", lines[0])
    assert re.match(r"ok +soft +[0-9.]+$", lines[1].rstrip())
    assert re.match(r"failed +50-001-hello +- +exit 3$", lines[2])
    assert lines[3:] == ["machine failed"]
    assert capfd.readouterr().out.endswith(text)
    console = guest.read("dev/console")
    assert json.loads(re.search(r"^contextc-summary: (\{.*\})$", console, re.M).group(1)) == guest.summary()
    assert (guest.root / "var/log/contextc/summary.json").stat().st_mode & 0o777 == 0o644


def test_failed_wins_over_unreached(guest):
    guest.behaviour["disk"] = ("Failed", "no")
    guest.walk(guest.parts()[:2])
    guest.final()
    assert guest.summary()["machine"] == "failed"


def test_a_script_may_remove_itself(guest):
    guest.walk()
    (guest.root / "var/lib/cloud/instance/scripts/50-001-hello").unlink()
    guest.final()
    assert guest.summary()["scripts"] == [{"name": "50-001-hello", "state": "ok", "reason": None}]
