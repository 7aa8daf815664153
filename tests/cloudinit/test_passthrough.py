"""What PyYAML reads from our cloud-config is what it reads from the user's text.

PyYAML is what cloud-init reads with; whatever a text means to it must survive
the compiler. Types are compared strictly: `yes` and "yes", 1 and True differ.
"""
import os
import re

import pytest
import yaml
from hypothesis import HealthCheck, event, given, settings

import yamltext
from compiler import Rejected, cloud_config
from same import holds, same
from texts import NODES, PLAIN, TEXTS

# A block that adds a default, and one that becomes keys of cloud-init.
BLOCKS = """localfs:
  parts: {scratch: 50, scratch-mount: /scratch, swap: 100}
software:
  packages: [git]
  repositories:
    - name: batch
      deb: https://packages.example.org/debian bookworm main
      key: |
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEZ0v3dBYJKwYBBAHaRw8BAQdA
        -----END PGP PUBLIC KEY BLOCK-----
"""
BLOCK_KEYS = {"packages": list, "write_files": list, "apt": dict, "package_update": bool}
# What meets the keys of that block.
MERGED = (
    "packages: [vim]", "packages:\n- vim\n- [emacs, 1:28.2]\n- {a: b}", "package_update: yes", "package_update: True\nruncmd: [date]",
    "apt: {preserve_sources_list: on, sources: {a.list: {source: deb x}}}", "apt:\n  conf: |\n    A \"b\";\n",
    "write_files:\n- {path: /a, content: b, permissions: 0644}", "packages: []\nwrite_files: []\napt: {}\npackage_upgrade: off")
# What cannot be both, or would be hidden.
CONFLICTS = ("packages: vim", "package_update: no", "package_update: 'true'", "apt: [a]", "write_files: {a: b}", "packages: !!set {a}",
             "apt: {sources: {contextc-batch.list: {source: other}}}", "x-a: &a {sources: {b: c}}\napt:\n  <<: *a")

# Why the compiler may refuse a text that PyYAML accepts: code, and whether the
# text is of that kind. Anything else is a fault.
REASONS = {
    # PyYAML takes the last and says nothing.
    "yaml/duplicate-key": lambda text, report: has_doubles(text),
    # What YAML forbids and PyYAML does not mind.
    "yaml/syntax": lambda text, report: all(
        reason.startswith(LENIENT) for reason in re.findall(r"this is not YAML: (.*)", report)),
    # To PyYAML these end a line, to readers of YAML 1.2 they do not.
    "cloud-config/line-separator": lambda text, report: re.search("[\u0085\u2028\u2029]", text),
    # To PyYAML `[?a]` is a map, to others a list with a word.
    "cloud-config/question-mark": lambda text, report: re.search(r"[\[{,]\s*\?", text),
    # As a key `=` is harmless; as a value it is not.
    # BLOCKS sets these: another kind of value beside them cannot be merged, and what a tag makes of one is not ours to say.
    "cloud-config/conflict": lambda text, report: clashes(expected(text)) or "!" in text,
    # Their modules fail on nothing.
    "cloud-config/empty-key": lambda text, report: any(is_empty(key, value) for key, value in expected(text).items()),
    "cloud-config/unreadable": lambda text, report: set(re.findall(r"cannot read `(.*?)`", report)) == {"="},
}
LENIENT = (
    "invalid indentation in quoted scalar",  # its continued lines must be indented
    "plain scalar cannot start with '-' followed by ,[]{}",  # `[-]`
)
# What PyYAML cannot read: cloud-init would drop the whole part, so it must be refused.
UNREADABLE = ("=", "<<", "[a, =]", "{a: <<}", "!foo x", "!!python/none ''", "2001-02-30", "2001-13-01",
              "{<<: a}", "{<<: [a]}", "[||]", "{a: >b}")


FAIL_ON_NOTHING = "bootcmd groups mounts runcmd ssh_authorized_keys ssh_keys write_files".split()


def is_empty(key, value):
    return key in FAIL_ON_NOTHING and value is None or key in ("users", "write_files") and isinstance(value, list) and None in value


def clashes(keys):
    """True where a key is of another kind than the one that BLOCKS gives it, or another truth."""
    apt = keys.get("apt")
    values = [(keys.get(name), kind) for name, kind in BLOCK_KEYS.items()]
    values.append((apt.get("sources") if isinstance(apt, dict) else None, dict))
    return [value for value, kind in values if value is not None and not isinstance(value, kind)] or keys.get("package_update") is False


