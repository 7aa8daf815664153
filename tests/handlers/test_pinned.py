"""What fetches the handlers: nothing runs that has not the right digest, and a machine without handlers says so."""
import json
import sys
import time
import types
from pathlib import Path

import jsonschema
import pytest

import bundle
from guest import SCHEMA, Guest, sha
from webserver import serving

PLAN = {"version": "0.1.0", "digest": "d" * 64, "blocks": [{"name": "disk", "phase": "early"}, {"name": "soft", "phase": "late"}], "scripts": []}
# Says what it was given, as the real one would act on it.
GOOD = b"""import json
def handle_part(data, ctype, filename, payload, frequency=None, headers=None):
    with open(ROOT + "/calls", "a") as stream:
        stream.write(json.dumps([ctype, payload, frequency, __name__, __file__]) + "\\n")
"""


@pytest.fixture
def mirror():
    """Files by their paths; what is not there is an error."""
    def answer(handler):
        handler.server.asked.append(handler.path)
        if handler.path.startswith("/drip"):
            return "body" if handler.path.endswith("body") else "head"
        body = handler.server.files.get(handler.path)
        handler.send_response(404 if body is None else 200)
        handler.end_headers()
        handler.wfile.write(body or b"")
    with serving(answer) as made:
        made.files, made.asked = {}, []
        yield made


def loader(root, urls, data, pauses, **given):
    """What fetches that bundle, in a fresh process."""
    made = types.ModuleType("part_handler_000")
    made.__file__ = str(root / "part-handler-000.py")
    footer = "\nURLS = %r\nSHA256 = %r\nTYPES = ['text/contextc-plan']\n" % (urls, sha(data))
    exec(compile(bundle.fetcher() + footer, "loader", "exec"), vars(made))
    sys.modules["part_handler_000"] = made
    stand_in = types.SimpleNamespace(sleep=pauses.append, time=time.time, strftime=time.strftime, gmtime=time.gmtime)
    vars(made).update(given, ROOT=str(root), time=stand_in)
    return made


class Machine:
    def __init__(self, root, mirror, paths):
        self.root, self.mirror, self.pauses = root, mirror, []
        self.urls = ["http://127.0.0.1:%d%s" % (mirror.server_port, path) for path in paths]
        for name in ("dev", "var/lib/cloud/data"):
            (root / name).mkdir(parents=True)
        (root / "dev/console").write_text("")
        (root / "var/lib/cloud/data/instance-id").write_text("i-1\n")

    def boot(self, frequency="once-per-instance", plan=json.dumps({"contextc-plan": PLAN}), **given):
        """cloud-init's walk of the parts, by a fresh process."""
        made = loader(self.root, self.urls, GOOD, self.pauses, **given)
        for ctype, payload in (("__begin__", None), ("text/contextc-plan", plan), ("__end__", None)):
            if ctype[0] == "_" or payload:
                made.handle_part(None, ctype, "name", payload, frequency)
        return made

    def done(self):
        """The state of a machine that is done."""
        (self.root / "var/lib/contextc").mkdir()
        (self.root / "var/lib/contextc/state.json").write_text(json.dumps({"finished": True, "instance-id": "i-1", "plan": PLAN}))

    def calls(self):
        path = self.root / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def summary(self):
        found = json.loads((self.root / "var/log/contextc/summary.json").read_text())
        jsonschema.validate(found, SCHEMA)
        return found


@pytest.fixture
def machine(tmp_path, mirror):
    return lambda *paths: Machine(tmp_path.resolve(), mirror, paths)


def test_the_bundle_gets_all_that_cloud_init_gives(machine, mirror):
    mirror.files["/b"] = GOOD
    made = machine("/b")
    made.boot()
    kept = made.root / "var/lib/contextc/handler.py"
    assert [call[0] for call in made.calls()] == ["__begin__", "text/contextc-plan", "__end__"]
    assert made.calls()[1][1:] == [json.dumps({"contextc-plan": PLAN}), "once-per-instance", "contextc_handlers", str(kept)]
    assert kept.read_bytes() == GOOD and kept.stat().st_mode & 0o777 == 0o600
    assert "part_handler_000" not in sys.modules


