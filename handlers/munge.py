"""The block munge: the cluster's key, there before the daemon starts for the first time, and the proof that the daemon uses it."""
MUNGE_KEY = "/etc/munge/munge.key"


def munge(settings, host):
    """Actions for a machine whose munge daemon has the key of the settings. The key of a daemon that runs is not replaced unasked."""
    key = base64.b64decode(settings["key"])
    known = (yield Run(["sha256sum", MUNGE_KEY], check=False, secret=True)).out.split()[:1]
    other = known not in ([], [digest(key)])
    runs = not (yield Run(["systemctl", "-q", "is-active", "munge"], check=False)).rc
    if other and runs and not settings["replace"]:
        raise Refused("munge runs with another key, which stays (replace: false)")
    if not (yield Account("munge")):
        if not settings["install"]:
            raise Failed("there is no user munge (install: false): bake munge into the image")
        # As the packages make it. Theirs comes too late: Debian's starts the daemon, with a key of its own if there is none.
        yield Run(["useradd", "-r", "-U", "-M", "-d", "/nonexistent", "-s", "/usr/sbin/nologin", "munge"])
    if other and runs:
        # Until it was restarted, the daemon has the other key, whatever the file says by then.
        yield Note("done replace", True)
    yield Mkdir("/etc/munge", 0o700, "munge", "munge")
    yield Write(MUNGE_KEY, key, 0o400, "munge", "munge")
    yield Restorecon("/etc/munge")
    if host.notes.get("done replace"):
        yield Run(["systemctl", "restart", "munge"])
        yield Note("done replace", None)
    if settings["install"]:
        yield Install(["munge"], ["munge"])
    if settings["start"]:
        yield Enable("munge")
        yield munge_prove()


def munge_prove():
    """What the daemon gives out, it takes back."""
    credential = yield Run(["munge", "-n"], secret=True)
    answer = yield Run(["unmunge"], stdin=credential.out, check=False)
    status = " ".join(re.findall(r"(?m)^STATUS:\s+(.*)", answer.out)) or answer.err.strip() or "no status"
    yield Record("munge -n | unmunge", status)
    if answer.rc:
        raise Failed("unmunge: " + status)
