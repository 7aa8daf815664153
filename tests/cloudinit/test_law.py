"""Names: a block must never bear the name of a cloud-config key."""
import re

import keys
import pytest

from layout import KEYS_FILE, ROOT, SUITES, suite_dir

# `version` is in cloud-init's schema since 25.1 and says nothing there; ours wins.
OURS = {"target", "handlers", "variables", "scripts", "boothooks", "include", "cloud-config"}


def blocks():
    """The stems that a block bears everywhere: its source, its handler, its example."""
    sources = {path.stem for path in (ROOT / "src/blocks").glob("*.rs")} - {"mod"}
    handlers = {path.stem for path in (ROOT / "handlers").glob("[!_]*.py")}
    examples = {path.stem for path in (ROOT / "examples/blocks").glob("*.yaml")}
    return {name.replace("_", "-") for name in sources | handlers | examples}


def names():
    """Blocks and our own keys, in both spellings."""
    all_names = blocks() | OURS
    return all_names | {name.replace("-", "_") for name in all_names}


def test_there_are_blocks():
    assert {"localfs", "cvmfs"} <= blocks()


@pytest.mark.parametrize("suite", SUITES)
def test_no_name_of_ours_is_a_key_of_cloud_init(suite):
    taken = keys.schema_keys(suite_dir(suite)) | keys.module_keys(suite_dir(suite))
    assert sorted(names() & taken) == []


def test_no_name_of_ours_is_in_the_list():
    assert sorted(names() & set(keys.known(KEYS_FILE))) == []


def test_every_registered_block_has_a_source():
    """BLOCKS is the registry; what it names must be among the stems that were compared."""
    registry = (ROOT / "src/blocks/mod.rs").read_text()
    table = re.search(r"BLOCKS[^=]*=\s*&\[(.*?)\];", registry, re.S)
    assert table, "no BLOCKS table in src/blocks/mod.rs"
    registered = set(re.findall(r"(\w+)::SPEC", table.group(1)))
    assert registered and {name.replace("_", "-") for name in registered} <= blocks()
