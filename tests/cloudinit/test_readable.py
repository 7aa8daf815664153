"""What PyYAML reads is never said to be unreadable, and what it does not read is never right.

Cloud-configs are made of what YAML's readers differ on: lists with and without indentation, brackets in them, words with `?`, `:` and `!`, anchors
and aliases, tabs, comments, control characters. Not told apart are a byte-order mark inside, and `!` alone in brackets.

A second maker breaks values over lines: what stands between tokens, comments with quotes and brackets in them, blocks that look like brackets. It
leaves out what we are known to refuse though PyYAML reads it: `? ` alone in brackets, `c :[`, a comment right behind a text in quotes, and a word
without quotes that looks like an opening `& [`.
"""
import json
import os
import random
import subprocess

import pytest
import yaml

from layout import COMPILER

COUNT = int(os.environ.get("READABLE", 1500))
SEED = int(os.environ.get("READABLE_SEED", 1))
WORDS = ("a what? http://h/?a=1 ${X} x:y a#b -x 12 yes ~ 0644 1:30 2001-02-30 2001-02-03 *.txt `ls` @a %b | > = !a =b <<").split() + [
    "", "a b", "a ? b", "? a", "?x", ":x", "a: b", "a :b", "a  # c", "!!str y?", "!!str \"y?\"", "!!str |\n          y?", "! test -f /x", "*z1", "*z2",
    '"q?x: [y]"', "'it''s'", '"a\tb"', "a\tb", "a\t# c", '"\\x1b"', "\x1b[0m", "\x7f", "'a\n  b'", "'a\nb # c'", "a\n    b"]
KEYS = "a b runcmd packages 'c d' \"e\" 1 f? ? [g] {h:1}".split()


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.anchors = 0

    def anchor(self):
        """PyYAML refuses two of one name."""
        self.anchors += self.chance(.97)
        return "&z%d " % self.anchors

    def chance(self, share):
        return self.random.random() < share

    def word(self, flow):
        sound = self.chance(.75)
        word = self.random.choice(WORDS[:10] + ["'it''s'", '"q?x: [y]"']) if sound else self.random.choice(WORDS)
        # A comment ends a word, which brackets in one line would not show.
        word = word.split(" #")[0].split("\t#")[0] if flow else word
        return word.replace("?", "") if flow and self.chance(.7) else word

    def key(self):
        return self.random.choice(KEYS[:6]) if self.chance(.9) else self.random.choice(KEYS)

    def flow(self, depth):
        if depth == 0 or self.chance(.5):
            return self.word(True)
        items = [self.flow(depth - 1) for _ in range(self.random.randint(0, 3))]
        comma = self.random.choice([", ", ",", ",\n      ", ",\n", ", # a ]\n  ", " , "])
        if self.chance(.5):
            return "[%s%s]" % (comma.join(items), self.random.choice(["", "", "\n"]))
        pair = self.random.choice(["%s: %s", "%s : %s", '"%s":%s', "? %s : %s"])
        return "{%s}" % comma.join(pair % (self.key(), item) for item in items)

    def block(self, indent, depth):
        """The lines below a key or a dash."""
        kind = self.random.random()
        if depth == 0 or kind < .3:
            return " " + self.word(False) + "\n"
        if kind < .5:
            return " " + self.random.choice(["", "", self.anchor()]) + self.flow(2) + "\n"
        lines = "\n"
        deeper = indent + self.random.choice([0, 2]) if kind < .8 else indent + 2
        for number in range(self.random.randint(1, 3)):
            mark = "-" if kind < .8 else "k%d:" % number if self.chance(.9) else self.key() + ":"
            lines += " " * deeper + mark + self.block(deeper + 2, depth - 1)
            lines += self.random.choice([""] * 9 + ["# what? \t[\n", "\n", " \t\n"])
        return lines

    def text(self):
        keys = self.random.sample(["write_files", "users", "packages", "x-a", "apt"], 3)
        return "#cloud-config\n" + "".join(key + ":" + self.block(0, 3) for key in keys)


class Breaker(Maker):
    """Values broken over lines."""
    WORDS = ["a", "b c", '"q"', "'s'", '"a b"', "x:y", "1", "~", "*z", '"it\'s"', "a#b", "-x", "http://h/", "'a: ['", '"é"', '"]"', "don't", 'a"b']
    BETWEEN = ["", "", " ", "\n ", "\n    ", "\n  # it's [\n    ", "\n\n  ", "\n--- ", "\n...\n", "\n- ", "\n"]
    BLOCKS = ["it's [", "if [ a ]; then", "key: [", '"x', "a: {", "- 'b", "# [ '", "awk '\n  {print}'", 'a: "\n  [']

    def between(self):
        return self.random.choice(self.BETWEEN[:7] if self.chance(.9) else self.BETWEEN)

    def word(self, flow=True):
        word = self.random.choice(self.WORDS)
        return word.replace(" ", " " + self.between(), 1) if self.chance(.2) else word

    def flow(self, depth):
        if depth == 0 or self.chance(.4):
            return self.word()
        items = [self.flow(depth - 1) for _ in range(self.random.randint(0, 3))]
        if self.chance(.5):
            return "[%s%s%s]" % (self.between(), (self.between() + ", " + self.between()).join(items), self.between())
        pairs = [self.random.choice(["a", '"b"', "d e"]) + ": " + self.between() + item for item in items]
        return "{%s%s%s}" % (self.between(), (self.between() + ", " + self.between()).join(pairs), self.between())

    def text(self):
        lines = "#cloud-config\nx-z: &z 1\n"
        for key in self.random.sample(["packages", "apt", "ntp", "yum_repos"], self.random.randint(1, 3)):
            kind = self.random.randint(0, 3)
            lines += key + [
                ": " + self.flow(2), ":\n- " + self.flow(2) + "\n- " + self.flow(1),
                ": " + self.random.choice(["|", ">-", "|2", ">"]) + "\n  " + self.random.choice(self.BLOCKS),
                ":\n  a: " + self.flow(2) + "\n  b: " + self.word()][kind] + "\n"
        return lines


def is_read(text):
    try:
        return isinstance(yaml.safe_load(text), dict)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return False


@pytest.mark.parametrize("kind", [Maker, Breaker])
def test_what_is_read_is_readable_and_what_is_not_is_wrong(tmp_path, kind):
    maker = kind(SEED)
    files = {str(tmp_path / str(number)): maker.text() for number in range(COUNT)}
    for path, text in files.items():
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    done = subprocess.run([str(COMPILER), "check", "--format", "json"] + list(files), stdout=subprocess.PIPE, timeout=120)
    told = {file["name"]: {fault["code"] for fault in file["diagnostics"] if fault["severity"] == "error"}
            for file in json.loads(done.stdout)["files"]}
    read = {path: is_read(text) for path, text in files.items()}
    assert sum(read.values()) > COUNT / 4 and not all(read.values())
    wrong = [files[path] for path in files if read[path] and told[path] & {"cloud-config/unreadable", "yaml/syntax"}]
    missed = [files[path] for path in files if not read[path] and not told[path]]
    assert (wrong, missed) == ([], [])
