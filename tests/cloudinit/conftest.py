"""Compiles every case once, and walks it once with each cloud-init."""
import json
import re
import subprocess
import sys

import pytest

from cases import CASES, FARM
from compiler import contextc, plan
from layout import SUITES, suite_dir, versions

WALK = __file__.replace("conftest.py", "walk.py")
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


class Compiled:
    """One case: its plan, its message in each envelope, what its includes fetch."""

    def __init__(self, case, directory, options=(), urls=None):
        options = list(case.options) + list(options)
        self.parts = plan(case.path, *options)
        self.files = {}
        for envelope in ("plain", "gzip"):
            self.files[envelope] = directory / envelope
            self.files[envelope].write_bytes(
                contextc("compile", case.path, "--envelope", envelope, *options))
        self.urls = dict(urls or {}, **self.fetched(directory))

    def fetched(self, directory):
        """A small script for each URL that the user's own include part names."""
        script = directory / "fetched"
        script.write_text("#!/bin/sh\n")
        bodies = [part["body"].decode("utf-8") for part in self.parts
                  if part["filename"] == "include.txt"]
        return {url: str(script) for body in bodies for url in re.findall(r"(?m)^https?://\S+", body)}


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """{case name: Compiled}"""
    return {case.name: Compiled(case, tmp_path_factory.mktemp("case")) for case in CASES}


@pytest.fixture(scope="session")
def included(tmp_path_factory):
    """The farm example with its handlers on a web server, and the bundle's path."""
    directory = tmp_path_factory.mktemp("include")
    contextc("handlers", "-o", directory / "web")
    bundle, = (directory / "web").glob("contextc-handlers-*.py")
    url = "http://farm.example/" + bundle.name
    return Compiled(FARM, directory, ["--handlers", "include=" + url], {url: str(bundle)})


class Walks:
    """The walks of one cloud-init: all jobs in one process, at the first question."""

    def __init__(self, suite, directory, compiled, included):
        self.directory = directory
        self.jobs, self.names = [], []
        for name, case in compiled.items():
            for envelope, mode in (("plain", "record"), ("gzip", "record"), ("plain", "real")):
                self.add((name, envelope, mode), case, envelope, mode)
        self.add("included", included, "plain", "real")
        if FARM:
            self.add("vendor", compiled[FARM.name], "plain", "real", self.vendor())
        done = subprocess.run([sys.executable, WALK, str(suite_dir(suite))], check=True,
                              input=json.dumps(self.jobs).encode(), stdout=subprocess.PIPE, timeout=600)
        self.results = dict(zip(self.names, json.loads(done.stdout)))

    def add(self, name, case, envelope, mode, more=()):
        self.names.append(name)
        self.jobs.append(dict(more, userdata=str(case.files[envelope]), mode=mode, urls=case.urls,
                              root=str(self.directory / str(len(self.jobs)))))

    def vendor(self):
        self.vendor_mark = self.directory / "vendor-mark"
        path = self.directory / "vendor"
        path.write_text(VENDOR % str(self.vendor_mark))
        return {"vendordata": str(path)}

    def __getitem__(self, name):
        result = self.results[name]
        assert "crash" not in result, result["crash"]
        return result


@pytest.fixture(scope="session", params=SUITES)
def walks(request, tmp_path_factory, compiled, included):
    return Walks(request.param, tmp_path_factory.mktemp(request.param), compiled, included)
