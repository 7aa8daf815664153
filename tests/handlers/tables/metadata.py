"""The block metadata."""

PROGRAM = "/usr/local/sbin/contextc-metadata"
CLOSE = {"closing": {
    "name": "contextc-metadata", "title": "the metadata address", "unit": "[Unit]\nDescription=Only root\n",
    "files": [[PROGRAM, "#!/bin/sh\n", "0700", None]]}}
SHUT = ("contextc-metadata$", 0, "closed to users by nft\n")


def kept(machine):
    return machine.files[PROGRAM][1] == 0o700 and machine.results == [{"name": "the metadata address", "result": "closed to users by nft"}]


SCENARIOS = {
    "closed": dict(settings=CLOSE, machine=dict(answers=[SHUT]), again=kept),
    "closed-without-systemd": dict(settings=CLOSE, machine=dict(answers=[("^test -d /run/systemd", 1, ""), SHUT]), again=kept),
    # The machine has neither: the unit is there for a later boot, the block fails now.
    "stays-open": dict(settings=CLOSE, machine=dict(answers=[("contextc-metadata$", 1, "neither nft nor iptables")]), ends="Failed: the metadata stays open: neither nft nor iptables"),
    "left-open": dict(settings={"closing": None}, ends="Skipped: it is left open"),
}
