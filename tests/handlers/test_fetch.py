"""The action `Fetch`, from a web server on this machine."""
import http.client
import urllib.request

import pytest

from host import Host
from webserver import serving


@pytest.fixture
def server(tmp_path_factory):
    """A web server whose answers are (code, body) and headers in turn, the last one again and again."""
    def answer(handler):
        if made.drip:
            made.dripped += 1
            return made.drip
        code, body, *headers = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
        handler.send_response(code)
        for header in headers:
            handler.send_header(*header)
        handler.end_headers()
        handler.wfile.write(body)
    with serving(answer) as made:
        made.drip, made.dripped = None, 0
        yield made


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


@pytest.fixture
def tls(monkeypatch):
    """https is spoken without encryption, to the same server."""
    monkeypatch.setattr(urllib.request.HTTPSHandler, "https_open", lambda self, asked: self.do_open(http.client.HTTPConnection, asked))


def chain(server, *schemes):
    """The first of addresses with these schemes, each of which leads to the next."""
    urls = ["%s://127.0.0.1:%d/%d" % (scheme, server.server_port, number) for number, scheme in enumerate(schemes)]
    server.answers = [(302, b"", ("Location", url)) for url in urls[1:]] + [(200, b"data")]
    return urls[0]


@pytest.mark.parametrize("schemes", [("https", "http"), ("https", "http", "https"), ("http", "https", "http")])
def test_fetch_does_not_leave_https_for_what_no_digest_pins(runtime, scratch, server, tls, schemes):
    with pytest.raises(runtime.Failed, match="leads to one without encryption"):
        runtime.Fetch(chain(server, *schemes), "/got").perform(Host())
    assert not (scratch / "got").exists()
    assert runtime.Fetch(chain(server, *schemes), "/got", runtime.digest(b"data")).perform(Host()).changed


@pytest.mark.parametrize("schemes", [("http", "http"), ("https", "https"), ("http", "https", "https")])
def test_fetch_follows_what_gets_no_worse(runtime, scratch, server, tls, schemes):
    assert runtime.Fetch(chain(server, *schemes), "/got").perform(Host()).changed
    assert (scratch / "got").read_bytes() == b"data"


@pytest.mark.parametrize("sha256", [None, "0" * 64])
@pytest.mark.parametrize("schemes", [("ftp",), ("file",), ("http", "ftp"), ("https", "file", "https"), ("http", "data")])
def test_fetch_knows_two_schemes(runtime, scratch, server, tls, schemes, sha256):
    with pytest.raises(runtime.Failed, match="neither http nor https|is not allowed"):
        runtime.Fetch(chain(server, *schemes), "/got", sha256, retries=0).perform(Host())
    assert not (scratch / "got").exists()


@pytest.mark.parametrize("sha256", [None, "0" * 64])
@pytest.mark.parametrize("told", [(), (("Content-Length", "9"),)])
def test_fetch_takes_no_more_than_the_limit(runtime, scratch, server, monkeypatch, sha256, told):
    monkeypatch.setattr(runtime, "FETCH_LIMIT", 8)
    server.answers = [(200, b"123456789") + told, (500, b"")]
    with pytest.raises(runtime.Failed, match="it has more than 8 bytes"):
        runtime.Fetch("http://127.0.0.1:%d/x" % server.server_port, "/got", sha256).perform(Host())
    assert list(scratch.iterdir()) == []
    server.answers = [(200, b"12345678") + told[1:]]
    assert runtime.Fetch("http://127.0.0.1:%d/x" % server.server_port, "/got").perform(Host()).changed


def test_fetch_takes_no_part_for_the_whole(runtime, scratch, server):
    server.answers = [(200, b"half", ("Content-Length", "8"))]
    with pytest.raises(runtime.Failed, match="4 of 8 bytes came|IncompleteRead"):
        runtime.Fetch("http://127.0.0.1:%d/x" % server.server_port, "/got", retries=0).perform(Host())
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("drip", ["headers", "body"])
def test_fetch_ends_in_time(runtime, scratch, server, monkeypatch, drip):
    """Of a server that is slow for ever, but never silent."""
    monkeypatch.setattr(runtime, "FETCH_PATIENCE", 0.3)
    server.drip = drip
    with pytest.raises(runtime.Failed, match="not done in"):
        runtime.Fetch("http://127.0.0.1:%d/x" % server.server_port, "/got", retries=1).perform(Host())
    assert server.dripped == 2
    assert list(scratch.iterdir()) == []
