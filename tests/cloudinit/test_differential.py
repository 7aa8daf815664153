"""Where contextc and cloud-init disagree on what parts a file has, contextc is wrong.

Thousands of generated and mutated messages, our own files and those of other
tools, through the real `UserDataProcessor` and through contextc's reader:
type, filename, payload and order of every part, and whether cloud-init dies.
CONTEXTC_MESSAGES=100000 makes as many; CONTEXTC_SEED begins elsewhere.
"""
import base64
import email
import gzip
import hashlib
import json
import os
import re
import struct
import subprocess
import sys

import pytest

from cases import CASES
from layout import ALL_FEATURES, ROOT, SUITES, suite_dir, versions
from messages import generated

OPENED = ALL_FEATURES.parent / "examples/opened"
PARSE = __file__.replace("test_differential.py", "parse.py")
COUNT = int(os.environ.get("CONTEXTC_MESSAGES", 4000))
SEED = int(os.environ.get("CONTEXTC_SEED", 1))
INCLUDES = "text/x-include-url", "text/x-include-once-url"
# 20.4 knows no per-boot types, and loses an empty line of an archive's include otherwise; from 22.4 all releases agree.
RELEASES = [suite for suite in SUITES if not versions()[suite].startswith("20.")]
# Later Pythons read a value that begins on the line after its name, and a transfer encoding with more behind it, otherwise.
FOLDS_OTHERWISE = email.message_from_string("A:\n b\n\n")["A"] != "\n b"
AMBIGUOUS = re.compile(rb"(?im):[ \t]*(\r\n|\r|\n)[ \t]|^content-transfer-encoding:[ \t]*[^\s;]+[ \t;]+\S*")


def framed(files):
    return b"".join(struct.pack("<I", len(data)) + data for data in files)


def lines_of(words, files):
    done = subprocess.run([str(word) for word in words], input=framed(files), stdout=subprocess.PIPE, check=True, timeout=3600)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(files)
    return answers


def peeled(data, layers):
    """The file without its layers, taken off by Python: what contextc claims must be there."""
    for layer in layers:
        if layer == "gzip":
            data = gzip.decompress(data)
        elif layer == "base64":
            data = base64.b64decode(b"".join(data.split()), validate=True)
        elif layer == "bom":
            assert data.startswith(b"\xef\xbb\xbf")
            data = data[3:]
        else:
            assert layer == "blank" and data[:1] in (b"\n", b"\r")
            data = re.sub(rb"^\s*[\r\n](?=\S)", b"", data)
    return data


def agree(ours, theirs):
    """Two rows of parts; an include of theirs has no name, and its addresses are compared."""
    if theirs[0] == "include":
        return ours[0] in INCLUDES and ours[2:] == theirs[2:]
    return ours[:3] == theirs[:3]


def fault_of(data, opened, theirs):
    """None where both see the same, or what is different."""
    if "fault" in opened:
        alone = [["text/x-not-multipart", "part-001", hashlib.sha256(data).hexdigest()]]
        left = isinstance(theirs, list) and [row[:3] for row in theirs] == alone
        return None if opened["fault"] == "DamagedGzip" and (left or data[:2] != b"\x1f\x8b") else opened["fault"]
    if isinstance(theirs, str):
        return None if opened["fatal"] else "it dies: " + theirs
    if opened["fatal"]:
        return "it does not die of " + opened["fatal"]
    ours = opened["parts"]
    same = len(ours) == len(theirs) and all(map(agree, ours, theirs))
    return None if same else "parts"


def compared(files):
    """[(file, what contextc says, what cloud-init says, fault)] of all that differ, in any release."""
    opened = lines_of([OPENED], files)
    inner = []
    for data, seen in zip(files, opened):
        layers = seen.get("layers", [])
        # One layer of gzip is cloud-init's own affair.
        inner.append(data if layers in ([], ["gzip"]) else peeled(data, layers))
    different = []
    for suite in RELEASES:
        theirs = lines_of([sys.executable, PARSE, suite_dir(suite)], inner)
        for data, seen, answer in zip(inner, opened, theirs):
            fault = fault_of(data, seen, answer)
            if fault and not (FOLDS_OTHERWISE and AMBIGUOUS.search(data)):
                different.append((data, seen, answer, "%s: %s" % (versions()[suite], fault)))
    return different


def report(different):
    shown = ["%s\n%r\n  contextc   %s\n  cloud-init %s" % (fault, data[:2000], seen, answer)
             for data, seen, answer, fault in sorted(different, key=lambda row: len(row[0]))[:5]]
    return "%d of them differ, the shortest:\n%s" % (len(different), "\n".join(shown))


@pytest.fixture(scope="session", autouse=True)
def built():
    """The program that answers for contextc; tests/cloudinit/run builds it."""
    assert OPENED.exists(), "cargo build --release --example opened"


def test_generated_and_mutated_messages():
    made = [generated(seed) for seed in range(SEED, SEED + COUNT)]
    different = compared([data for data, _ in made])
    assert not different, report(different)


def test_layers_are_those_that_were_put_on():
    made = [generated(seed) for seed in range(SEED, SEED + 1000)]
    opened = lines_of([OPENED], [data for data, _ in made])
    for (data, layers), seen in zip(made, opened):
        if layers:
            # What is within may have layers of its own, where a slip or a body made one.
            assert seen["layers"][:len(layers)] == layers, data


def test_our_own_files(compiled):
    files = [path.read_bytes() for case in compiled.values() for path in case.files.values()]
    assert len(files) >= len(CASES) - len(compiled.refusals)
    different = compared(files)
    assert not different, report(different)


def test_files_of_other_tools(tmp_path):
    """`cloud-init devel make-mime` and `write-mime-multipart`, as they are run in the bench."""
    parts = []
    for name, kind, text in [("a.sh", "text/x-shellscript", "#!/bin/sh\necho caf\u00e9\n"), ("b.yaml", "text/cloud-config", "#cloud-config\na: 1\n"),
                             ("c.txt", "text/x-custom", "words\n")]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        parts.append("%s:%s" % (tmp_path / name, kind))
    told = subprocess.run([sys.executable, str(ROOT / "tests/cloudinit/peers")] + parts, check=True, stdout=subprocess.PIPE, timeout=120)
    made = [subprocess.run(words, check=True, stdout=subprocess.PIPE, timeout=60).stdout for words in json.loads(told.stdout).values()]
    assert len(made) == 2
    files = made + [gzip.compress(data) for data in made] + [base64.b64encode(data) for data in made]
    different = compared(files)
    assert not different, report(different)
    for seen in lines_of([OPENED], files):
        # One of them writes whole paths.
        named = [(row[0], row[1].rsplit("/", 1)[-1]) for row in seen["parts"]]
        assert named == [("text/x-shellscript", "a.sh"), ("text/cloud-config", "b.yaml"), ("text/x-custom", "c.txt")]
