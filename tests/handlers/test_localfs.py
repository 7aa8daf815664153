"""The block localfs against a model of a machine: what it does, what it refuses, and that the power may be cut anywhere."""
import copy

import pytest

from localfs_scenarios import SCENARIOS
from machine import PowerCut
from scenario import faults, replay

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
GOOD = [scenario for scenario in SCENARIOS if scenario.ends == "ok"]
BAD = [scenario for scenario in SCENARIOS if scenario.ends != "ok"]
# Steps that a power cut can leave half done, and the ways it can.
HALVES = ["before", "after", "half", "unclear"]


def named(scenarios):
    return pytest.mark.parametrize("scenario", scenarios, ids=[scenario.name for scenario in scenarios])


@named(SCENARIOS)
def test_actions_are_the_golden_ones(scenario, runtime):
    assert faults(scenario, runtime) == []


@named(BAD)
def test_what_is_not_ours_is_left_as_it_was(scenario, runtime):
    before = scenario.machine(runtime)
    after, _, _ = replay(scenario, runtime)
    for path, facts in before.devices.items():
        if facts["files"] or facts["kind"] or scenario.ends == "Refused" and path == "/dev/vdb":
            assert after.devices[path] == facts
    if scenario.ends == "Refused" and not scenario.settings["mounts"]:
        assert after.fstab == before.fstab
        assert after.mounted == before.mounted
        assert {name: (group["tags"], group["volumes"]) for name, group in after.groups.items()} \
            == {name: (group["tags"], group["volumes"]) for name, group in before.groups.items()}


@named(GOOD)
def test_every_mount_holds_after_a_reboot(scenario, runtime):
    machine, _, _ = replay(scenario, runtime)
    held = [row for row in machine.mounted if row[2] != "tmpfs"]
    machine.reboot()
    assert sorted(machine.mounted) == sorted(held)


@named(GOOD)
def test_what_the_image_had_is_carried_over(scenario, runtime):
    before = scenario.machine(runtime)
    blank = [path for path, facts in before.devices.items() if not facts["kind"]]
    after, _, _ = replay(scenario, runtime)
    for where, device, _ in after.mounted:
        if where in before.root and device in after.devices and (device in blank or device not in before.devices):
            assert set(before.names(where)) - {"gone"} <= set(after.devices[device]["files"])


def end_state(machine):
    state = machine.snapshot()
    # Left over from a swap area that was made twice.
    state["fstab"] = sorted(line for line in set(state["fstab"]) if not line.startswith("lost "))
    return state


@named(GOOD)
def test_a_second_run_changes_nothing(scenario, runtime):
    machine, _, _ = replay(scenario, runtime)
    before = machine.snapshot()
    machine, lines, end = replay(scenario, runtime, machine)
    assert end == "ok"
    assert machine.snapshot() == before
    assert not [line for line in lines if "destructive" in line]


def test_another_instance_takes_a_finished_disk_of_ours_as_it_is(runtime):
    farm = BY_NAME["farm"]
    machine, _, _ = replay(farm, runtime)
    machine.at("/dev/attached/home")["files"].append("precious")
    before = machine.snapshot()
    machine.notes.clear()
    machine.reboot()
    machine, lines, end = replay(farm, runtime, machine)
    assert (end, machine.snapshot()) == ("ok", before)
    assert not [line for line in lines if "destructive" in line]


def precious(machine):
    """A user stores something in every volume that is in its place."""
    for where, device, kind in machine.mounted:
        if where[0] == "/" and where not in ("/", "/run/contextc", "/mnt") and device in machine.devices:
            name = "stored in " + where
            if name not in machine.devices[device]["files"]:
                machine.devices[device]["files"].append(name)


def stored(machine):
    return {name for facts in machine.devices.values() for name in facts["files"] if name.startswith("stored in ")}


def without_stored(state):
    state = copy.deepcopy(state)
    state["devices"] = {path: facts[:2] + ([name for name in facts[2] if not name.startswith("stored in ")],) + facts[3:] for path, facts in state["devices"].items()}
    return state


