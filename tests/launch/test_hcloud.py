"""The Hetzner Cloud command line, against a server on loopback that writes down what is asked of it; LXD's, up to its socket."""
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from contextc import HOSTILE, PLAIN, found, launch

ONE_PAGE = {"pagination": {"page": 1, "per_page": 50, "previous_page": None, "next_page": None, "last_page": 1, "total_entries": 1}}


class Cloud(BaseHTTPRequestHandler):
    """Has one of each thing, whatever its name, and creates nothing."""

    def log_message(self, form, *values):
        pass

    def answer(self, code, told):
        body = json.dumps(told).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        kind = self.path.partition("?")[0].rpartition("/")[2]
        self.answer(200, {kind: [{"id": 1, "name": "x", "architecture": "x86", "type": "system", "status": "available"}], "meta": ONE_PAGE})

    def do_POST(self):
        self.server.created.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(422, {"error": {"code": "invalid_input", "message": "nothing is created here"}})


@pytest.fixture
def cloud():
    server = HTTPServer(("127.0.0.1", 0), Cloud)
    server.created = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def environment(folder, tool, **more):
    """The printed text, run by a shell that has the unpacked tool."""
    return {"PATH": f"{found(tool).parent}:/usr/bin:/bin", "HOME": str(folder), **more}


@pytest.mark.parametrize("values", [PLAIN, HOSTILE], ids=["plain", "hostile"])
def test_hcloud_sends_the_user_data_byte_for_byte(tmp_path, cloud, values):
    text = launch(tmp_path, "hetzner", **values)
    where = f"http://127.0.0.1:{cloud.server_address[1]}"
    done = subprocess.run(["sh", "-c", text], cwd=tmp_path, capture_output=True, timeout=60,
                          env=environment(tmp_path, "usr/bin/hcloud", HCLOUD_ENDPOINT=where, HCLOUD_TOKEN="x" * 64))
    assert len(cloud.created) == 1, done.stderr.decode()
    [asked] = cloud.created
    assert asked["user_data"].encode() == (tmp_path / "user-data").read_bytes()
    assert (asked["name"], asked["server_type"]) == (values["name"], values["flavor"])


@pytest.mark.parametrize("values", [PLAIN, HOSTILE], ids=["plain", "hostile"])
def test_lxc_takes_the_words_and_looks_for_its_server(tmp_path, values):
    text = launch(tmp_path, "lxd", **{name: values[name] for name in ("image", "name")})
    done = subprocess.run(["sh", "-c", text], cwd=tmp_path, capture_output=True, timeout=60,
                          env=environment(tmp_path, "usr/bin/lxc", LXD_DIR=str(tmp_path / "none")))
    said = done.stderr.decode()
    assert "unix.socket" in said and "unknown flag" not in said and "sage:" not in said, said
