"""The block localfs: a disk becomes a volume group whose volumes are mounted, now and after every reboot.

Nothing is written to a disk before it is known to be blank, or ours, or given up by a word of the user's. Ours is what bears our LVM tag, or
what a note says we had begun. Each such step is noted just before and the note taken back just after it: only a power cut leaves one.
"""

# Where a new filesystem is while it is filled. Never left mounted.
LOCALFS_ASIDE = "/run/contextc"


def localfs(settings, host):
    """Actions that turn a disk into mounted volumes, and mount the other devices that the settings name."""
    yield Run(["umount", LOCALFS_ASIDE], check=False)
    items = [localfs_row(row) for row in settings["mounts"]]
    if settings["volumes"]:
        disk = yield localfs_find(settings["disk"], settings["wait"], host)
        volumes = localfs_items(settings)
        items += volumes
        if settings["existing"] == "reuse" and [disk.kind] == [item["filesystem"] for item in volumes]:
            volumes[0]["device"] = disk.path
            volumes = []
    # Parents before what is mounted inside them, swap last.
    items.sort(key=lambda item: (item["mount"] or "/" * 99).count("/"))
    for item in items:
        yield localfs_uncovered(item)
    if settings["volumes"] and volumes:
        yield localfs_group(settings, volumes, disk, host)
    for item in items:
        yield localfs_place(item, settings["wait"], host)
    yield Run(["systemctl", "daemon-reload"], check=False)


def localfs_row(row):
    """A row of `mounts`. What names a filesystem (LABEL=, UUID=) becomes the device that has it."""
    device = re.sub("^((PART)?(LABEL|UUID))=", lambda match: "/dev/disk/by-%s/" % match.group(1).lower(), row["device"])
    return dict(row, ours=True, device=device)


def localfs_items(settings):
    """The volumes as rows of `mounts`."""
    items = []
    for volume in settings["volumes"]:
        item = dict(volume, device="/dev/%s/%s" % (settings["volume-group"], volume["name"]), dump=0, ours=True)
        item["pass"] = 2 * (item["filesystem"] == "ext4")
        items.append(item)
    return items


def localfs_find(name, wait, host):
    """The disk that is meant, as soon as it is there."""
    for left in range(wait, -1, -1):
        disks = yield Disks(name)
        fit = disks
        if name == "auto":
            ours = (yield Run(["vgs", "--noheadings", "-o", "pv_name", "@" + host.tag], check=False)).out.split()
            fit = [disk for disk in disks if disk.path in ours or disk.id and disk.id == host.notes.get("disk")]
            fit = fit or [disk for disk in disks if not (disk.kind or disk.partitions or disk.mounts or disk.holders or disk.readonly)]
        if len(fit) == 1:
            yield Give(fit[0])
        if fit or not left:
            there = ", ".join(disk.path for disk in fit or disks) or "none"
            raise Refused("%s does not mean one whole disk (candidates: %s)" % (name, there))
        yield Wait(1)


def localfs_uncovered(item):
    """Refuses a mount point that something else has, before anything is written. A tmpfs may be covered."""
    there = item["there"] = item["mount"] and (yield Mounted(item["mount"]))
    if there and there.type != "tmpfs":
        own = yield Device(item["device"])
        if there.device != (own.path if own else item["device"]):
            raise Refused("%s is mounted at %s" % (there.device, item["mount"]))


