"""The media that the compiler writes, read by cloud-init's own datasources, release by release.

User-data must arrive byte for byte: what is compared with is the message itself, compiled for `generic`.
"""
import base64
import gzip
import json
import pathlib
import subprocess
import sys

import pytest

from cases import FARM
from compiler import Rejected, contextc
from layout import SUITES, suite_dir

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEEDS = __file__.replace("test_media.py", "seeds.py")
# An instance-id that a shell, YAML and JSON would each take apart where it is not quoted.
IDENTIFIER = "12:it's\"$(id)\"\\#"
NETWORK = b'{"version": 1, "config": [], "links": [], "networks": [], "services": []}'
VENDOR = b'{"cloud-init": "#cloud-config\\n{}\\n"}'
# More than a program can be handed as one word (131072 bytes), in lines longer than any buffer. No larger: from 25.1 on the
# reader of context.sh takes time with the square of the size, 5 s for 200 KB and 20 s for 400 KB.
LARGE = "scripts:\n  - |\n    #!/bin/sh\n" + "".join("    : %s\n" % ("x%d" % n * 4000) for n in range(14))

HOSTNAME = ["--hostname", "worker-1"]
EXTRAS = HOSTNAME + ["--network-config", "network", "--vendor-data", "vendor"]
# (target, envelope, options, the datasource that reads it)
MEDIA = [
    ("nocloud", "plain", [], "NoCloud"),
    ("nocloud", "gzip", EXTRAS, "NoCloud"),
    ("nocloud", "plain", EXTRAS, "url"),
    ("nocloud", "gzip", HOSTNAME, "url"),
    ("config-drive", "plain", [], "ConfigDrive"),
    ("config-drive", "gzip", EXTRAS, "ConfigDrive"),
    ("opennebula", "base64", [], "OpenNebula"),
    ("opennebula", "gzip+base64", HOSTNAME, "OpenNebula"),
    ("opennebula", "gzip+base64", [], "OpenNebula"),
    ("stratuslab", "plain", [], "ConfigDrive"),
]
each_medium = pytest.mark.parametrize("source", ["farm", "large"])
each_target = pytest.mark.parametrize("medium", MEDIA, ids=lambda medium: "-".join([medium[3], *medium[:2], str(len(medium[2]))]))


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """{name: (context, options that it needs)}, and beside them the files that the options above name."""
    directory = tmp_path_factory.mktemp("sources")
    (directory / "large.yaml").write_text(LARGE)
    (directory / "network").write_bytes(NETWORK)
    (directory / "vendor").write_bytes(VENDOR)
    return directory, {"farm": (FARM.path, FARM.options), "large": (directory / "large.yaml", []),
                       "tiny": (ROOT / "examples/blocks/ucernvm.yaml", [])}


def write(sources, into, source, target, envelope, options):
    """The files of a medium, as the compiler writes them."""
    directory, contexts = sources
    path, needed = contexts[source]
    options = [directory / word if word in ("network", "vendor") else word for word in options]
    contextc("compile", path, *needed, "--target", target, "--envelope", envelope, "--medium", "dir",
             "--instance-id", IDENTIFIER, *options, "-o", into)
    return into


def message(sources, source, envelope):
    """What is to reach cloud-init, once the transport's base64 is off."""
    path, needed = sources[1][source]
    return contextc("compile", path, *needed, "--target", "generic", "--envelope", envelope.replace("+base64", "").replace("base64", "plain"))


@pytest.fixture(scope="module", params=SUITES)
def read(request, sources, tmp_path_factory):
    """What one cloud-init read of every medium, all in one process: {(source, medium number): result}."""
    jobs, names = [], []
    for source in ("farm", "large"):
        for number, (target, envelope, options, datasource) in enumerate(MEDIA):
            root = tmp_path_factory.mktemp("medium")
            files = write(sources, root / "files", source, target, envelope, options)
            jobs.append({"datasource": datasource, "files": str(files), "root": str(root)})
            names.append((source, number))
    done = subprocess.run([sys.executable, SEEDS, str(suite_dir(request.param))], check=True,
                          input=json.dumps(jobs).encode(), stdout=subprocess.PIPE, timeout=600)
    return dict(zip(names, json.loads(done.stdout)))


def result(read, source, medium):
    found = read[source, MEDIA.index(medium)]
    assert "crash" not in found, found["crash"]
    return found


@each_medium
@each_target
def test_user_data_arrives_byte_for_byte(read, sources, source, medium):
    found = result(read, source, medium)
    wanted = message(sources, source, medium[1])
    assert base64.b64decode(found["userdata"]) == wanted
    if "gzip" in medium[1]:
        assert gzip.decompress(wanted) == message(sources, source, "plain")


@each_target
def test_the_datasource_claims_the_medium_for_the_network(read, medium):
    found = result(read, "farm", medium)
    if medium[3] != "url":
        assert found["found"] is True
    assert found["dsmode"] == "net" if "dsmode" in found else medium[3] == "url"


@each_target
def test_instance_id_and_hostname(read, medium):
    found = result(read, "farm", medium)
    # OpenNebula's has no place for it.
    assert found["instance-id"] == ("iid-dsopennebula" if medium[0] == "opennebula" else IDENTIFIER)
    assert found.get("local-hostname") == ("worker-1" if "--hostname" in medium[2] else None)


@each_target
def test_vendor_data_and_network_config(read, medium):
    found = result(read, "farm", medium)
    given = "--vendor-data" in medium[2]
    if medium[0] == "config-drive":
        # Its reader takes the text out of the object.
        wanted = json.loads(VENDOR)["cloud-init"].encode() if given else None
        assert found["network"] == (json.loads(NETWORK) if given else None)
    else:
        wanted = VENDOR if given else None
    assert base64.b64decode(found["vendordata"] or "") == (wanted or b"")
    if medium[3] == "NoCloud":
        assert found["network"] == (json.loads(NETWORK) if given else None)


def test_the_drive_of_stratuslab_is_one_of_version_1(read):
    versions = {medium[0]: result(read, "farm", medium)["version"] for medium in MEDIA if medium[3] == "ConfigDrive"}
    assert versions == {"config-drive": 2, "stratuslab": 1}


@pytest.mark.parametrize("target, envelope, source", [
    ("opennebula", "base64", "farm"), ("opennebula", "gzip+base64", "large"), ("cernvm", "plain", "tiny"),
])
def test_cernvm_reads_both_context_cds(sources, tmp_path, source, target, envelope):
    """As its boot loader does: source the file, decode the one variable."""
    files = write(sources, tmp_path / "files", source, target, envelope, [])
    script = ". ./context.sh && echo ${EC2_USER_DATA} | base64 -d"
    done = subprocess.run(["sh", "-e", "-c", script], cwd=files, check=True, stdout=subprocess.PIPE)
    assert done.stdout == message(sources, source, envelope)


@pytest.mark.parametrize("target, envelope, options", [
    ("nocloud", "base64", []),
    ("nocloud", "gzip+base64", []),
    ("config-drive", "base64", []),
    ("config-drive", "plain", ["--network-config", FARM.path]),
    ("config-drive", "plain", ["--vendor-data", FARM.path]),
    ("opennebula", "plain", ["--vendor-data", "vendor"]),
    ("stratuslab", "gzip", []),
    ("stratuslab", "plain", HOSTNAME),
])
def test_what_would_not_arrive_is_refused(sources, tmp_path, target, envelope, options):
    with pytest.raises(Rejected):
        write(sources, tmp_path / "files", "farm", target, envelope, options)
    assert not (tmp_path / "files").exists()
