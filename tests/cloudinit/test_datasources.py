"""cloud-init's own datasources read each target's file from the place where that cloud puts it."""
import base64
import gzip
import json
import subprocess
import sys

import pytest

from cases import FARM
from compiler import contextc
from datasource import DATASOURCES
from delivery import ON_DISKS, ROWS, UNZIPPING, by_tool, in_template, said
from keys import package
from layout import SUITES, suite_dir, versions

READ = __file__.replace("test_datasources.py", "datasource.py")
# Small enough for every target in every envelope; its texts are not ASCII.
SMALL = """\
#contextc
final_message: "fertig: \u00e4\u00f6\u00fc"
scripts:
  - |
    #!/bin/sh
    echo 'gr\u00fc\u00dfe' > /etc/motd
"""
TARGETS = {row["name"]: row for row in json.loads(contextc("targets", "--format", "json"))}
PAIRS = [(target, envelope) for target in ROWS for envelope in TARGETS[target]["envelopes"]]
# The datasources for which a release is too old.
ABSENT = {("bullseye", "lxd"), ("bullseye", "vmware")}
# The releases that know base64 from EC2, on one line.
TOLERANT = {"trixie", "testing", "sid"}


def modules(suite):
    """The names of cloud-init's datasources in a release: a fact of its package."""
    paths = (package(suite_dir(suite)) / "sources").glob("DataSource*.py")
    return {path.stem[len("DataSource"):] for path in paths}


def readers(suite):
    """The rows of DATASOURCES that a release has."""
    return {name for name, (module, _, _) in DATASOURCES.items() if module in modules(suite)}


READERS = {suite: readers(suite) for suite in SUITES}
NEWEST = max(SUITES, key=lambda suite: [int(word) for word in versions()[suite].split("-")[0].split(".")])


class Context:
    """A context as a message, and as the file of each target."""

    def __init__(self, path, *options):
        self.path, self.options = path, options
        self.plain, self.gzip = self.file("--envelope=plain"), self.file("--envelope=gzip")
        assert gzip.decompress(self.gzip) == self.plain

    def file(self, *options):
        return contextc("compile", self.path, *self.options, *options)

    def in_envelope(self, envelope):
        message = self.gzip if "gzip" in envelope else self.plain
        return base64.b64encode(message) if "base64" in envelope else message

    def envelope_of(self, target, file):
        """The envelope that the compiler chose for a target."""
        return next(name for name in TARGETS[target]["envelopes"] if self.in_envelope(name) == file)


class Readings:
    """All that the datasources of all releases read: a process a release, side by side."""

    def __init__(self, directory):
        self.directory, self.jobs, self.names = directory, [], []
        self.wanted, self.results = {}, {}

    def add(self, name, datasource, file, encoding=None):
        path = self.directory / str(len(self.jobs))
        path.write_bytes(file)
        self.names.append(name)
        self.jobs.append({"datasource": datasource, "userdata": str(path), "encoding": encoding})

    def deliver(self, name, target, context, file):
        """The way of a file to the datasource of a target, which is to have the message or its gzip of it."""
        datasource, on_its_way = ROWS[target]
        envelope = context.envelope_of(target, file)
        zipped = "gzip" in envelope and target not in UNZIPPING
        self.wanted[name] = context.gzip if zipped else context.plain
        self.add(name, datasource, on_its_way(file), said(target, envelope))

    def read(self):
        running = {suite: self.started(suite) for suite in SUITES}
        for suite, process in running.items():
            output, _ = process.communicate(timeout=300)
            assert process.returncode == 0
            found = zip(self.names, json.loads(output))
            self.results.update(((suite, name), result) for name, result in found)

    def started(self, suite):
        top = self.directory / suite
        top.mkdir()
        jobs = [dict(job, root=str(top / str(number))) for number, job in enumerate(self.jobs)]
        (top / "jobs").write_text(json.dumps(jobs))
        with open(top / "jobs", "rb") as stream:
            return subprocess.Popen([sys.executable, READ, str(suite_dir(suite))],
                                    stdin=stream, stdout=subprocess.PIPE)

    def __getitem__(self, key):
        result = self.results[key]
        if "crash" in result:
            pytest.fail(result["crash"], pytrace=False)
        return result


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "context.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return Context(path)


