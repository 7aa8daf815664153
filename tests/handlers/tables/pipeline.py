"""The block pipeline."""


def service(name, title="pipeline analysis"):
    path = "/usr/local/sbin/" + name
    return {
        "name": name, "title": title, "unit": "[Unit]\nDescription=%s\n" % title,
        "files": [["/usr/local/lib/contextc/%s.main" % name, "make\n", "0400", "alice"], [path, "#!/bin/sh\n", "0700", None]]}


ONE = {"users": ["alice"], "services": [service("contextc-pipeline-analysis")]}
TWO = {"users": ["alice"], "services": ONE["services"] + [service("contextc-pipeline-analysis-web", "tracker web of pipeline analysis")]}
FILES = {"/var/lib/cloud/data/instance-id": "i-1\n"}
UNIT = "/etc/systemd/system/contextc-pipeline-analysis.service"
BOOT = "/var/lib/cloud/scripts/per-boot/contextc-pipeline-analysis"

SCENARIOS = {
    # The unit is queued: the stage of the boot that it waits for is the one in which this runs.
    "systemd": dict(
        settings=ONE, machine=dict(files=FILES, answers=[("is-active", 3, "inactive")]),
        again=lambda machine: UNIT in machine.files and BOOT not in machine.files and machine.files["/usr/local/lib/contextc/contextc-pipeline-analysis.main"][1:3] == (0o400, "alice")),
    "with-a-tracker-on-rpm": dict(settings=TWO, machine=dict(family="rpm", files=FILES, answers=[("is-active", 3, "inactive")])),
    "by-hand-after-the-boot": dict(settings=ONE, machine=dict(files=FILES, answers=[("is-active", 0, "active\n")])),
    "without-systemd": dict(
        settings=ONE, machine=dict(files=FILES, answers=[("^test -d /run/systemd", 1, "")]),
        again=lambda machine: UNIT not in machine.files and machine.files[BOOT][1] == 0o755),
    # Nothing is written: what belongs to nobody would run as root.
    "no-such-user": dict(settings=dict(ONE, users=["alice", "bob"]), machine=dict(files=FILES), ends="Failed: there is no user bob: add it to `users`"),
    "systemd-refuses": dict(settings=ONE, machine=dict(files=FILES, answers=[("--no-block start", 1, "Unit is masked.")]), ends="Failed: systemctl: exit 1: Unit is masked."),
}