@pytest.mark.parametrize("how", HALVES)
@named(GOOD)
def test_the_power_may_be_cut_anywhere(scenario, how, runtime):
    machine, lines, _ = replay(scenario, runtime)
    wanted = end_state(machine)
    for step in range(1, machine.steps + 1):
        if how in ("half", "unclear") and not any(word in lines[step - 1] for word in ("destructive", "Run cp")):
            continue
        check_cut(scenario, runtime, [(step, how)], wanted)


def cut(scenario, runtime, machine, step, how):
    """The power goes at that action, counted from this run's first."""
    machine.cut, machine.steps = (step, how), 0
    with pytest.raises(PowerCut):
        replay(scenario, runtime, machine)
    machine.cut = None


def check_cut(scenario, runtime, cuts, wanted):
    machine = scenario.machine(runtime)
    for step, how in cuts:
        cut(scenario, runtime, machine, step, how)
        precious(machine)
        before = stored(machine)
        machine.reboot()
        precious(machine)
    machine, lines, end = replay(scenario, runtime, machine)
    assert end == "ok", (cuts, lines)
    assert before <= stored(machine), cuts
    machine.mounted = [row for row in machine.mounted if row[2] != "tmpfs"]
    wanted = dict(wanted, mounted=[row for row in wanted["mounted"] if row[2] != "tmpfs"])
    assert without_stored(end_state(machine)) == wanted, cuts


def test_the_power_may_be_cut_twice(runtime):
    """The farm, cut at every destructive step and again at the first such step after it."""
    farm = BY_NAME["farm"]
    machine, lines, _ = replay(farm, runtime)
    wanted = end_state(machine)
    for step, line in enumerate(lines, 1):
        if "destructive" in line:
            for second in range(20, 40, 3):
                for how in ("half", "unclear"):
                    check_cut(farm, runtime, [(step, how), (second, "after")], wanted)


def test_a_disk_that_changed_its_name_is_not_taken_for_the_one_begun(runtime):
    """vdc's filesystem was begun when the power went; at the next boot another disk of that size has the name."""
    scenario = BY_NAME["rows"]
    machine = scenario.machine(runtime)
    machine.devices["/dev/vdc"]["serial"] = "one"
    lines = replay(scenario, runtime)[1]
    cut(scenario, runtime, machine, 1 + [number for number, line in enumerate(lines) if "mkfs.ext4" in line][0], "half")
    machine.reboot()
    machine.devices["/dev/vdc"].update(serial="two", kind="xfs", files=["precious"])
    machine, _, end = replay(scenario, runtime, machine)
    assert end == "Refused"
    assert machine.devices["/dev/vdc"]["files"] == ["precious"]


def in_its_place(machine, name, files):
    """An administrator makes a filesystem of his own in a volume, and uses it."""
    machine.at("/dev/attached/" + name).update(kind="xfs", uuid=machine.uuid(), files=list(files), broken=False)


@pytest.mark.parametrize("where", ["failed-copy", "failed-copy-of-a-tmpfs"])
def test_what_is_stored_after_a_failure_is_kept(where, runtime):
    """The block failed, its notes are gone; then people helped themselves, then contextc-run."""
    scenario = BY_NAME[where]
    machine, _, _ = replay(scenario, runtime)
    machine.notes.clear()
    for name in ("home", "tmp", "cvmfs"):
        assert "a part of huge" not in machine.at("/dev/attached/" + name)["files"]
        if not machine.where(machine.real("/dev/attached/" + name)):
            in_its_place(machine, name, ["precious"])
    machine.root["/home"] = []
    machine.tmpfs = {key: [] for key in machine.tmpfs}
    machine, _, end = replay(scenario, runtime, machine)
    assert end == "ok"
    for name in ("home", "tmp", "cvmfs"):
        files = machine.at("/dev/attached/" + name)["files"]
        assert "precious" in files or where == "failed-copy-of-a-tmpfs"