@pytest.fixture(scope="session")
def farm():
    return Context(FARM.path, *FARM.options)


@pytest.fixture(scope="session")
def readings(tmp_path_factory, small, farm):
    found = Readings(tmp_path_factory.mktemp("datasources"))
    for target, envelope in PAIRS:
        file = small.file("--target", target, "--envelope", envelope)
        found.deliver((target, envelope), target, small, file)
    for target in ROWS:
        found.deliver((target, "farm"), target, farm, farm.file("--target", target))
    for name, (datasource, make, encoding, _) in BROKEN.items():
        found.add(name, datasource, make(small), encoding)
    found.add("old name", "nocloud-net of old", small.plain)
    found.add("all files", "nocloud-net, all files", small.plain)
    found.add("base64 for ec2", "ec2", by_tool(base64.b64encode(small.plain)))
    found.add("small", "none", small.plain)
    found.add("farm", "none", farm.plain)
    found.read()
    return found


def body(result):
    """What the datasource handed to cloud-init."""
    assert "error" not in result, (result["error"], result["warnings"])
    return base64.b64decode(result["body_base64"])


def parts(result):
    """(type, filename, body) of the parts that cloud-init made of it."""
    assert "parts" in result, result
    return [(part["content_type"], part["filename"], base64.b64decode(part["body_base64"]))
            for part in result["parts"]]


def is_whole(readings, suite, name, context):
    """Whether cloud-init has the parts of the plain message."""
    wanted = parts(readings[suite, context])
    assert len(wanted) > 1
    return parts(readings[suite, name]) == wanted


@pytest.mark.parametrize("suite, target, envelope", [
    (suite, *pair) for suite in SUITES for pair in PAIRS if ROWS[pair[0]][0] in READERS[suite]])
def test_the_file_in_each_envelope_is_read_byte_for_byte(readings, suite, target, envelope):
    assert body(readings[suite, (target, envelope)]) == readings.wanted[target, envelope]
    assert is_whole(readings, suite, (target, envelope), "small")


@pytest.mark.parametrize("suite, target", [
    (suite, target) for suite in SUITES for target in ROWS if ROWS[target][0] in READERS[suite]])
def test_the_farm_as_the_compiler_wraps_it_is_read_byte_for_byte(readings, suite, target):
    assert body(readings[suite, (target, "farm")]) == readings.wanted[target, "farm"]
    assert is_whole(readings, suite, (target, "farm"), "farm")


@pytest.mark.parametrize("suite", SUITES)
def test_a_web_server_is_found_by_its_old_name_too(readings, small, suite):
    assert body(readings[suite, "old name"]) == small.plain
    assert is_whole(readings, suite, "old name", "small")


@pytest.mark.parametrize("suite", SUITES)
def test_a_web_server_is_asked_again_for_a_file_that_it_lacks(readings, small, suite):
    """Eleven times, a second apart: a seed for the web has all four files, empty ones too."""
    lacking, full = readings[suite, ("nocloud-net", "plain")]["asked"], readings[suite, "all files"]["asked"]
    assert lacking.count("GET /farm/vendor-data: 404") == 11
    assert len(full) == len(set(full)) and all(row.endswith(": 200") for row in full)
    assert body(readings[suite, "all files"]) == small.plain


@pytest.mark.parametrize("suite", SUITES)
def test_the_service_of_ec2_is_asked_with_a_token(readings, suite):
    asked = readings[suite, ("ec2", "plain")]["asked"]
    assert asked[0] == "PUT /latest/api/token: 200" and all(row.endswith(": 200") for row in asked)


def test_every_target_with_a_datasource_has_a_row():
    """A new target without a proof fails here."""
    named = {name: modules(NEWEST).intersection(row["datasource"].split()) for name, row in TARGETS.items()}
    assert {name for name, found in named.items() if found} == set(ROWS) | ON_DISKS
    for target, (reader, _) in ROWS.items():
        assert DATASOURCES[reader][0] in named[target]