def localfs_group(settings, volumes, disk, host):
    """The volume group on the disk, and its volumes in the order of the file."""
    group = settings["volume-group"]
    member = disk.kind == "LVM2_member"
    begun = disk.id and host.notes.get("disk") == disk.id
    # A power cut leaves of wipefs or vgcreate something that nobody can name.
    if not member:
        yield localfs_allow(settings, disk, begun and disk.kind == "something unclear")
    tools = ["lvm2"] + ["xfsprogs"] * ("xfs" in [item["filesystem"] for item in volumes])
    if (yield Install(tools, tools)).changed:
        # LVM waits for udev to follow its new rules.
        yield Run(["udevadm", "control", "--reload"], check=False)
    known = yield Run(["pvs", "--noheadings", "--separator", "|", "-o", "vg_name,vg_tags", disk.path], check=False)
    name, _, tags = known.out.strip().partition("|")
    if not member or name != group or not (host.tag in tags.split(",") or settings["existing"] == "reuse"):
        # Or a member of no group.
        begun = begun and member and not name and not known.rc
        if member:
            yield localfs_allow(settings, disk, begun)
        localfs_fits(volumes, disk)
        yield Note("disk", disk.id)
        if not begun and (disk.kind or disk.partitions):
            yield Run(["wipefs", "-a", disk.path], destructive=True)
        yield Run(["vgcreate", "-s", "4m", "--addtag", host.tag, group, disk.path], destructive=True)
        yield Run(["pvchange", "--addtag", host.tag, disk.path])
        yield Note("disk", None)
    yield Run(["vgchange", "-ay", group])
    rows = (yield Run(["lvs", "--noheadings", "-o", "lv_name,lv_tags", group])).out.splitlines()
    tags = dict((row.split() + [""])[:2] for row in rows)
    columns = "vg_extent_count,vg_free_count,vg_extent_size"
    numbers = yield Run(["vgs", "--noheadings", "--nosuffix", "--units", "b", "-o", columns, group])
    total, free, extent = [int(number) for number in numbers.out.split()]
    for item in volumes:
        name = item["name"]
        new = "new " + name
        if name in tags:
            item["ours"] = host.tag in tags[name].split(",")
            if item["ours"] and host.notes.get(new):
                # The power was cut in lvcreate. What an earlier owner of the disk left in that place is not taken for ours.
                yield Run(["wipefs", "-a", item["device"]], destructive=True)
                yield Note(new, None)
            continue
        count = localfs_extents(item["size"], total, free, extent)
        free -= count
        if count < 1 or free < 0:
            raise Failed("%s is too full for %s" % (group, name))
        yield Note(new, True)
        yield Run(["lvcreate", "-y", "-Wy", "--addtag", host.tag, "-l", "%d" % count, "-n", name, group], destructive=True)
        yield Note(new, None)


def localfs_allow(settings, disk, begun):
    """Refuses a disk that is in use, and one that is not blank unless we had begun it or the user gave it up."""
    used = ["read-only"] * disk.readonly + disk.mounts + disk.holders
    if used:
        raise Refused("%s is in use: %s" % (disk.path, ", ".join(used)))
    policy = settings["existing"]
    held = disk.kind or "".join(disk.partitions)
    # A filesystem of another kind can have files that this mount does not show.
    if policy == "wipe-if-empty" and not disk.partitions and re.match("(ext[234]|xfs|vfat|ntfs)$", held):
        begun = (yield localfs_files(disk.path)) is False
    if held and not begun and policy != "wipe":
        raise Refused("%s holds %s (existing: %s)" % (disk.path, held, policy))


def localfs_files(device):
    """Gives whether a filesystem has files, None if that cannot be known without writing to it: a journal is not replayed."""
    yield Mkdir(LOCALFS_ASIDE, 0o700)
    yield Run(["blockdev", "--setro", device])
    answer = yield Run(["mount", "-r", device, LOCALFS_ASIDE], check=False)
    found = None
    if not answer.rc:
        answer = yield Run(["find", LOCALFS_ASIDE, "-mindepth", "1", "!", "-name", "lost+found", "-print", "-quit"], check=False)
        yield Run(["umount", LOCALFS_ASIDE])
        found = bool(answer.rc or answer.out)
    yield Run(["blockdev", "--setrw", device])
    yield Give(found)


def localfs_fits(volumes, disk):
    """Refuses a disk that is too small, while it is untouched. The first MiB is LVM's."""
    free = total = (disk.size >> 20) - 1 >> 2
    for item in volumes:
        extents = localfs_extents(item["size"], total, free, 1 << 22)
        free -= extents
        if extents < 1 or free < 0:
            raise Refused("%s is too small for %s" % (disk.path, item["name"]))