@pytest.mark.parametrize("first", [None, b"print(1 / 0)", GOOD[:-1], b"x" * (5 << 20)], ids=["away", "other", "cut", "too-large"])
def test_the_next_mirror_is_asked(machine, mirror, first):
    mirror.files.update({"/b": GOOD}, **({"/a": first} if first else {}))
    made = machine("/a", "/b")
    made.boot()
    assert (mirror.asked, made.pauses, len(made.calls())) == (["/a", "/b"], [], 3)


def test_nothing_is_fetched_again(machine, mirror):
    mirror.files["/b"] = GOOD
    made = machine("/b")
    made.boot()
    mirror.files.clear()
    before = (made.root / "var/lib/contextc/handler.py").stat()
    made.boot()
    assert (mirror.asked, len(made.calls())) == (["/b"], 6)
    # Nor stored again, for which a full disk would have no room.
    assert (made.root / "var/lib/contextc/handler.py").stat().st_ino == before.st_ino


def test_what_was_kept_is_verified(machine, mirror):
    mirror.files["/b"] = GOOD
    made = machine("/b")
    made.boot()
    kept = made.root / "var/lib/contextc/handler.py"
    kept.write_bytes(b"raise SystemExit")
    made.boot()
    assert (mirror.asked, kept.read_bytes()) == (["/b", "/b"], GOOD)


@pytest.mark.parametrize("files", [{}, {"/a": b"evil = open('/tmp/evil', 'w')"}], ids=["away", "tampered"])
def test_without_a_bundle_nothing_is_done_and_it_is_said(machine, mirror, files, caplog):
    mirror.files.update(files)
    made = machine("/a?token=hunter2", "/b")
    made.boot()
    assert made.calls() == [] and not (made.root / "var/lib/contextc/handler.py").exists()
    assert made.pauses == [10, 10] and mirror.asked == ["/a?token=hunter2", "/b"] * 3
    found = made.summary()
    assert found["machine"] == "unreached" and [row["state"] for row in found["blocks"]] == ["unreached"] * 2
    why = found["blocks"][0]["reason"]
    assert why.startswith("the handlers did not arrive: http://127.0.0.1:") and "404" in why and "hunter2" not in why
    assert len(found["blocks"][0]["log"]) == 2
    assert "machine unreached" in (made.root / "var/log/contextc/summary.log").read_text()
    assert '"machine": "unreached"' in (made.root / "dev/console").read_text().split("contextc-summary: ")[1]
    runner = made.root / "usr/local/sbin/contextc-run"
    assert runner.stat().st_mode & 0o777 == 0o755 and runner.read_text().splitlines()[-1] == "exit 1"
    assert "a reboot asks for the handlers again" in runner.read_text()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("plan", [json.dumps({"contextc-plan": PLAN}), None], ids=["plan", "lost"])
def test_a_machine_that_is_done_stays_done(machine, mirror, plan, caplog):
    """And asks nobody, though it has lost the handlers: there is nothing that they should do."""
    made = machine("/a")
    made.done()
    made.boot("always", plan)
    assert (mirror.asked, made.pauses, made.calls(), caplog.records) == ([], [], [], [])
    assert not (made.root / "var/log/contextc").exists()


def test_an_instance_anew_is_not_done(machine, mirror):
    """As after `cloud-init clean`; and so at the next boot, if nobody answers at its first."""
    made = machine("/a")
    made.done()
    made.boot()
    assert mirror.asked == ["/a"] * 3 and made.summary()["machine"] == "unreached"
    mirror.files["/a"] = GOOD
    made.boot("always")
    assert [call[0] for call in made.calls()] == ["__begin__", "text/contextc-plan", "__end__"]


def test_another_context_is_not_done(machine, mirror):
    mirror.files["/a"] = GOOD
    made = machine("/a")
    made.done()
    made.boot("always", json.dumps({"contextc-plan": dict(PLAN, digest="e" * 64)}))
    assert mirror.asked == ["/a"] and len(made.calls()) == 3


@pytest.mark.parametrize("plan", ["{", None], ids=["damaged", "lost"])
def test_without_a_plan_the_handlers_say_so(machine, mirror, plan):
    mirror.files["/a"] = GOOD
    made = machine("/a")
    made.boot(plan=plan)
    assert mirror.asked == ["/a"] and [call[0] for call in made.calls()] == ["__begin__", "__end__"]