def test_only_old_releases_lack_a_datasource():
    assert {(suite, name) for suite in SUITES for name in set(DATASOURCES) - READERS[suite]} == ABSENT
    assert READERS[NEWEST] == set(DATASOURCES)


@pytest.mark.parametrize("suite", SUITES)
def test_base64_for_ec2_is_known_to_newer_releases_only(readings, small, suite):
    """The rule of the target holds for all of them: never base64."""
    if suite in TOLERANT:
        assert body(readings[suite, "base64 for ec2"]) == small.plain
    else:
        assert is_lost(readings[suite, "base64 for ec2"], base64.b64encode(small.plain))


def is_lost(result, file):
    """cloud-init sees one part that is nothing it knows: the file as it was sent."""
    return [(kind, data.strip()) for kind, _, data in parts(result)] == [("text/x-not-multipart", file.strip())]


def is_refused(result, _):
    """Reading ends in an error of decoding, or finds no data for one."""
    return "UnicodeDecodeError" in result.get("error", "") or result.get("error") == "LookupError: no data"


def is_garbled(result, file):
    """Other bytes arrive, and are nothing that cloud-init knows."""
    return body(result) != file and [kind for kind, _, _ in parts(result)] == ["text/x-not-multipart"]


def is_no_text(result, file):
    """How releases take what is not UTF-8: bookworm's LXD with other characters in its place, the others not at all."""
    return is_refused(result, file) or is_garbled(result, file)


def is_shortened(result, file):
    """The end is cut off: what arrives is not the message byte for byte."""
    return body(result) == file.rstrip() != file


def base64_line(context):
    return base64.b64encode(context.plain)


# {what is done wrong: (name in DATASOURCES, the file, what is said beside it, what becomes of it)}
BROKEN = {
    "digitalocean, gzip": ("digitalocean", lambda it: it.gzip, None, is_garbled),
    "digitalocean, base64": ("digitalocean", base64_line, None, is_lost),
    "scaleway, gzip": ("scaleway", lambda it: it.gzip, None, is_refused),
    "scaleway, base64": ("scaleway", base64_line, None, is_lost),
    "lxd, gzip": ("lxd", lambda it: it.gzip, None, is_no_text),
    "lxd, base64": ("lxd", base64_line, None, is_lost),
    "gce, gzip": ("gce", lambda it: it.gzip, None, is_garbled),
    "gce, no encoding said": ("gce", lambda it: base64.b64encode(it.gzip), None, is_lost),
    "heat, gzip": ("openstack", lambda it: in_template(it.gzip), None, is_lost),
    "openstack, base64": ("openstack", lambda it: by_tool(base64_line(it)), None, is_lost),
    "azure, base64": ("azure", lambda it: by_tool(base64_line(it)), None, is_lost),
    "oracle, base64": ("oracle", lambda it: by_tool(base64_line(it)), None, is_lost),
    "exoscale, base64": ("exoscale", lambda it: by_tool(base64_line(it)), None, is_lost),
    "ec2, base64 with an end of line": ("ec2", lambda it: by_tool(base64_line(it) + b"\n"), None, is_lost),
    "hetzner, base64 with an end of line": ("hetzner", lambda it: base64_line(it) + b"\n", None, is_lost),
    "hetzner, wrapped base64": ("hetzner", lambda it: base64.encodebytes(it.gzip), None, is_lost),
    "nocloud, base64": ("nocloud", base64_line, None, is_lost),
    "nocloud-net, base64": ("nocloud-net", base64_line, None, is_lost),
    "opennebula, no encoding said": ("opennebula", base64_line, None, is_lost),
    "vmware, no encoding said": ("vmware", base64_line, "plain", is_lost),
    "vmware, gzip said to be base64": ("vmware", lambda it: base64.b64encode(it.gzip), "base64", is_refused),
    "vmware, plain": ("vmware", lambda it: it.plain, "plain", is_shortened),
}


@pytest.mark.parametrize("suite, name", [
    (suite, name) for suite in SUITES for name, row in BROKEN.items() if row[0] in READERS[suite]])
def test_what_a_target_does_not_accept_does_not_arrive(readings, small, suite, name):
    _, make, _, becomes = BROKEN[name]
    assert becomes(readings[suite, name], make(small)), readings[suite, name]
