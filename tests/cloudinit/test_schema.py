"""Values of cloud-config against cloud-init's own schema: the compiler's verdict is that of `cloud-init schema -c`.

With the schema of each release that can be judged so, over the examples of its own package and over texts by hand; some of these
are what YAML 1.1 takes otherwise. Needs a compiler with the feature `cloud-init-schema`.
"""
import copy
import json
import os
import pathlib
import random
import re
import subprocess
import sys

import pytest
import yaml

import keys
from layout import ALL_FEATURES, suite_dir
from schematexts import DEPRECATED, SOUND, WRONG

JUDGE = pathlib.Path(__file__).with_name("judge.py")
# 22.4 judges, but by rules that changed with 23.1 (its examples are not all right to itself).
SUITES = ["sid", "trixie"]
EXAMPLES = "usr/share/doc/cloud-init/examples"


def examples(suite):
    """The cloud-configs among the examples of a package."""
    for path in sorted((suite_dir(suite) / EXAMPLES).glob("cloud-config*.txt")):
        text = path.read_text()
        if text.startswith("#cloud-config\n"):
            yield path.name, text


SCALARS = [None, True, False, 0, 1, -1, 420, 1.5, "", "x", "yes", "a b", "2032-09-01", "12:30", "all", "auto", [], {}, ["x"], {"a": "b"},
           [["x", "y"]], [{"name": "x"}]]


def places(value, at=()):
    """The paths of all values."""
    yield at
    if isinstance(value, (dict, list)):
        for key in (value if isinstance(value, dict) else range(len(value))):
            yield from places(value[key], at + (key,))


def spoilt(texts_, number):
    """Texts with one or two values changed, taken away or added, from a seed of their own."""
    chance = random.Random(int(os.environ.get("SPOILT_SEED", "6")))
    for index in range(number):
        document = yaml.safe_load(chance.choice(texts_))
        for _ in range(chance.randint(1, 2)):
            *above, last = chance.choice([at for at in places(document) if at])
            holder = document
            for step in above:
                holder = holder[step]
            act = chance.randrange(4)
            if act == 0 and len(holder) > 1:
                del holder[last]
            elif act == 1 and isinstance(holder, dict):
                holder["%ss" % last] = holder.pop(last)
            else:
                holder[last] = copy.deepcopy(chance.choice(SCALARS))
            if not document:
                break
        if document:
            yield "spoilt %d" % index, "#cloud-config\n" + yaml.safe_dump(document)


def texts(suite):
    yield from examples(suite)
    known = [text for _, text in examples(suite)] + SOUND + DEPRECATED
    yield from spoilt(known, int(os.environ.get("SPOILT", "200")))
    for kind, table in (("sound", SOUND), ("wrong", WRONG), ("deprecated", DEPRECATED)):
        for number, text in enumerate(table):
            yield "%s %d: %s" % (kind, number, text.splitlines()[0]), "#cloud-config\n" + text


class Verdicts:
    """{name: (what cloud-init says, the codes of the compiler)}"""

    def __init__(self, suite, directory):
        self.names, files = [], []
        for name, text in texts(suite):
            self.names.append(name)
            files.append(directory / ("%d.yaml" % len(files)))
            files[-1].write_text(text)
        package = keys.package(suite_dir(suite))
        done = subprocess.run([sys.executable, "-B", str(JUDGE), str(package.parent)] + [str(file) for file in files],
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
        theirs = json.loads(done.stdout)
        ours = judged(files, package / keys.SCHEMA)
        self.rows = dict(zip(self.names, zip(theirs, ours)))


def judged(files, schema):
    """The set of codes of each file, all in one check."""
    done = subprocess.run([str(ALL_FEATURES), "check", "--cloud-init-schema", str(schema)] + [str(file) for file in files],
                          capture_output=True, timeout=300, check=False)
    assert done.returncode == 1, done.stderr.decode()
    found = re.findall(r"^(?:error|warning)\[([a-z0-9/-]+)\].*\n *--> (.*?):\d+:\d+$", done.stderr.decode(), re.M)
    return [{code for code, name in found if name == str(file)} for file in files]


@pytest.fixture(scope="module", params=SUITES)
def verdicts(request, tmp_path_factory):
    return Verdicts(request.param, tmp_path_factory.mktemp(request.param))


def test_there_is_enough_to_compare(verdicts):
    theirs = [row[0] for row in verdicts.rows.values()]
    wrong = sum(bool(row["errors"]) for row in theirs)
    assert wrong >= 40 and len(theirs) - wrong >= 50, (wrong, len(theirs))


def test_both_give_the_same_verdict(verdicts):
    differ = []
    for name, (theirs, codes) in verdicts.rows.items():
        # A key that nobody knows has a word of its own.
        ours = codes & {"cloud-config/schema", "cloud-config/unknown-key"}
        if bool(ours) != bool(theirs["errors"]):
            differ.append((name, theirs, codes))
    assert not differ, "\n".join(map(str, differ))


def test_both_see_what_is_deprecated(verdicts):
    differ = []
    for name, (theirs, codes) in verdicts.rows.items():
        # Of a key with a fault cloud-init says what is deprecated in it, too; the schema tells that of sound ones only.
        if not theirs["errors"] and bool(theirs["deprecated"]) != ("cloud-config/deprecated" in codes):
            differ.append((name, theirs, codes))
    assert not differ, "\n".join(map(str, differ))


def test_the_texts_by_hand_are_what_they_are_called(verdicts):
    for name, (theirs, _) in verdicts.rows.items():
        if name.startswith(("sound", "deprecated")):
            assert not theirs["errors"], (name, theirs)
        if name.startswith("wrong"):
            assert theirs["errors"], name
