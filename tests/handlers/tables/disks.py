"""Persistent disks: what is mounted, what is awaited, and what is left alone."""


def disk(name="LABEL=data", path="/dev/disk/by-label/data", device="dev-disk-by\\x2dlabel-data.device", mount="/data", unit="data.mount", **more):
    row = {"name": name, "path": path, "device": device, "pin": False, "mount": mount, "unit": unit, "filesystem": "auto",
           "options": "defaults,nofail,x-systemd.device-timeout=10s,x-contextc", "make": None, "wait": 0}
    return dict(row, **more)


def settings(*disks, **more):
    return dict({"rules": None, "disks": list(disks)}, **more)


NEW = {"filesystem": "xfs", "make": "xfs"}
SERIAL = dict(name="/dev/disk/by-contextc/abc", path="/dev/disk/by-contextc/abc", device="dev-disk-by\\x2dcontextc-abc.device")
KERNEL = dict(name="/dev/vdc", path="/dev/vdc", device="dev-vdc.device", pin=True)
LABEL = "/dev/disk/by-label/data"
HOLDS = {LABEL: {"path": "/dev/vdc", "kind": "ext4", "uuid": "1-2"}}
RULES = "a rule\n"


def starts(device="/dev/vdc", mount="/data", unit="data"):
    """systemd mounts it."""
    return ("systemctl start %s.mount" % unit, lambda machine: (machine.mounted.update({mount: (device, "ext4")}) or 0, ""))


def formats(path, kind="xfs"):
    """mkfs leaves a filesystem."""
    return ("mkfs", lambda machine: (machine.devices[path].update(kind=kind, uuid="3-4") or 0, ""))


def unformatted(machine):
    return not [line for line in machine.lines if "mkfs" in line or "wipefs" in line]


