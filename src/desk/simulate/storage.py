"""Disks, LVM, filesystems, mounts and fstab of a machine in memory. Python 2.7 and 3.

Sizes are those of the real tools: a volume group has extents of 4 MiB after the first MiB of its disk, which holds LVM's own data.
"""
import re

EXTENT = 4 << 20


class Storage(Machine):
    def __init__(self, runtime, **given):
        Machine.__init__(self, runtime, **given)
        self.packages.update(["lvm2", "xfsprogs", "e2fsprogs"])
        self.devices, self.links, self.groups = {}, {}, {}
        # The names of files below a directory of the root filesystem, and of a tmpfs.
        self.root, self.tmpfs = {"/home": [], "/tmp": []}, {}
        self.mounted, self.uuids = [], 0
        self.files.setdefault("/etc/fstab", ("LABEL=root / ext4 defaults 0 1\n", 0o644, None, None))
        self.disk("/dev/vda", 2 << 30, "root", kind="dos table", partitions=["vda1"])
        self.disk("/dev/vda1", 2 << 30, kind="ext4", whole=False)
        self.mounted.append(("/", "/dev/vda1", "ext4"))

    # Making it.

    def disk(self, path, size=1 << 30, serial="", kind="", **more):
        facts = dict(size=size, serial=serial, kind=kind, uuid="", files=[], partitions=[], holders=[], readonly=False, whole=True, ghost="", broken=False, dirty=False, locked=False)
        facts.update(more)
        if kind and not facts["uuid"]:
            facts["uuid"] = self.uuid()
        self.devices[path] = facts
        return facts

    def uuid(self):
        self.uuids += 1
        return "00000000-0000-4000-8000-%012d" % self.uuids

    def group(self, name, path, volumes=(), tags=()):
        """An existing volume group with (name, extents, kind, files, tags) volumes, active as after a boot."""
        facts = self.devices[path]
        facts.update(kind="LVM2_member", uuid=self.uuid())
        self.groups[name] = {"path": path, "tags": set(tags), "total": (facts["size"] - (1 << 20)) // EXTENT, "volumes": []}
        for volume, extents, kind, files, own in volumes:
            self.volume(name, volume, extents, own)
            self.at("/dev/%s/%s" % (name, volume)).update(kind=kind, files=list(files), uuid=self.uuid())

    def volume(self, group, name, extents, tags):
        path = "/dev/dm-%d" % len([device for device in self.devices if device.startswith("/dev/dm-")])
        self.links["/dev/%s/%s" % (group, name)] = path
        self.groups[group]["volumes"].append({"name": name, "extents": extents, "tags": set(tags)})
        holder = self.devices[self.groups[group]["path"]]
        holder["holders"].append(path[5:])
        self.disk(path, extents * EXTENT, whole=False)

    # Looking at it.

    def real(self, path):
        return self.links.get(path, path)

    def at(self, path):
        return self.devices[self.real(path)]

    def where(self, path):
        """What a device and its partitions are mounted at."""
        return [where for where, device, _ in self.mounted if device in [path] + ["/dev/" + part for part in self.devices[path]["partitions"]]]

    def top(self, where):
        return ([None] + [row for row in self.mounted if row[0] == where])[-1]

    def names(self, where):
        """The names below a directory, as a process sees them."""
        top = self.top(where)
        if not top:
            return self.root.setdefault(where, [])
        return self.tmpfs.setdefault(where, []) if top[2] == "tmpfs" else self.devices[top[1]]["files"]

    def facts(self, path):
        path = self.real(path)
        facts = self.devices.get(path)
        if facts is None:
            return None
        names = ("size", "kind", "uuid", "readonly", "partitions", "holders")
        # As the runtime makes it: serial, partition, size.
        identity = facts["serial"] and "%s  %d" % (facts["serial"], facts["size"])
        result = self.runtime.Result(path=path, mounts=self.where(path), id=identity, **dict((name, facts[name]) for name in names))
        result.partitions, result.holders = list(result.partitions), list(result.holders)
        return result

    def rows(self):
        """What fstab says."""
        return [line.split() for line in self.text("/etc/fstab").splitlines() if line.strip() and line[0] != "#"]

    def mount_row(self, row):
        """As mount(8) and swapon(8) do with a row of fstab: only a sound filesystem of the right type."""
        link = self.real("/dev/disk/by-label/" + row[0][6:] if row[0].startswith("LABEL=") else row[0])
        found = [path for path, facts in self.devices.items() if ("UUID=" + facts["uuid"] == row[0] or path == link) and row[2] in (facts["kind"], "auto") and facts["kind"]]
        source = found[0] if found else row[0]
        if not found and "=" in row[0] and not row[0].startswith("LABEL="):
            return 32
        kind = self.devices[source]["kind"] if found else row[2]
        self.mounted.append(("swap" if row[2] == "swap" else self.real(row[1]), source, "nfs4" if kind == "nfs" else kind))
        return 0

    # Actions.

    def do_Device(self, asked):
        return self.facts(asked.path)

    def do_Disks(self, asked):
        found = []
        for path in sorted(self.devices):
            names = (path, self.devices[path]["serial"], "auto")
            if self.devices[path]["whole"] and (asked.name in names or path in (self.links.get("/dev/disk/by-id/" + asked.name), self.links.get(asked.name))):
                found.append(self.facts(path))
        return found

    def do_Mounted(self, asked):
        top = self.top(self.links.get(asked.path, asked.path))
        return top and self.runtime.Result(device=top[1], type=top[2])

    # Commands.

    def lvm(self, name):
        """What the shell of no machine says of a tool that is not there."""
        return 0 if "lvm2" in self.packages else (127, "", "[Errno 2] No such file or directory: '%s'" % name)

    def run_umount(self, argv):
        rows = [row for row in self.mounted if row[0] == argv[1]]
        if not rows:
            return 32, "", "umount: %s: not mounted." % argv[1]
        self.mounted.remove(rows[-1])

    def run_udevadm(self, argv):
        pass

    def run_systemctl(self, argv):
        pass

    def run_mv(self, argv):
        if argv[2] not in self.files:
            return 1, "", "mv: cannot stat '%s': No such file or directory" % argv[2]
        self.files[argv[3]] = self.files.pop(argv[2])

    def run_pvs(self, argv):
        if self.lvm("pvs") or self.at(argv[-1])["kind"] != "LVM2_member":
            return self.lvm("pvs") or (5, "", "  Failed to find physical volume \"%s\"." % argv[-1])
        for name, group in self.groups.items():
            if group["path"] == self.real(argv[-1]):
                return 0, "  %s|%s\n" % (name, ",".join(sorted(group["tags"])))
        return 0, "  |\n"

    def run_vgs(self, argv):
        if self.lvm("vgs"):
            return self.lvm("vgs")
        if argv[-1][0] == "@":
            return 0, "".join("  %s\n" % group["path"] for group in self.groups.values() if argv[-1][1:] in group["tags"])
        group = self.groups[argv[-1]]
        return 0, "  %d %d %d\n" % (group["total"], self.free(argv[-1]), EXTENT)

    def free(self, group):
        """Extents of a group that no volume has."""
        return self.groups[group]["total"] - sum(volume["extents"] for volume in self.groups[group]["volumes"])

    def run_lvs(self, argv):
        return 0, "".join("  %s %s\n" % (v["name"], ",".join(sorted(v["tags"]))) for v in self.groups[argv[-1]]["volumes"])

    def run_vgchange(self, argv):
        return 0 if argv[2] in self.groups else 5

    def run_pvchange(self, argv):
        pass

    def run_vgcreate(self, argv):
        assert argv[1:4] == ["-s", "4m", "--addtag"]
        path, name = self.real(argv[-1]), argv[-2]
        facts = self.devices[path]
        orphan = facts["kind"] == "LVM2_member" and path not in [group["path"] for group in self.groups.values()]
        if self.lvm("vgcreate") or name in self.groups or not orphan and (facts["kind"] or facts["partitions"] or facts["holders"] or self.where(path)):
            return self.lvm("vgcreate") or (5, "", "  A volume group called %s already exists." % name if name in self.groups else "  Device %s is in use." % path)
        facts.update(kind="LVM2_member", uuid=self.uuid())
        self.groups[name] = {"path": path, "tags": set([argv[4]]), "total": (facts["size"] - (1 << 20)) // EXTENT, "volumes": []}

    def run_lvcreate(self, argv):
        options = dict(zip(argv[3:-1:2], argv[4:-1:2]))
        assert argv[1:3] == ["-y", "-Wy"] and sorted(options) == ["--addtag", "-l", "-n"]
        if int(options["-l"]) > self.free(argv[-1]):
            return 5, "", "  Volume group \"%s\" has insufficient free space." % argv[-1]
        self.volume(argv[-1], options["-n"], int(options["-l"]), [options["--addtag"]])

    def run_wipefs(self, argv):
        facts = self.at(argv[-1])
        assert argv[1] == "-a"
        if facts["holders"] or self.where(self.real(argv[-1])) or facts["readonly"]:
            return 1, "", "wipefs: error: %s: probing initialization failed: Device or resource busy" % argv[-1]
        self.groups = dict((name, group) for name, group in self.groups.items() if group["path"] != self.real(argv[-1]))
        facts.update(kind="", uuid="", partitions=[], files=[], broken=False, dirty=False)

    def run_mkfs(self, argv):
        kind = argv[0][5:]
        if {"xfs": "xfsprogs", "ext4": "e2fsprogs"}.get(kind) not in self.packages:
            return 127, "", "[Errno 2] No such file or directory: '%s'" % argv[0]
        assert argv[1] in {"xfs": ("-f", argv[-1]), "ext4": ("-F",)}[kind]
        assert "-L" not in argv or len(argv[3]) <= {"xfs": 12, "ext4": 16}[kind]
        return self.format(argv[-1], kind)

    def run_mkswap(self, argv):
        assert argv[1] == "-f"
        return self.format(argv[-1], "swap")

    def format(self, path, kind):
        facts = self.at(path)
        if self.where(self.real(path)) or facts["holders"] or facts["readonly"]:
            return 1, "", "%s is in use" % path
        facts.update(kind=kind, uuid=self.uuid(), files=[], broken=False)

    def run_mount(self, argv):
        if len(argv) == 2:
            return self.mount_row([row for row in self.rows() if row[1] == argv[1]][0])
        path, where = self.real(argv[-2]), argv[-1]
        facts = self.devices[path]
        blocked = facts["dirty"] and facts["locked"] or self.where(path) or facts["broken"]
        if blocked or facts["kind"] not in ("xfs", "ext4", "vfat") or argv[1] == "-t" and argv[2] != facts["kind"]:
            return 32, "", "mount: %s: cannot mount %s." % (where, path)
        self.mounted.append((where, path, facts["kind"]))

    def run_blockdev(self, argv):
        assert argv[1] in ("--setro", "--setrw")
        self.devices[argv[2]]["locked"] = argv[1] == "--setro"

    def run_find(self, argv):
        assert argv[2:] == ["-mindepth", "1", "!", "-name", "lost+found", "-print", "-quit"]
        return 0, "".join(name + "\n" for name in self.names(argv[1]) if name != "lost+found")

    def run_cp(self, argv):
        assert argv[1] == "-ax" and argv[2][-2:] == "/." and self.top(argv[3])
        source, target = self.names(self.real(argv[2][:-2])), self.names(argv[3])
        target.extend(name for name in source if name not in target)

    def run_swapon(self, argv):
        self.mounted.append(("swap", self.real(argv[1]), "swap"))
