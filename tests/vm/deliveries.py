"""How a guest gets its user-data: each function is a scenario's `delivery`, called with the run before every boot."""

import base64
import subprocess
from dataclasses import dataclass
from pathlib import Path

import media
import sources

HERE = Path(__file__).resolve().parent
INSTANCE = "i-delivered"
# cloud-init takes a machine for one of EC2 when both begin with these letters (ds-identify, dscheck_Ec2).
EC2_UUID = "ec2e1916-9099-7caf-fd21-012345abcdef"
# qemu's address for the first card where none is given.
MAC = "52:54:00:12:34:56"


@dataclass
class Delivery:
    """`seed`: a disk; `kernel`: words for its command line; `qemu`: for the machine; `early`: what is there before cloud-init."""

    seed: Path = None
    kernel: str = ""
    qemu: tuple = ()
    early: str = ""


def by_mkfs(run):
    """A NoCloud disk that mkfs.vfat and mcopy made: the user-data may have been changed on its way."""
    path = run.work / "seed.img"
    media.seed(path, run.user_data, f"i-{run.scenario.context}")
    return Delivery(path)


def nothing(_):
    """The machine is told later."""
    return Delivery()


def disk(target, medium):
    """A disk that contextc wrote."""
    def delivery(run):
        path = run.work / f"{target}-{medium}.img"
        sources.compiled(run, path, "--target", target, "--medium", medium, "--instance-id", INSTANCE, "--hostname", "delivered")
        return Delivery(path)
    return delivery


def by_http(run):
    """A directory that contextc wrote, behind a web server; by the name that this release wants (`contextc targets nocloud-net`)."""
    folder = run.work / "www" / "seed"
    sources.compiled(run, folder, "--target", "nocloud-net", "--medium", "dir", "--instance-id", INSTANCE, "--hostname", "delivered")
    name = "nocloud-net" if run.guest.suite in ("bullseye", "bookworm") else "nocloud"
    return Delivery(kernel=f"ds={name};s={run.server.base}/seed/")


def by_ec2(run):
    """A server of metadata as EC2's, in the guest, at the address that machines know. With the stand-in's keys in it the farm fits
    into what EC2 takes only without the handlers."""
    path = run.work / "user-data-ec2"
    sources.bundle(run)
    sources.compiled(run, path, "--target", "ec2", "--handlers", f"pinned={run.server.base}/")
    script = (HERE / "early" / "ec2.sh").read_text()
    words = {"SERVER": (HERE / "ec2.py").read_bytes(), "DATA": path.read_bytes()}
    for key, value in words.items():
        script = script.replace(f"@{key}@", base64.encodebytes(value).decode())
    script = script.replace("@INSTANCE@", INSTANCE).replace("@MAC@", MAC)
    return Delivery(qemu=("-smbios", f"type=1,uuid={EC2_UUID},serial={EC2_UUID}"), early=script)
