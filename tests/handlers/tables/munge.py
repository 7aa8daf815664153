"""The munge key: written before the daemon is installed or started, never in the place of one that is in use."""
import base64
import hashlib

KEY = bytes(bytearray(range(128, 192)))
FILE = "/etc/munge/munge.key"
WORKS = ("^unmunge$", 0, "STATUS:           Success (0)\nENCODE_HOST:      node1\nUID:              root (0)\n")


def settings(**given):
    return dict(dict(key=base64.b64encode(KEY).decode("ascii"), install=True, start=True, replace=False), **given)


def digest(there):
    """sha256sum of the key."""
    text = there.text(FILE)
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    return (0, "%s  %s\n" % (hashlib.sha256(data).hexdigest(), FILE)) if text else (1, "no such file")


def useradd(there):
    there.users.append("munge")
    there.changes += 1
    return 0, ""


def machine(runs=False, answers=(WORKS,), **more):
    rows = [("^sha256sum", digest), ("is-active", 0 if runs else 3, ""), ("^useradd", useradd), ("^munge -n", 0, "MUNGE:AwQFAAC:")]
    return dict(answers=rows + list(answers), **more)


def before_the_package(there):
    """The key lay there, private, when the package came with its daemon."""
    steps = [line.split()[0] + (" useradd" if "useradd" in line else "") for line in there.lines]
    return steps.index("Run useradd") < steps.index("Write") < steps.index("Install")


BAKED = dict(users=["root", "munge"])
IN_USE = dict(BAKED, files={FILE: "another key"})

SCENARIOS = {
    "fresh": dict(settings=settings(), machine=machine(missing=["munge"]), again=before_the_package),
    "fresh-rpm": dict(settings=settings(), machine=machine(missing=["munge"], family="rpm", selinux=True)),
    "baked-and-idle": dict(settings=settings(install=False), machine=machine(**IN_USE), again=lambda there: there.files[FILE] == (KEY, 0o400, "munge", "munge")),
    "not-started": dict(settings=settings(start=False), machine=machine(missing=["munge"])),
    "failed-in-use": dict(settings=settings(), machine=machine(runs=True, **IN_USE), ends="Refused: munge runs with another key"),
    "replaced": dict(settings=settings(replace=True), machine=machine(runs=True, **IN_USE), again=lambda there: sum("restart" in line for line in there.lines) == 1),
    "failed-restart": dict(
        settings=settings(replace=True), machine=machine(runs=True, answers=[("^systemctl restart", 1, "timeout")], **IN_USE), ends="Failed: systemctl: exit 1: timeout"),
    # What the one before left: the file is right, and the daemon has the other key.
    "restarted-after-a-failure": dict(
        settings=settings(replace=True), machine=machine(runs=True, notes={"done replace": True}, users=["root", "munge"], files={FILE: KEY}),
        again=lambda there: sum("restart" in line for line in there.lines) == 1),
    "failed-not-baked": dict(settings=settings(install=False), machine=machine(), ends="Failed: there is no user munge"),
    "failed-proof": dict(
        settings=settings(), machine=machine(answers=[("^unmunge$", 15, "unmunge: Error: Expired credential")], **BAKED), ends="Failed: unmunge: unmunge: Error: Expired credential"),
}
