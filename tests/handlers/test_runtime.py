"""The runtime in a scratch root: cloud-init's protocol, the state, the logs, the resumption and the verdict."""
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import bundle

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "summary.schema.json").read_text())
LATE, FINISH = "00-contextc-late", "zz-contextc-finish"
CLOUD_LOG = "var/log/cloud-init.log"


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Guest:
    """A machine below a scratch directory, with the context that cloud-init gets and the way it walks the parts."""

    def __init__(self, root):
        self.root = root
        self.did = []
        for name in ("var/lib/cloud/data", "var/lib/cloud/instance/sem", "var/lib/cloud/instance/scripts", "var/lib/cloud/scripts/per-boot", "usr/local/sbin",
                     "var/log", "proc/sys/kernel/random", "dev", "handlers", "etc"):
            (root / name).mkdir(parents=True)
        self.write("var/lib/cloud/data/instance-id", "i-1\n")
        self.write("etc/debian_version", "12\n")
        self.write(CLOUD_LOG, "util.py[DEBUG]: Cloud-init v. 22.4.2 running 'init' at now\n")
        self.write("dev/console", "")
        self.handler = root / "handlers" / "part-handler-000.py"
        self.handler.write_text(bundle.source([]))
        self.blocks = [("disk", "early", {"size": 1}), ("soft", "late", {"password": "hunter2"})]
        self.scripts = {LATE: "#!/bin/sh\n", "50-001-hello": "#!/bin/sh\necho\n", FINISH: "#!/bin/sh\n"}
        self.behaviour = {}
        self.boots = 0
        self.boot()

    def write(self, name, text):
        (self.root / name).write_text(text)

    def read(self, name):
        return (self.root / name).read_text()

    def log(self, text):
        with open(self.root / CLOUD_LOG, "a") as stream:
            stream.write(text + "\n")

    def state(self):
        return json.loads(self.read("var/lib/contextc/state.json"))

    def boot(self):
        """A fresh process at a fresh boot."""
        self.boots += 1
        self.write("proc/sys/kernel/random/boot_id", "boot-%d\n" % self.boots)
        self.process()

    def process(self):
        self.runtime = bundle.module([], str(self.handler))
        self.runtime.ROOT = str(self.root)
        self.runtime.HANDLERS.clear()
        self.runtime.HANDLERS.update((name, self.handler_of(name)) for name, _, _ in self.blocks)

    def handler_of(self, name):
        def handler(settings, host):
            self.did.append(name)
            yield self.runtime.Log("at work")
            answer = self.behaviour.get(name)
            if isinstance(answer, tuple):
                raise getattr(self.runtime, answer[0])(answer[1])
            if answer:
                raise answer
        return handler

    def parts(self):
        bodies = [(name, (json.dumps({name: settings}, sort_keys=True, separators=(",", ":")) + "\n").encode()) for name, _, settings in self.blocks]
        phases = {name: phase for name, phase, _ in self.blocks}
        plan = {"schema": 1, "version": "0.1.0", "digest": sha(b"".join(body for _, body in bodies) + "".join(sorted(self.scripts)).encode()),
                "blocks": [{"name": name, "part": name + "-config.ccfg", "phase": phases[name], "sha256": sha(body)} for name, body in bodies],
                "scripts": [{"name": name, "sha256": sha(text.encode())} for name, text in self.scripts.items()]}
        return [("text/contextc-plan", "contextc-plan.ccfg", json.dumps({"contextc-plan": plan}) + "\n")] \
            + [("text/%s-config" % name, name + "-config.ccfg", body.decode()) for name, body in bodies]

    def walk(self, parts=None, scripts=None, frequency=None):
        """As cloud-init does it: begin, the parts, end. Its own handler writes the scripts meanwhile, at every boot."""
        frequency = frequency or ("once-per-instance" if self.boots == 1 else "always")
        self.runtime.handle_part(None, "__begin__", None, None, frequency)
        for ctype, filename, payload in self.parts() if parts is None else parts:
            self.runtime.handle_part(None, ctype, filename, payload, frequency)
        for name, text in (self.scripts if scripts is None else scripts).items():
            path = self.root / "var/lib/cloud/instance/scripts" / name
            path.write_text(text)
            path.chmod(0o700)
        self.runtime.handle_part(None, "__end__", None, None, frequency)

    def final(self, *codes):
        """The final stage of a first boot: cloud-init takes its mark, then runs the scripts."""
        self.write("var/lib/cloud/instance/sem/config_scripts_user", "")
        self.process()
        late = self.runtime.main(["--late"])
        for line in codes:
            self.log(line)
        self.process()
        return late, self.runtime.main(["--finish"])

    def summary(self):
        summary = json.loads(self.read("var/log/contextc/summary.json"))
        jsonschema.validate(summary, SCHEMA)
        return summary

    def states(self):
        return {row["name"]: row["state"] for row in self.summary()["blocks"]}

    def resumes(self):
        return (self.root / "var/lib/cloud/scripts/per-boot/contextc-resume").exists()

    def tree(self):
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def guest(tmp_path):
    return Guest(tmp_path.resolve())


