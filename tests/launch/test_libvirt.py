"""virt-install itself with libvirt's test driver; libvirt's own schema for domains."""
import os
import subprocess

import pytest
from lxml import etree

from contextc import LAUNCH, Refused, commands, found, launch

ROOT = LAUNCH / "root"
LIBRARIES = found("usr/lib/*/libvirt.so.0").parent
PROGRAM = found("usr/bin/virt-install")
SHARE = found("usr/share/virt-manager")


def virt_install(words, folder):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": f"{SHARE}:{ROOT}/usr/lib/python3/dist-packages",
        "LD_LIBRARY_PATH": f"{ROOT}/usr/lib/{LIBRARIES.name}",
        "GI_TYPELIB_PATH": f"{ROOT}/usr/lib/{LIBRARIES.name}/girepository-1.0",
        "OSINFO_SYSTEM_DIR": str(found("usr/share/osinfo")),
    }
    more = ["--connect", "test:///default", "--print-xml", "1"]
    done = subprocess.run(
        ["/usr/bin/python3", PROGRAM, *words, *more],
        cwd=folder, env=environment, capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return etree.fromstring(done.stdout)


def test_virt_install(tmp_path):
    image = tmp_path / "ba$e `id` {1}.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, "1G"], check=True)
    text = launch(tmp_path, "libvirt", image=image, name="w$`r`", count=2, user_data="u$d {2}")
    several = commands(text, tmp_path, "virt-install")
    assert [words[:2] for words in several] == [["--name", "w$`r`-1"], ["--name", "w$`r`-2"]]
    domain = virt_install(several[0], tmp_path)
    assert domain.findtext("name") == "w$`r`-1"
    assert "cdrom" in [disk.get("device") for disk in domain.iter("disk")]
    [at] = [word for word in several[0] if word.startswith("user-data=")]
    assert at == "user-data=u$d {2},disable=on"


@pytest.mark.parametrize("value", ["a,b", "a'b", 'a"b', "a\\b"])
def test_what_virt_install_would_take_apart_is_refused(tmp_path, value):
    with pytest.raises(Refused, match="virt-install takes its options apart"):
        launch(tmp_path, "libvirt", image=value)


@pytest.mark.parametrize("target", ["libvirt", "nocloud", "config-drive"])
def test_a_domain(tmp_path, target):
    image, seed, name = "/var/<i>&'\"m $x.qcow2", f"{tmp_path}/s&<e>'ed.iso", "w&<o>'\"rker"
    text = launch(tmp_path, target, "libvirt", image=image, name=name, user_data=seed)
    schema = etree.RelaxNG(etree.parse(str(found("usr/share/libvirt/schemas/domain.rng"))))
    domain = etree.fromstring(text)
    schema.assertValid(domain)
    assert domain.findtext("name") == name
    assert [disk.find("source").get("file") for disk in domain.iter("disk")] == [image, seed]


def test_what_no_domain_has_is_refused(tmp_path):
    for options in ({"image": "disk.img"}, {"image": "/a\x07b"}, {"image": "/a", "name": "a/b"}, {"image": "/a", "count": 2}, {}):
        with pytest.raises(Refused):
            launch(tmp_path, "nocloud", "libvirt", user_data=str(tmp_path / "x"), **options)
