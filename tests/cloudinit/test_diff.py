"""`diff` against PyYAML: two cloud-configs that cloud-init reads as two things are never called the same.

Documents are made of what is read in more than one way (words like `on`, numbers, tags, keys that are no text, secrets), and one place of each is
changed. The other way round is not asked for: of maps in which Python takes two keys for one, `diff` says that they are different.
"""
import math
import random
import re
import subprocess

import yaml

from layout import COMPILER

PAIRS = 400
WORDS = ("yes Yes yEs no on oN off true tRUE y null nULL ~ 1 1.0 01 0x1 0b1 1_0 1:30 90 1e5 1.5e+5 .5 0.5 +1 .inf 2001-02-03 2001-2-3 a "
         "aB3dE6gH9jK2mN5pQ8sT zY8xW5vU2tS9rQ6pO3nM 1.2.3 10.0.0.1 08 0644 123456789012345678901 123456789012345678902 = hunter2 ***").split()
KEYS = "a b password token yes 'yes' 1 '1' 1.0 true name aB3dE6gH9jK2mN5pQ8sT zY8xW5vU2tS9rQ6pO3nM ~ runcmd packages".split()
TAGS = ["!!str ", "!!int ", "!!float ", "!!bool ", "! ", "!!binary "]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def scalar(self):
        word, kind = self.random.choice(WORDS), self.random.random()
        if kind < .35:
            return "'%s'" % word
        return self.random.choice(TAGS) + word if kind < .42 else word

    def pairs(self, depth):
        return [(self.random.choice(KEYS), self.value(depth)) for _ in range(self.random.randint(0, 3))]

    def value(self, depth):
        kind = self.random.random()
        if depth == 0 or kind < .5:
            return self.scalar()
        if kind < .7:
            return "[%s]" % ", ".join(self.value(depth - 1) for _ in range(self.random.randint(0, 3)))
        tag = self.random.choice(["!!set ", "!!omap "]) if kind < .75 else ""
        return "%s{%s}" % (tag, ", ".join("%s: %s" % pair for pair in self.pairs(depth - 1)))

    def changed(self, pairs):
        pairs, at, kind = list(pairs), self.random.randrange(len(pairs)), self.random.random()
        key, value = pairs[at]
        words = list(re.finditer(r"[^\s\[\]{},:]+", value))
        if kind < .6 and words:
            word = self.random.choice(words)
            pairs[at] = (key, value[:word.start()] + self.scalar() + value[word.end():])
        elif kind < .75:
            pairs[at] = (self.random.choice(KEYS), value)
        else:
            self.random.shuffle(pairs)
        return pairs


def meaning(value):
    """A value that is equal to another only where both are of one type: `1` is not `True`."""
    if isinstance(value, dict):
        return "map", frozenset((meaning(key), meaning(below)) for key, below in value.items())
    if isinstance(value, (list, tuple)):
        return type(value).__name__, tuple(meaning(item) for item in value)
    if isinstance(value, set):
        return "set", frozenset(meaning(item) for item in value)
    return type(value).__name__, "nan" if isinstance(value, float) and math.isnan(value) else value


def read(text):
    """What cloud-init has of it: nothing, where PyYAML fails."""
    try:
        return meaning(yaml.safe_load(text))
    except Exception:  # pylint: disable=broad-except  # the constructors fail with anything
        return None


def test_what_is_read_as_two_things_is_never_the_same(tmp_path):
    maker, same, different = Maker(20), 0, 0
    for _ in range(PAIRS):
        pairs = maker.pairs(3) or [("a", "1")]
        old, new = ("#cloud-config\n" + "".join("%s: %s\n" % pair for pair in each) for each in (pairs, maker.changed(pairs)))
        (tmp_path / "old").write_text(old)
        (tmp_path / "new").write_text(new)
        done = subprocess.run([str(COMPILER), "diff", "old", "new"], cwd=tmp_path, capture_output=True, timeout=60, check=False)
        assert done.returncode in (0, 1), (old, new, done.stderr)
        assert done.returncode == 1 or read(old) == read(new), (old, new, done.stdout)
        same += done.returncode == 0
        different += done.returncode == 1
    assert same > PAIRS / 10 and different > PAIRS / 3, (same, different)
