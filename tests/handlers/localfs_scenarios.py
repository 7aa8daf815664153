"""What localfs must do, as a table: the settings as the compiler writes them, the machine it meets, the end. Python 2.7 and 3.

A scenario's actions are kept in golden/<name>.txt.
"""
import scenario
from machine import Machine
from scenario import TAG

GIB = 1 << 30


def volume(name, size, mount=None, filesystem="xfs", options="defaults", mode=None):
    return {"name": name, "size": size, "mount": mount, "filesystem": filesystem, "options": options, "mode": mode}


def row(device, mount, filesystem, options="defaults", dump=0, last=0):
    return {"device": device, "mount": mount, "filesystem": filesystem, "options": options, "dump": dump, "pass": last}


def localfs(volumes=(), mounts=(), disk="/dev/vdb", existing="refuse", wait=30):
    return {"disk": disk, "existing": existing, "wait": wait, "volume-group": "attached", "volumes": list(volumes), "mounts": list(mounts)}


FARM = [
    volume("cvmfs", {"percent-vg": 17}, "/var/lib/cvmfs"),
    volume("home", {"percent-vg": 58}, "/home"),
    volume("tmp", {"percent-vg": 8}, "/tmp", mode="1777"),
    volume("swap", {"percent-free": 100}, filesystem="swap"),
]
HOME = [volume("home", {"percent-free": 100}, "/home")]
TWO = [volume("home", {"bytes": 300 << 20}, "/home"), volume("data", {"percent-free": 50}, "/data", "ext4", mode="2775")]


class Scenario(scenario.Scenario):
    """`given` gets a machine with its root disk."""

    block, golden = "localfs", "golden"

    def machine(self, runtime):
        machine = Machine(runtime)
        self.given(machine)
        return machine

    def host(self, machine):
        return dict(family="deb", early=True, selinux=False, notes=machine.notes)


def blank(machine):
    machine.disk("/dev/vdb", serial="data")


def holding(kind, **facts):
    return lambda machine: machine.disk("/dev/vdb", kind=kind, files=["precious"], **facts)


def two_blank(machine):
    blank(machine)
    machine.disk("/dev/vdc", 2 * GIB, serial="other")


def mounted(machine):
    machine.disk("/dev/vdb", kind="ext4", files=["precious"])
    machine.mounted.append(("/mnt", "/dev/vdb", "ext4"))


def covered(machine):
    blank(machine)
    machine.disk("/dev/vdc", kind="ext4", files=["precious"])
    machine.mounted.append(("/home", "/dev/vdc", "ext4"))


def tmpfs(machine):
    blank(machine)
    machine.tmpfs["/tmp"] = ["socket"]
    machine.mounted.append(("/tmp", "tmpfs", "tmpfs"))
    machine.fstab += "tmpfs /tmp tmpfs defaults 0 0\n"
    machine.units["/etc/systemd/system/tmp.mount"] = "a mask"


def linked(machine):
    blank(machine)
    machine.links["/home"] = "/srv/home"


def bare(machine):
    blank(machine)
    machine.packages.clear()


def offline(machine):
    bare(machine)
    machine.network = False


def late(machine):
    machine.appears["/dev/vdb"] = 3


def named(machine):
    two_blank(machine)
    machine.links["/dev/disk/by-id/virtio-data"] = "/dev/vdb"
    machine.links["/dev/fast"] = "/dev/vdb"


def empty(machine):
    machine.disk("/dev/vdb", serial="data", kind="ext4", files=["lost+found"])


def ghost(machine):
    machine.disk("/dev/vdb", serial="data", kind="ext4", files=["old"], ghost="xfs")


def group(name, tags=(), own=(), volumes=(("home", 60, "xfs", ["precious"]),)):
    def prepare(machine):
        machine.disk("/dev/vdb")
        machine.group(name, "/dev/vdb", [made + (own,) for made in volumes], tags)
    return prepare


def dirty(machine):
    """No files, but the journal may hold some. It is not replayed: that would be writing."""
    machine.disk("/dev/vdb", kind="xfs", dirty=True)


def labelled(machine):
    covered(machine)
    machine.links["/dev/disk/by-label/x"] = "/dev/vdb"
    machine.devices["/dev/vdb"].update(kind="ext4", uuid="x", files=["precious"])


def busy(machine):
    tmpfs(machine)
    machine.tmpfs["/tmp"] = ["gone"]


def inactive(machine):
    """A volume group that is not activated: nothing holds the disk, only the signature speaks."""
    machine.disk("/dev/vdb", kind="LVM2_member")
    machine.groups["other"] = {"path": "/dev/vdb", "tags": set(), "total": 255, "volumes": []}


def orphan(machine):
    machine.disk("/dev/vdb", kind="LVM2_member")


def huge(machine):
    blank(machine)
    machine.root["/home"] = ["huge"]


