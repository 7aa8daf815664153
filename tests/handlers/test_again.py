"""What contextc-run comes back to: the block run with real processes, and a block that awaits something."""
import json
import time

import pytest

import bundle


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path.resolve())


class Machine:
    """A scratch root with one late block of a context."""

    def __init__(self, root):
        self.root = root
        for name in ("var/lib/cloud/data", "var/lib/cloud/instance/scripts", "proc/sys/kernel/random", "usr/local/sbin"):
            (root / name).mkdir(parents=True)
        (root / "handler.py").write_text("# stands for the handlers\n")
        self.process()

    def process(self):
        self.runtime = bundle.module(["run"], str(self.root / "handler.py"))
        self.runtime.ROOT = str(self.root)

    def context(self, name, settings):
        body = json.dumps({name: settings}) + "\n"
        blocks = [{"name": name, "part": "x", "phase": "late", "sha256": self.runtime.digest(body.encode())}]
        plan = {"version": "0", "digest": "0" * 64, "scripts": [], "blocks": blocks}
        for ctype, payload in (("__begin__", None), ("text/contextc-plan", json.dumps({"contextc-plan": plan})), ("text/%s-config" % name, body), ("__end__", None)):
            self.runtime.handle_part(None, ctype, "name", payload, "once-per-instance", None)
        self.runtime.main(["--late"])
        return self.end("--finish")

    def end(self, *argv):
        self.runtime.main(list(argv))
        row = json.loads((self.root / "var/log/contextc/summary.json").read_text())["blocks"][0]
        return row["state"], row["reason"], [found["result"] for found in row["results"]]

    def queued(self):
        return [path.name for path in (self.root / "var/lib/contextc/queue").iterdir()]


def command(name, text, timeout=60, stop=True, **env):
    return {"name": name, "argv": ["sh", "-c", text], "timeout": timeout, "stop": stop, "env": env, "hidden": sorted(set(env) - {"PATH"}), "user": None, "directory": "/"}


@pytest.mark.processes
def test_commands_and_their_repetition(machine):
    count, gate = machine.root / "count", machine.root / "gate"
    first = command("first", "echo $WORD to $0; echo mistake >&2; echo x >> %s" % count, WORD="said", PATH="/usr/bin:/bin")
    commands = [first, command("second", "test -e %s" % gate), command("third", "echo third")]
    state, reason, results = machine.context("run", {"commands": commands})
    assert (state, reason, results[1:]) == ("failed", "not ok: second, third", ["exit 1", "not run"])
    assert results[0].startswith("ok ")
    log = (machine.root / "var/log/contextc/run.log").read_text()
    assert " INFO first| *** to sh\n" in log and " INFO first| mistake\n" in log
    gate.write_text("")
    machine.process()
    state, reason, results = machine.end("run")
    assert (state, reason, [result[:3] for result in results]) == ("ok", None, ["ok "] * 3)
    assert count.read_text() == "x\n"
    assert machine.queued() == []


@pytest.mark.processes
def test_a_command_is_killed_and_what_it_leaves_behind_holds_nobody_up(machine):
    begin = time.time()
    commands = [command("long", "sleep 50; true", timeout=1, stop=False), command("left", "sleep 50 & echo done")]
    state, _, results = machine.context("run", {"commands": commands})
    assert (state, results[0]) == ("failed", "killed after 1 s")
    assert results[1].startswith("ok ")
    assert time.time() - begin < 20


@pytest.mark.processes
def test_the_log_has_the_end_of_what_a_command_writes(machine):
    """A secret that the beginning of the end cuts in two is not in it."""
    text = "head -c 65536 /dev/zero | tr '\\0' x; echo $TOKEN; head -c 65520 /dev/zero | tr '\\0' y; echo; echo last; exit 1"
    machine.context("run", {"commands": [command("one", text, TOKEN="a secret that is hunter2")]})
    lines = [line.split("| ")[1] for line in (machine.root / "var/log/contextc/run.log").read_text().splitlines() if "one| " in line]
    assert lines == ["(65551 bytes and the rest of a line are left out)", "y" * 65520, "last"]


@pytest.mark.processes
def test_what_is_published_of_a_failure(machine):
    """Neither what is for the log only nor more of a line than somebody reads."""
    machine.context("run", {"commands": [command("one", "echo $TOKEN; head -c 9999 /dev/zero | tr '\\0' y; exit 1", TOKEN="hunter2")]})
    data = (machine.root / "var/log/contextc/summary.json").read_text()
    log = json.loads(data)["blocks"][0]["log"]
    assert [line.split(" ", 2)[1:] for line in (log[1], log[4])] == [["INFO", "one| ***"], ["ERROR", "not ok: one"]]
    assert len(log) == 5 and len(log[2]) == 500 and "hunter2" not in data and "DEBUG" not in data


@pytest.mark.processes
def test_an_interrupted_command_is_not_repeated_unasked(machine):
    def cut(host, *_):
        raise KeyboardInterrupt()
    runtime = machine.runtime
    kept, runtime.Run.perform = runtime.Run.perform, cut
    with pytest.raises(KeyboardInterrupt):
        machine.context("run", {"commands": [command("one", "true")]})
    runtime.Run.perform = kept
    machine.process()
    machine.runtime.main(["--late"])
    assert machine.end("--finish") == ("failed", "not ok: one", ["interrupted, not repeated"])
    machine.process()
    state, _, results = machine.end("run")
    assert state == "ok" and results[0].endswith(" s, repeated after an interruption")


def test_a_block_that_awaits_something_is_ok_and_stays_queued(machine):
    there = []

    def handler(settings, host):
        yield machine.runtime.Log("looking")
        if not there:
            raise machine.runtime.Pending("awaits a disk")
    machine.runtime.HANDLERS["block"] = handler
    assert machine.context("block", {"a": 1}) == ("ok", "awaits a disk", [])
    assert machine.queued() == ["block"]
    there.append(True)
    assert machine.end("block") == ("ok", None, [])
    assert machine.queued() == []
