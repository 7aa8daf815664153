"""The actions that look at disks and mounts, on a copy of sysfs and on what the real tools make of plain files."""
import subprocess

import pytest

from host import Host


@pytest.fixture
def sys_tree(scratch):
    """vda is the root disk with a partition, vdb a blank one, sda a SCSI disk under multipath."""
    def put(name, text=""):
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (scratch / "sys/class/block/vda/vda1").mkdir(parents=True)
    (scratch / "sys/class/block/vda1").symlink_to("vda/vda1")
    for number, name in enumerate(("vda", "vdb", "sda", "dm-0", "dm-1", "loop0", "sr0", "vda1")):
        base = "sys/class/block/%s/" % name
        put(base + "dev", "25%d:%d\n" % (number, number))
        put(base + "size", "2048\n")
        put(base + "ro", "0\n")
        (scratch / base / "holders").mkdir()
        put("dev/" + name)
        if name != "vda1":
            (scratch / "sys/block").mkdir(exist_ok=True)
            (scratch / "sys/block" / name).symlink_to("../class/block/" + name)
    put("sys/class/block/vda/vda1/partition", "1\n")
    put("sys/class/block/vda/serial", "")
    put("sys/class/block/vdb/serial", "data\n")
    put("sys/class/block/sda/device/vpd_pg80", "\0\x80\0\x14scsi-serial ")
    (scratch / "sys/class/block/sda/holders/dm-0").mkdir()
    put("sys/block/dm-0/dm/uuid", "mpath-36000\n")
    put("sys/block/dm-1/dm/uuid", "LVM-abc\n")
    put("proc/self/mountinfo", "20 1 257:7 / / rw shared:1 - ext4 /dev/vda1 rw\n21 20 0:30 / /tmp rw - tmpfs tmpfs rw\n22 20 251:1 / /mnt rw shared:2 master:3 - xfs /dev/vdb rw\n")
    put("proc/swaps", "Filename\t\t\t\tType\t\tSize\n/dev/dm-1                               partition\t1\n")
    (scratch / "dev/disk/by-id").mkdir(parents=True)
    (scratch / "dev/disk/by-id/virtio-data").symlink_to("../../vdb")
    (scratch / "dev/mapper").mkdir()
    (scratch / "dev/mapper/mpatha").symlink_to("../dm-0")
    return scratch


@pytest.fixture
def probes(runtime, monkeypatch):
    """What blkid and wipefs answer."""
    answers = {"blkid": (2, ""), "wipefs": (0, "")}
    monkeypatch.setattr(runtime, "ask", lambda host, *argv: runtime.Result(rc=answers[argv[0]][0], out=answers[argv[0]][1], err=""))
    return answers


def test_device(runtime, sys_tree, probes):
    vda = runtime.Device("/dev/vda").perform(Host())
    assert (vda.path, vda.size, vda.partitions, vda.mounts, vda.kind, vda.readonly) == ("/dev/vda", 1 << 20, ["vda1"], ["/"], "", False)
    vdb = runtime.Device("/dev/disk/by-id/virtio-data").perform(Host())
    assert (vdb.path, vdb.mounts, vdb.id) == ("/dev/vdb", ["/mnt"], "data  1048576")
    assert runtime.Device("/dev/vda1").perform(Host()).mounts == ["/"]
    assert runtime.Device("/dev/dm-1").perform(Host()).mounts == ["swap"]
    assert runtime.Device("/dev/sda").perform(Host()).holders == ["dm-0"]
    assert runtime.Device("/dev/sda").perform(Host()).id == "scsi-serial  1048576"
    assert runtime.Device("/dev/vda").perform(Host()).id == ""
    assert runtime.Device("/dev/vdz").perform(Host()) is None
    assert runtime.Device("/data/vdb").perform(Host()) is None


