"""What the judge says of the corpus of envelopes is what each cloud-init makes of it."""
import json
import subprocess
import sys

import pytest

from layout import ROOT, SUITES, suite_dir

HANDLED = __file__.replace("test_check.py", "handled.py")
CORPUS = {path.stem: path for path in (ROOT / "tests/cases/envelope").glob("*.user-data")}
# Of these cloud-init says nothing, and nothing of them runs.
DROPPED = {
    "envelope/base64", "envelope/wrapped-base64", "envelope/double-base64", "envelope/base64-in-gzip", "envelope/double-gzip",
    "envelope/damaged-gzip", "envelope/headers-lost", "envelope/no-mime-version", "envelope/boundary-line",
    "envelope/boundary-absent", "envelope/byte-order-mark", "envelope/header-not-first", "envelope/no-header",
    "envelope/no-parts", "envelope/too-deep", "envelope/empty",
}
# cloud-init takes it, others do not.
TAKEN = {"33-capitals-in-the-header"}
# Of these it stops, and users and keys are lost, too (all suites are newer than 20.2).
DEADLY = ["latin-1-message", "windows-1252-message", "damaged-gzip-part", "archive-with-a-broken-entry", "include-with-a-comment"]
# What no handler takes.
NOBODYS = {"text/plain", "text/x-not-multipart"}


def codes(name):
    words = CORPUS[name].with_suffix(".case").read_text().split()
    return set(words[0].split("=", 1)[1].split(","))


@pytest.fixture(scope="module")
def seen():
    def of(suite):
        command = [sys.executable, "-B", HANDLED, str(suite_dir(suite))] + [str(path) for path in CORPUS.values()]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        return {name: found[str(path)] for name, path in CORPUS.items()}
    return {suite: of(suite) for suite in SUITES}


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_said_to_be_dropped_is_dropped(seen, suite):
    dropped = [name for name in CORPUS if codes(name) & (DROPPED | {"envelope/misspelled-header"}) and name not in TAKEN]
    assert len(dropped) >= 25
    assert {name: seen[suite][name] for name in dropped if not set(seen[suite][name]) <= NOBODYS} == {}


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_said_to_stop_it_does(seen, suite):
    assert [name for name in DEADLY if seen[suite][name] is not None] == []


@pytest.mark.parametrize("suite", SUITES)
def test_what_only_warns_is_taken(seen, suite):
    warned = ["19-not-closed", "21-crlf-header", "23-merge-type-in-small-letters", "33-capitals-in-the-header", "two-handlers"]
    assert [name for name in warned if set(seen[suite][name]) & NOBODYS] == []


@pytest.mark.parametrize("suite", SUITES)
def test_a_cut_part_is_in_two(seen, suite):
    assert seen[suite]["18-boundary-in-a-script"] == ["text/x-shellscript", "text/plain"]
    assert seen[suite]["18-end-in-a-script"] == ["text/x-shellscript"]