@pytest.fixture
def called(monkeypatch):
    """The user scripts that are started, in order; each gives the code that is stored for its name."""
    names = []
    codes = {}

    def call(argv, **_):
        names.append(os.path.basename(argv[0]))
        code = codes.get(names[-1], 0)
        if isinstance(code, BaseException):
            raise code
        return code
    monkeypatch.setattr(subprocess, "call", call)
    return names, codes


# The walk.

def test_types(guest):
    assert guest.runtime.list_types() == ["text/contextc-plan", "text/disk-config", "text/soft-config"]
    assert (guest.runtime.handler_version, guest.runtime.frequency) == (2, "always")


def test_early_acts_at_its_part_and_late_waits(guest):
    guest.walk()
    assert guest.did == ["disk"]
    assert guest.final() == (None, 0)
    assert guest.did == ["disk", "soft"]
    summary = guest.summary()
    assert (summary["machine"], guest.states()) == ("ok", {"disk": "ok", "soft": "ok"})
    assert (summary["cloud-init"], summary["instance-id"], summary["contextc"]) == ("22.4.2", "i-1", "0.1.0")
    assert summary["scripts"] == [{"name": "50-001-hello", "state": "ok", "reason": None}]


def test_the_log_of_a_block(guest):
    guest.behaviour["soft"] = ("Skipped", "nothing to do")
    guest.walk()
    guest.final()
    digest8 = guest.state()["plan"]["digest"][:8]
    for name, state in (("disk", "ok"), ("soft", "skipped")):
        lines = guest.read("var/log/contextc/%s.log" % name).splitlines()
        assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (DEBUG|INFO|WARNING|ERROR) \S", line) for line in lines)
        assert lines[0].endswith(" INFO == begin %s %s" % (name, digest8))
        assert lines[-1].endswith(" INFO == end %s %s" % (name, state))
    assert (guest.root / "var/log/contextc/disk.log").stat().st_mode & 0o777 == 0o640
    assert guest.states() == {"disk": "ok", "soft": "skipped"}


def test_settings_wait_unseen_and_go(guest):
    guest.behaviour["soft"] = ("Failed", "no")
    guest.walk()
    home = guest.root / "var/lib/contextc"
    assert [home.stat().st_mode & 0o777, (home / "queue").stat().st_mode & 0o777] == [0o700, 0o700]
    assert [path.name for path in (home / "queue").iterdir()] == ["soft"]
    assert {path.name: path.stat().st_mode & 0o777 for path in home.rglob("*") if path.is_file()} == {"state.json": 0o600, "handler.py": 0o600, "soft": 0o600}
    guest.final()
    assert (home / "queue" / "soft").exists()
    guest.behaviour.clear()
    guest.process()
    assert guest.runtime.main([]) == 0
    assert list((home / "queue").iterdir()) == []
    for path in guest.root.rglob("*"):
        assert not (path.is_file() and "hunter2" in path.read_text())


