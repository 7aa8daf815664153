"""A machine that localfs acts on in tests: the model of `contextc simulate`, and power that can be cut. Python 2.7 and 3.

A command that is not modelled is an error. The power can be cut before or after any action and in the middle of those that can be left
half done; what `reboot` brings back is what a disk would have.
"""
import re

import simulated

ASIDE = "/run/contextc"


class PowerCut(Exception):
    pass


class Machine(simulated.Storage):
    def __init__(self, runtime):
        simulated.Storage.__init__(self, runtime, early=True, files={"/etc/fstab": "LABEL=guestroot / ext4 defaults 0 1\n"})
        self.root.update({"/home": ["skeleton"], "/tmp": [], "/var/lib/cvmfs": []})
        self.modes, self.units, self.lists, self.appears = {}, {}, [], {}
        self.steps, self.cut, self.half = 0, None, ""

    @property
    def notes(self):
        return self.host.notes

    @property
    def fstab(self):
        return self.text("/etc/fstab")

    @fstab.setter
    def fstab(self, text):
        self.put("/etc/fstab", text)

    def uuid(self):
        self.uuids += 1
        return "uuid-%d" % self.uuids

    def unknown(self, argv):
        raise AssertionError("no such command: %s" % argv[0])

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

    # Acting on it.

    def perform(self, asked):
        """Carry out an action, or as much of it as the cut lets happen."""
        self.steps += 1
        step, how = self.cut or (0, "")
        self.half = how if step == self.steps else ""
        if self.half == "before":
            raise PowerCut()
        answer = simulated.Storage.perform(self, asked)
        if self.half:
            raise PowerCut()
        return answer

    def do_Wait(self, asked):
        simulated.Storage.do_Wait(self, asked)
        for path, seconds in list(self.appears.items()):
            if self.waited >= seconds:
                self.disk(path, serial="late")
                del self.appears[path]

    def do_Mkdir(self, asked):
        self.root.setdefault(asked.path, [])
        if asked.mode is not None and asked.path != ASIDE:
            self.modes[asked.path] = asked.mode

    def run_systemctl(self, argv):
        assert argv == ["systemctl", "daemon-reload"]

    def run_mv(self, argv):
        if argv[2] not in self.units:
            return 1
        self.units[argv[3]] = self.units.pop(argv[2])

    # What can be left half done.

    def run_vgcreate(self, argv):
        answer = simulated.Storage.run_vgcreate(self, argv)
        if not answer and self.half in ("half", "unclear"):
            del self.groups[argv[-2]]
            self.at(argv[-1])["kind"] = "something unclear" if self.half == "unclear" else "LVM2_member"
        return answer

    def run_lvcreate(self, argv):
        answer = simulated.Storage.run_lvcreate(self, argv)
        ghost = self.devices[self.groups[argv[-1]]["path"]]["ghost"]
        if not answer and ghost and self.half in ("half", "unclear"):
            # What an earlier owner of the disk had there is not wiped yet.
            name = argv[argv.index("-n") + 1]
            self.at("/dev/%s/%s" % (argv[-1], name)).update(kind=ghost, files=["old"], uuid=self.uuid())
        return answer

    def run_wipefs(self, argv):
        answer = simulated.Storage.run_wipefs(self, argv)
        if not answer and self.half in ("half", "unclear"):
            self.at(argv[-1])["kind"] = "something unclear"
        return answer

    def format(self, path, kind):
        answer = simulated.Storage.format(self, path, kind)
        if not answer:
            self.at(path)["broken"] = self.half == "half"
            if self.half == "unclear":
                self.at(path).update(kind="something unclear", uuid="")
        return answer

    def run_cp(self, argv):
        files = self.names(self.real(argv[2][:-2]))
        if "huge" in files:
            self.names(argv[3]).append("a part of huge")
            return 1, "", "cp: no\n"
        if "gone" in files:
            return 1, "", "cp: cannot stat 'gone': No such file or directory\n"
        if self.half in ("half", "unclear"):
            self.names(argv[3]).extend(name for name in files[:1] if name not in self.names(argv[3]))
            return 0
        return simulated.Storage.run_cp(self, argv)