def localfs_extents(size, total, free, extent):
    """A size in whole extents: shares rounded down, bytes up."""
    for unit, number in size.items():
        if unit == "bytes":
            return -(-number // extent)
        return (total if unit == "percent-vg" else free) * number // 100


def localfs_place(item, wait, host):
    """One filesystem or swap area: made if it is ours to make, in fstab, and in use."""
    device, mount, kind = item["device"], item["mount"], item["filesystem"]
    source = device
    here = item["there"] and item["there"].type != "tmpfs"
    if mount:
        yield Mkdir(mount)
    if device[:5] == "/dev/":
        found = yield localfs_device(device, wait)
        here = here or "swap" in found.mounts
        if not here:
            yield localfs_content(item, found, host)
        found = yield Device(device)
        source = "UUID=" + found.uuid if found.uuid else device
    options = item["options"].split(",")
    options += [word for word in ("nofail", "x-contextc") if word not in options]
    row = " ".join([source, mount or "none", kind, ",".join(options), "%d %d" % (item["dump"], item["pass"])])
    yield Line("/etc/fstab", row, r"\s*[^#\s]\S*\s+%s\s" % re.escape(mount) if mount else re.escape(source))
    if mount:
        if not here:
            # A unit of the administrator's, or a mask, would win over fstab at the next boot.
            unit = "/etc/systemd/system/%s.mount" % mount[1:].replace("-", "\\x2d").replace("/", "-")
            yield Run(["mv", "-T", unit, unit + ".before-contextc"], check=False)
            yield Run(["mount", mount])
        if item.get("mode") and "ro" not in options:
            yield Mkdir(mount, int(item["mode"], 8))
        yield Restorecon(mount)
    elif not here:
        yield Run(["swapon", device])


def localfs_device(path, wait):
    """The device, as soon as it is there."""
    for left in range(wait, -1, -1):
        found = yield Device(path)
        if found:
            yield Give(found)
        if left:
            yield Wait(1)
    raise Failed("no device " + path)


def localfs_content(item, found, host):
    """What is on the device becomes what is asked for, if it is nothing yet or what a power cut left of our making it."""
    device, kind, making, filling = item["device"], item["filesystem"], "making " + item["device"], "filling " + item["device"]
    used = found.mounts + found.holders + found.partitions
    if used:
        raise Refused("%s is in use: %s" % (device, ", ".join(used)))
    if not found.uuid or host.notes.get(filling) != found.uuid:
        mark = host.tag if "name" in item else found.id
        holds = found.kind or "something unknown"
        if item["ours"] and mark and host.notes.get(making) == mark and found.kind in ("", kind, "something unclear"):
            holds = found.kind == kind and (yield localfs_files(found.path)) and "files"
        elif found.kind and kind in (found.kind, "auto"):
            return
        elif item["ours"] and not found.kind:
            holds = ""
        if holds:
            raise Refused("%s holds %s, not a blank %s" % (device, holds, kind))
        yield localfs_make(item, found.path, making, mark)
        # The note for the old state goes last: with both of them, the filesystem is made again.
        yield Note(filling, (yield Device(found.path)).uuid)
        yield Note(making, None)
    if item["mount"]:
        yield localfs_fill(item, found)
    yield Note(filling, None)
    yield Run(["udevadm", "settle"], check=False)


def localfs_make(item, path, note, mark):
    """A new filesystem or swap area."""
    kind = item["filesystem"]
    if kind != "swap":
        tool = ["xfsprogs" if kind == "xfs" else "e2fsprogs"]
        yield Install(tool, tool)
    make = ["mkswap" if kind == "swap" else "mkfs." + kind, "-F" if kind[:3] == "ext" else "-f"]
    if "name" in item:
        make += ["-L", item["name"][:12 if kind == "xfs" else 15]]
    yield Note(note, mark)
    yield Run(make + [path], timeout=3600, destructive=True)


def localfs_fill(item, found):
    """What the image has below the mount point, in a new filesystem. If that fails it is nothing again, so that no half of it is ever mounted."""
    yield Mkdir(LOCALFS_ASIDE, 0o700)
    yield Run(["mount", "-t", item["filesystem"], found.path, LOCALFS_ASIDE])
    copied = yield Run(["cp", "-ax", item["mount"] + "/.", LOCALFS_ASIDE], timeout=3600, check=False)
    yield Run(["umount", LOCALFS_ASIDE])
    # In a tmpfs files come and go.
    lines = [line for line in copied.err.splitlines() if not item["there"] or "No such file" not in line]
    if copied.rc and (lines or not copied.err):
        yield Run(["wipefs", "-a", found.path], destructive=True)
        raise Failed("cannot copy what is in %s: %s" % (item["mount"], "".join(lines[-1:])))