def test_the_runner_is_installed(guest):
    guest.walk()
    runner = guest.root / "usr/local/sbin/contextc-run"
    assert runner.read_text() == '#!/bin/sh\nexec %s /var/lib/contextc/handler.py "$@"\n' % sys.executable
    assert runner.stat().st_mode & 0o777 == 0o755
    assert guest.read("var/lib/contextc/handler.py") == guest.handler.read_text()


def test_a_vendor_handler_gets_a_clean_name(guest):
    stale = guest.handler.with_suffix(".pyc")
    stale.write_text("old")
    assert "part_handler_000" in sys.modules
    guest.walk()
    assert "part_handler_000" not in sys.modules
    assert not stale.exists()


@pytest.mark.parametrize("payload", ["text", b"bytes", "crlf", "no end"])
def test_every_form_of_a_payload(guest, payload):
    parts = guest.parts()
    change = {"text": str, b"bytes": str.encode, "crlf": lambda text: text.replace("\n", "\r\n"), "no end": str.strip}[payload]
    guest.walk([(ctype, filename, change(text)) for ctype, filename, text in parts])
    assert guest.did == ["disk"]


def test_a_finished_context_does_nothing(guest):
    guest.walk()
    guest.final()
    before = guest.tree()
    guest.boot()
    guest.walk(scripts={})
    assert guest.did == ["disk", "soft"]
    changed = {path for path, facts in guest.tree().items() if before.get(path) != facts}
    assert changed <= {str(guest.root / "proc/sys/kernel/random/boot_id")}
    assert not guest.resumes()


def test_a_cleaned_cloud_init_begins_anew(guest):
    """`cloud-init clean` forgets the instance, so the walk is an instance's first."""
    guest.walk()
    guest.final()
    guest.boot()
    (guest.root / "var/lib/cloud/instance/sem/config_scripts_user").unlink()
    guest.walk(frequency="once-per-instance")
    guest.final()
    assert guest.did == ["disk", "soft"] * 2


@pytest.mark.parametrize("change", ["instance", "digest"])
def test_another_instance_or_context_begins_anew(guest, change):
    guest.behaviour["soft"] = ("Failed", "no")
    guest.walk()
    guest.final()
    guest.behaviour.clear()
    if change == "instance":
        guest.write("var/lib/cloud/data/instance-id", "i-2\n")
    else:
        guest.blocks[0] = ("disk", "early", {"size": 2})
    guest.boot()
    guest.walk()
    assert guest.did == ["disk", "soft", "disk"]
    assert [row["state"] for row in guest.state()["blocks"]] == ["ok", "unreached"]


# Failures.

class Broken(Exception):
    pass


@pytest.mark.parametrize("fault, reason", [(Broken("no disk"), "Broken('no disk')"), (SystemExit(3), "SystemExit(3)"), (KeyError("x"), "KeyError('x')")])
def test_nothing_escapes(guest, fault, reason, caplog):
    guest.behaviour["disk"] = fault
    guest.walk()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert guest.final() == (None, 1)
    rows = guest.summary()["blocks"]
    assert [(row["state"], row["reason"]) for row in rows] == [("failed", reason), ("ok", None)]
    assert "Traceback" in guest.read("var/log/contextc/disk.log")
    assert 1 <= len(rows[0]["log"]) <= 5 and not rows[1]["log"]
    assert guest.summary()["machine"] == "failed"


def test_success_makes_no_warning(guest, caplog):
    with caplog.at_level(logging.DEBUG):
        guest.walk()
        guest.final()
    assert {record.levelno for record in caplog.records} == {logging.INFO}


def test_a_failed_early_block_is_not_tried_at_each_boot(guest):
    guest.behaviour["disk"] = ("Refused", "it holds ext4")
    guest.walk()
    guest.boot()
    guest.walk()
    assert guest.did == ["disk"]


def test_repeating_what_failed(guest, capfd):
    guest.behaviour["disk"] = ("Refused", "it holds ext4")
    guest.walk()
    assert guest.final()[1] == 1
    guest.process()
    assert guest.runtime.main([]) == 1
    assert guest.did == ["disk", "soft", "disk"]
    guest.behaviour.clear()
    guest.process()
    assert guest.runtime.main(["soft"]) == 1
    guest.process()
    assert guest.runtime.main(["disk"]) == 0
    assert guest.did == ["disk", "soft", "disk", "disk"]
    assert guest.summary()["machine"] == "ok"
    assert capfd.readouterr().out.endswith("machine ok\n")


