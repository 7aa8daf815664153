"""What cloud-init itself makes of every compiled case, release by release."""
import base64
import json

import pytest
import yaml

from cases import CASES, FARM, WALKED
from same import same
from test_passthrough import expected
from texts import TEXTS

SCRIPT = "text/x-shellscript"
HANDLER = "text/part-handler"
PLAN = "text/contextc-plan"
# Parts for other programs: our handler takes them, and does nothing with them.
PASSED = "text/ucernvm", "text/amiconfig-user-data"

each_case = pytest.mark.parametrize("name", [case.name for case in CASES])
each_walk = pytest.mark.parametrize("name, envelope", WALKED)
FIRST = {case.name: case.envelopes[0] for case in CASES}


def rows(parts):
    return [(part["content_type"], part["filename"], base64.b64decode(part["body_base64"]))
            for part in parts]


def compare(seen, case):
    """The parts that cloud-init saw are those of the plan, byte for byte."""
    wanted = list(case.expected())
    named = [(kind, name if want[1] else None, body) for (kind, name, body), want in zip(seen, wanted)]
    assert named == wanted and len(seen) == len(wanted)


def ours(parts):
    """The parts for our handler."""
    return [part for part in parts if part["content_type"].endswith("-config")
            and part["content_type"] != "text/cloud-config" or part["content_type"] == PLAN]


def claimed(parts):
    """The parts that cloud-init gives to our handler."""
    mine = ours(parts)
    return [part for part in parts if part in mine or part["content_type"] in PASSED]


@each_walk
def test_parts_come_back_byte_for_byte(walks, compiled, name, envelope):
    compare(rows(walks[name, envelope, "record"]["parts"]), compiled[name])


@each_case
def test_first_comes_the_handler_and_it_is_alone(walks, name):
    parts = walks[name, FIRST[name], "record"]["parts"]
    kinds = [part["content_type"] for part in parts]
    if claimed(parts):
        assert kinds[0] == HANDLER and kinds.count(HANDLER) == 1


@each_walk
def test_handler_is_called_in_order_with_the_bodies(walks, compiled, name, envelope):
    parts = claimed(compiled[name].parts)
    wanted = [[part["content_type"], part["filename"], part["body"].decode("ascii"),
               "once-per-instance"] for part in parts]
    begin, end = ([signal, None, None, "once-per-instance"] for signal in ("__begin__", "__end__"))
    assert walks[name, envelope, "record"]["calls"] == ([begin] + wanted + [end] if parts else [])


@each_walk
def test_scripts_are_written_as_they_are(walks, compiled, name, envelope):
    scripts = walks[name, envelope, "record"]["scripts"]
    planned = [part for part in compiled[name].parts if part["content_type"] == SCRIPT]
    for part in planned:
        row = scripts.pop(part["filename"])
        assert row["mode"] == "0700"
        assert base64.b64decode(row["body_base64"]) == part["body"]
    fetched = [row[2] for row in compiled[name].expected() if row[0] == SCRIPT and row[1] is None]
    assert [base64.b64decode(row["body_base64"]) for row in scripts.values()] == fetched


@each_walk
def test_cloud_init_warns_of_nothing(walks, name, envelope):
    assert walks[name, envelope, "record"]["warnings"] == []


@each_case
def test_cloud_init_warns_of_nothing_with_the_real_handler(walks, name):
    assert walks[name, "real"]["warnings"] == []


@each_case
def test_boothooks_are_all_that_is_started(walks, compiled, name):
    hooks = [part["filename"] for part in compiled[name].parts
             if part["content_type"] == "text/cloud-boothook"]
    started = [words[0].rsplit("/", 1)[1] for words in walks[name, FIRST[name], "record"]["started"]]
    assert started == hooks


@each_case
def test_cloud_config_is_what_cloud_init_merges(walks, compiled, name):
    bodies = [part["body"] for part in compiled[name].parts
              if part["content_type"] == "text/cloud-config"]
    assert len(bodies) <= 1, "all cloud-config is one part"
    merged = loaded(walks[name, FIRST[name], "record"]["cloud_config"]) or {}
    planned = yaml.safe_load(bodies[0]) if bodies else {}
    for key in ("merge_how", "merge_type"):
        planned.pop(key, None)
    assert same(normal(merged), normal(planned))


@pytest.mark.parametrize("name", TEXTS)
def test_texts_by_hand_reach_cloud_init(walks, name):
    """The pass-through law once more, with cloud-init's own reading and merging in between."""
    walk = walks["text", name]
    assert walk["warnings"] == []
    assert same(normal(loaded(walk["cloud_config"])), normal(expected(TEXTS[name])))


class Loader(yaml.SafeLoader):
    """20.4 writes the pairs of `!!omap` as Python's tuples, later ones as lists."""


Loader.add_constructor("tag:yaml.org,2002:python/tuple", yaml.SafeLoader.construct_sequence)


def loaded(text):
    return yaml.load(text, Loader=Loader)


def normal(value):
    """cloud-init writes the merged map again: sorted, and tuples as lists."""
    if isinstance(value, dict):
        return {key: normal(value[key]) for key in sorted(value, key=repr)}
    return [normal(item) for item in value] if isinstance(value, (list, tuple)) else value


@each_case
def test_the_real_handler_runs_early_and_queues_late(walks, compiled, name):
    walk = walks[name, "real"]
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
    machine = walks[name, "real"]["machine"]
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
    assert walks[name, "real"]["modules_left"] == []


def test_an_included_bundle_runs_as_an_embedded_one(walks, included):
    walk = walks["included"]
    kinds = [part["content_type"] for part in walk["parts"]]
    assert kinds[0] == HANDLER and kinds.count(HANDLER) == 1
    compare(rows(walk["parts"]), included)
    assert walk["warnings"] == []
    assert [block for block, _ in walk["blocks"]] == early_blocks(included)


def test_a_vendors_handler_still_runs_after_ours(walks):
    """Both are named part-handler-000; ours must make room (facts: vendor collision)."""
    assert walks["vendor"]["warnings"] == []
    assert walks.vendor_mark.read_text() == "__begin__\ntext/x-vendor\n__end__\n"


def early_blocks(case):
    return [row["name"] for row in blocks_of(case) if row["phase"] == "early"]


def test_a_reboot_repeats_nothing(walks, compiled):
    """The handler is called at every boot; what is done is done."""
    walk = walks["reboot"]
    assert [block for block, _ in walk["blocks"]] == early_blocks(compiled[FARM.name])
    assert walk["warnings"] == [] and walk["modules_left"] == []
    assert walk["per_boot"] == {}, "cloud-init runs the scripts of this boot itself"


def test_what_cloud_init_will_not_run_again_is_resumed(walks):
    """Its mark is set, our scripts did not finish: they come back with the per-boot scripts."""
    assert list(walks["power cut"]["per_boot"]) == ["contextc-resume"]
    assert walks["power cut"]["per_boot"]["contextc-resume"]["mode"] in ("0700", "0755")


def test_scripts_that_were_cut_off_are_made_up_for(walks):
    walk = walks["truncated"]
    assert "zz-contextc-finish" not in walk["scripts"]
    assert list(walk["per_boot"]) == ["contextc-resume"]