def test_repeating_after_a_failed_copy_carries_over(runtime):
    scenario = BY_NAME["failed-copy"]
    machine, _, _ = replay(scenario, runtime)
    machine.notes.clear()
    machine.root["/home"] = ["skeleton"]
    machine, _, end = replay(scenario, runtime, machine)
    assert end == "ok"
    assert machine.at("/dev/attached/home")["files"] == ["skeleton"]


@pytest.mark.parametrize("note", ["making /dev/attached/home"])
@pytest.mark.parametrize("kind", ["xfs", "ext4"])
def test_a_note_does_not_cover_files(note, kind, runtime):
    """Whatever the notes say, a filesystem with files on it is not made anew."""
    farm = BY_NAME["farm"]
    machine = farm.machine(runtime)
    lines = replay(farm, runtime)[1]
    cut(farm, runtime, machine, 1 + [number for number, line in enumerate(lines) if "mkfs.xfs -f -L home" in line][0], "before")
    assert machine.notes[note]
    in_its_place(machine, "home", ["precious"])
    machine.at("/dev/attached/home")["kind"] = kind
    machine, _, end = replay(farm, runtime, machine)
    assert end == "Refused"
    assert machine.at("/dev/attached/home")["files"] == ["precious"]


@pytest.mark.parametrize("name", ["rows", "farm", "wipe-if-empty"])
def test_without_a_serial_a_note_is_not_trusted(name, runtime):
    """At the next boot the name may mean another disk: what cannot be known to be ours is refused, never written to."""
    scenario = BY_NAME[name]
    lines = replay(scenario, runtime)[1]
    for step, line in enumerate(lines, 1):
        for how in ("half", "unclear"):
            machine = scenario.machine(runtime)
            for facts in machine.devices.values():
                facts["serial"] = ""
            if "destructive" not in line:
                continue
            cut(scenario, runtime, machine, step, how)
            machine.reboot()
            for path in machine.devices:
                if machine.devices[path]["whole"] and path != "/dev/vda" and machine.devices[path]["kind"] in ("xfs", "ext4"):
                    machine.devices[path].update(files=["precious"], broken=False)
            kept = [path for path, facts in machine.devices.items() if "precious" in facts["files"]]
            machine, _, _ = replay(scenario, runtime, machine)
            assert [path for path, facts in machine.devices.items() if "precious" in facts["files"]] == kept


def test_farm_shares_are_exact(runtime):
    farm = BY_NAME["farm"]
    machine, _, _ = replay(farm, runtime)
    sizes = [volume["extents"] for volume in machine.groups["attached"]["volumes"]]
    total = machine.groups["attached"]["total"]
    assert sizes[:3] == [total * share // 100 for share in (17, 58, 8)]
    assert sum(sizes) == total


@pytest.mark.parametrize("size, extents", [({"percent-vg": 17}, 43), ({"percent-free": 100}, 100), ({"percent-free": 33}, 33), ({"bytes": 1}, 1), ({"bytes": 4 << 20}, 1), ({"bytes": (4 << 20) + 1}, 2)])
def test_sizes_in_extents(size, extents, runtime):
    assert runtime.localfs_extents(size, 255, 100, 4 << 20) == extents


def test_actions_know_their_words(runtime):
    """A misspelled word in a handler would show only when the action is carried out."""
    for scenario in SCENARIOS:
        machine = scenario.machine(runtime)

        def perform(action):
            assert set(vars(action)) == set(vars(type(action)(*[None] * 12)))
            return machine.perform(action)
        try:
            runtime.drive(scenario.steps(runtime, machine), perform)
        except runtime.Failed:
            pass


def test_a_unit_that_would_win_over_fstab_is_put_aside(runtime):
    machine, _, _ = replay(BY_NAME["farm-over-tmpfs"], runtime)
    assert machine.units == {"/etc/systemd/system/tmp.mount.before-contextc": "a mask"}
    assert "#tmpfs /tmp tmpfs defaults 0 0" in machine.fstab