def test_a_block_that_does_not_exist(guest, capfd):
    guest.walk()
    guest.final()
    assert guest.runtime.main(["disc"]) == 2
    assert capfd.readouterr().err == "contextc: no such block: disc\n"


def test_before_there_is_a_plan(guest, capfd):
    assert guest.runtime.main([]) == 1
    assert capfd.readouterr().err == "contextc: no plan arrived\n"


def test_notes_end_with_the_block(guest):
    """After a failure people may have put things where we had begun: only a power cut leaves notes."""
    def handler(settings, host):
        yield guest.runtime.Note("half", 1)
        raise guest.behaviour["disk"]
    guest.runtime.HANDLERS["disk"] = handler
    guest.behaviour["disk"] = guest.runtime.Failed("no")
    guest.walk()
    assert guest.state()["blocks"][0]["notes"] == {}
    guest.behaviour["disk"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        guest.runtime.main(["disk"])
    assert guest.state()["blocks"][0]["notes"] == {"half": 1}


def test_a_damaged_block_is_not_acted_on(guest):
    parts = guest.parts()
    guest.walk([parts[0], (parts[1][0], parts[1][1], parts[1][2].replace("1", "2")), parts[2]])
    assert guest.final()[1] == 1
    rows = guest.summary()["blocks"]
    assert [(row["state"], row["reason"]) for row in rows] == [("unreached", "did not arrive whole"), ("ok", None)]
    assert guest.did == ["soft"]
    assert guest.summary()["machine"] == "unreached"


def test_no_part_of_a_block(guest):
    guest.walk(guest.parts()[:2])
    assert guest.final()[1] == 1
    assert guest.states() == {"disk": "ok", "soft": "unreached"}


def test_failed_wins_over_unreached(guest):
    guest.behaviour["disk"] = ("Failed", "no")
    guest.walk(guest.parts()[:2])
    guest.final()
    assert guest.summary()["machine"] == "failed"


def test_a_part_that_is_in_no_plan_is_left_alone(guest):
    guest.walk(guest.parts() + [("text/other-config", "x", "{}")])
    assert guest.did == ["disk"]


def test_blocks_without_a_plan_are_not_acted_on(guest, caplog):
    """Truncated before the plan, or tampered with."""
    guest.walk(guest.parts()[1:])
    assert guest.did == []
    summary = guest.summary()
    assert (summary["machine"], summary["digest"], summary["blocks"]) == ("unreached", None, [])
    assert [record.getMessage() for record in caplog.records] == ["contextc: no plan arrived"]


def test_a_finished_context_survives_user_data_without_a_plan(guest):
    guest.walk()
    guest.final()
    guest.boot()
    guest.walk([])
    assert guest.summary()["machine"] == "ok"


@pytest.mark.parametrize("lost", [LATE, FINISH, "50-001-hello"])
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_truncated_scripts(guest, lost, how, called):
    """The verdict comes even when its own script did not."""
    scripts = dict(guest.scripts)
    del scripts[lost]
    if how == "damaged":
        scripts[lost] = "#!/b"
    guest.walk(scripts=scripts)
    assert guest.resumes() == (lost != "50-001-hello")
    guest.process()
    assert guest.runtime.main(["--resume"]) == 1
    assert called[0] == []
    assert guest.did == ["disk", "soft"]
    assert guest.summary()["machine"] == "unreached"
    assert {"name": lost, "state": "unreached", "reason": "did not arrive whole"} in guest.summary()["scripts"]
    assert not guest.resumes()


# The power cut.

def marked(guest):
    guest.write("var/lib/cloud/instance/sem/config_scripts_user", "")


@pytest.mark.parametrize("sem, late, finished, resumes", [
    (False, False, False, False),
    (True, False, False, True),
    (True, True, False, True),
    (True, True, True, False),
    (False, True, False, False),
])
def test_when_a_boot_resumes(guest, sem, late, finished, resumes):
    guest.walk()
    assert not guest.resumes()
    if sem:
        marked(guest)
    guest.process()
    if late:
        guest.runtime.main(["--late"])
    guest.process()
    if finished:
        guest.runtime.main(["--finish"])
    guest.boot()
    guest.walk()
    assert guest.resumes() == resumes


def test_cut_before_the_late_phase_was_done(guest, called):
    """No user script had begun: all are run, in the order of a first boot."""
    guest.walk()
    marked(guest)
    guest.write("var/lib/cloud/instance/scripts/runcmd", "#!/bin/sh\n")
    (guest.root / "var/lib/cloud/instance/scripts/runcmd").chmod(0o700)
    called[1]["runcmd"] = 4
    guest.boot()
    guest.walk()
    guest.process()
    assert guest.runtime.main(["--resume"]) == 0
    assert guest.did == ["disk", "soft"]
    assert called[0] == ["50-001-hello", "runcmd"]
    assert guest.summary()["scripts"][1:] == [{"name": "runcmd", "state": "failed", "reason": "exit 4"}]
    assert guest.summary()["machine"] == "degraded"
    assert not guest.resumes()
    guest.boot()
    guest.walk()
    assert not guest.resumes()


def test_a_resumed_script_that_cannot_be_started(guest, called):
    guest.walk()
    marked(guest)
    guest.boot()
    guest.walk()
    guest.process()
    called[1]["50-001-hello"] = OSError("Exec format error")
    assert guest.runtime.main(["--resume"]) == 0
    assert guest.summary()["scripts"][0]["reason"] == "Exec format error"


def test_a_script_may_remove_itself(guest):
    guest.walk()
    (guest.root / "var/lib/cloud/instance/scripts/50-001-hello").unlink()
    guest.final()
    assert guest.summary()["scripts"] == [{"name": "50-001-hello", "state": "ok", "reason": None}]


def test_a_machine_without_usr_local_sbin(guest):
    (guest.root / "usr/local/sbin").rmdir()
    guest.walk()
    assert (guest.root / "usr/local/sbin/contextc-run").exists()


def test_cut_in_a_resumed_user_script(guest, called):
    """It is not begun again; the ones after it are."""
    guest.scripts["50-002-second"] = "#!/bin/sh\n"
    guest.walk()
    marked(guest)
    guest.boot()
    guest.walk()
    guest.process()
    called[1]["50-001-hello"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        guest.runtime.main(["--resume"])
    guest.boot()
    guest.walk()
    assert guest.resumes()
    guest.process()
    guest.runtime.main(["--resume"])
    assert called[0] == ["50-001-hello", "50-002-second"]
    assert guest.summary()["scripts"] == [
        {"name": "50-001-hello", "state": "failed", "reason": "interrupted, not repeated"}, {"name": "50-002-second", "state": "ok", "reason": None}]


def test_cut_in_cloud_inits_own_user_scripts(guest, called):
    guest.scripts.update({"50-002-second": "#!/bin/sh\n", "50-003-third": "#!/bin/sh\n"})
    guest.walk()
    marked(guest)
    guest.process()
    guest.runtime.main(["--late"])
    for name in (LATE, "50-001-hello", "50-002-second"):
        guest.log("subp.py[DEBUG]: Running command ['/var/lib/cloud/instance/scripts/%s'] with allowed return codes [0] (shell=False, capture=False)" % name)
    guest.boot()
    guest.walk()
    guest.process()
    guest.runtime.main(["--resume"])
    assert called[0] == []
    assert {row["name"]: row["reason"] for row in guest.summary()["scripts"]} == {
        "50-001-hello": None, "50-002-second": "interrupted, not repeated", "50-003-third": "not begun before the power was cut, not repeated"}
    assert [row["state"] for row in guest.summary()["scripts"]] == ["ok", "failed", "unreached"]
    assert guest.summary()["machine"] == "unreached"


def test_cut_in_a_late_block(guest, called):
    guest.behaviour["soft"] = KeyboardInterrupt()
    guest.walk()
    marked(guest)
    guest.process()
    with pytest.raises(KeyboardInterrupt):
        guest.runtime.main(["--late"])
    assert [row["state"] for row in guest.state()["blocks"]] == ["ok", "running"]
    guest.behaviour.clear()
    guest.boot()
    guest.walk()
    guest.process()
    assert guest.runtime.main(["--resume"]) == 0
    assert guest.did == ["disk", "soft", "soft"]
    assert called[0] == ["50-001-hello"]


def test_cut_in_an_early_block(guest):
    guest.behaviour["disk"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        guest.walk()
    guest.behaviour.clear()
    guest.boot()
    guest.walk(frequency="once-per-instance")
    assert guest.final() == (None, 0)
    assert guest.did == ["disk", "disk", "soft"]


def test_cut_before_cloud_init_made_its_mark(guest):
    """cloud-init runs everything again by itself; what is done is not done twice."""
    guest.walk()
    guest.process()
    guest.runtime.main(["--late"])
    guest.boot()
    guest.walk(frequency="once-per-instance")
    assert not guest.resumes()
    assert guest.final() == (None, 0)
    assert guest.did == ["disk", "soft"]


def test_a_block_that_is_never_finished_is_interrupted(guest):
    guest.behaviour["soft"] = KeyboardInterrupt()
    guest.walk()
    guest.process()
    with pytest.raises(KeyboardInterrupt):
        guest.runtime.main(["--late"])
    guest.process()
    assert guest.runtime.main(["--finish"]) == 1
    assert guest.summary()["blocks"][1]["reason"] == "interrupted"


# The verdict.

OLD = "util.py[WARNING]: Failed running /var/lib/cloud/instance/scripts/50-001-hello [3]"
NEW = "subp.py[DEBUG]: Unexpected error while running command.\nCommand: ['/var/lib/cloud/instance/scripts/50-001-hello']\nExit code: 3\nReason: -\nStdout: -\nStderr: -"


@pytest.mark.parametrize("line", [OLD, NEW])
def test_a_user_script_that_fails(guest, line):
    guest.walk()
    assert guest.final(line) == (None, 0)
    assert guest.summary()["scripts"] == [{"name": "50-001-hello", "state": "failed", "reason": "exit 3"}]
    assert guest.summary()["machine"] == "degraded"


def test_a_failure_of_an_earlier_boot_does_not_count(guest):
    guest.log(OLD)
    guest.walk()
    guest.final()
    assert guest.summary()["machine"] == "ok"


def test_a_module_that_fails(guest):
    guest.walk()
    for _ in range(2):
        guest.log("util.py[WARNING]: Running module locale (<module 'cloudinit.config.cc_locale' from '/usr/lib/python3/dist-packages/cloudinit/config/cc_locale.py'>) failed")
    guest.final()
    assert [row["name"] for row in guest.summary()["modules"]] == ["locale"]
    assert guest.summary()["machine"] == "degraded"
    guest.process()
    guest.write(CLOUD_LOG, "")
    assert guest.runtime.main([]) == 0
    assert guest.summary()["machine"] == "degraded"


def test_the_summary_is_read_by_people_and_consoles(guest, capfd):
    guest.behaviour["disk"] = ("Refused", "/dev/vdb holds ext4")
    guest.walk()
    guest.final(NEW)
    text = guest.read("var/log/contextc/summary.log")
    lines = text.splitlines()
    assert re.match(r"failed +disk +[0-9.]+ +/dev/vdb holds ext4$", lines[0])
    assert re.match(r"ok +soft +[0-9.]+$", lines[1].rstrip())
    assert re.match(r"failed +50-001-hello +- +exit 3$", lines[2])
    assert lines[3:] == ["machine failed"]
    assert capfd.readouterr().out.endswith(text)
    console = guest.read("dev/console")
    assert json.loads(re.search(r"^contextc-summary: (\{.*\})$", console, re.M).group(1)) == guest.summary()
    assert (guest.root / "var/log/contextc/summary.json").stat().st_mode & 0o777 == 0o644
