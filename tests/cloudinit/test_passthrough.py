"""What PyYAML reads from our cloud-config is what it reads from the user's text.

PyYAML is what cloud-init reads with; whatever a text means to it must survive
the compiler. Types are compared strictly: `yes` and "yes", 1 and True differ.
"""
import itertools

import pytest
import yaml
from hypothesis import HealthCheck, event, given, settings

import yamltext
from compiler import Rejected, cloud_config
from same import holds, same
from texts import NODES, PLAIN, TEXTS

LOCALFS = "localfs:\n  parts: {scratch: 50, scratch-mount: /scratch, swap: 100}\n"

# Why the compiler may refuse a text that PyYAML accepts. Anything else is a fault.
REASONS = {
}


def expected(text):
    """The user's keys as PyYAML reads them, without those that are ours."""
    keys = yaml.safe_load(text) or {}
    extra = keys.pop("cloud-config", None) or {}
    keys.update(extra)
    return {key: value for key, value in keys.items() if not str(key).startswith("x-")}


def compiled(path, text):
    """What PyYAML reads from the cloud-config part made of this text."""
    path.write_bytes(text.encode("utf-8"))
    return yaml.safe_load(cloud_config(path)) or {}


def check(path, text):
    """The law, for one text that both accept."""
    ours, users = compiled(path, text), expected(text)
    assert same(ours, users), "PyYAML reads %r\nfrom ours, and from the user's %r" % (ours, users)


def shapes(name, node):
    """A node alone, in a list and in a map below a list."""
    yield name, "bootcmd: %s\nhostname: z\n" % node
    yield name + " in a list", "bootcmd:\n  - %s\n  - z\n" % node.replace("\n", "\n  ")
    yield name + " in a map", "apt:\n  k:\n  - a: %s\n    b: z\n" % node.replace("\n", "\n    ")


def by_hand():
    yield from TEXTS.items()
    for word in PLAIN:
        yield from shapes(word, word)
        yield word + " in flow", "bootcmd: [%s, {a: %s}]\n" % (word, word)
        yield word + " as a key", "apt: {%s: 1}\n" % word
    for name, node in NODES.items():
        yield from shapes(name, node)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """One path for every text: hypothesis wants no fixture of a function."""
    return tmp_path_factory.mktemp("passthrough") / "context.yaml"


def readable(text):
    try:
        return isinstance(yaml.safe_load(text), dict)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError):
        return False


CASES = [(name, text) for name, text in by_hand() if readable(text)]


def test_the_texts_by_hand_are_readable():
    """Most must be, or the list proves little."""
    everything = list(by_hand())
    assert len(CASES) > 0.9 * len(everything) > 300


@pytest.mark.parametrize("text", [text for _, text in CASES], ids=[name for name, _ in CASES])
def test_by_hand(file, text):
    try:
        check(file, text)
    except Rejected as rejected:
        assert rejected.codes and rejected.codes <= set(REASONS), str(rejected)


@settings(max_examples=800, deadline=None, derandomize=True, database=None,
          suppress_health_check=list(HealthCheck))
@given(text=yamltext.documents())
def test_any_text(file, text):
    if not readable(text):
        return event("PyYAML refuses")
    try:
        check(file, text)
        event("checked")
    except Rejected as rejected:
        event("refused: " + ", ".join(sorted(rejected.codes)))
        assert rejected.codes and rejected.codes <= set(REASONS), str(rejected)


def test_beside_a_block_the_users_keys_are_contained(file):
    """With blocks that lower to cloud-config too, nothing of the user's is lost."""
    for name, text in itertools.chain(TEXTS.items(), CASES[::7]):
        if text.startswith(("---", "%", "{", "  ")) or not readable(text):
            continue
        joined = LOCALFS + text
        try:
            assert holds(compiled(file, joined), expected(text)), name
        except Rejected as rejected:
            assert rejected.codes and rejected.codes <= set(REASONS), name + "\n" + str(rejected)