def rows(kinds):
    def prepare(machine):
        for number, kind in enumerate(kinds):
            machine.links["/dev/disk/by-label/x"] = "/dev/vdx"
            machine.disk("/dev/vdx", kind="ext4", files=["precious"])
            machine.disk("/dev/vd" + "cdef"[number], serial="row %d" % number, kind=kind, files=["precious"] if kind else [])
    return prepare


ROWS = [row("/dev/vdd", "/data/deep", "xfs", "noatime"), row("/dev/vdc", "/data", "ext4", last=2), row("/dev/vde", None, "swap"), row("LABEL=x", "/x", "ext4"), row("server:/export", "/nfs", "nfs")]

SCENARIOS = [
    Scenario("farm", localfs(FARM), blank),
    Scenario("farm-in-a-bare-image", localfs(FARM), bare),
    Scenario("farm-over-tmpfs", localfs(FARM), tmpfs),
    Scenario("linked-mount-point", localfs(HOME), linked),
    Scenario("files-of-a-tmpfs-come-and-go", localfs(FARM), busy),
    Scenario("read-only", localfs([volume("soft", {"percent-free": 100}, "/soft", "ext4", "ro", "0755")]), blank),
    Scenario("volumes", localfs(TWO), blank),
    Scenario("nested", localfs([volume("in", {"bytes": 10 << 20}, "/srv/a/b"), volume("out", {"percent-free": 50}, "/srv")], [row("/dev/vdc", "/srv/a", "ext4")]), two_blank),
    Scenario("rows", localfs(mounts=ROWS), rows(["", "xfs", ""])),
    Scenario("auto", localfs(HOME, disk="auto"), lambda m: (blank(m), m.disk("/dev/vdc", kind="ext4"), m.disk("/dev/vdd", readonly=True))),
    Scenario("serial", localfs(HOME, disk="data"), named),
    Scenario("by-id", localfs(HOME, disk="virtio-data"), named),
    Scenario("link", localfs(HOME, disk="/dev/fast"), named),
    Scenario("appears", localfs(HOME), late),
    Scenario("wipe", localfs(FARM, existing="wipe"), ghost),
    Scenario("wipe-partitions", localfs(HOME, existing="wipe"), holding("dos table", partitions=["vdb1"])),
    Scenario("wipe-inactive-group", localfs(HOME, existing="wipe"), inactive),
    Scenario("wipe-orphan", localfs(HOME, existing="wipe"), orphan),
    Scenario("wipe-if-empty", localfs(HOME, existing="wipe-if-empty"), empty),
    Scenario("reuse-blank", localfs(HOME, existing="reuse"), blank),
    Scenario("reuse-group", localfs([volume("home", {"bytes": GIB}, "/home"), volume("tmp", {"percent-free": 100}, "/tmp")], existing="reuse"), group("attached")),
    Scenario("reuse-filesystem", localfs(HOME, existing="reuse"), holding("xfs")),
    Scenario("own-group", localfs(TWO), group("attached", [TAG], [TAG])),
    Scenario("refused-filesystem", localfs(FARM), holding("ext4"), "Refused", "/dev/vdb holds ext4"),
    Scenario("refused-partitions", localfs(FARM), holding("dos table", partitions=["vdb1"]), "Refused", "holds dos table"),
    Scenario("refused-partitions-unsigned", localfs(FARM), lambda m: m.disk("/dev/vdb", partitions=["vdb1"]), "Refused", "holds vdb1"),
    Scenario("refused-swap", localfs(FARM), holding("swap"), "Refused", "holds swap"),
    Scenario("refused-raid", localfs(FARM), holding("linux_raid_member"), "Refused", "linux_raid_member"),
    Scenario("refused-luks", localfs(FARM), holding("crypto_LUKS"), "Refused", "crypto_LUKS"),
    Scenario("refused-unclear", localfs(FARM), holding("something unclear"), "Refused", "something unclear"),
    Scenario("refused-holder", localfs(FARM, existing="wipe"), lambda m: m.disk("/dev/vdb", holders=["dm-7"]), "Refused", "in use: dm-7"),
    Scenario("refused-mounted", localfs(FARM, existing="wipe"), mounted, "Refused", "in use: /mnt"),
    Scenario("refused-root", localfs(FARM, disk="/dev/vda", existing="wipe"), lambda m: None, "Refused", "in use: /"),
    Scenario("refused-read-only", localfs(FARM), lambda m: m.disk("/dev/vdb", readonly=True), "Refused", "read-only"),
    Scenario("refused-other-group", localfs(FARM), inactive, "Refused", "holds LVM2_member"),
    Scenario("refused-active-group", localfs(FARM, existing="wipe"), group("other"), "Refused", "in use: dm-0"),
    Scenario("refused-group-of-the-name", localfs(FARM), group("attached"), "Refused", "in use: dm-0"),
    Scenario("refused-group-of-another-context", localfs(FARM), group("attached", ["contextc_deadbeef"]), "Refused", "in use: dm-0"),
    Scenario("refused-reuse-other-group", localfs(FARM, existing="reuse"), inactive, "Refused", "holds LVM2_member"),
    Scenario("refused-orphan", localfs(FARM), orphan, "Refused", "holds LVM2_member"),
    Scenario("refused-reuse-filesystem", localfs(TWO, existing="reuse"), holding("xfs"), "Refused", "holds xfs"),
    Scenario("refused-not-empty", localfs(FARM, existing="wipe-if-empty"), holding("ext4"), "Refused", "holds ext4"),
    Scenario("refused-swap-is-not-empty", localfs(FARM, existing="wipe-if-empty"), holding("swap"), "Refused", "holds swap"),
    Scenario("refused-table-is-not-empty", localfs(FARM, existing="wipe-if-empty"), holding("gpt table", partitions=["vdb1"]), "Refused", "holds gpt table"),
    Scenario("refused-too-small", localfs(FARM), lambda m: m.disk("/dev/vdb", 16 << 20), "Refused", "too small for cvmfs"),
    Scenario("refused-too-small-for-bytes", localfs(TWO), lambda m: m.disk("/dev/vdb", 200 << 20), "Refused", "too small for home"),
    Scenario("refused-absent", localfs(FARM, wait=2), lambda m: None, "Refused", "/dev/vdb does not mean one whole disk (candidates: none)"),
    Scenario("refused-partition", localfs(FARM, disk="/dev/vdb1", wait=0), lambda m: (blank(m), m.disk("/dev/vdb1", whole=False)), "Refused", "/dev/vdb1 does not mean one whole disk"),
    Scenario("refused-auto-several", localfs(FARM, disk="auto"), two_blank, "Refused", "auto does not mean one whole disk (candidates: /dev/vdb, /dev/vdc)"),
    Scenario("refused-auto-none", localfs(FARM, disk="auto", wait=0), lambda m: None, "Refused", "auto does not mean one whole disk (candidates: /dev/vda)"),
    Scenario("refused-root-by-wipe-if-empty", localfs(FARM, disk="/dev/vda", existing="wipe-if-empty"), lambda m: None, "Refused", "in use: /"),
    Scenario("refused-dirty-journal", localfs(FARM, existing="wipe-if-empty"), dirty, "Refused", "holds xfs"),
    Scenario("refused-btrfs-is-not-known-to-be-empty", localfs(FARM, existing="wipe-if-empty"), lambda m: m.disk("/dev/vdb", kind="btrfs"), "Refused", "holds btrfs"),
    Scenario("refused-label-covered", localfs(mounts=[row("LABEL=x", "/home", "ext4")]), labelled, "Refused", "/dev/vdc is mounted at /home"),
    Scenario("refused-network-covered", localfs(mounts=[row("server:/export", "/home", "nfs")]), labelled, "Refused", "/dev/vdc is mounted at /home"),
    Scenario("refused-covered", localfs(FARM), covered, "Refused", "/dev/vdc is mounted at /home"),
    Scenario("refused-row", localfs(mounts=ROWS), rows(["xfs", "", ""]), "Refused", "/dev/vdc holds xfs, not a blank ext4"),
    Scenario("refused-row-partitions", localfs(mounts=ROWS), lambda m: (rows(["dos table", "", ""])(m), m.devices["/dev/vdc"].update(partitions=["vdc1"])), "Refused", "vdc1"),
    Scenario("refused-blank-volume-of-others", localfs(HOME, existing="reuse"), group("attached", volumes=[("home", 60, "", [])]), "Refused", "something unknown"),
    Scenario("failed-row-absent", localfs(mounts=[row("/dev/vdc", "/data", "xfs")], wait=1), lambda m: None, "Failed", "no device /dev/vdc"),
    Scenario("failed-offline", localfs(FARM), offline, "Failed", "cannot install lvm2 xfsprogs (no network): bake it into the image"),
    Scenario("failed-group-elsewhere", localfs(FARM), lambda m: (two_blank(m), m.group("attached", "/dev/vdc", [("precious", 9, "xfs", ["precious"], [])])), "Failed", "vgcreate: exit 5"),
    Scenario("failed-full", localfs([volume("home", {"percent-vg": 100}, "/home")], existing="reuse"), group("attached", volumes=[("other", 200, "xfs", ["precious"])]), "Failed", "attached is too full for home"),
    Scenario("failed-copy", localfs(FARM), huge, "Failed", "cannot copy what is in /home"),
    Scenario("failed-copy-of-a-tmpfs", localfs(FARM), lambda m: (tmpfs(m), m.tmpfs.update({"/tmp": ["huge"]})), "Failed", "cannot copy what is in /tmp"),
]