@pytest.mark.parametrize("drip", ["headers", "body"])
def test_a_mirror_that_is_slow_for_ever_but_never_silent(machine, mirror, drip):
    mirror.files["/b"] = GOOD
    made = machine("/drip-" + drip, "/b")
    made.boot(PATIENCE=0.3)
    assert (mirror.asked, len(made.calls())) == (["/drip-" + drip, "/b"], 3)


def test_a_fault_is_no_longer_than_somebody_reads(machine, mirror):
    made = machine("/a")
    made.urls = ["http://127.0.0.1:%s" % ("x" * 999)]
    made.boot()
    why = made.summary()["blocks"][0]["reason"]
    assert len(why.split(": ", 2)[2]) == 200


def test_where_the_handlers_cannot_be_kept_it_is_said(machine, mirror):
    mirror.files["/a"] = GOOD
    made = machine("/a")
    (made.root / "var/lib/contextc/handler.py.new").mkdir(parents=True)
    made.boot()
    assert made.calls() == [] and "directory" in made.summary()["blocks"][0]["reason"]


class Pinned(Guest):
    """With the real handlers, from a mirror."""

    def __init__(self, root, mirror):
        self.mirror = mirror
        Guest.__init__(self, root)
        self.blocks = []

    def boot(self):
        Guest.boot(self)
        self.runtime = loader(self.root, ["http://127.0.0.1:%d/a" % self.mirror.server_port], bundle.source([]).encode(), [])

    def answers(self):
        self.mirror.files["/a"] = bundle.source([]).encode()

    def scripts_run(self, *names):
        """cloud-init's final stage, at which nobody of ours is there."""
        self.mark()
        for name in names:
            self.log("subp.py[DEBUG]: Running command ['/var/lib/cloud/instance/scripts/%s'] with allowed return codes [0]" % name)


def test_scripts_that_ran_without_the_handlers_are_not_repeated(tmp_path, mirror, called):
    guest = Pinned(tmp_path.resolve(), mirror)
    guest.walk()
    assert guest.summary()["machine"] == "unreached"
    guest.scripts_run("00-contextc-late", "50-001-hello", "zz-contextc-finish")
    guest.answers()
    guest.reboot()
    assert guest.resumes() and not (guest.root / "var/lib/contextc/left").exists()
    assert guest.run("--resume") == 0
    assert called[0] == []
    assert guest.summary()["scripts"] == [{"name": "50-001-hello", "state": "ok", "reason": "ran at an earlier boot, before the blocks; not repeated"}]
    assert guest.summary()["machine"] == "degraded"
    guest.reboot()
    assert not guest.resumes()


def test_scripts_that_did_not_run_without_the_handlers_run_with_them(tmp_path, mirror, called):
    """The power was cut at the first boot, and at the second before the late phase."""
    guest = Pinned(tmp_path.resolve(), mirror)
    guest.walk()
    guest.answers()
    guest.reboot()
    assert not guest.resumes()
    guest.mark()
    guest.reboot()
    assert guest.run("--resume") == 0
    assert called[0] == ["50-001-hello"]


def test_an_older_state_does_not_hide_that_scripts_ran(tmp_path, mirror, called):
    """The power was cut at the first boot, the handlers were lost with it, and at the second nobody answered."""
    guest = Pinned(tmp_path.resolve(), mirror)
    guest.answers()
    guest.walk()
    mirror.files.clear()
    (guest.root / "var/lib/contextc/handler.py").unlink()
    guest.reboot(frequency="once-per-instance")
    guest.scripts_run("50-001-hello", "zz-contextc-finish")
    guest.answers()
    guest.reboot()
    guest.run("--resume")
    assert called[0] == [] and guest.summary()["machine"] == "degraded"


def test_a_state_of_before_does_not_make_a_refused_machine_done(tmp_path, mirror, called):
    """`cloud-init clean`, and at the first boot after it nobody answers."""
    guest = Pinned(tmp_path.resolve(), mirror)
    guest.answers()
    guest.walk()
    guest.final()
    mirror.files.clear()
    (guest.root / "var/lib/contextc/handler.py").unlink()
    (guest.root / "var/lib/cloud/instance/sem/config_scripts_user").unlink()
    guest.reboot(frequency="once-per-instance")
    guest.scripts_run("50-001-hello", "zz-contextc-finish")
    guest.answers()
    guest.reboot()
    assert guest.resumes() and not guest.state().get("finished")
    guest.run("--resume")
    assert called[0] == []
