"""One guest: its disks, and boots of it under qemu, each with a report, a power cut or a time-out."""

import base64
import contextlib
import fcntl
import gzip
import io
import json
import os
import re
import shutil
import socket
import subprocess
import tarfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import images
import media

GUESTS_AT_ONCE = 2
# Ten times what a boot takes on two idle cores: a busy machine is not a failure.
TIMEOUT = 900
GIB = 1 << 30


@dataclass
class Cut:
    """Power cut: when `marker` (a regex) is seen in the console or the trace, and `wait` seconds later."""

    marker: str
    wait: float = 0.0


@dataclass
class Boot:
    """What one boot left behind."""

    ended: str
    seconds: float
    console: str
    probes: dict = field(default_factory=dict)
    # The directory with what each block asked for and was answered.
    record: Path = None

    def out(self, probe):
        return self.probes[probe]["out"]

    def rc(self, probe):
        return self.probes[probe]["rc"]

    def summary(self):
        """summary.json, or None when there is none."""
        return json.loads(self.out("summary")) if self.rc("summary") == 0 else None


class Guest:
    """Disks that persist over its boots: root, the data disks, the seed."""

    def __init__(self, work, suite, variant="full", disks=None, network=True, honest=False):
        """`disks` is {"vdb": size, or what fills the file}; `honest`: a power cut loses what was not flushed."""
        self.work, self.suite, self.network, self.honest = Path(work), suite, network, honest
        self.image = images.image(suite, variant)
        self.work.mkdir(parents=True, exist_ok=True)
        self.boots = 0
        self.ssh_port = _free_port()
        self.control = self.work / "qmp.sock"
        self.disks = {"root": self._root()}
        for name, content in (disks or {}).items():
            self.disks[name] = self._data_disk(name, content)

    def _root(self):
        if self.honest:
            path = self.work / "root.raw"
            subprocess.run(["cp", "--sparse=always", str(self.image / "root.img"), str(path)], check=True)
            return path
        path = self.work / "root.qcow2"
        path.unlink(missing_ok=True)
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw",
                        "-b", str(self.image / "root.img"), str(path)], check=True)
        return path

    def _data_disk(self, name, content):
        path = self.work / f"{name}.raw"
        if isinstance(content, int):
            media.blank(path, content)
        else:
            content(path)
        return path

    def boot(self, delivery, probes=None, early="", cut=None, timeout=TIMEOUT, meanwhile=None):
        """Starts the guest and waits until it is off, or cut, or too late. `delivery`: how it gets its user-data (deliveries.py);
        `meanwhile` runs beside it, with this guest in its hands."""
        self.boots += 1
        media.check(self.work / "check.img", probes or {}, early + delivery.early)
        with _slot(), contextlib.ExitStack() as stack:
            drives = self._drives(stack, delivery.seed)
            began = time.monotonic()
            qemu = subprocess.Popen(self._command(drives, delivery), stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=self._open_log(stack))
            if meanwhile:
                threading.Thread(target=meanwhile, args=(self,), daemon=True).start()
            ended = self._watch(qemu, stack, cut, began + timeout)
            seconds = time.monotonic() - began
        return self._read(ended, seconds)

    def _log(self, name):
        return self.work / f"boot{self.boots}-{name}.log"

    def _open_log(self, stack):
        return stack.enter_context(open(self._log("qemu"), "wb"))

    def _drives(self, stack, seed):
        """Root and data disks, then seed and check: the data disks are vdb, vdc, ... in every scenario."""
        if not self.honest:
            files = {name: (f"file={path}", path.suffix[1:]) for name, path in self.disks.items()}
        else:
            files = {name: (_losing(stack, path), "raw") for name, path in self.disks.items()}
        if seed:
            files["seed"] = (f"file={seed},readonly=on", "raw")
        files["check"] = (f"file={self.work / 'check.img'},readonly=on", "raw")
        return files

    def _command(self, drives, delivery):
        # One processor: with two of them under emulation a kernel that patches its own code can meet the half-written instruction
        # (seen once in a hundred boots: an int3 oops in sched_clock_cpu, kernel 7.2). Two guests at a time use two cores anyway.
        command = ["qemu-system-x86_64", "-machine", "q35", "-nodefaults", "-display", "none", "-no-reboot",
                   *os.environ.get("CONTEXTC_VM_ACCEL", "-accel tcg,thread=multi").split(),
                   "-cpu", "max,-cx16", "-m", "1024", "-smp", "1",
                   "-kernel", str(self.image / "vmlinuz"), "-initrd", str(self.image / "initrd"),
                   "-append", f"root=LABEL=guestroot rw console=ttyS0 quiet systemd.show_status=auto {delivery.kernel}", *delivery.qemu,
                   "-device", "virtio-rng-pci,addr=0x3"]
        for port in ("console", "report", "trace"):
            command += ["-serial", f"file:{self._log(port)}"]
        cache = "writeback" if self.honest else "unsafe"
        for slot, (name, (source, form)) in enumerate(drives.items(), start=5):
            command += ["-drive", f"if=none,id={name},format={form},cache={cache},{source}",
                        "-device", f"virtio-blk-pci,drive={name},serial={name},addr={slot:#x}"]
        # Where a disk can be attached while the guest runs.
        command += ["-device", "pcie-root-port,id=latecomers,chassis=1,slot=1,addr=0x1c", "-qmp", f"unix:{self.control},server=on,wait=off"]
        if self.network:
            # The guest's sshd, on the host's loopback.
            command += ["-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22", "-device", "virtio-net-pci,netdev=net,addr=0x4"]
        return command + ([] if self.network else ["-nic", "none"])

    def _watch(self, qemu, stack, cut, deadline):
        seen = None
        while qemu.poll() is None:
            time.sleep(0.05 if cut else 0.3)
            if time.monotonic() > deadline:
                return _kill(qemu, "timeout")
            if cut and seen is None and re.search(cut.marker, self.text("console") + self.text("trace")):
                seen = time.monotonic()
            if seen is not None and time.monotonic() - seen >= cut.wait:
                stack.close()
                return _kill(qemu, "cut")
        return "off"

    def text(self, name):
        path = self._log(name)
        return path.read_text(errors="replace") if path.exists() else ""

    def _read(self, ended, seconds):
        lines = [line for line in self.text("report").splitlines() if line.startswith("{")]
        found = [json.loads(line) for line in lines]
        probes = {row["probe"]: row for row in found if "probe" in row}
        if ended == "off" and {"end": True} not in found:
            ended = "no report"
        self._unpack_log(probes)
        return Boot(ended, seconds, self.text("console"), probes, self._unpack_record(probes))

    def _unpack_log(self, probes):
        packed = probes.pop("cloud-init-log", None)
        if packed and packed["rc"] == 0:
            with contextlib.suppress(ValueError, OSError, EOFError):
                self._log("cloud-init").write_bytes(gzip.decompress(base64.b64decode(packed["out"])))

    def _unpack_record(self, probes):
        packed = probes.pop("record", None)
        folder = self.work / f"boot{self.boots}-record"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if packed and packed["rc"] == 0:
            with contextlib.suppress(ValueError, OSError, EOFError, tarfile.TarError):
                with tarfile.open(fileobj=io.BytesIO(base64.b64decode(packed["out"]))) as archive:
                    for member in filter(tarfile.TarInfo.isfile, archive):
                        (folder / Path(member.name).name).write_bytes(archive.extractfile(member).read())
        return folder


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _kill(process, ended):
    process.kill()
    process.wait()
    return ended


def _losing(stack, path):
    """A disk whose unflushed writes are in nbdkit's memory and die with it, as in a power cut."""
    socket = path.with_suffix(".sock")
    socket.unlink(missing_ok=True)
    server = subprocess.Popen(["nbdkit", "--foreground", "--exit-with-parent", "--unix", str(socket),
                               "--filter=cache", "file", str(path), "cache=writeback"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    stack.callback(_kill, server, "")
    while not socket.exists() and server.poll() is None:
        time.sleep(0.05)
    return f"file=nbd+unix:///?socket={socket}"


@contextlib.contextmanager
def _slot():
    """Two guests at a time on this machine, whoever started them."""
    while True:
        for number in range(GUESTS_AT_ONCE):
            lock = open(images.cache() / f"slot-{number}", "w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            with lock:
                yield
            return
        time.sleep(0.5)
