"""The block pilot."""

SERVICE = {
    "name": "contextc-pilot", "title": "pilots", "unit": "[Unit]\nDescription=pilots\n",
    "files": [
        ["/usr/local/lib/contextc/contextc-pilot.main", "exec vm-pilot\n", "0600", None],
        ["/usr/local/lib/contextc/contextc-pilot.pem", "an example\n", "0600", None],
        ["/usr/local/sbin/contextc-pilot", "#!/bin/sh\n", "0700", None]]}
URL = "https://pilots.example.org/vm-pilot"
PATH = "/var/spool/contextc-pilot/vm-pilot"
OPEN = {
    "message": "/etc/joboutputs/shutdown_message", "closing": None, "service": SERVICE,
    "commands": [{"url": URL, "path": PATH, "sha256": "00" * 32}]}
THREE = dict(OPEN, commands=OPEN["commands"] + [{"url": "https://pilots.example.org/" + name, "path": "/var/spool/contextc-pilot/" + name, "sha256": None} for name in "bc"])
CLOSED = dict(OPEN, closing={
    "name": "contextc-metadata", "title": "the metadata address", "unit": "[Unit]\nDescription=Only root\n",
    "files": [["/usr/local/sbin/contextc-metadata", "#!/bin/sh\n", "0700", None]]})
FILES = {"/var/lib/cloud/data/instance-id": "i-1\n"}
WEB = {URL: "#!/bin/sh\n"}


def untouched(machine):
    """The credential is for root alone, and no pilot was started without it."""
    return machine.files["/usr/local/lib/contextc/contextc-pilot.pem"][1:3] == (0o600, None) and machine.files[PATH][1] == 0o755


SCENARIOS = {
    "fetched-and-started": dict(settings=OPEN, machine=dict(files=FILES, web=WEB, answers=[("is-active", 3, "inactive")]), again=untouched),
    "metadata-closed": dict(settings=CLOSED, machine=dict(files=FILES, web=WEB, answers=[("contextc-metadata$", 0, "closed to users by nft\n"), ("is-active", 3, "")])),
    "metadata-stays-open": dict(
        settings=CLOSED, machine=dict(files=FILES, web=WEB, answers=[("contextc-metadata$", 1, "neither nft nor iptables")]),
        ends="Failed: the metadata address stays open: neither nft nor iptables"),
    # The script is started all the same: it says so to the scheduler, and powers the machine off where that is wanted.
    "not-there": dict(settings=OPEN, machine=dict(files=FILES, answers=[("is-active", 3, "inactive")]), ends="Failed: %s: not found" % URL),
    # No other is fetched after one that does not come.
    "not-all-there": dict(settings=THREE, machine=dict(files=FILES, web=WEB), ends="Failed: https://pilots.example.org/b: not found"),
    "without-systemd": dict(settings=OPEN, machine=dict(files=FILES, web=WEB, answers=[("^test -d /run/systemd", 1, "")])),
}