SCENARIOS = {
    "there": dict(settings=settings(disk()), machine={"devices": HOLDS, "answers": [starts()]}, again=unformatted),
    "there-and-mounted": dict(settings=settings(disk()), machine={"devices": HOLDS, "mounted": {"/data": ("/dev/vdc", "ext4")}}),
    "another-row-for-its-place": dict(
        settings=settings(disk()),
        machine={"devices": HOLDS, "answers": [starts()], "files": {"/etc/fstab": "LABEL=root / ext4 defaults 0 1\n/dev/vdb /data auto defaults 0 2\n"}},
        again=lambda machine: "\n#/dev/vdb /data" in machine.files["/etc/fstab"][0]),
    "awaited": dict(settings=settings(disk()), ends="Pending: awaits LABEL=data"),
    "not-there-in-time": dict(
        settings=settings(disk(wait=3), disk("LABEL=b", "/dev/disk/by-label/b", "b.device", "/b", "b.mount", wait=2)),
        machine={"early": True},
        ends="Failed: /data: LABEL=data did not appear within 3 s, is mounted when it does; /b: LABEL=b did not appear within 2 s"),
    "blank-is-left-alone": dict(
        settings=settings(disk(**SERIAL), rules=RULES), machine={"devices": {SERIAL["path"]: {"path": "/dev/vdc"}}},
        ends="Failed: /data: /dev/vdc is blank"),
    "blank-is-formatted": dict(
        settings=settings(disk(**dict(SERIAL, **NEW)), rules=RULES),
        machine={"devices": {SERIAL["path"]: {"path": "/dev/vdc", "id": "abc  1"}}, "answers": [formats(SERIAL["path"]), starts()], "missing": ["xfsprogs"]},
        again=lambda machine: len([line for line in machine.lines if "mkfs" in line]) == 1),
    "kernel-name-becomes-uuid": dict(
        settings=settings(disk(**dict(KERNEL, filesystem="ext4", make="ext4"))),
        machine={"devices": {"/dev/vdc": {}}, "answers": [formats("/dev/vdc", "ext4"), starts()]},
        again=lambda machine: "UUID=3-4 /data ext4" in machine.files["/etc/fstab"][0]),
    "known-by-uuid-and-away": dict(
        settings=settings(disk(**KERNEL)), ends="Pending: awaits /dev/vdc",
        machine={"files": {"/etc/fstab": "UUID=3-4 /data auto defaults,nofail,x-systemd.device-timeout=10s,x-contextc 0 2\n"}},
        again=lambda machine: machine.files["/etc/fstab"][0].startswith("UUID=3-4 /data ") and machine.files["/etc/fstab"][0].count("\n") == 1),
    "data-is-never-formatted": dict(
        settings=settings(disk(**dict(KERNEL, **NEW))), machine={"devices": {"/dev/vdc": {"kind": "ext4", "uuid": "1-2"}}},
        ends="Failed: /data: /dev/vdc holds ext4, not xfs"),
    "unclear-is-never-formatted": dict(
        settings=settings(disk(**dict(KERNEL, **NEW))), machine={"devices": {"/dev/vdc": {"kind": "something unclear", "id": "abc  1"}}},
        ends="Failed: /data: /dev/vdc holds something unclear, not xfs"),
    "partitions-are-never-formatted": dict(
        settings=settings(disk(**dict(KERNEL, **NEW))), machine={"devices": {"/dev/vdc": {"partitions": ["vdc1"]}}},
        ends="Failed: /data: /dev/vdc is in use: vdc1"),
    "half-made-is-made-again": dict(
        settings=settings(disk(**dict(SERIAL, **NEW)), rules=RULES),
        machine={"devices": {SERIAL["path"]: {"path": "/dev/vdc", "kind": "xfs", "id": "abc  1"}}, "notes": {"making " + SERIAL["path"]: "abc  1"},
                 "answers": [("mount -r", 32, ""), formats(SERIAL["path"]), starts()]}),
    "made-before-the-power-cut-is-kept": dict(
        settings=settings(disk(**dict(SERIAL, **NEW)), rules=RULES),
        machine={"devices": {SERIAL["path"]: {"path": "/dev/vdc", "kind": "xfs", "id": "abc  1"}}, "notes": {"making " + SERIAL["path"]: "abc  1"},
                 "answers": [starts()]},
        again=unformatted),
    "another-disk-after-a-power-cut-is-kept": dict(
        settings=settings(disk(**dict(SERIAL, **NEW)), rules=RULES),
        machine={"devices": {SERIAL["path"]: {"path": "/dev/vdc", "kind": "ext4", "id": "abc  2"}}, "notes": {"making " + SERIAL["path"]: "abc  1"}},
        ends="Failed: /data: /dev/vdc holds ext4, not xfs"),
    "read-only-is-not-formatted": dict(
        settings=settings(disk(**dict(KERNEL, **NEW))), machine={"devices": {"/dev/vdc": {"readonly": True}}},
        ends="Failed: /data: /dev/vdc is read-only"),
    "mounted-elsewhere": dict(
        settings=settings(disk()), machine={"devices": {LABEL: {"path": "/dev/vdc", "kind": "ext4", "mounts": ["/mnt"], "holders": ["dm-1"]}}},
        ends="Failed: /data: /dev/vdc is in use: /mnt, dm-1"),
    "place-taken": dict(
        settings=settings(disk()), machine={"devices": HOLDS, "mounted": {"/data": ("/dev/vdd", "xfs")}},
        ends="Failed: /data: /dev/vdd is mounted there"),
    "one-refused-the-other-mounted": dict(
        settings=settings(disk(filesystem="xfs"), disk("LABEL=b", "/dev/disk/by-label/b", "b.device", "/b", "b.mount")),
        machine={"devices": dict(HOLDS, **{"/dev/disk/by-label/b": {"path": "/dev/vdd", "kind": "xfs"}}), "answers": [starts("/dev/vdd", "/b", "b")]},
        ends="Failed: /data: /dev/vdc holds ext4, not xfs"),
    "cannot-be-mounted": dict(
        settings=settings(disk()), machine={"devices": HOLDS, "answers": [("systemctl start", 1, "")]},
        ends="Failed: /data: /dev/vdc cannot be mounted, see journalctl -u data.mount"),
}
