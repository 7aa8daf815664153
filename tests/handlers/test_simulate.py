"""The record that the runtime keeps, its replay by what `contextc simulate` runs, and that this touches nothing of the machine."""
import json
import os
import shutil
import subprocess
import sys
import types

import pytest

import bundle
import cvmfs_scenarios
import localfs_scenarios
import simulated
import tables
from double import Double

FOLDER = simulated.FOLDER
TABLES = list(tables.scenarios())
MODELS = localfs_scenarios.SCENARIOS + cvmfs_scenarios.SCENARIOS
FACTS = {"family": "deb", "cores": 1, "memory": 1 << 30, "network": True, "package-manager": True, "selinux": False, "packages": [], "lacks": [], "users": [], "files": {}, "disks": [],
         "mounts": [], "commands": []}
CALLS = "openat,open,creat,execve,execveat,socket,connect,unlink,unlinkat,mkdir,mkdirat,rename,renameat,renameat2,mount,kill"


def source():
    text = ""
    for name in ("machine", "storage", "image", "driver"):
        with open(os.path.join(FOLDER, name + ".py")) as stream:
            text += stream.read()
    return text


@pytest.fixture(scope="module")
def driver():
    made = types.ModuleType("driver")
    exec(compile(source(), "driver.py", "exec"), vars(made))
    return made


class Recorder:
    """The runtime's own way of performing and recording, with a double in the place of the machine."""

    def __init__(self, runtime, machine, facts):
        class Host(runtime.Host):
            def __init__(self):
                self.actions = []

            def log(self, level, text):
                pass
        for value in list(vars(runtime).values()):
            if isinstance(value, type) and "perform" in vars(value) and value.__init__.__name__ == "state":
                value.perform = lambda asked, host: machine.perform(asked)
        self.runtime, self.facts, self.host = runtime, facts, Host()

    def record(self, name, steps):
        state, reason = "ok", None
        try:
            self.runtime.drive(steps, self.host.perform)
        except self.runtime.Skipped as fault:
            state, reason = "skipped", fault.args[0]
        except self.runtime.Pending as fault:
            state, reason = "ok", fault.args[0]
        except self.runtime.Failed as fault:
            state, reason = "failed", fault.args[0]
        return json.loads(json.dumps(dict(self.facts, name=name, actions=self.host.actions, state=state, reason=reason), default=vars))


def same(driver, block, settings, record):
    """What is not the same when a record is replayed by handlers that are loaded anew."""
    return driver.replayed(bundle.module([block]), {"name": block, "settings": settings}, record, False)


def recorded(runtime, machine, steps, name, **facts):
    recorder = Recorder(runtime, machine, dict(dict(family="deb", early=False, selinux=False, tag="contextc_12345678", notes={}), **facts))
    return recorder.record(name, steps)


@pytest.mark.parametrize("block, name, scenario", TABLES, ids=["%s-%s" % row[:2] for row in TABLES])
def test_a_recorded_walk_is_replayed(block, name, scenario, driver):
    runtime = bundle.module([block])
    machine = Double(runtime, **scenario.get("machine", {}))
    settings, host = json.loads(json.dumps(scenario["settings"])), machine.host
    facts = dict(family=host.family, early=host.early, selinux=host.selinux, notes=dict(host.notes))
    record = recorded(runtime, machine, runtime.HANDLERS[block](settings, host), block, **facts)
    done = same(driver, block, json.loads(json.dumps(scenario["settings"])), record)
    assert done["difference"] is None, done["difference"]
    assert (done["state"], len(done["actions"])) == (record["state"], len(record["actions"]))


@pytest.mark.parametrize("scenario", MODELS, ids=["%s-%s" % (scenario.block, scenario.name) for scenario in MODELS])
def test_a_recorded_walk_of_a_model_is_replayed(scenario, driver):
    runtime = bundle.module([scenario.block])
    machine = scenario.machine(runtime)
    host = scenario.host(machine)
    record = recorded(runtime, machine, scenario.steps(runtime, machine), scenario.block, family=host["family"], selinux=host["selinux"], early=host["early"], tag=localfs_scenarios.TAG)
    done = same(driver, scenario.block, json.loads(json.dumps(scenario.settings)), record)
    assert done["difference"] is None, done["difference"]
    assert done["state"] == record["state"]


def test_another_action_is_a_difference(driver):
    scenario = [scenario for scenario in MODELS if scenario.name == "farm"][0]
    runtime = bundle.module(["localfs"])
    machine = scenario.machine(runtime)
    record = recorded(runtime, machine, scenario.steps(runtime, machine), "localfs")
    settings = json.loads(json.dumps(scenario.settings))
    settings["volumes"][1]["size"] = {"percent-vg": 57}
    difference = same(driver, "localfs", settings, record)["difference"]
    assert "-l" in difference["then"] and '"147"' in difference["then"] and '"145"' in difference["now"]
    for cut in (record["actions"][:-1], record["actions"] + [record["actions"][0]]):
        assert same(driver, "localfs", json.loads(json.dumps(scenario.settings)), dict(record, actions=cut))["difference"]


