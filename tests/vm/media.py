"""The small disks of a guest: the NoCloud seed, and the disk that says what to report."""

import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Asked after every boot, whatever the scenario: what an admin would look at.
STANDARD = {
    "status": "timeout 100 cloud-init status --wait --long",
    "result": "cat /run/cloud-init/result.json",
    "versions": "dpkg-query -W cloud-init python3; uname -r",
    "summary": "cat /var/log/contextc/summary.json",
    "summary-log": "cat /var/log/contextc/summary.log",
    "logs": "for f in /var/log/contextc/*; do echo \"### $f\"; cat \"$f\"; done",
    "modes": "find /var/log/contextc /var/lib/contextc /usr/local/sbin -printf '%m %u:%g %p\\n'",
    "state": "cat /var/lib/contextc/state.json",
    "record": "tar -C /var/lib/contextc -cz record | base64 -w0",
    "state-written": "stat -c '%y %i' /var/lib/contextc/state.json",
    "mounts": "findmnt -rn -o TARGET,SOURCE,FSTYPE,OPTIONS",
    "fstab": "cat /etc/fstab",
    "swaps": "cat /proc/swaps",
    "vgs": "vgs --noheadings --nosuffix --units b --separator ' ' -o vg_name,vg_extent_size,vg_extent_count,vg_free_count,vg_tags",
    "lvs": "lvs --noheadings --nosuffix --units b --separator ' ' -o lv_name,lv_size,vg_name,lv_tags",
    "blkid": "blkid",
    "failed-units": "systemctl --failed --no-legend --plain",
    "per-boot": "ls /var/lib/cloud/scripts/per-boot",
    "warnings": "grep -nE 'WARN|ERROR|CRITICAL|Traceback' /var/log/cloud-init.log",
    "cloud-init-output": "tail -c 20000 /var/log/cloud-init-output.log",
    "cloud-init-log": "gzip -c /var/log/cloud-init.log | base64 -w0",
}


def seed(path, user_data, instance):
    """dsmode net: without it a NoCloud seed may be consumed before the network is there."""
    content = path.with_suffix(".d")
    content.mkdir(exist_ok=True)
    (content / "user-data").write_bytes(user_data)
    (content / "meta-data").write_text(
        f"instance-id: {instance}\nlocal-hostname: {instance}\ndsmode: net\n")
    path.unlink(missing_ok=True)
    blocks = max(4096, len(user_data) // 512)
    _run("mkfs.vfat", "-C", "-n", "cidata", str(path), str(blocks))
    _run("mcopy", "-i", str(path), str(content / "user-data"), str(content / "meta-data"), "::")


def check(path, probes, early):
    """The disk with serial "check": guest/vm-check runs `early` and `final` from it."""
    content = path.with_suffix(".d")
    shutil.rmtree(content, ignore_errors=True)
    content.mkdir()
    (content / "probes.json").write_text(json.dumps({**STANDARD, **probes}))
    shutil.copy(HERE / "guest" / "report.py", content)
    (content / "final").write_text("exec python3 /run/vm-check/report.py\n")
    if early:
        (content / "early").write_text(early)
    path.unlink(missing_ok=True)
    with open(path, "wb") as blank:
        blank.truncate(8 << 20)
    _run("mkfs.ext4", "-q", "-L", "vmcheck", "-d", str(content), str(path))


def blank(path, size):
    """A data disk as a cloud hands it out: all zeros, and sparse here."""
    with open(path, "wb") as disk:
        disk.truncate(size)


def _run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
