"""What the runtime does with each action, on files below a scratch directory, on harmless processes, and on a copy of sysfs."""
import http.server
import os
import subprocess
import threading
import time

import pytest


class Host:
    """Keeps what a real one would log and save."""

    def __init__(self, family="deb", early=False):
        self.family, self.early, self.selinux, self.tool = family, early, False, "dnf"
        self.renewal = [["renew"]]
        self.lines, self.notes, self.saved = [], {}, []

    def log(self, level, text):
        self.lines += ["%s %s" % (level, line) for line in text.splitlines()]

    def note(self, key, value):
        self.saved.append((key, value))


@pytest.fixture
def scratch(runtime, tmp_path):
    runtime.ROOT = str(tmp_path.resolve())
    return tmp_path.resolve()


def mode(path):
    return path.stat().st_mode & 0o7777


# Files.

def test_write(runtime, scratch):
    path = scratch / "file"
    assert runtime.Write("/file", "text\n", 0o640).perform(Host()).changed
    assert (path.read_text(), mode(path)) == ("text\n", 0o640)
    before = path.stat().st_ino
    assert not runtime.Write("/file", "text\n", 0o600).perform(Host()).changed
    assert (path.stat().st_ino, mode(path)) == (before, 0o600)
    assert runtime.Write("/file", u"\u00e9\n").perform(Host()).changed
    assert path.read_bytes() == b"\xc3\xa9\n"
    assert [entry.name for entry in scratch.iterdir()] == ["file"]


def test_a_secret_is_never_readable_by_others(runtime, scratch, monkeypatch):
    seen = []
    monkeypatch.setattr(runtime.os, "fsync", lambda handle: seen.append(os.fstat(handle).st_mode & 0o777))
    runtime.Write("/secret", "s", 0o400).perform(Host())
    assert seen[0] == 0o600
    assert mode(scratch / "secret") == 0o400


def test_write_does_not_follow_a_link_planted_for_its_temporary_file(runtime, scratch):
    (scratch / "victim").write_text("mine")
    (scratch / ".contextc-file").symlink_to(scratch / "victim")
    runtime.Write("/file", "text").perform(Host())
    assert (scratch / "victim").read_text() == "mine"


def test_write_keeps_a_link(runtime, scratch):
    (scratch / "real").write_text("old")
    (scratch / "link").symlink_to("real")
    runtime.Write("/link", "new").perform(Host())
    assert (scratch / "link").is_symlink()
    assert (scratch / "real").read_text() == "new"


