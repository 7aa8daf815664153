"""Texts over several lines, in quotes or in brackets, are to contextc what they are to PyYAML, however their lines are indented."""
import json
import os
import random
import subprocess

import yaml

from layout import COMPILER

COUNT = int(os.environ.get("FOLDED", 150))
SEED = int(os.environ.get("FOLDED_SEED", 1))
BITS = ["a", "b c", "\n", "\n", "\n\n", " ", "  \n ", "\t", "\\\n", "\\\n\n  ", "\u00e9", "\\n", "\\x41", "#d", " # e", "\r\n", "\r", "---", "x: y", "''"]
WORDS = ["a", "b\n c", "d\ne", "f # g\n h", "a\n\nb", "k", "l \n  \n m"]


def made(chance):
    def quoted():
        text = "".join(chance.choice(BITS) for _ in range(chance.randint(1, 7)))
        return '"%s"' % text.replace("''", "q") if chance.random() < .5 else "'%s'" % text.replace("\\", "/")

    items = [quoted() if chance.random() < .7 else chance.choice(WORDS) for _ in range(chance.randint(1, 3))]
    return "#cloud-config\nx-a: [%s]\npackages: %s\n" % (chance.choice([", ", ",\n", "\n, "]).join(items), quoted())


def read(text):
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def asked(command, *paths):
    return subprocess.run([str(COMPILER), command] + list(paths), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60).returncode


def is_same(path, text):
    """Right where PyYAML reads it, and then the same as what PyYAML says, written as JSON."""
    value = read(text)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    if value is None:
        return asked("check", path) == 1
    with open(path + ".json", "w") as file:
        file.write("#cloud-config\n%s\n" % json.dumps(value))
    return asked("diff", path, path + ".json") == 0


def test_texts_over_lines_are_what_pyyaml_reads(tmp_path):
    chance = random.Random(SEED)
    texts = [made(chance) for _ in range(COUNT)]
    assert COUNT / 2 < sum(read(text) is not None for text in texts) < COUNT
    assert [text for number, text in enumerate(texts) if not is_same(str(tmp_path / str(number)), text)] == []