def test_what_may_be_a_secret_is_a_digest(runtime):
    assert runtime.sealed(u"caf\u00e9") == "sha256:" + runtime.digest(u"caf\u00e9".encode("utf-8"))
    assert runtime.sealed(runtime.sealed("word")) == runtime.sealed("word")
    assert runtime.sealed("") == "" and runtime.sealed(b"\xff") == "sha256:" + runtime.digest(b"\xff")
    for text in ("sha256:hunter2", "a" * 64 + " hunter2 and more"):
        assert "hunter2" not in runtime.sealed(text)
    assert runtime.sealed("a" * 64 + "  /etc/munge/munge.key\n").endswith("munge.key\n")
    said = json.dumps([runtime.stated(asked) for asked in (
        runtime.Run(["mysql", "-phunter2"], last=9),
        runtime.Write("/a", "hunter2"), runtime.Trial("/a", "hunter2", ["a"], ["b"]), runtime.Run(["a"], stdin="hunter2", env={"A": "hunter2"}),
        runtime.Run(["hunter2"], secret=True), runtime.Fetch("https://u:hunter2@example.org/", "/a"))])
    assert "hunter2" not in said and said.count("sha256:") == 7
    assert runtime.stated(runtime.Line("/etc/fstab", "a row", "a"))["text"] == "a row"


def test_each_try_has_a_record_of_its_own(guest):
    record = guest.root / "var/lib/contextc/record/soft"
    guest.behaviour["soft"] = ("Failed", "no")
    guest.walk()
    guest.final()
    first = json.loads(record.read_text())
    assert (first["state"], first["reason"], first["early"], first["sha256"]) == ("failed", "no", False, json.loads(guest.read("var/lib/contextc/state.json"))["blocks"][1]["sha256"])
    assert first["actions"] == []
    guest.behaviour.clear()
    assert guest.run() == 0
    assert json.loads(record.read_text())["state"] == "ok"
    assert record.stat().st_mode & 0o777 == 0o600


def test_a_record_that_cannot_be_written_harms_nothing(guest, monkeypatch):
    guest.walk()
    shutil.rmtree(str(guest.root / "var/lib/contextc/record"))
    (guest.root / "var/lib/contextc/record").write_text("a file")
    guest.final()
    assert guest.states() == {"disk": "ok", "soft": "ok"}


# Alone, as the command runs it.

def given(block, settings, handler=None, **facts):
    code = bundle.source([block]) + (handler or "")
    return json.dumps({"bundle": code, "facts": dict(FACTS, **facts), "tag": "contextc_12345678", "users": [], "packages": [], "secrets": False, "blocks": [
        {"name": block, "phase": "late", "settings": settings}]})


def alone(words, said):
    return subprocess.run([*words, sys.executable, "-I", "-S", "-B", "-c", source()], input=said, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=60)


HOSTS = {"lines": "", "named": False}


@pytest.mark.processes
@pytest.mark.parametrize("evil", [
    "open('/etc/passwd')", "open('%s', 'w')", "os.mkdir('%s')", "os.listdir('/')", "os.remove('%s')", "os.system('touch %s')", "subprocess.call(['touch', '%s'])", "os.fork()",
    "os.kill(os.getpid(), 9)", "__import__('socket').socket()", "__import__('ctypes')", "os.chmod('/', 0o700)", "os.rename('%s', '/x')"])
def test_a_handler_reaches_nothing_of_the_machine(evil, tmp_path):
    evil = evil.replace("%s", str(tmp_path / "evil"))
    done = alone([], given("hosts", HOSTS, "\ndef evil(settings, host):\n    %s\n    yield Log('done')\nHANDLERS['hosts'] = evil\n" % evil))
    assert done.returncode == 1 and "must not touch this machine" in done.stderr, (done.stdout, done.stderr)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.processes
@pytest.mark.skipif(not shutil.which("strace"), reason="there is no strace")
def test_a_simulation_only_reads_python_itself(tmp_path):
    """As the kernel sees it: nothing is written, started, connected to; what is read is the interpreter and its library."""
    trace = tmp_path / "trace"
    disk = {"name": "vdb", "size": 10 << 30, "serial": "vdb", "holds": None, "empty": False, "read-only": False, "label": None, "group": None, "volumes": []}
    farm = localfs_scenarios.localfs(localfs_scenarios.FARM)
    done = alone(["strace", "-f", "-o", str(trace), "-e", "trace=" + CALLS], given("localfs", farm, disks=[disk]))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["blocks"][0]["state"] == "ok"
    calls = [line.split(None, 1)[1] for line in trace.read_text().splitlines() if "= -1 ENOENT" not in line and "(" in line]
    assert sum(call.startswith("execve") for call in calls) == 1
    opened = [call for call in calls if call.startswith(("open", "creat"))]
    assert len(opened) > 20 and not [call for call in opened if "O_WRONLY" in call or "O_RDWR" in call or "O_CREAT" in call]
    paths = [call.split('"')[1] for call in opened]
    library = ("/usr/", "/lib", os.path.realpath(sys.base_prefix), sys.prefix, "/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/etc/localtime", "/dev/null", "/proc/self/", "/proc/sys/vm/", "/sys/")
    assert not [path for path in paths if not path.startswith(library)], paths
    assert not [call for call in calls if not call.startswith(("execve", "open", "exit", "+++", "---"))]
