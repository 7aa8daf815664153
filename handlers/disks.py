"""The block disks: persistent disks, mounted now or as soon as they appear, and at every boot.

fstab says what is mounted where and is not waited for at boot (nofail). The device's own unit wants the mount, so systemd mounts a disk that is
attached later. It wants contextc-disks.service too, which comes back here: for the summary, and to make a filesystem on a blank disk.
Only a blank disk is ever formatted, or what a power cut left of our own formatting it.
"""

DISKS_UNITS = "/etc/systemd/system/"
# After the final stage: until then state and summary are cloud-init's. After the mounts: what systemd can mount is mounted then.
DISKS_SERVICE = (
    "[Unit]\nDescription=Disks that were awaited\nAfter=cloud-final.service %s\nConditionPathExists=/var/lib/contextc/queue/disks\n"
    "[Service]\nType=oneshot\nExecStart=-/usr/local/sbin/contextc-run disks\n"
    "[Install]\nWantedBy=cloud-init.target\n")


def disks(settings, host):
    """Actions that mount the disks that are there, and prepare for those that are not."""
    yield Write(DISKS_UNITS + "contextc-disks.service", DISKS_SERVICE % " ".join(disk["unit"] for disk in settings["disks"]))
    yield Enable("contextc-disks", start=False)
    yield disks_named(settings["rules"])
    waited, faults, awaited = 0, [], []
    for disk in settings["disks"]:
        found = yield Device(disk["path"])
        while host.early and not found and waited < disk["wait"]:
            yield Wait(1)
            waited += 1
            found = yield Device(disk["path"])
        disk["found"], disk["fault"] = found, None
        if found:
            disk["fault"] = yield disks_fit(disk, found, host)
        if not disk["fault"]:
            yield disks_row(disk, found and (yield Device(disk["path"])))
    yield Run(["systemctl", "daemon-reload"])
    for disk in settings["disks"]:
        result = yield disks_result(disk)
        yield Record(disk["mount"], result)
        if disk["fault"]:
            faults.append("%s: %s" % (disk["mount"], result))
        elif not disk["found"]:
            awaited.append(disk["name"])
    if faults:
        raise Failed("; ".join(faults))
    if awaited:
        raise Pending("awaits " + ", ".join(awaited))


def disks_named(rules):
    """Links of the disks that are named by their serial numbers: each kind of disk has them elsewhere."""
    if rules and (yield Write("/etc/udev/rules.d/61-contextc-disks.rules", rules)).changed:
        yield Run(["udevadm", "control", "--reload"])
        yield Run(["udevadm", "trigger", "--subsystem-match=block", "--action=change"])
    yield Run(["udevadm", "settle"], check=False)


def disks_fit(disk, found, host):
    """Gives what is wrong with a disk for its place, None if nothing is. A blank one gets its filesystem, if that is asked for."""
    there = yield Mounted(disk["mount"])
    if there and there.device == found.path:
        yield Give(None)
    if there:
        yield Give("%s is mounted there" % there.device)
    used = found.mounts + found.holders + found.partitions
    if used:
        yield Give("%s is in use: %s" % (found.path, ", ".join(used)))
    if disk["make"] and (not found.kind or (yield disks_half(disk, found, host))):
        if found.readonly:
            yield Give("%s is read-only" % found.path)
        yield disks_make(disk, found)
    elif not found.kind:
        yield Give("%s is blank" % found.path)
    elif disk["filesystem"] not in ("auto", found.kind):
        yield Give("%s holds %s, not %s" % (found.path, found.kind, disk["filesystem"]))


def disks_half(disk, found, host):
    """Gives whether a disk holds what a power cut left of our formatting it. A filesystem that can be mounted is whole."""
    if not found.id or host.notes.get("making " + disk["path"]) != found.id or found.kind not in (disk["make"], "something unclear"):
        yield Give(False)
    aside = "/run/contextc-disks"
    yield Mkdir(aside, 0o700)
    whole = not (yield Run(["mount", "-r", found.path, aside], check=False)).rc
    if whole:
        yield Run(["umount", aside])
    yield Give(not whole)


def disks_make(disk, found):
    """A new filesystem."""
    kind, note = disk["make"], "making " + disk["path"]
    tool = ["xfsprogs" if kind == "xfs" else "e2fsprogs"]
    yield Install(tool, tool)
    yield Note(note, found.id)
    if found.kind:
        yield Run(["wipefs", "-a", found.path], destructive=True)
    yield Run(["mkfs." + kind] + ["-F"] * (kind == "ext4") + [found.path], timeout=3600, destructive=True)
    yield Note(note, None)
    yield Run(["udevadm", "settle"], check=False)
    disk["made"] = True


def disks_row(disk, found):
    """What mounts the disk at every boot, and whenever it appears."""
    name, unit, drop = disk["name"], disk["device"], DISKS_UNITS + "%s.d/contextc-disks.conf"
    if disk["pin"] and not found and re.search(r"(?m)^UUID=\S+ %s \S+ \S*x-contextc" % re.escape(disk["mount"]), (yield Read("/etc/fstab"))):
        # Known by its UUID since it was here: by now another disk may have the name.
        yield Give(None)
    if found and found.uuid and disk["pin"]:
        # At the next boot the kernel may give the name to another disk.
        yield Run(["rm", "-f", drop % unit])
        name, unit = "UUID=" + found.uuid, "dev-disk-by\\x2duuid-%s.device" % found.uuid.replace("-", "\\x2d")
    yield Write(drop % unit, "[Unit]\nWants=%s contextc-disks.service\n" % disk["unit"])
    yield Mkdir(disk["mount"])
    check = 2 * bool(found and found.kind[:3] == "ext")
    row = "%s %s %s %s 0 %d" % (name, disk["mount"], disk["filesystem"], disk["options"], check)
    yield Line("/etc/fstab", row, r"\s*[^#\s]\S*\s+%s/?\s" % re.escape(disk["mount"]))


def disks_result(disk):
    """Gives what became of a disk, after mounting it if it is there and not mounted yet."""
    mount, found = disk["mount"], disk["found"]
    if disk["fault"]:
        yield Give(disk["fault"])
    if not found:
        if disk["wait"]:
            disk["fault"] = True
            yield Give("%s did not appear within %d s, is mounted when it does" % (disk["name"], disk["wait"]))
        yield Give("awaited, is mounted when %s appears" % disk["name"])
    if not (yield Mounted(mount)):
        # By systemd, which may be about to do it.
        yield Run(["systemctl", "start", disk["unit"]], timeout=3600, check=False)
    there = yield Mounted(mount)
    if not there or there.device != found.path:
        disk["fault"] = True
        yield Run(["systemctl", "status", "--no-pager", disk["unit"]], check=False)
        yield Give("%s cannot be mounted, see journalctl -u %s" % (found.path, disk["unit"]))
    if disk.get("made"):
        yield Restorecon(mount)
        yield Give("mounted %s, with a new %s" % (found.path, disk["make"]))
    yield Give("mounted " + found.path)
