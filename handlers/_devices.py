"""Actions that look at disks, file systems and mounts. None of them changes anything."""


@action
def Mounted(host, path):
    """What is mounted at a directory, topmost -> None, or device (real path or source), type."""
    return ([None] + [row for row in mounts() if row.where == real(path)])[-1]


@action
def Device(host, path):
    """A block device, links followed -> None if there is none, or path, size, readonly, partitions, holders, mounts (list of
    directories, "swap" among them), kind ("" for blank, else the type of filesystem, table or member), uuid, id (serial and size, "" without a
    serial: a name alone may mean another disk at the next boot). What its partitions are used for counts for the disk."""
    path = real(path)
    base = "/sys/class/block/" + path[5:].replace("/", "!")
    number = read(base + "/dev")
    if not number or path[:5] != "/dev/":
        return None
    size = int(read(base + "/size")) * 512
    kind, uuid = signature(host, path)
    named = serial(base) or serial(base + "/..")
    parts = [part.split("/")[-2] for part in sorted(glob.glob(at(base + "/*/partition")))]
    nodes = [base] + ["%s/%s" % (base, part) for part in parts]
    numbers = [read(node + "/dev") for node in nodes]
    paths = [path] + ["/dev/" + part for part in parts]
    return Result(
        path=path, size=size, kind=kind, uuid=uuid, readonly=read(base + "/ro") == "1",
        id=named and "%s %s %d" % (named, read(base + "/partition"), size), partitions=parts,
        holders=sorted(os.path.basename(holder) for node in nodes for holder in glob.glob(at(node + "/holders/*"))),
        mounts=[row.where for row in mounts() if row.number in numbers or row.device in paths])


@action
def Disks(host, name):
    """The whole disks that a name means (path, link, by-id name or serial; "auto": every disk), each as `Device` gives it -> list."""
    meant = [real(name)] + [real(link[len(ROOT):]) for link in glob.glob(at("/dev/disk/by-id/*")) if re.search("[-_/]%s$" % re.escape(name), link)]
    found = []
    for entry in sorted(os.listdir(at("/sys/block"))):
        path = "/dev/" + entry.replace("!", "/")
        # Of the device mapper's only multipath ones: the others are parts of something.
        if re.match("(ram|loop|zram|sr|fd|nbd)[0-9]", entry) or not (read("/sys/block/%s/dm/uuid" % entry) or "mpath").startswith("mpath"):
            continue
        if name == "auto" or path in meant or serial("/sys/block/" + entry) in (name, name[:20]):
            found.append(Device(path).perform(host))
    return [disk for disk in found if disk and disk.size]


# What they share.

def serial(base):
    """A disk's serial number: virtio's, NVMe's, SCSI's."""
    return read(base + "/serial") or read(base + "/device/serial") or read(base + "/device/vpd_pg80")[4:].strip()


def mounts():
    """Everything mounted, topmost last, and the swaps: number, device, where, type."""
    rows = [line.split() for line in read("/proc/self/mountinfo").splitlines()]
    rows = [(row[2], row[row.index("-") + 2], row[4], row[row.index("-") + 1]) for row in rows]
    rows += [("", line.split()[0], "swap", "swap") for line in read("/proc/swaps").splitlines()[1:]]
    return [Result(number=number, device=real(device) if device[0] == "/" else device, where=where, type=kind) for number, device, where, kind in rows]


def signature(host, path):
    """Type and UUID of what a device holds; ("", "") only where both blkid and wipefs find nothing at all."""
    found = ask(host, "blkid", "-p", "-o", "export", path)
    facts = dict(line.split("=", 1) for line in found.out.splitlines() if "=" in line)
    if found.rc:
        left = ask(host, "wipefs", "-p", path)
        blank = found.rc == 2 and not left.rc and not re.search("(?m)^[^#]", left.out)
        return "" if blank else "something unclear", ""
    return facts.get("TYPE") or facts.get("PTTYPE", "something") + " table", facts.get("UUID", "")
