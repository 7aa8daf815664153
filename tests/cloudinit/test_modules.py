"""What `inspect` and `diff` say of cloud-init's modules, against its releases: stage, frequency, and keys of each.

As in keys.py nothing of cloud-init is imported: of its modules only the source is parsed.
"""
import ast
import json
import re

import keys
import pytest

from layout import ROOT, SUITES, suite_dir

FILE = ROOT / "src/desk/anatomy/modules.txt"
FREQUENCIES = {"PER_ALWAYS": "always", "PER_INSTANCE": "once-per-instance", "PER_ONCE": "once"}
# Read by modules that are given them by other means than `cfg["key"]`, or by functions that they call.
ELSEWHERE = {"apt_configure": {"apt"}, "power_state_change": {"power_state"}, "rh_subscription": {"rh_subscription"},
             "set_hostname": {"fqdn", "hostname"}, "update_hostname": {"fqdn", "hostname"}, "update_etc_hosts": {"fqdn", "hostname"},
             "users_groups": {"groups", "user", "users"}, "package_update_upgrade_install": {"packages"}}


def table():
    """{module: (stage, frequency, keys)}, as the compiler has it."""
    rows = (line.split() for line in FILE.read_text().splitlines() if not line.startswith("#"))
    return {row[0]: (row[1], row[2], set(row[3:])) for row in rows}


def modules(suite):
    """{module: syntax tree} of a release."""
    paths = sorted(keys.package(suite_dir(suite)).glob("config/cc_*.py"))
    assert len(paths) > 40
    return {path.stem[3:]: ast.parse(path.read_text()) for path in paths}


def frequency(tree):
    """`meta["frequency"]`, or the module's own `frequency`; once per instance where it says nothing (cloudinit/config/modules.py)."""
    said = [node.value for node in tree.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "frequency"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            said += [value for key, value in zip(node.keys, node.values) if isinstance(key, ast.Constant) and key.value == "frequency"]
    names = [ast.unparse(value).rsplit(".", 1)[-1] for value in said]
    for name in names:
        if name in FREQUENCIES:
            return FREQUENCIES[name]
    return "once-per-instance"


def stages(suite):
    """{module: stage} of the distribution's own lists."""
    text, found = (suite_dir(suite) / "etc/cloud/cloud.cfg").read_text(), {}
    for stage in ("init", "config", "final"):
        listed = re.search(r"^cloud_%s_modules:\n((?:(?: *#.*|\s*- .*)?\n)+)" % stage, text, re.M).group(1)
        for name in re.findall(r"^\s*- \[?([\w-]+)", listed, re.M):
            found[name.replace("-", "_")] = stage
    assert len(found) > 25
    return found


def test_the_table_is_sorted_and_known():
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    assert lines == sorted(lines) and len(table()) == len(lines)
    known = set(keys.known(ROOT / "src/context/cloud_config_keys.txt"))
    for name, (stage, often, read) in table().items():
        assert stage in ("init", "config", "final") and often in FREQUENCIES.values(), name
        assert read <= known, name


@pytest.mark.parametrize("suite", SUITES)
def test_how_often_a_module_runs(suite):
    there = modules(suite)
    # A module of another name has been renamed since.
    shared = sorted(set(table()) & set(there))
    assert len(shared) > 40
    assert {name: table()[name][1] for name in shared} == {name: frequency(there[name]) for name in shared}


@pytest.mark.parametrize("suite", SUITES)
def test_in_which_stage_a_module_runs(suite):
    said = stages(suite)
    wrong = {name: (stage, said[name]) for name, (stage, _, _) in table().items() if name in said and said[name] != stage}
    # Debian's 20.4 ran these in other stages.
    assert {name for name in wrong} <= ({"ca_certs", "ssh_import_id"} if suite == "bullseye" else set()), wrong


@pytest.mark.parametrize("suite", SUITES)
def test_which_keys_a_module_reads(suite):
    path = keys.package(suite_dir(suite)) / keys.SCHEMA
    schema = json.loads(path.read_text())["$defs"] if path.exists() else {}
    missing = {}
    for name, tree in modules(suite).items():
        read = set(keys._properties(schema.get("cc_" + name, {})))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == "handle":
                read |= keys._read_from(node, node.args.args[1].arg)
        missing[name] = read - table().get(name, (None, None, set()))[2]
    # Gone since, without keys of the user's data, or the old name of ubuntu_pro.
    gone = {"debug": {"debug"}, "scripts_vendor": {"vendor_data"}, "ubuntu_advantage": {"ubuntu-advantage", "ubuntu_advantage"}}
    assert {name: left for name, left in missing.items() if left - gone.get(name, set())} == {}


@pytest.mark.parametrize("suite", SUITES)
def test_no_key_is_made_up(suite):
    """In the newest release every key of the table is one that its module reads."""
    if suite != SUITES[-1] and suite != "sid":
        return
    for name, tree in modules(suite).items():
        text = ast.unparse(tree)
        for key in table().get(name, (None, None, set()))[2]:
            if key in ELSEWHERE.get(name, ()):
                continue
            assert repr(key) in text or key in schema_of(suite, name), (name, key)


def schema_of(suite, name):
    schema = json.loads((keys.package(suite_dir(suite)) / keys.SCHEMA).read_text())["$defs"]
    return keys._properties(schema.get("cc_" + name, {}))