def test_a_file_is_whole_when_the_power_goes(runtime, scratch, monkeypatch):
    (scratch / "file").write_text("old")

    def cut(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(runtime.os, "rename", cut)
    with pytest.raises(KeyboardInterrupt):
        runtime.Write("/file", "new").perform(Host())
    assert (scratch / "file").read_text() == "old"


KEY = r"\s*[^#\s]\S*\s+/home\s"


@pytest.mark.parametrize("before, after, changed", [
    ("", "UUID=1 /home xfs\n", True),
    ("a / x\nb /x y", "a / x\nb /x y\nUUID=1 /home xfs\n", True),
    ("UUID=1 /home xfs\na / x\n", "UUID=1 /home xfs\na / x\n", False),
    ("tmpfs /home tmpfs\n# c /home d\ne /homes f\n", "#tmpfs /home tmpfs\n# c /home d\ne /homes f\nUUID=1 /home xfs\n", True),
    (" UUID=0 /home xfs\n\nb\x85 /home c\n", "# UUID=0 /home xfs\n\n#b\x85 /home c\nUUID=1 /home xfs\n", True),
    ("UUID=0 /home xfs\n\xff\n", "#UUID=0 /home xfs\n\xff\nUUID=1 /home xfs\n", True),
])
def test_line(runtime, scratch, before, after, changed):
    (scratch / "fstab").write_bytes(before.encode("latin-1"))
    line = runtime.Line("/fstab", "UUID=1 /home xfs", KEY)
    assert line.perform(Host()).changed == changed
    assert (scratch / "fstab").read_bytes() == after.encode("latin-1")
    assert not line.perform(Host()).changed


def test_line_makes_the_file(runtime, scratch):
    runtime.Line("/fstab", "text", "x").perform(Host())
    assert ((scratch / "fstab").read_text(), mode(scratch / "fstab")) == ("text\n", 0o644)


def test_mkdir(runtime, scratch):
    assert runtime.Mkdir("/a/b", 0o1777).perform(Host()).changed
    assert (mode(scratch / "a"), mode(scratch / "a/b")) == (0o755, 0o1777)
    assert not runtime.Mkdir("/a/b").perform(Host()).changed
    assert mode(scratch / "a/b") == 0o1777
    runtime.Mkdir("/a/b", 0o700, "root", "root").perform(Host())
    assert mode(scratch / "a/b") == 0o700


def test_read(runtime, scratch):
    (scratch / "file").write_text("text\n")
    assert (runtime.Read("/file").perform(Host()), runtime.Read("/none").perform(Host())) == ("text", "")


# Processes.

@pytest.mark.processes
def test_run(runtime):
    host = Host()
    done = runtime.Run(["sh", "-c", "cat; echo err >&2; exit 3"], "in", check=False).perform(host)
    assert (done.rc, done.out, done.err) == (3, "in", "err\n")
    assert host.lines == ["DEBUG run (3) sh -c cat; echo err >&2; exit 3", "DEBUG inerr"]
    with pytest.raises(runtime.Failed) as fault:
        runtime.Run(["sh", "-c", "echo out; echo 1 >&2; echo last >&2; exit 3"]).perform(host)
    assert str(fault.value) == "sh: exit 3: last"


@pytest.mark.processes
def test_run_without_a_program(runtime):
    assert runtime.Run(["/no/such"], check=False).perform(Host()).rc == 127


@pytest.mark.processes
def test_the_environment_is_fixed(runtime, monkeypatch):
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    out = runtime.Run(["env"], env={"EXTRA": "1"}).perform(Host()).out
    assert sorted(line for line in out.splitlines() if line[0] != "_") == ["EXTRA=1", "HOME=/root", "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]


@pytest.mark.processes
def test_a_command_that_hangs_is_killed_with_its_children(runtime):
    begin = time.time()
    done = runtime.Run(["sh", "-c", "sleep 30 & sleep 30"], timeout=0.3, check=False).perform(Host())
    assert done.rc == -9
    assert time.time() - begin < 10


@pytest.mark.processes
def test_a_secret_is_not_logged(runtime):
    host = Host()
    with pytest.raises(runtime.Failed) as fault:
        runtime.Run(["sleep", "9"], timeout=0.2).perform(Host())
    assert str(fault.value).startswith("sleep: exit -9: killed after")
    host = Host()
    with pytest.raises(runtime.Failed) as fault:
        runtime.Run(["sh", "-c", "echo hunter2; cat >&2; exit 1"], "hunter2", secret=True).perform(host)
    assert "hunter2" not in str(fault.value) + "".join(host.lines)


@pytest.mark.processes
def test_a_destructive_step_is_recorded_before_and_after(runtime):
    host = Host()
    runtime.Run(["true", "x"], destructive=True).perform(host)
    assert host.saved == [("doing", "true x"), ("doing", None)]


# Packages.

class Tools:
    """Stands for the package tools: which packages are there, and what each call answers."""

    def __init__(self, runtime, monkeypatch, there=(), answers=()):
        self.there, self.answers, self.calls, self.env = list(there), list(answers), [], {}
        outer = self

        class Run(object):
            def __init__(self, argv, stdin=None, timeout=300, check=True, env=None):
                self.argv, self.env, self.timeout = list(argv), env, timeout

            def perform(self, host):
                if self.argv[0] in ("dpkg-query", "rpm"):
                    return runtime.Result(rc=0, out="installed" if self.argv[-1] in outer.there else "", err="")
                outer.calls.append(self.argv)
                outer.env, outer.timeout = self.env, self.timeout
                rc, err = outer.answers.pop(0) if outer.answers else (0, "")
                return runtime.Result(rc=rc, out="", err=err)
        monkeypatch.setattr(runtime, "Run", Run)
        self.slept = []
        monkeypatch.setattr(runtime.time, "sleep", self.slept.append)


APT = ["apt-get", "-qy", "--no-install-recommends", "--allow-downgrades", "-o", "Dpkg::Options::=--force-confold", "install"]


def test_install_asks_only_for_what_is_missing(runtime, monkeypatch):
    tools = Tools(runtime, monkeypatch, ["a"])
    assert not runtime.Install(deb=["a"]).perform(Host()).changed
    assert tools.calls == []
    assert runtime.Install(deb=["a", "b"]).perform(Host()).changed
    assert tools.calls == [APT + ["b"]]
    assert tools.env == {"DEBIAN_FRONTEND": "noninteractive"}


def test_install_renews_the_lists_when_needed(runtime, monkeypatch):
    tools = Tools(runtime, monkeypatch, [], [(100, "E: Unable to locate package b")])
    runtime.Install(deb=["b"]).perform(Host())
    assert tools.calls == [APT + ["b"], ["renew"], APT + ["b"]]


def test_install_refreshes_when_told(runtime, monkeypatch):
    tools = Tools(runtime, monkeypatch)
    runtime.Install(deb=["b"], refresh=True).perform(Host())
    assert tools.calls == [["renew"], APT + ["b"]]


def test_install_on_the_rpm_family(runtime, monkeypatch):
    tools = Tools(runtime, monkeypatch, ["a"])
    runtime.Install(deb=["no"], rpm=["a", "b-1.2"]).perform(Host("rpm"))
    assert tools.calls == [["dnf", "-y", "install", "b-1.2"]]


def test_install_waits_for_a_lock(runtime, monkeypatch):
    locked = (100, "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt-get)")
    tools = Tools(runtime, monkeypatch, [], [locked, locked])
    runtime.Install(deb=["b"]).perform(Host())
    assert tools.calls == [APT + ["b"]] * 3
    assert tools.slept == [3, 3]


def test_install_names_what_to_bake(runtime, monkeypatch):
    Tools(runtime, monkeypatch, [], [(100, "E: x\nE: last")] * 3)
    with pytest.raises(runtime.Failed) as fault:
        runtime.Install(deb=["b", "c"]).perform(Host())
    assert str(fault.value) == "cannot install b c (E: last): bake it into the image"


def test_install_early_without_a_route(runtime, scratch, monkeypatch):
    tools = Tools(runtime, monkeypatch)
    with pytest.raises(runtime.Failed) as fault:
        runtime.Install(deb=["lvm2"]).perform(Host(early=True))
    assert str(fault.value) == "cannot install lvm2 (no network): bake it into the image"
    assert tools.calls == []


ROUTE4 = "Iface\tDestination\tGateway\tFlags\neth0\t0002000A\t00000000\t0001\n"
LOOP6 = "0" * 32 + " 00 " + "0" * 32 + " 00 " + "0" * 32 + " ffffffff 00000001 00000000 00200200       lo\n"


@pytest.mark.parametrize("four, six, there", [
    (ROUTE4, LOOP6, False),
    (ROUTE4 + "eth0\t00000000\t0202000A\t0003\n", "", True),
    (ROUTE4, LOOP6 + LOOP6.replace("      lo", "    eth0"), True),
])
def test_install_early_with_a_route(runtime, scratch, monkeypatch, four, six, there):
    (scratch / "proc/net").mkdir(parents=True)
    (scratch / "proc/net/route").write_text(four)
    (scratch / "proc/net/ipv6_route").write_text(six)
    tools = Tools(runtime, monkeypatch)
    try:
        runtime.Install(deb=["lvm2"]).perform(Host(early=True))
    except runtime.Failed:
        pass
    assert bool(tools.calls) == there
    if there:
        # A service that a package starts would wait for the boot, which waits for us.
        assert tools.env["SYSTEMD_OFFLINE"] == "1"
        assert tools.timeout <= 120


def test_signatures_are_never_switched_off():
    import bundle
    text = bundle.source(bundle.blocks())
    for word in ("nogpgcheck", "allow-unauth", "gpgcheck=0", "trusted=yes", "AllowInsecure", "insecure", "_create_unverified"):
        assert word not in text


# Fetching.

@pytest.fixture
def server(tmp_path_factory):
    """A web server whose answers are (code, body) in turn, the last one again and again."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            code, body = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.mark.parametrize("answers, changed", [([(200, b"body")], True), ([(404, b""), (200, b"half"), (200, b"body")], True), ([(200, b"other")], None)])
def test_fetch(runtime, scratch, server, monkeypatch, answers, changed):
    monkeypatch.setattr(runtime.time, "sleep", lambda seconds: None)
    server.answers = list(answers)
    sha256 = runtime.digest(b"body")
    fetch = runtime.Fetch("http://127.0.0.1:%d/x" % server.server_port, "/got", sha256)
    if changed is None:
        with pytest.raises(runtime.Failed) as fault:
            runtime.Fetch("http://me:hunter2@127.0.0.1:%d/x?token=hunter3" % server.server_port, "/got", sha256, retries=0).perform(Host())
        assert "hunter" not in str(fault.value)
        with pytest.raises(runtime.Failed):
            fetch.perform(Host())
        assert not (scratch / "got").exists()
        return
    assert fetch.perform(Host()).changed
    assert (scratch / "got").read_bytes() == b"body"
    server.answers = [(500, b"")]
    assert not fetch.perform(Host()).changed


# Block devices.

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


@pytest.mark.processes
@pytest.mark.parametrize("kind", sorted(REAL))
def test_signatures_as_the_real_tools_see_them(runtime, tmp_path, kind):
    """On a plain file, which these tools treat as they do a disk."""
    path = tmp_path / "disk"
    with open(path, "wb") as stream:
        stream.truncate(400 << 20)
    subprocess.run(REAL[kind] + [str(path)], input=b",,\n", check=True, capture_output=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    assert runtime.signature(Host(), str(path))[0] == kind


@pytest.mark.processes
def test_two_signatures_are_not_blank(runtime, tmp_path):
    path = tmp_path / "disk"
    with open(path, "wb") as stream:
        stream.truncate(64 << 20)
    for argv in (["mkfs.ext4", "-q", "-F"], ["mkswap"]):
        saved = path.read_bytes()[1024:2048] if argv[0] == "mkswap" else b""
        subprocess.run(argv + [str(path)], check=True, capture_output=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    with open(path, "r+b") as stream:
        stream.seek(1024)
        stream.write(saved)
    assert runtime.signature(Host(), str(path))[0]


# Driving.

def test_a_part_of_a_handler_answers_its_caller(runtime):
    def part(number):
        answer = yield "ask %d" % number
        if answer == "early":
            yield runtime.Give("given early")
        yield runtime.Give(answer + "!")

    def handler():
        first = yield part(1)
        second = yield part(2)
        done.append((first, second, (yield silent())))

    def silent():
        yield "nothing"
    done, asked = [], []

    def perform(action):
        asked.append(action)
        return {"ask 1": "early", "ask 2": "late"}.get(action)
    runtime.drive(handler(), perform)
    assert done == [("given early", "late!", None)]
    assert asked == ["ask 1", "ask 2", "nothing"]


def test_an_unknown_word_of_an_action_is_an_error(runtime):
    with pytest.raises(TypeError):
        runtime.Note("key", "value", colour="red").perform(Host())


def test_fetch_does_not_leave_https_for_what_no_digest_pins(runtime, scratch, monkeypatch):
    class Answer:
        def read(self):
            return b"data"

        def geturl(self):
            return "http://mirror.example.org/x"

    monkeypatch.setattr("urllib.request.urlopen", lambda url, timeout, context: Answer())
    with pytest.raises(runtime.Failed, match="leads to one without encryption"):
        runtime.Fetch("https://example.org/x", "/got").perform(Host())
    assert not (scratch / "got").exists()
    assert runtime.Fetch("https://example.org/x", "/got", runtime.digest(b"data")).perform(Host()).changed
