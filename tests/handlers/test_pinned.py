"""What fetches the handlers: nothing runs that has not the right digest, and a machine without handlers says so."""
import http.server
import json
import sys
import threading
import types
from pathlib import Path

import jsonschema
import pytest

import bundle
from guest import SCHEMA, sha

SOURCE = Path(bundle.HANDLERS) / "_pinned.py"
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
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            body = self.server.files.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as made:
        made.files, made.asked = {}, []
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


class Machine:
    def __init__(self, root, mirror, paths):
        self.root, self.mirror, self.pauses = root, mirror, []
        self.urls = ["http://127.0.0.1:%d%s" % (mirror.server_port, path) for path in paths]
        for name in ("dev", "var/lib/cloud/data"):
            (root / name).mkdir(parents=True)
        (root / "dev/console").write_text("")
        (root / "var/lib/cloud/data/instance-id").write_text("i-1\n")

    def boot(self):
        """cloud-init's walk of the parts, by a fresh process."""
        made = types.ModuleType("part_handler_000")
        made.__file__ = str(self.root / "part-handler-000.py")
        footer = "\nURLS = %r\nSHA256 = %r\nTYPES = ['text/contextc-plan']\n" % (self.urls, sha(GOOD))
        exec(compile(SOURCE.read_text() + footer, "loader", "exec"), vars(made))
        sys.modules["part_handler_000"] = made
        made.ROOT = str(self.root)
        made.time = types.SimpleNamespace(sleep=self.pauses.append, time=made.time.time, strftime=made.time.strftime, gmtime=made.time.gmtime)
        for ctype, payload in (("__begin__", None), ("text/contextc-plan", json.dumps({"contextc-plan": PLAN})), ("__end__", None)):
            made.handle_part(None, ctype, "name", payload, "once-per-instance")
        return made

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
    made.boot()
    assert (mirror.asked, len(made.calls())) == (["/b"], 6)


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
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_machine_that_is_done_stays_done(machine, mirror):
    made = machine("/a")
    (made.root / "var/lib/contextc").mkdir()
    (made.root / "var/lib/contextc/state.json").write_text(json.dumps({"finished": True, "instance-id": "i-1", "plan": PLAN}))
    made.boot()
    assert not (made.root / "var/log/contextc").exists()
