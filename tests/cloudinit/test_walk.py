"""What cloud-init itself makes of every compiled case, release by release."""
import base64
import json

import pytest
import yaml

from cases import CASES, FARM
from same import same

NAMES = [case.name for case in CASES]
SCRIPT = "text/x-shellscript"
HANDLER = "text/part-handler"
PLAN = "text/contextc-plan"

pytestmark = pytest.mark.skipif(not CASES, reason="no examples and no cases")
each_case = pytest.mark.parametrize("name", NAMES)
each_envelope = pytest.mark.parametrize("envelope", ("plain", "gzip"))


def rows(parts):
    """What is compared of a part; of a fetched one cloud-init knows no name."""
    return [(part["content_type"], part["filename"], part["sha256"],
             base64.b64decode(part["body_base64"])) for part in parts]


def expected_rows(case):
    """The plan, with what includes fetch in the place of the include part."""
    found = []
    for part in case.parts:
        if part["content_type"] != "text/x-include-url":
            found.append(part)
    return rows(found)


def ours(parts):
    """The parts that our handler claims."""
    return [part for part in parts if part["content_type"].endswith("-config")
            and part["content_type"] != "text/cloud-config" or part["content_type"] == PLAN]


@each_case
@each_envelope
def test_parts_come_back_byte_for_byte(walks, compiled, name, envelope):
    case = compiled[name]
    seen = rows(walks[name, envelope, "record"]["parts"])
    fetched = len(case.urls)
    wanted = expected_rows(case)
    assert seen[:len(wanted)] == wanted
    assert [row[3] for row in seen[len(wanted):]] == [b"#!/bin/sh\n"] * fetched


@each_case
def test_first_comes_the_handler_and_it_is_alone(walks, name):
    kinds = [part["content_type"] for part in walks[name, "plain", "record"]["parts"]]
    if any(part for part in ours(walks[name, "plain", "record"]["parts"])):
        assert kinds[0] == HANDLER and kinds.count(HANDLER) == 1


@each_case
@each_envelope
def test_handler_is_called_in_order_with_the_bodies(walks, compiled, name, envelope):
    calls = walks[name, envelope, "record"]["calls"]
    parts = ours(compiled[name].parts)
    wanted = [[part["content_type"], part["filename"], part["body"].decode("ascii"),
               "once-per-instance"] for part in parts]
    ends = [["__begin__", None, None, "once-per-instance"], ["__end__", None, None, "once-per-instance"]]
    assert calls == (ends[:1] + wanted + ends[1:] if parts else [])


@each_case
@each_envelope
def test_scripts_are_written_as_they_are(walks, compiled, name, envelope):
    scripts = walks[name, envelope, "record"]["scripts"]
    wanted = {part["filename"]: part["body"] for part in compiled[name].parts
              if part["content_type"] == SCRIPT}
    fetched = set(scripts) - set(wanted)
    assert len(fetched) == bool(compiled[name].urls), "only a fetched script is not of the plan"
    for script, body in wanted.items():
        assert scripts[script]["mode"] == "0700"
        assert base64.b64decode(scripts[script]["body_base64"]) == body


@each_case
@pytest.mark.parametrize("mode", ("record", "real"))
def test_cloud_init_warns_of_nothing(walks, name, mode):
    assert walks[name, "plain", mode]["warnings"] == []


@each_case
def test_boothooks_are_all_that_is_started(walks, compiled, name):
    hooks = [part["filename"] for part in compiled[name].parts
             if part["content_type"] == "text/cloud-boothook"]
    started = [words[0].rsplit("/", 1)[1] for words in walks[name, "plain", "record"]["started"]]
    assert started == hooks


@each_case
def test_cloud_config_is_what_cloud_init_merges(walks, compiled, name):
    bodies = [part["body"] for part in compiled[name].parts
              if part["content_type"] == "text/cloud-config"]
    assert len(bodies) <= 1, "all cloud-config is one part"
    merged = yaml.safe_load(walks[name, "plain", "record"]["cloud_config"]) or {}
    planned = yaml.safe_load(bodies[0]) if bodies else {}
    for key in ("merge_how", "merge_type"):
        planned.pop(key, None)
    assert same(sorted_map(merged), sorted_map(planned))


def sorted_map(value):
    """cloud-init writes maps sorted, and its own merger copies them."""
    if isinstance(value, dict):
        return {key: sorted_map(value[key]) for key in sorted(value, key=repr)}
    return [sorted_map(item) for item in value] if isinstance(value, list) else value


@each_case
def test_the_real_handler_runs_early_and_queues_late(walks, compiled, name):
    walk = walks[name, "plain", "real"]
    planned = {row["name"]: row for row in blocks_of(compiled[name])}
    settings = {part["filename"]: json.loads(part["body"]) for part in ours(compiled[name].parts)}
    early = [[block, settings[row["part"]][block]] for block, row in planned.items()
             if row["phase"] == "early"]
    assert walk["blocks"] == early
    queue = {path for path in walk["machine"] if path.startswith("var/lib/contextc/queue/")}
    assert len(queue) == len(planned) - len(early)


def blocks_of(case):
    plans = [json.loads(part["body"]) for part in case.parts if part["content_type"] == PLAN]
    return plans[0]["contextc-plan"]["blocks"] if plans else []


@each_case
def test_the_real_handler_keeps_its_files_to_root(walks, compiled, name):
    machine = walks[name, "plain", "real"]["machine"]
    if not ours(compiled[name].parts):
        return
    assert machine["var/lib/contextc"]["mode"] == "0700"
    kept = {path: row for path, row in machine.items() if path.startswith("var/lib/contextc/")}
    for path, row in kept.items():
        assert row["mode"] == ("0700" if row["kind"] == "directory" else "0600"), path
    for path in ("state.json", "handler.py"):
        assert "var/lib/contextc/" + path in kept
    assert machine["usr/local/sbin/contextc-run"]["mode"] == "0755"


@each_case
def test_the_real_handler_leaves_no_module_behind(walks, name):
    assert walks[name, "plain", "real"]["modules_left"] == []


def test_an_included_bundle_runs_as_an_embedded_one(walks, included):
    walk = walks["included"]
    kinds = [part["content_type"] for part in walk["parts"]]
    assert kinds[0] == HANDLER and kinds.count(HANDLER) == 1
    assert rows(walk["parts"])[1:] == expected_rows(included)
    assert walk["warnings"] == []
    assert [block for block, _ in walk["blocks"]] == \
        [row["name"] for row in blocks_of(included) if row["phase"] == "early"]


@pytest.mark.skipif(FARM is None, reason="no farm example")
def test_a_vendors_handler_still_runs_after_ours(walks):
    """Both are named part-handler-000; ours must make room (facts: vendor collision)."""
    assert walks["vendor"]["warnings"] == []
    assert walks.vendor_mark.read_text() == "__begin__\ntext/x-vendor\n__end__\n"
