"""A machine that handlers act on in tests: disks, LVM, filesystems, mounts and fstab as a model. Python 2.7 and 3.

It answers every action that localfs may yield and knows no other: a command that is not modelled is an error. The power can be cut
before or after any action and in the middle of those that can be left half done; what `reboot` brings back is what a disk would have.
"""
import re

EXTENT = 4 << 20
ASIDE = "/run/contextc"


class PowerCut(Exception):
    pass


class Machine(object):
    def __init__(self, runtime):
        self.runtime = runtime
        self.devices = {}
        self.links = {}
        self.groups = {}
        self.root = {"/home": ["skeleton"], "/tmp": [], "/var/lib/cvmfs": []}
        self.tmpfs = {}
        self.mounted = []
        self.fstab = "LABEL=guestroot / ext4 defaults 0 1\n"
        self.modes = {}
        self.notes = {}
        self.units = {}
        self.packages = set(["lvm2", "xfsprogs", "e2fsprogs"])
        self.network = True
        self.uuids = 0
        self.lists = []
        self.waited = 0
        self.appears = {}
        self.steps = 0
        self.cut = None
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
        return "uuid-%d" % self.uuids

    def group(self, name, path, volumes=(), tags=()):
        """An existing volume group with (name, extents, kind, files, tags) volumes, active as after a boot."""
        facts = self.devices[path]
        facts.update(kind="LVM2_member", uuid=self.uuid())
        total = facts["size"] // EXTENT - 1
        self.groups[name] = {"path": path, "tags": set(tags), "total": total, "volumes": []}
        for volume, extents, kind, files, own in volumes:
            self.volume(name, volume, extents, own)
            self.at("/dev/%s/%s" % (name, volume)).update(kind=kind, files=list(files), uuid=self.uuid())

    def volume(self, group, name, extents, tags):
        path = "/dev/dm-%d" % len([link for link in self.links if not link.startswith("/dev/disk")])
        self.links["/dev/%s/%s" % (group, name)] = path
        self.groups[group]["volumes"].append({"name": name, "extents": extents, "tags": set(tags)})
        holder = self.devices[self.groups[group]["path"]]
        holder["holders"].append(path[5:])
        self.disk(path, extents * EXTENT, whole=False, kind=holder["ghost"], files=["old"] if holder["ghost"] else [])

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

    def files(self, where):
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
        result = self.runtime.Result(path=path, mounts=self.where(path), id=facts["serial"] and "%s %d" % (facts["serial"], facts["size"]), **dict((name, facts[name]) for name in names))
        result.partitions, result.holders = list(result.partitions), list(result.holders)
        return result

    def snapshot(self):
        """Everything that must be the same however often the power was cut. UUIDs are replaced by the device that has them."""
        owner = dict((facts["uuid"], path) for path, facts in self.devices.items() if facts["uuid"])
        fstab = re.sub(r"UUID=(\S+)", lambda match: owner.get(match.group(1), "lost"), self.fstab)
        devices = dict((path, (facts["size"], facts["kind"], sorted(facts["files"]), facts["holders"])) for path, facts in self.devices.items())
        groups = dict((name, (group["path"], sorted(group["tags"]), [(v["name"], v["extents"], sorted(v["tags"])) for v in group["volumes"]])) for name, group in self.groups.items())
        return {"fstab": sorted(fstab.splitlines()), "devices": devices, "groups": groups, "mounted": sorted(self.mounted), "links": self.links, "modes": self.modes}

    # The power.

    def reboot(self):
        self.mounted = [("/", "/dev/vda1", "ext4")]
        rows = [line.split() for line in self.fstab.splitlines() if line[0] != "#"]
        for where in self.tmpfs:
            if where not in [row[1] for row in rows]:
                self.mounted.append((where, "tmpfs", "tmpfs"))
        for row in rows[1:]:
            self.mount_row(row)

    def mount_row(self, row):
        """As mount(8) and swapon(8) do with a row of fstab: only a sound filesystem of the right type."""
        found = [path for path, facts in self.devices.items() if row[0] in ("UUID=" + facts["uuid"], path) and facts["kind"] == row[2]]
        source = found[0] if found else row[0]
        if not found and "=" in row[0] and not row[0].startswith("LABEL="):
            return 32
        self.mounted.append(("swap" if row[2] == "swap" else self.real(row[1]), source, row[2]))
        return 0

    # Acting on it.

    def perform(self, asked):
        """Carry out an action, or as much of it as the cut lets happen."""
        self.steps += 1
        step, how = self.cut or (0, "")
        half = how if step == self.steps else ""
        if half == "before":
            raise PowerCut()
        answer = getattr(self, "do_" + type(asked).__name__)(asked, half)
        if half:
            raise PowerCut()
        return answer

    def do_Run(self, asked, half):
        name = asked.argv[0]
        result = getattr(self, "run_" + re.sub(r"^mkfs\..*", "mkfs", name))(asked.argv, half)
        rc, out = result if isinstance(result, tuple) else (result or 0, "")
        err = "cp: cannot stat 'gone': No such file or directory\n" if out == "gone" else "%s: no\n" % name * bool(rc)
        if rc and asked.check:
            raise self.runtime.Failed("%s: exit %d: " % (name, rc))
        return self.runtime.Result(rc=rc, out=out, err=err)

    def do_Device(self, asked, half):
        return self.facts(asked.path)

    def do_Disks(self, asked, half):
        found = []
        for path in sorted(self.devices):
            names = (path, self.devices[path]["serial"], "auto")
            if self.devices[path]["whole"] and (asked.name in names or path in (self.links.get("/dev/disk/by-id/" + asked.name), self.links.get(asked.name))):
                found.append(self.facts(path))
        return found

    def do_Mounted(self, asked, half):
        top = self.top(self.links.get(asked.path, asked.path))
        return top and self.runtime.Result(device=top[1], type=top[2])

    def do_Note(self, asked, half):
        self.notes[asked.key] = asked.value

    def do_Wait(self, asked, half):
        self.waited += asked.seconds
        for path, seconds in list(self.appears.items()):
            if self.waited >= seconds:
                self.disk(path, serial="late")
                del self.appears[path]

    def do_Mkdir(self, asked, half):
        if asked.path not in self.root:
            self.root[asked.path] = []
        if asked.mode is not None and asked.path != ASIDE:
            self.modes[asked.path] = asked.mode

    def do_Restorecon(self, asked, half):
        pass

    def do_Install(self, asked, half):
        missing = [name for name in asked.deb if name not in self.packages]
        if missing and not self.network:
            raise self.runtime.Failed("cannot install %s (no network): bake it into the image" % " ".join(missing))
        self.packages.update(missing)
        return self.runtime.Result(changed=bool(missing))

    def do_Line(self, asked, half):
        lines = ["#" + line if line != asked.text and re.match(asked.key, line) else line for line in self.fstab.splitlines()]
        self.fstab = "\n".join(lines + [asked.text] * (asked.text not in lines)) + "\n"

    # Commands.

    def lvm(self):
        return 0 if "lvm2" in self.packages else 127

    def run_umount(self, argv, half):
        rows = [row for row in self.mounted if row[0] == argv[1]]
        if not rows:
            return 32
        self.mounted.remove(rows[-1])

    def run_udevadm(self, argv, half):
        pass

    def run_systemctl(self, argv, half):
        assert argv == ["systemctl", "daemon-reload"]

    def run_mv(self, argv, half):
        if argv[2] not in self.units:
            return 1
        self.units[argv[3]] = self.units.pop(argv[2])

    def run_pvs(self, argv, half):
        facts = self.at(argv[-1])
        if self.lvm() or facts["kind"] != "LVM2_member":
            return self.lvm() or 5, ""
        for name, group in self.groups.items():
            if group["path"] == self.real(argv[-1]):
                return 0, "  %s|%s\n" % (name, ",".join(sorted(group["tags"])))
        return 0, "  |\n"

    def run_vgs(self, argv, half):
        if self.lvm():
            return 127, ""
        if argv[-1][0] == "@":
            return 0, "".join("  %s\n" % group["path"] for group in self.groups.values() if argv[-1][1:] in group["tags"])
        group = self.groups[argv[-1]]
        free = group["total"] - sum(volume["extents"] for volume in group["volumes"])
        return 0, "  %d %d %d\n" % (group["total"], free, EXTENT)

    def run_lvs(self, argv, half):
        return 0, "".join("  %s %s\n" % (v["name"], ",".join(sorted(v["tags"]))) for v in self.groups[argv[-1]]["volumes"])

    def run_vgchange(self, argv, half):
        return 0 if argv[2] in self.groups else 5

    def run_pvchange(self, argv, half):
        pass

    def run_vgcreate(self, argv, half):
        assert argv[1:4] == ["-s", "4m", "--addtag"]
        path, name = self.real(argv[-1]), argv[-2]
        facts = self.devices[path]
        orphan = facts["kind"] == "LVM2_member" and path not in [group["path"] for group in self.groups.values()]
        if self.lvm() or name in self.groups or not orphan and (facts["kind"] or facts["partitions"] or facts["holders"] or self.where(path)):
            return 5
        facts.update(kind="something unclear" if half == "unclear" else "LVM2_member", uuid=self.uuid())
        if half not in ("half", "unclear"):
            self.groups[name] = {"path": path, "tags": set([argv[4]]), "total": (facts["size"] - (1 << 20)) // EXTENT, "volumes": []}

    def run_lvcreate(self, argv, half):
        options = dict(zip(argv[3:-1:2], argv[4:-1:2]))
        assert argv[1:3] == ["-y", "-Wy"] and sorted(options) == ["--addtag", "-l", "-n"]
        free = int(self.run_vgs(["vgs", argv[-1]], "")[1].split()[1])
        if int(options["-l"]) > free:
            return 5
        self.volume(argv[-1], options["-n"], int(options["-l"]), [options["--addtag"]])
        if half not in ("half", "unclear"):
            self.at("/dev/%s/%s" % (argv[-1], options["-n"])).update(kind="", files=[], uuid="")

    def run_wipefs(self, argv, half):
        facts = self.at(argv[-1])
        assert argv[1] == "-a"
        if facts["holders"] or self.where(self.real(argv[-1])) or facts["readonly"]:
            return 1
        self.groups = dict((name, group) for name, group in self.groups.items() if group["path"] != self.real(argv[-1]))
        facts.update(kind="something unclear" if half in ("half", "unclear") else "", uuid="", partitions=[], files=[], broken=False, dirty=False)

    def format(self, path, kind, half):
        facts = self.at(path)
        if self.where(self.real(path)) or facts["holders"] or facts["readonly"]:
            return 1
        facts.update(kind=kind, uuid=self.uuid(), files=[], broken=half == "half")
        if half == "unclear":
            facts.update(kind="something unclear", uuid="")

    def run_mkfs(self, argv, half):
        kind = argv[0][5:]
        if {"xfs": "xfsprogs", "ext4": "e2fsprogs"}.get(kind) not in self.packages:
            return 127
        assert argv[1] == {"xfs": "-f", "ext4": "-F"}[kind]
        assert "-L" not in argv or len(argv[3]) <= {"xfs": 12, "ext4": 16}[kind]
        return self.format(argv[-1], kind, half)

    def run_mkswap(self, argv, half):
        assert argv[1] == "-f"
        return self.format(argv[-1], "swap", half)

    def run_mount(self, argv, half):
        if len(argv) == 2:
            rows = [line.split() for line in self.fstab.splitlines() if line[0] != "#"]
            return self.mount_row([row for row in rows if row[1] == argv[1]][0])
        path, where = self.real(argv[-2]), argv[-1]
        kind = self.devices[path]["kind"]
        if self.devices[path]["dirty"] and self.devices[path]["locked"]:
            return 32
        if self.where(path) or kind not in ("xfs", "ext4", "vfat") or argv[1] == "-t" and argv[2] != kind or self.devices[path]["broken"]:
            return 32
        self.mounted.append((where, path, kind))

    def run_blockdev(self, argv, half):
        assert argv[1] in ("--setro", "--setrw")
        self.devices[argv[2]]["locked"] = argv[1] == "--setro"

    def run_find(self, argv, half):
        assert argv[2:] == ["-mindepth", "1", "!", "-name", "lost+found", "-print", "-quit"]
        return 0, "".join(name + "\n" for name in self.files(argv[1]) if name != "lost+found")

    def run_cp(self, argv, half):
        assert argv[1] == "-ax" and argv[2][-2:] == "/." and self.top(argv[3])
        files = self.files(self.real(argv[2][:-2]))
        if "huge" in files:
            self.files(argv[3]).append("a part of huge")
            return 1
        if "gone" in files:
            return 1, "gone"
        target = self.files(argv[3])
        target.extend(name for name in (files[:1] if half in ("half", "unclear") else files) if name not in target)

    def run_swapon(self, argv, half):
        self.mounted.append(("swap", self.real(argv[1]), "swap"))
