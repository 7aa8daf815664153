"""What all tests of the handlers share."""
import os
import subprocess

import pytest

import bundle
from guest import Guest
from watched import Watched


@pytest.fixture(autouse=True)
def no_processes(request, monkeypatch):
    """A handler's test that starts a process would touch the machine it runs on. `processes` as a mark lets a test of the runtime do it."""
    if "processes" not in request.keywords:
        def refuse(*_, **__):
            raise AssertionError("a test must not start a process")
        monkeypatch.setattr(subprocess, "Popen", refuse)


@pytest.fixture
def runtime():
    return bundle.module(bundle.blocks())


@pytest.fixture
def scratch(runtime, tmp_path):
    runtime.ROOT = str(tmp_path.resolve())
    return tmp_path.resolve()


@pytest.fixture
def guest(tmp_path):
    return Guest(tmp_path.resolve())


@pytest.fixture
def called(monkeypatch):
    """The user scripts that are started, in order; each gives the code that is stored for its name."""
    names = []
    codes = {}

    def call(argv, **_):
        names.append(os.path.basename(argv[0]))
        code = codes.get(names[-1], 0)
        if isinstance(code, BaseException):
            raise code
        return code
    monkeypatch.setattr(subprocess, "call", call)
    return names, codes


@pytest.fixture
def watched(tmp_path):
    """A guest whose context asks for what follows the verdict; the words are of `Watched`."""
    return lambda **given: Watched(tmp_path.resolve(), **given)
