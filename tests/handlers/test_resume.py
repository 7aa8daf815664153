"""The power is cut during a first boot: what the next one goes on with, and what it does not do twice."""
import pytest

from guest import LATE


@pytest.mark.parametrize("sem, late, finished, resumes", [
    (False, False, False, False),
    (True, False, False, True),
    (True, True, False, True),
    (True, True, True, False),
    (False, True, False, False),
])
def test_when_a_boot_resumes(guest, sem, late, finished, resumes):
    guest.walk()
    assert not guest.resumes()
    if sem:
        guest.mark()
    if late:
        guest.run("--late")
    if finished:
        guest.run("--finish")
    guest.reboot()
    assert guest.resumes() == resumes


def test_cut_before_the_late_phase_was_done(guest, called):
    """No user script had begun: all are run, in the order of a first boot."""
    guest.walk()
    guest.mark()
    guest.write("var/lib/cloud/instance/scripts/runcmd", "#!/bin/sh\n")
    (guest.root / "var/lib/cloud/instance/scripts/runcmd").chmod(0o700)
    called[1]["runcmd"] = 4
    guest.reboot()
    assert guest.run("--resume") == 0
    assert guest.did == ["disk", "soft"]
    assert called[0] == ["50-001-hello", "runcmd"]
    assert guest.summary()["scripts"][1:] == [{"name": "runcmd", "state": "failed", "reason": "exit 4"}]
    assert guest.summary()["machine"] == "degraded"
    assert not guest.resumes()
    guest.reboot()
    assert not guest.resumes()


def test_a_resumed_script_that_cannot_be_started(guest, called):
    guest.walk()
    guest.mark()
    guest.reboot()
    called[1]["50-001-hello"] = OSError("Exec format error")
    assert guest.run("--resume") == 0
    assert guest.summary()["scripts"][0]["reason"] == "Exec format error"


def test_cut_in_a_resumed_user_script(guest, called):
    """It is not begun again; the ones after it are."""
    guest.scripts["50-002-second"] = "#!/bin/sh\n"
    guest.walk()
    guest.mark()
    guest.reboot()
    called[1]["50-001-hello"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        guest.run("--resume")
    guest.reboot()
    assert guest.resumes()
    guest.run("--resume")
    assert called[0] == ["50-001-hello", "50-002-second"]
    assert guest.summary()["scripts"] == [
        {"name": "50-001-hello", "state": "failed", "reason": "interrupted, not repeated"}, {"name": "50-002-second", "state": "ok", "reason": None}]


def test_cut_in_cloud_inits_own_user_scripts(guest, called):
    guest.scripts.update({"50-002-second": "#!/bin/sh\n", "50-003-third": "#!/bin/sh\n"})
    guest.walk()
    guest.mark()
    guest.run("--late")
    for name in (LATE, "50-001-hello", "50-002-second"):
        guest.log("subp.py[DEBUG]: Running command ['/var/lib/cloud/instance/scripts/%s'] with allowed return codes [0] (shell=False, capture=False)" % name)
    guest.reboot()
    guest.run("--resume")
    assert called[0] == []
    assert {row["name"]: row["reason"] for row in guest.summary()["scripts"]} == {
        "50-001-hello": None, "50-002-second": "interrupted, not repeated", "50-003-third": "not begun before the power was cut, not repeated"}
    assert [row["state"] for row in guest.summary()["scripts"]] == ["ok", "failed", "unreached"]
    assert guest.summary()["machine"] == "unreached"


def test_cut_in_a_late_block(guest, called):
    guest.behaviour["soft"] = KeyboardInterrupt()
    guest.walk()
    guest.mark()
    with pytest.raises(KeyboardInterrupt):
        guest.run("--late")
    assert [row["state"] for row in guest.state()["blocks"]] == ["ok", "running"]
    guest.behaviour.clear()
    guest.reboot()
    assert guest.run("--resume") == 0
    assert guest.did == ["disk", "soft", "soft"]
    assert called[0] == ["50-001-hello"]
    # What a power cut left of the package lists is not looked at again.
    assert guest.renewals == [["dpkg", "apt-get"], ["dpkg", "apt-get"], ["dpkg", "find", "apt-get"]]


def test_cut_in_an_early_block(guest):
    guest.behaviour["disk"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        guest.walk()
    guest.behaviour.clear()
    guest.reboot(frequency="once-per-instance")
    assert guest.final() == (None, 0)
    assert guest.did == ["disk", "disk", "soft"]


def test_cut_before_cloud_init_made_its_mark(guest):
    """cloud-init runs everything again by itself; what is done is not done twice."""
    guest.walk()
    guest.run("--late")
    guest.reboot(frequency="once-per-instance")
    assert not guest.resumes()
    assert guest.final() == (None, 0)
    assert guest.did == ["disk", "soft"]


def test_scripts_of_a_boot_without_handlers(guest, called):
    """They were included, and did not come: there is no state of this instance, but cloud-init's mark."""
    guest.scripts.update({"50-002-second": "#!/bin/sh\n", "50-003-third": "#!/bin/sh\n", "50-004-last": "#!/bin/sh\n"})
    guest.mark()
    for name in (LATE, "50-001-hello", "50-002-second", "50-003-third"):
        guest.log("subp.py[DEBUG]: Running command ['/var/lib/cloud/instance/scripts/%s'] with allowed return codes [0] (shell=False, capture=False)" % name)
    guest.log("util.py[WARNING]: Failed running /var/lib/cloud/instance/scripts/50-002-second [3]")
    guest.reboot()
    assert guest.resumes()
    # Another power cut changes nothing.
    guest.reboot()
    guest.run("--resume")
    assert (guest.did, called[0]) == (["disk", "soft"], [])
    assert [row["reason"] for row in guest.summary()["scripts"]] == [
        "ran at an earlier boot, before the blocks; not repeated", "exit 3", "interrupted, not repeated", "not in the log of an earlier boot, not repeated"]
    assert [row["state"] for row in guest.summary()["scripts"]] == ["ok", "failed", "failed", "unreached"]


def test_scripts_of_another_instance_do_not_count(guest, called):
    guest.walk()
    guest.mark()
    guest.write("var/lib/cloud/data/instance-id", "i-2\n")
    (guest.root / "var/lib/cloud/instance/sem/config_scripts_user").unlink()
    guest.reboot(frequency="once-per-instance")
    guest.mark()
    guest.reboot()
    guest.run("--resume")
    assert called[0] == ["50-001-hello"]
