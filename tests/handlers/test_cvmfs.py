"""The cvmfs handler on a double of the machine, and its quoting before a real shell."""
import subprocess
from pathlib import Path

import pytest

import bundle
import cvmfs_scenarios as table
from scenario import faults, replay

RUNTIME = bundle.module(["cvmfs"])
BY_NAME = {scenario.name: scenario for scenario in table.SCENARIOS}
GOOD = [scenario.name for scenario in table.SCENARIOS if scenario.ends == "ok"]

NASTY = [
    "http://a:3128|http://b:3128;DIRECT",
    "http://a:3128; http://b:3128",
    "it's 'quoted'",
    "'",
    'say "no"',
    "$HOME ${HOME} $(touch {scratch}/ran)",
    "`touch {scratch}/ran`",
    "a & touch {scratch}/ran; exit 3",
    "back\\slash \\' \\",
    "# no comment",
    "*~!?[]{}<>()",
    "-n",
    " spaces  kept ",
    "caf\u00e9",
]


class Cut(Exception):
    pass


def cut_after(number, machine):
    """The machine's `perform`, which carries out so many actions and no answer comes back from the last."""
    left = [number]

    def perform(asked):
        answer = table.Machine.perform(machine, asked)
        left[0] -= 1
        if not left[0]:
            raise Cut()
        return answer
    return perform


def run(scenario):
    return replay(scenario, RUNTIME)[:2]


@pytest.mark.parametrize("scenario", table.SCENARIOS, ids=lambda scenario: scenario.name)
def test_actions(scenario):
    assert faults(scenario, RUNTIME) == []


def test_golden_files_are_those_of_the_table():
    assert {name + ".txt" for name in BY_NAME} == {path.name for path in (Path(__file__).parent / table.Scenario.golden).iterdir()}


@pytest.mark.parametrize("name", GOOD)
def test_a_repetition_changes_nothing(name):
    machine, first = run(BY_NAME[name])
    files, folders, before = dict(machine.files), dict(machine.folders), machine.changes
    _, second, end = replay(BY_NAME[name], RUNTIME, machine)
    assert end == "ok"
    assert (machine.files, machine.folders, machine.changes) == (files, folders, before)
    assert not [line for line in second if line.split()[0] in ("Install", "Fetch", "Refresh")]
    assert set(second) <= set(first) | {line for line in second if "sources" in line}


@pytest.mark.parametrize("name", GOOD)
def test_the_power_may_be_cut_after_any_action(name):
    whole, lines = run(BY_NAME[name])
    for number in range(1, len(lines)):
        machine = BY_NAME[name].machine(RUNTIME)
        machine.perform = cut_after(number, machine)
        with pytest.raises(Cut):
            replay(BY_NAME[name], RUNTIME, machine)
        del machine.perform
        machine.listed = []
        assert replay(BY_NAME[name], RUNTIME, machine)[2] == "ok"
        assert (machine.files, machine.folders, machine.installed) == (whole.files, whole.folders, whole.installed)
        assert set(machine.enabled) == set(whole.enabled)


@pytest.mark.parametrize("name", [scenario.name for scenario in table.SCENARIOS if "refused" in scenario.name or "no-such" in scenario.name])
def test_nothing_is_configured_that_is_not_installed(name):
    machine, lines = run(BY_NAME[name])
    assert not [path for path in machine.files if path.startswith("/etc/cvmfs") or path.startswith("/etc/systemd")]
    assert not machine.enabled and not [line for line in lines if "cvmfs_config" in line]


def test_without_the_volume_of_the_cache_nothing_happens():
    _, lines = run(BY_NAME["no-volume"])
    assert [line.split()[0] for line in lines] == ["Mounted", "Failed:", "end"]


def test_not_started_means_that_nothing_is_started():
    machine, lines = run(BY_NAME["not-started"])
    assert machine.enabled == [] and not [line for line in lines if "cvmfs_config" in line and line.startswith("Run")]
    assert "/etc/cvmfs/default.local" in machine.files


def test_what_a_reboot_needs_is_there_before_the_first_mount():
    _, lines = run(BY_NAME["probe-fails"])
    probe = [number for number, line in enumerate(lines) if line.startswith("Run cvmfs_config probe")][0]
    earlier = "\n".join(lines[:probe])
    for needed in ("RequiresMountsFor=/var/lib/cvmfs", "contextc-cvmfs.service", 'Enable service="autofs" start=true', 'Enable service="contextc-cvmfs"'):
        assert needed in earlier


def test_a_package_source_is_always_bound_to_its_key():
    deb, _ = run(BY_NAME["deb"])
    rpm, _ = run(BY_NAME["rpm"])
    assert "signed-by=/etc/apt/keyrings/contextc-cvmfs.asc" in deb.files["/etc/apt/sources.list.d/contextc-cvmfs.list"]
    assert deb.files["/etc/apt/keyrings/contextc-cvmfs.asc"] == table.KEY
    source = rpm.files["/etc/yum.repos.d/contextc-cvmfs.repo"]
    assert "\ngpgcheck=1\n" in source and "gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-contextc-cvmfs\n" in source
    assert "trusted" not in str(deb.files) and "gpgcheck=0" not in source


@pytest.mark.processes
@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("value", NASTY)
def test_a_shell_reads_what_was_meant(tmp_path, shell, value):
    value = value.replace("{scratch}", str(tmp_path))
    scenario = table.Scenario("quoting", table.settings(
        {"http-proxy": value, "cms-local-site": value}, domain={"name": "cern.ch", "server": value}, extra=[{"name": "x.y.org", "server": value, "key": table.PEM}]))
    machine, lines = run(scenario)
    assert lines[-1] == "end ok"
    variables = {
        "default.local": "CVMFS_HTTP_PROXY", "config.d/cms.cern.ch.local": "CMS_LOCAL_SITE",
        "domain.d/cern.ch.local": "CVMFS_SERVER_URL", "config.d/x.y.org.conf": "CVMFS_SERVER_URL"}
    for name, variable in variables.items():
        path = tmp_path / "file"
        path.write_text(machine.files["/etc/cvmfs/" + name], encoding="utf-8")
        script = '. "$1" && printf %%s "$%s"' % variable
        done = subprocess.run([shell, "-euc", script, shell, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert (done.returncode, done.stdout.decode("utf-8"), done.stderr) == (0, value, b"")
    assert not (tmp_path / "ran").exists()


def test_every_file_is_plain_assignments_of_one_line():
    machine, _ = run(BY_NAME["everything"])
    text = "".join(text for path, text in machine.files.items() if path.startswith("/etc/cvmfs") and not path.endswith(".pub"))
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) == len(set(lines)) == 11
    assert all(line.count("=") >= 1 and line.split("=")[1][0] == line[-1] == "'" for line in lines)


@pytest.mark.parametrize("version, full, fits", [
    ("2.1.14", "2.1.14", True), ("2.1.14", "2.1.14~1+debian12", True), ("2.1.14", "2.1.14-1.el9", True), ("2.1.14", "1:2.1.14-2", True),
    ("2.1.14", "2.1.140", False), ("2.1.14", "2.1.14.1", False), ("2.1.14", "12.1.14", False), ("2.1.14", "2x1y14", False),
    ("2.11.2~1+debian12", "2.11.2~1+debian12", True), (None, "7", True),
])
def test_a_version_is_not_its_prefix(version, full, fits):
    assert bool(RUNTIME.cvmfs_fits(version, full)) == fits
