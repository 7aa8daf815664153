"""What all tests of the handlers share."""
import subprocess

import pytest

import bundle


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
