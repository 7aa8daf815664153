"""cloud-init's walk of the parts in a scratch root: what acts when, what is left on the disk, and when a context begins anew."""
import re
import sys

import pytest


def test_types(guest):
    assert guest.runtime.list_types() == ["text/contextc-plan", "text/disk-config", "text/soft-config"]
    assert (guest.runtime.handler_version, guest.runtime.frequency) == (2, "always")


def test_early_acts_at_its_part_and_late_waits(guest):
    guest.walk()
    assert guest.did == ["disk"]
    assert guest.final() == (None, 0)
    assert guest.did == ["disk", "soft"]
    summary = guest.summary()
    assert (summary["machine"], guest.states()) == ("ok", {"disk": "ok", "soft": "ok"})
    assert (summary["cloud-init"], summary["instance-id"], summary["contextc"]) == ("22.4.2", "i-1", "0.1.0")
    assert summary["scripts"] == [{"name": "50-001-hello", "state": "ok", "reason": None}]


def test_the_log_of_a_block(guest):
    guest.behaviour["soft"] = ("Skipped", "nothing to do")
    guest.walk()
    guest.final()
    digest8 = guest.state()["plan"]["digest"][:8]
    for name, state in (("disk", "ok"), ("soft", "skipped")):
        lines = guest.read("var/log/contextc/%s.log" % name).splitlines()
        assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (DEBUG|INFO|WARNING|ERROR) \S", line) for line in lines)
        assert lines[0].endswith(" INFO == begin %s %s" % (name, digest8))
        assert lines[-1].endswith(" INFO == end %s %s" % (name, state))
    assert (guest.root / "var/log/contextc/disk.log").stat().st_mode & 0o777 == 0o640
    assert guest.states() == {"disk": "ok", "soft": "skipped"}


def test_settings_wait_unseen_and_go(guest):
    guest.behaviour["soft"] = ("Failed", "no")
    guest.walk()
    home = guest.root / "var/lib/contextc"
    assert [folder.stat().st_mode & 0o777 for folder in (home, home / "queue", home / "record")] == [0o700] * 3
    assert [path.name for path in (home / "queue").iterdir()] == ["soft"]
    assert {path.name: path.stat().st_mode & 0o777 for path in home.rglob("*") if path.is_file()} == {"state.json": 0o600, "handler.py": 0o600, "soft": 0o600, "disk": 0o600}
    guest.final()
    assert (home / "queue" / "soft").exists()
    guest.behaviour.clear()
    assert guest.run() == 0
    assert list((home / "queue").iterdir()) == []
    for path in guest.root.rglob("*"):
        assert not (path.is_file() and "hunter2" in path.read_text())


def test_the_runner_is_installed(guest):
    guest.walk()
    runner = guest.root / "usr/local/sbin/contextc-run"
    assert runner.read_text() == '#!/bin/sh\nexec %s /var/lib/contextc/handler.py "$@"\n' % sys.executable
    assert runner.stat().st_mode & 0o777 == 0o755
    assert guest.read("var/lib/contextc/handler.py") == guest.handler.read_text()


def test_a_vendor_handler_gets_a_clean_name(guest):
    stale = guest.handler.with_suffix(".pyc")
    stale.write_text("old")
    assert "part_handler_000" in sys.modules
    guest.walk()
    assert "part_handler_000" not in sys.modules
    assert not stale.exists()


@pytest.mark.parametrize("payload", ["text", b"bytes", "crlf", "no end"])
def test_every_form_of_a_payload(guest, payload):
    parts = guest.parts()
    change = {"text": str, b"bytes": str.encode, "crlf": lambda text: text.replace("\n", "\r\n"), "no end": str.strip}[payload]
    guest.walk([(ctype, filename, change(text)) for ctype, filename, text in parts])
    assert guest.did == ["disk"]


def test_a_finished_context_does_nothing(guest):
    guest.walk()
    guest.final()
    before = guest.tree()
    guest.reboot(scripts={})
    assert guest.did == ["disk", "soft"]
    changed = {path for path, facts in guest.tree().items() if before.get(path) != facts}
    assert changed <= {str(guest.root / "proc/sys/kernel/random/boot_id")}
    assert not guest.resumes()


def test_a_cleaned_cloud_init_begins_anew(guest):
    """`cloud-init clean` forgets the instance, so the walk is an instance's first."""
    guest.walk()
    guest.final()
    guest.boot()
    (guest.root / "var/lib/cloud/instance/sem/config_scripts_user").unlink()
    guest.walk(frequency="once-per-instance")
    guest.final()
    assert guest.did == ["disk", "soft"] * 2


@pytest.mark.parametrize("change", ["instance", "digest"])
def test_another_instance_or_context_begins_anew(guest, change):
    guest.behaviour["soft"] = ("Failed", "no")
    guest.walk()
    guest.final()
    guest.behaviour.clear()
    if change == "instance":
        guest.write("var/lib/cloud/data/instance-id", "i-2\n")
    else:
        guest.blocks[0] = ("disk", "early", {"size": 2})
    guest.reboot()
    assert guest.did == ["disk", "soft", "disk"]
    assert [row["state"] for row in guest.state()["blocks"]] == ["ok", "unreached"]


def test_a_machine_without_usr_local_sbin(guest):
    (guest.root / "usr/local/sbin").rmdir()
    guest.walk()
    assert (guest.root / "usr/local/sbin/contextc-run").exists()
