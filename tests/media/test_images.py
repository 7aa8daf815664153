"""Images of media, taken by the tools that others make and read such images with.

What is compared with is the directory that the compiler writes for the same medium; tests/cloudinit/test_media.py has
cloud-init read that.
"""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = pathlib.Path(os.environ.get("CONTEXTC", ROOT / "target/release/contextc"))
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"

TINY = ROOT / "examples/blocks/ucernvm.yaml"
SMALL = ROOT / "examples/virtual-farm.yaml"
# (target, label, media)
LAYOUTS = {
    "nocloud": ("cidata", ("iso", "vfat")),
    "config-drive": ("config-2", ("iso", "vfat")),
    "opennebula": ("CONTEXT", ("iso",)),
    "cernvm": ("CONTEXT", ("iso",)),
    "stratuslab": ("_CLOUD_INIT", ("vfat",)),
}
EXTRAS = {"nocloud": ["network-config", "vendor-data"], "config-drive": ["network-config", "vendor-data"]}
# {name of a context: its envelope}; 3 MiB of one is more than FAT12 and StratusLab's image hold, any but the first more than CernVM takes.
SOURCES = {"tiny": "plain", "small": "plain", "gzip": "gzip", "large": "plain"}
ONLY = {"stratuslab": ("tiny", "small"), "cernvm": ("tiny",)}
# What stands in a text goes as base64 there.
ENCODED = {"opennebula": {"plain": "base64", "gzip": "gzip+base64"}}


def mediums(kind):
    """Every medium of one kind that there is: (target, source)."""
    for target, (_, kinds) in LAYOUTS.items():
        for source in ONLY.get(target, SOURCES) if kind in kinds else ():
            yield pytest.param((target, source), id="%s-%s" % (target, source))


def tool(*words, text=True):
    """Standard output of a tool that must be content."""
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, PATH=PATH), text=text, timeout=300, check=False)
    assert done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout


@pytest.fixture(scope="session")
def given(tmp_path_factory):
    """The files that the compiler is given."""
    directory = tmp_path_factory.mktemp("given")
    (directory / "network-config").write_text("{}")
    (directory / "vendor-data").write_text('"#cloud-config\\n"')
    lines = "".join("    : %s\n" % ("x%d" % number * 4000) for number in range(180))
    (directory / "large.yaml").write_text("scripts:\n  - |\n    #!/bin/sh\n" + lines)
    return directory


@pytest.fixture(scope="session")
def made(given, tmp_path_factory):
    """A function: the path of an image, or a directory, made once."""
    known = {}

    def make(target, source, kind, again=0):
        key = (target, source, kind, again)
        if key not in known:
            known[key] = tmp_path_factory.mktemp("medium") / kind
            context = {"tiny": TINY, "large": given / "large.yaml"}.get(source, SMALL)
            envelope = ENCODED.get(target, {}).get(SOURCES[source], SOURCES[source])
            extras = [word for name in EXTRAS.get(target, []) for word in ("--" + name, given / name)]
            tool(COMPILER, "compile", context, "--target", target, "--envelope", envelope, "--medium", kind,
                 "--instance-id", "i-1", *extras, "-o", known[key])
        return known[key]
    return make


def files(directory):
    """{path: bytes}"""
    paths = [path for path in pathlib.Path(directory).rglob("*") if path.is_file()]
    assert paths
    return {str(path.relative_to(directory)): path.read_bytes() for path in paths}


def blkid(image):
    """What the system would call the volume."""
    return dict(re.findall(r'(\w+)="([^"]*)"', tool("blkid", "-p", image)))


@pytest.fixture(params=mediums("iso"))
def iso(request, made):
    target, source = request.param
    return made(target, source, "iso"), files(made(target, source, "dir")), LAYOUTS[target][0]


@pytest.fixture(params=mediums("vfat"))
def vfat(request, made):
    target, source = request.param
    return made(target, source, "vfat"), files(made(target, source, "dir")), LAYOUTS[target][0]


def test_blkid_finds_an_iso_by_its_label(iso):
    image, _, label = iso
    found = blkid(image)
    assert (found["TYPE"], found["LABEL"], found["VERSION"]) == ("iso9660", label, "Joliet Extension")


def test_isoinfo_sees_both_extensions(iso):
    image, _, label = iso
    told = tool("isoinfo", "-d", "-i", image)
    assert "Volume id: %s\n" % label in told
    assert "Joliet with UCS level 3 found" in told and "Rock Ridge signatures version 1 found" in told


@pytest.mark.parametrize("extension", ["-R", "-J"])
def test_isoinfo_reads_every_file_by_its_own_name(iso, extension):
    image, wanted, _ = iso
    listed = tool("isoinfo", extension, "-f", "-i", image).split()
    assert {path.lstrip("/") for path in listed} >= set(wanted)
    read = {path: tool("isoinfo", extension, "-x", "/" + path, "-i", image, text=False) for path in wanted}
    assert read == wanted


def test_xorriso_loads_an_iso_without_a_word(iso, tmp_path):
    image, wanted, _ = iso
    options = ["-abort_on", "WARNING", "-return_with", "WARNING", "32"]
    tool("xorriso", *options, "-osirrox", "on", "-indev", image, "-extract", "/", tmp_path / "out")
    assert files(tmp_path / "out") == wanted


def test_bsdtar_reads_an_iso(iso, tmp_path):
    image, wanted, _ = iso
    tool("bsdtar", "-C", tmp_path, "-xf", image)
    assert files(tmp_path) == wanted


def test_blkid_finds_a_vfat_by_its_label(vfat):
    image, _, label = vfat
    found = blkid(image)
    assert (found["TYPE"], found["LABEL"], found["LABEL_FATBOOT"]) == ("vfat", label, label)


def test_fsck_has_nothing_to_say_of_a_vfat(vfat):
    image, wanted, _ = vfat
    assert re.search(r"^%s: \d+ files, \d+/\d+ clusters$" % re.escape(str(image)), tool("fsck.vfat", "-n", image), re.M)
    assert len(tool("fsck.vfat", "-n", image).splitlines()) == 2


def test_mtools_read_a_vfat(vfat, tmp_path):
    image, wanted, _ = vfat
    tool("mdir", "-/", "-i", image, "::")
    tool("mcopy", "-s", "-n", "-i", image, "::/", tmp_path)
    assert files(tmp_path) == wanted


def test_the_image_of_stratuslab_has_its_size(made):
    assert made("stratuslab", "small", "vfat").stat().st_size == 1_024_000


@pytest.mark.parametrize("kind", ["iso", "vfat"])
def test_two_builds_are_one(made, kind):
    for target, (_, kinds) in LAYOUTS.items():
        if kind in kinds:
            first, second = (made(target, "tiny", kind, again).read_bytes() for again in range(2))
            assert first == second, target