@pytest.mark.parametrize("name, meant", [
    ("/dev/vdb", ["/dev/vdb"]), ("virtio-data", ["/dev/vdb"]), ("data", ["/dev/vdb"]), ("/dev/disk/by-id/virtio-data", ["/dev/vdb"]), ("ata", []),
    ("data-and-what-virtio-cuts-off", []), ("/dev/mapper/mpatha", ["/dev/dm-0"]), ("scsi-serial", ["/dev/sda"]), ("/dev/vda1", []), ("/dev/dm-1", []),
    ("auto", ["/dev/dm-0", "/dev/sda", "/dev/vda", "/dev/vdb"])])
def test_disks(runtime, sys_tree, probes, name, meant):
    assert [disk.path for disk in runtime.Disks(name).perform(Host())] == meant


def test_a_long_serial_is_cut_by_virtio(runtime, sys_tree, probes):
    (sys_tree / "sys/class/block/vdb/serial").write_text("12345678-1234-1234-1")
    disks = runtime.Disks("12345678-1234-1234-1234-123456789012").perform(Host())
    assert [disk.path for disk in disks] == ["/dev/vdb"]


def test_mounted(runtime, sys_tree):
    assert vars(runtime.Mounted("/tmp").perform(Host())) == {"number": "0:30", "device": "tmpfs", "where": "/tmp", "type": "tmpfs"}
    assert runtime.Mounted("/mnt").perform(Host()).device == "/dev/vdb"
    assert runtime.Mounted("/home").perform(Host()) is None


@pytest.mark.parametrize("blkid, wipefs, kind", [
    ((2, ""), (0, ""), ""),
    ((2, ""), (0, "# offset,uuid,label,type\n"), ""),
    ((2, ""), (0, "# offset,uuid,label,type\n0x0,,,zfs_member\n"), "something unclear"),
    ((2, ""), (1, ""), "something unclear"),
    ((8, ""), (0, ""), "something unclear"),
    ((4, ""), (0, ""), "something unclear"),
    ((127, ""), (127, ""), "something unclear"),
    ((0, "DEVNAME=/dev/vdb\nUUID=u\nTYPE=ext4\n"), (0, ""), "ext4"),
    ((0, "PTUUID=u\nPTTYPE=gpt\n"), (0, ""), "gpt table"),
    ((0, ""), (0, ""), "something table"),
])
def test_only_what_is_surely_blank_is_blank(runtime, probes, blkid, wipefs, kind):
    probes.update(blkid=blkid, wipefs=wipefs)
    assert runtime.signature(Host(), "/dev/vdb")[0] == kind


REAL = {
    "ext4": ["mkfs.ext4", "-q", "-F"], "swap": ["mkswap"], "dos table": ["sfdisk", "-q"], "gpt table": ["sfdisk", "-q", "-X", "gpt"], "xfs": ["mkfs.xfs", "-q"], "vfat": ["mkfs.vfat"], "": ["true"]}


def blank(path, size):
    """A plain file, which these tools treat as they do a disk."""
    with open(path, "wb") as stream:
        stream.truncate(size)


def make(kind, path):
    subprocess.run(REAL[kind] + [str(path)], input=b",,\n", check=True, capture_output=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})


@pytest.mark.processes
@pytest.mark.parametrize("kind", sorted(REAL))
def test_signatures_as_the_real_tools_see_them(runtime, tmp_path, kind):
    path = tmp_path / "disk"
    blank(path, 400 << 20)
    make(kind, path)
    assert runtime.signature(Host(), str(path))[0] == kind


@pytest.mark.processes
def test_two_signatures_are_not_blank(runtime, tmp_path):
    path = tmp_path / "disk"
    blank(path, 64 << 20)
    make("ext4", path)
    saved = path.read_bytes()[1024:2048]
    make("swap", path)
    with open(path, "r+b") as stream:
        stream.seek(1024)
        stream.write(saved)
    assert runtime.signature(Host(), str(path))[0]
