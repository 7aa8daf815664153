"""Images of seeds that other tools made, as `contextc inspect` reads them: the label, the file, and its bytes."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = pathlib.Path(os.environ.get("CONTEXTC", ROOT / "target/release/contextc"))
LOCALDS = ROOT / "target/cloudinit/tools/usr/bin/cloud-localds"
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"

USER_DATA = b"#!/bin/sh\n" + b"".join(b"echo %d\n" % number for number in range(60_000))
SEEDS = {
    # label: (the path of the user-data, other files)
    "cidata": ("user-data", {"meta-data": b"instance-id: i-1\n", "vendor-data": b"#cloud-config\n"}),
    "config-2": ("openstack/latest/user_data", {"openstack/latest/meta_data.json": b'{"uuid": "i-1"}'}),
}
# What genisoimage and xorriso write names with; the second of a pair is what Linux would call the file then.
PLAIN = "an ISO 9660 image without Rock Ridge and Joliet"
ISO = {
    "joliet and rock": (["-J", "-R"], "an ISO 9660 image"),
    "joliet": (["-J"], "an ISO 9660 image"),
    "rock": (["-r"], "an ISO 9660 image"),
    "untranslated": (["-U"], PLAIN),
    "level 4": (["-iso-level", "4"], PLAIN),
}
# The width of the table, and the size in MiB.
VFAT = [(12, 1), (12, 4), (16, 16), (16, 64), (32, 40), (32, 64)]


def tool(*words, **more):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, PATH=PATH), timeout=300, check=False, **more)
    assert done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout


def inspected(image):
    """The seed, and the body of its only part."""
    document = json.loads(tool(COMPILER, "inspect", image, "--format", "json"))
    assert len(document["parts"]) == 1
    return document["seed"], tool(COMPILER, "inspect", image, "--part", "1", "--show-secrets")


@pytest.fixture(params=sorted(SEEDS))
def seed(request, tmp_path):
    """(label, the path of the user-data, a directory with the files)"""
    path, others = SEEDS[request.param]
    for name, body in {path: USER_DATA, **others}.items():
        (tmp_path / "seed" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "seed" / name).write_bytes(body)
    return request.param, path, tmp_path / "seed"


def judged(image, seed, kind, text=USER_DATA):
    found, body = inspected(image)
    wanted = {"kind": kind, "label": seed[0], "path": seed[1], "bytes": len(text)}
    assert {key: found[key] for key in wanted} == wanted
    assert body == text


@pytest.mark.parametrize("maker", [["genisoimage"], ["xorriso", "-as", "mkisofs"]], ids=["genisoimage", "xorriso"])
@pytest.mark.parametrize("names", sorted(ISO))
def test_a_cd_is_read(seed, tmp_path, maker, names):
    options, kind = ISO[names]
    image = tmp_path / "seed.iso"
    tool(*maker, "-quiet", "-volid", seed[0], *options, "-o", image, seed[2])
    # xorriso writes Rock Ridge unless it is told not to.
    judged(image, seed, kind if maker[0] == "genisoimage" else "an ISO 9660 image")


def test_a_cd_of_xorriso_itself_is_read(seed, tmp_path):
    image = tmp_path / "seed.iso"
    tool("xorriso", "-outdev", image, "-volid", seed[0], "-map", seed[2], "/")
    judged(image, seed, "an ISO 9660 image")


@pytest.mark.parametrize("width, size", VFAT)
def test_a_vfat_volume_is_read(seed, tmp_path, width, size):
    image = tmp_path / "seed.img"
    with open(image, "wb") as file:
        file.truncate(size << 20)
    tool("mkfs.vfat", "-F", width, "-n", seed[0], image)
    tool("mcopy", "-s", "-i", image, *seed[2].iterdir(), "::")
    judged(image, seed, "a FAT%d image" % width)


def test_files_in_pieces_are_read(tmp_path):
    """A file that fills the holes that others left."""
    image = tmp_path / "seed.img"
    with open(image, "wb") as file:
        file.truncate(1 << 20)
    tool("mkfs.vfat", "-F", "12", "-s", "1", "-n", "cidata", image)
    holes = ["hole-number-%d" % number for number in range(60)]
    for name in holes + ["meta-data"]:
        tool("mcopy", "-i", image, "-", "::" + name, input=b"x" * 5000)
    tool("mdel", "-i", image, *["::" + name for name in holes[::2]])
    tool("mcopy", "-i", image, "-", "::user-data", input=USER_DATA)
    judged(image, ("cidata", "user-data"), "a FAT12 image")


@pytest.mark.parametrize("kind, words", [("iso9660", "an ISO 9660 image"), ("vfat", "a FAT12 image")])
def test_what_cloud_localds_makes_is_read(tmp_path, kind, words):
    # Its VFAT volume has room for no more.
    text = USER_DATA[:100_000]
    (tmp_path / "user-data").write_bytes(text)
    (tmp_path / "meta-data").write_bytes(b"instance-id: i-1\n")
    tool("bash", LOCALDS, "-f", kind, tmp_path / "seed", tmp_path / "user-data", tmp_path / "meta-data")
    judged(tmp_path / "seed", ("cidata", "user-data"), words, text)


def test_a_cd_with_cut_names_is_refused_with_the_reason(tmp_path):
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed/user-data").write_bytes(USER_DATA)
    (tmp_path / "seed/meta-data").write_bytes(b"")
    tool("genisoimage", "-quiet", "-volid", "cidata", "-o", tmp_path / "seed.iso", tmp_path / "seed")
    done = subprocess.run([COMPILER, "inspect", tmp_path / "seed.iso"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    words = " ".join(done.stderr.split())
    assert "without user-data: it has `meta_dat`, `user_dat` (cut names: make it with `-joliet -rock`)" in words


@pytest.mark.parametrize("target, medium", [("nocloud", "iso"), ("nocloud", "vfat"), ("config-drive", "iso"),
                                            ("config-drive", "vfat"), ("opennebula", "iso"), ("cernvm", "iso"),
                                            ("stratuslab", "vfat")])
def test_our_own_images_have_the_parts_of_their_user_data(tmp_path, target, medium):
    context = ROOT / "examples/blocks/ucernvm.yaml"
    words = [COMPILER, "compile", context, "--target", target]
    tool(*words, "-o", tmp_path / "user-data")
    tool(*words, "--medium", medium, "-o", tmp_path / "seed")
    parts = [json.loads(tool(COMPILER, "inspect", tmp_path / name, "--format", "json"))["parts"]
             for name in ("user-data", "seed")]
    assert parts[0] == parts[1] and parts[0]
