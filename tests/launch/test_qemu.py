"""qemu starts with the printed line, stopped before the first instruction, and says which files it has opened."""
import json
import subprocess

import pytest

from contextc import Refused, commands, launch

TALK = b'{"execute": "qmp_capabilities"}\n{"execute": "query-block"}\n{"execute": "qom-list", "arguments": {"path": "/machine"}}\n{"execute": "quit"}\n'


def started(words, folder):
    more = ["-S", "-display", "none", "-machine", "accel=tcg", "-no-user-config", "-qmp", "stdio"]
    done = subprocess.run(["qemu-system-x86_64", *words, *more], cwd=folder, input=TALK, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return [answer["return"] for answer in answers if "return" in answer]


@pytest.mark.parametrize("target", ["nocloud", "config-drive"])
def test_a_seed_as_a_disk(tmp_path, target):
    image = tmp_path / "im $a'ge` \"x\".qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, "1G"], check=True)
    text = launch(tmp_path, target, image=image.name, user_data="se ed$'.iso")
    (tmp_path / "se ed$'.iso").write_bytes(bytes(2048 * 16))
    [words] = commands(text, tmp_path, "qemu-system-x86_64")
    drives = [drive["inserted"] for drive in started(words, tmp_path)[1] if "inserted" in drive]
    assert [(drive["image"]["filename"], drive["drv"], drive["ro"]) for drive in drives] == [
        (image.name, "qcow2", False), ("se ed$'.iso", "raw", True),
    ]
    with pytest.raises(Refused, match="qemu splits its options there"):
        launch(tmp_path, target, image="a,b")


def test_a_seed_by_its_address(tmp_path):
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", tmp_path / "d.qcow2", "1G"], check=True)
    text = launch(tmp_path, "nocloud-net", image="d.qcow2")
    [words] = commands(text, tmp_path, "qemu-system-x86_64", ADDRESS_OF_THE_SEED="http://h:8000/w")
    assert words[-2:] == ["-smbios", "type=1,serial=ds=nocloud;s=http://h:8000/w/"]
    started(words, tmp_path)
