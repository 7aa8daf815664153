"""The action `Fetch`, from a web server on this machine."""
import http.server
import threading

import pytest

from host import Host


@pytest.fixture
def server(tmp_path_factory):
    """A web server whose answers are (code, body) in turn, the last one again and again."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            code, body = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.mark.parametrize("answers, changed", [([(200, b"body")], True), ([(404, b""), (200, b"half"), (200, b"body")], True), ([(200, b"other")], None)])
def test_fetch(runtime, scratch, server, monkeypatch, answers, changed):
    monkeypatch.setattr(runtime.time, "sleep", lambda seconds: None)
    server.answers = list(answers)
    sha256 = runtime.digest(b"body")
    fetch = runtime.Fetch("http://127.0.0.1:%d/x" % server.server_port, "/got", sha256)
    if changed is None:
        with pytest.raises(runtime.Failed) as fault:
            runtime.Fetch("http://me:hunter2@127.0.0.1:%d/x?token=hunter3" % server.server_port, "/got", sha256, retries=0).perform(Host())
        assert "hunter" not in str(fault.value)
        with pytest.raises(runtime.Failed):
            fetch.perform(Host())
        assert not (scratch / "got").exists()
        return
    assert fetch.perform(Host()).changed
    assert (scratch / "got").read_bytes() == b"body"
    server.answers = [(500, b"")]
    assert not fetch.perform(Host()).changed


def test_fetch_does_not_leave_https_for_what_no_digest_pins(runtime, scratch, monkeypatch):
    class Answer:
        def read(self):
            return b"data"

        def geturl(self):
            return "http://mirror.example.org/x"

    monkeypatch.setattr("urllib.request.urlopen", lambda url, timeout, context: Answer())
    with pytest.raises(runtime.Failed, match="leads to one without encryption"):
        runtime.Fetch("https://example.org/x", "/got").perform(Host())
    assert not (scratch / "got").exists()
    assert runtime.Fetch("https://example.org/x", "/got", runtime.digest(b"data")).perform(Host()).changed
