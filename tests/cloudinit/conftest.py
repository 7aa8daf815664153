"""Compiles every case once, and walks it once with each cloud-init."""
import base64
import json
import re
import subprocess
import sys

import pytest

from cases import CASES, FARM
from compiler import Rejected, contextc, plan
from layout import SUITES, suite_dir, versions
from texts import TEXTS

INCLUDE = "text/x-include-url"
WALK = __file__.replace("conftest.py", "walk.py")
# cloud-init's mark that it has run the user's scripts of this instance, or has begun to.
SCRIPTS_RAN = "var/lib/cloud/instance/sem/config_scripts_user.once-per-instance"
# A vendor's own part-handler, as an image or a cloud may bring one.
VENDOR = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_v"

--=_v
Content-Type: text/part-handler

#part-handler
handler_version = 2
frequency = "always"
def list_types():
    return ["text/x-vendor"]
def handle_part(data, ctype, filename, payload, frequency=None):
    with open(%r, "a") as out:
        out.write(ctype + "\\n")

--=_v
Content-Type: text/x-vendor

hello
--=_v--
"""


def pytest_report_header():
    return ["cloud-init of %s: %s" % row for row in sorted(versions().items())]


class Kept(dict):
    """{name: what was made}; one that is refused fails the tests of its own name only."""

    def __init__(self, makers):
        dict.__init__(self)
        self.refusals = {}
        for name, make in makers:
            try:
                self[name] = make()
            except Rejected as rejected:
                self.refusals[name] = str(rejected)

    def __missing__(self, name):
        pytest.fail("refused: " + self.refusals[name])


class Compiled:
    """One case: its plan, its message in each envelope, what its includes fetch."""

    def __init__(self, case, directory, bundle, options=()):
        options = list(case.options) + list(options)
        self.name, self.bundle = case.name, str(bundle)
        self.parts = plan(case.path, *options)
        self.files = {}
        for envelope in case.envelopes:
            asked = [] if envelope == "default" else ["--envelope", envelope]
            data = contextc("compile", case.path, *asked, *options)
            self.files[envelope] = directory / envelope
            self.files[envelope].write_bytes(transported(data, envelope))
        self.urls = {url: str(path) for url, path in self.fetched(directory, bundle)}

    def fetched(self, directory, bundle):
        """Our bundle for our include part, a small script for each URL of the user's own."""
        script = directory / "fetched"
        script.write_text("#!/bin/sh\n")
        for part in self.parts:
            path = bundle if part["filename"] == "include_modules.txt" else script
            for url in urls_of(part):
                yield url, path

    def expected(self):
        """(type, filename, body) of what cloud-init should see; fetched parts have no filename."""
        for part in self.parts:
            for url in urls_of(part):
                body = open(self.urls[url], "rb").read()
                kind = "text/x-shellscript" if body.startswith(b"#!") else "text/part-handler"
                yield kind, None, body
            if part["content_type"] != INCLUDE:
                yield part["content_type"], part["filename"], part["body"]


def urls_of(part):
    """The URLs of an include part, in order."""
    body = part["body"].decode("utf-8") if part["content_type"] == INCLUDE else ""
    return re.findall(r"(?m)^https?://\S+", body)


def transported(data, envelope):
    """What a cloud hands to cloud-init: it has taken base64 off again."""
    return base64.b64decode(data, validate=True) if "base64" in envelope else data


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    """The one file that `contextc handlers` writes."""
    directory = tmp_path_factory.mktemp("handlers")
    contextc("handlers", "-o", directory)
    path, = directory.iterdir()
    return path


@pytest.fixture(scope="session")
def compiled(tmp_path_factory, bundle):
    """{case name: Compiled}"""
    return Kept((case.name, lambda case=case: Compiled(case, tmp_path_factory.mktemp("case"), bundle))
                for case in CASES)


@pytest.fixture(scope="session")
def included(tmp_path_factory, bundle):
    """The farm example with its handlers on a web server."""
    url = "http://farm.example/" + bundle.name
    return Compiled(FARM, tmp_path_factory.mktemp("include"), bundle, ["--handlers", "include=" + url])


class Text:
    """A cloud-config text by hand, compiled; it asks for nothing but to be read."""

    urls, bundle = {}, None

    def __init__(self, text, directory):
        source, message = directory / "context.yaml", directory / "plain"
        source.write_bytes(text.encode("utf-8"))
        message.write_bytes(contextc("compile", source))
        self.files = {"plain": message}


@pytest.fixture(scope="session")
def texts(tmp_path_factory):
    """{name: Text}, of all texts by hand."""
    return Kept((name, lambda text=text: Text(text, tmp_path_factory.mktemp("text")))
                for name, text in TEXTS.items())


class Walks:
    """The walks of one cloud-init: all jobs in one process, at the first question."""

    def __init__(self, suite, directory, compiled, included, texts):
        self.directory = directory
        self.jobs, self.names = [], []
        for name, case in compiled.items():
            for envelope in case.files:
                self.add((name, envelope, "record"), case, envelope, "record")
            self.add((name, "real"), case, next(iter(case.files)), "real")
        for name, text in texts.items():
            self.add(("text", name), text, "plain", "record")
        self.add("included", included, "plain", "real")
        farm = compiled[FARM.name]
        self.add("vendor", farm, "plain", "real", self.vendor())
        self.add("reboot", farm, "plain", "real", {"again": []})
        self.add("power cut", farm, "plain", "real", {"again": [SCRIPTS_RAN]})
        self.add("truncated", farm, "plain", "real", self.truncated(farm))
        done = subprocess.run([sys.executable, WALK, str(suite_dir(suite))], check=True,
                              input=json.dumps(self.jobs).encode(), stdout=subprocess.PIPE, timeout=600)
        self.results = dict(zip(self.names, json.loads(done.stdout)))

    def add(self, name, case, envelope, mode, more=()):
        self.names.append(name)
        job = dict(userdata=str(case.files[envelope]), mode=mode, urls=case.urls, bundle=case.bundle,
                   root=str(self.directory / str(len(self.jobs))))
        self.jobs.append(dict(job, **dict(more)))

    def vendor(self):
        self.vendor_mark = self.directory / "vendor-mark"
        path = self.directory / "vendor"
        path.write_text(VENDOR % str(self.vendor_mark))
        return {"vendordata": str(path)}

    def truncated(self, farm):
        """The message without its last part, as a cloud cuts what is too long for it."""
        message = farm.files["plain"].read_bytes()
        path = self.directory / "truncated"
        path.write_bytes(message[:message.index(b'filename="zz-contextc-finish"')].rsplit(b"--", 1)[0])
        return {"userdata": str(path)}

    def __getitem__(self, name):
        result = self.results.get(name, {"crash": "the compiler refused it: nothing was walked"})
        if "crash" in result:
            pytest.fail(result["crash"], pytrace=False)
        return result


@pytest.fixture(scope="session", params=SUITES)
def walks(request, tmp_path_factory, compiled, included, texts):
    return Walks(request.param, tmp_path_factory.mktemp(request.param), compiled, included, texts)