def beside(text):
    """The user's keys that must be there beside BLOCKS: of these, a key with nothing after it says nothing."""
    return {key: value for key, value in expected(text).items() if value is not None or key not in BLOCK_KEYS}


def has_doubles(text):
    """True where a map of this text has two scalar keys of the same text."""
    return any(len(keys) != len(set(keys)) for keys in all_keys(yaml.compose(text), set()))


def all_keys(node, seen):
    """The scalar keys of each map below a node."""
    if node is None or id(node) in seen or isinstance(node, yaml.ScalarNode):
        return
    seen.add(id(node))
    pairs = node.value if isinstance(node, yaml.MappingNode) else [(item, item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        yield [key.value for key, _ in pairs if isinstance(key, yaml.ScalarNode)]
    for key, value in pairs:
        yield from all_keys(key, seen)
        yield from all_keys(value, seen)


def refused_with_reason(text, rejected):
    """Holds where every code of the report is a reason that this text has."""
    assert rejected.codes, str(rejected)
    for code in rejected.codes:
        assert code in REASONS and REASONS[code](text, str(rejected)), str(rejected)


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
    yield name, "zypper: %s\nhostname: z\n" % node
    yield name + " in a list", "zypper:\n  - %s\n  - z\n" % node.replace("\n", "\n  ")
    yield name + " in a map", "apt:\n  k:\n  - a: %s\n    b: z\n" % node.replace("\n", "\n    ")


def by_hand():
    yield from TEXTS.items()
    for word in PLAIN:
        yield from shapes(word, word)
        yield word + " in flow", "zypper: [%s, {a: %s}]\n" % (word, word)
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
        refused_with_reason(text, rejected)


@pytest.mark.parametrize("node", UNREADABLE)
def test_what_pyyaml_cannot_read_is_refused(file, node):
    text = "zypper: %s\n" % node
    assert not readable(text)
    with pytest.raises(Rejected) as refused:
        compiled(file, text)
    assert refused.value.codes == {"cloud-config/unreadable"}


# The same texts at every run; with CONTEXTC_EXPLORE others, that many.
EXPLORE = int(os.environ.get("CONTEXTC_EXPLORE", 0))


def examples(count):
    return settings(max_examples=EXPLORE or count, deadline=None, derandomize=not EXPLORE,
                    database=None, suppress_health_check=list(HealthCheck))


@examples(600)
@given(text=yamltext.documents())
def test_any_text(file, text):
    if not readable(text):
        return event("PyYAML refuses")
    try:
        check(file, text)
        event("checked")
    except Rejected as rejected:
        event("refused: " + ", ".join(sorted(rejected.codes)))
        refused_with_reason(text, rejected)


BESIDE = [(name, text) for name, text in CASES if not text.startswith(("---", "%", "{", "  "))]


@pytest.mark.parametrize("text", [text for _, text in BESIDE[::3]], ids=[name for name, _ in BESIDE[::3]])
def test_beside_a_block_the_users_keys_are_contained(file, text):
    """With blocks that lower to cloud-config too, nothing of the user's is lost."""
    try:
        assert holds(compiled(file, BLOCKS + text), beside(text))
    except Rejected as rejected:
        refused_with_reason(text, rejected)


@pytest.mark.parametrize("text", MERGED)
def test_the_users_keys_and_a_blocks_are_both_there(file, text):
    merged = compiled(file, BLOCKS + text)
    assert holds(merged, expected(text))
    assert merged["packages"][0] == "git" and merged["package_update"] is True
    assert merged["write_files"][0]["path"] == "/etc/apt/keyrings/contextc-batch.asc"
    assert "contextc-batch.list" in merged["apt"]["sources"]


@pytest.mark.parametrize("text", CONFLICTS)
def test_what_cannot_be_both_is_refused(file, text):
    with pytest.raises(Rejected) as refused:
        compiled(file, BLOCKS + text)
    assert set(refused.value.codes) == {"cloud-config/conflict"}


@examples(150)
@given(text=yamltext.documents(alone=False))
def test_any_text_beside_a_block(file, text):
    if not readable(text):
        return event("PyYAML refuses")
    try:
        assert holds(compiled(file, BLOCKS + text), beside(text))
        event("checked")
    except Rejected as rejected:
        refused_with_reason(text, rejected)
