"""A machine without cloud-init: a context is sent to it over ssh, again, and after a reboot."""

import json
import subprocess
import time

import holds
import sources
import visitor

ALIAS = "guest"
PROBES = {
    "ran": "cat /var/log/ran",
    "bootcmd": "cat /var/log/bootcmd",
    "late-file": "stat -c '%a %U:%G' /etc/late-file",
    "no-cloud-init": "! command -v cloud-init && ! systemctl cat cloud-init.service",
    "left": "find /var/lib/contextc /etc/systemd -name '*contextc-resume*' -o -path '*/contextc/ssh/*' | sort",
    "played": "cat /var/lib/cloud/data/instance-id /var/lib/cloud/data/result.json",
}


def material(run):
    """What the farm fetches, and a key to log in with."""
    variables = sources.packages(run)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", run.work / "login"], check=True)
    run.words["LOGIN"] = (run.work / "login.pub").read_text().strip()
    known = (run.guest.image / "host_key.pub").read_text()
    (run.work / "known_hosts").write_text(f"{ALIAS} {known}")
    return variables


def ask(run, guest, command, said=subprocess.DEVNULL):
    return visitor.login(guest, "root", run.work / "login", run.work / "known_hosts", command, ALIAS, said)


def send(run, guest):
    """`ssh root@vm 'sh -s' <FILE`: (exit code, output, seconds)."""
    began = time.monotonic()
    with open(run.work / "user-data", "rb") as run_file:
        code, said = ask(run, guest, "sh -s", run_file)
    return code, said, time.monotonic() - began


def twice(run, guest):
    """At each boot, as soon as sshd answers; then the machine may report and power off."""
    try:
        for _ in range(200):
            if ask(run, guest, "true")[0] == 0:
                break
            visitor.pause()
        run.sent = [send(run, guest), send(run, guest)]
        for number, (code, said, seconds) in enumerate(run.sent, 1):
            (run.work / f"boot{guest.boots}-sent{number}.log").write_text(f"{said}exit {code} after {seconds:.1f} s\n")
    finally:
        ask(run, guest, "touch /run/vm-sent")


def once(run, guest):
    """At the first boot it is sent, and the power is cut; at the next one nobody sends anything, and the machine goes on by itself."""
    try:
        for _ in range(200):
            if ask(run, guest, "true")[0] == 0:
                break
            visitor.pause()
        if guest.boots == 1:
            run.sent = [send(run, guest)]
        else:
            ask(run, guest, "until [ -e /var/log/contextc/summary.json ] && [ ! -e /etc/systemd/system/contextc-resume.service ]; do sleep 1; done")
    finally:
        ask(run, guest, "touch /run/vm-sent")


def resumed(run):
    """What was done is not done again, nor is the script that was running; the next one and the verdict are there."""
    rows = {row["name"]: row["reason"] for row in run.boot.summary()["scripts"]}
    assert rows == {"50-001-script": "interrupted, not repeated", "50-002-script": None, "runcmd": None}, rows
    assert len(run.boot.out("count").splitlines()) == 1 and run.boot.out("count-second") == "ran\n", run.boot.out("count")


def brought(run):
    """The first time it did all of it, and said so; the second time nothing."""
    (first, said, _), (second, again, _) = run.sent
    assert (first, second) == (0, 0), said + again
    for words in ("localfs begins", "localfs ok", "bootcmd", "cvmfs ok", "write_files_deferred", "the user's scripts", "machine ok"):
        assert f"contextc: {words}" in said.replace("contextc:   ", "contextc: "), said
    assert "nothing is repeated" not in said
    nothing_new(run, run.sent[1:])


def nothing_new(run, sent=None):
    for code, said, _ in sent or run.sent:
        assert code == 0 and "nothing is repeated" in said and said.rstrip().endswith("machine ok"), (code, said)


def applied(run):
    """Keys of cloud-config, in cloud-init's order, once; and nobody but us did it."""
    boot, instance = run.boot, f"ssh-{run.boot.summary()['digest'][:16]}"
    assert boot.rc("no-cloud-init") == 0, boot.out("no-cloud-init")
    assert boot.out("bootcmd") == instance + "\n" and boot.out("ran") == "late\n" and boot.out("late-file") == "640 root:batch\n"
    assert (boot.summary()["cloud-init"], boot.summary()["instance-id"]) == (None, instance)
    written, result = boot.out("played").splitlines()
    assert written == instance and json.loads(result)["v1"]["errors"] == []
    assert boot.out("left").split() == ["/var/lib/contextc/ssh/instance", "/var/lib/contextc/ssh/lock"], boot.out("left")


def user_scripts(run):
    holds.scripts(run, s001="ok", s002="ok", runcmd="ok")
