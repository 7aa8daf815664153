"""What follows the verdict: each thing that can be done."""
import os
import subprocess
import time

import pytest

from watched import Endless, LOG, OFF, command
from webserver import serving

SUMMARY = "var/log/contextc/summary.json"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of a server, with its key, and its own CA."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", str(path), "-out", str(path) + ".crt"], check=True, capture_output=True)
    path.write_text(path.read_text() + open(str(path) + ".crt").read())
    return str(path)


@pytest.fixture
def server(certificate, monkeypatch):
    """What is sent to it is in `got`; its answers are codes with headers, in turn."""
    for name, value in (("SSL_CERT_FILE", ""), ("no_proxy", "127.0.0.1")):
        monkeypatch.setenv(name, value)

    def answer(handler):
        made.got.append((handler.command, handler.rfile.read(int(handler.headers.get("Content-Length") or 0)), handler.headers.get("Content-Type")))
        if made.drip:
            return "head"
        code, *headers = made.answers.pop(0) if made.answers else (204,)
        handler.send_response(code)
        for header in headers:
            handler.send_header(*header)
        handler.end_headers()
    with serving(answer, certificate) as made:
        made.got, made.answers, made.drip = [], [], False
        made.url = "https://127.0.0.1:%d/hook?token=hunter2" % made.server_port
        yield made


def ended(guest, failed=True):
    """Its watch, after the verdict."""
    if failed:
        guest.behaviour["disk"] = ("Failed", "no disk")
    guest.walk()
    guest.final()
    guest.calls, guest.slept = [], []
    guest.watch()
    return guest


def test_log(watched):
    guest = ended(watched())
    assert guest.calls == [["logger", "-t", "contextc", "-p", "daemon.err", "machine failed; disk failed: no disk"]]
    assert guest.report() == ["INFO == begin outcome " + guest.state()["plan"]["digest"][:8], "INFO log: done", "INFO == end outcome ok"]
    assert (guest.root / "var/log/contextc/outcome.log").stat().st_mode & 0o777 == 0o640


def test_log_of_success_without_a_logger(watched):
    guest = watched(success=[LOG])
    guest.codes["logger"] = 1
    ended(guest, failed=False)
    assert guest.calls[0][4:] == ["daemon.info", "machine ok"] and guest.report()[1:] == ["ERROR log: exit 1", "INFO == end outcome failed"]


def test_log_without_a_summary(watched):
    guest = watched()
    guest.behaviour["disk"] = ("Failed", "no disk")
    guest.walk()
    guest.final()
    (guest.root / SUMMARY).unlink()
    guest.watch()
    assert guest.told() == ["machine failed"]


def real(guest):
    """Its commands are real processes."""
    double = guest.double

    def with_processes(made):
        double(made)
        made.subprocess, made.time.sleep = subprocess, time.sleep
        made.uptime = time.monotonic
    guest.double = with_processes
    return guest


@pytest.mark.processes
def test_command(watched):
    told = 'echo "$CONTEXTC_MACHINE $CONTEXTC_SUMMARY $WORD $HOME"; echo fault >&2; exit 3'
    guest = ended(real(watched(failure=[command("sh", "-c", told), command("/is/not/there"), LOG], env={"WORD": "caf\u00e9"})))
    text = (guest.root / "var/log/contextc/outcome.log").read_text()
    assert "\nfailed /var/log/contextc/summary.json caf\u00e9 /root\nfault\n" in text
    assert " ERROR command: exit 3\n" in text and " ERROR command: [Errno 2]" in text
    assert len(guest.told()) == 1


@pytest.mark.processes
def test_a_command_that_does_not_end(watched):
    """What it started is killed with it."""
    guest = watched()
    mark = guest.root / "mark"
    guest.outcome["failure"] = [command("sh", "-c", "(sleep 2; touch %s) & wait" % mark, timeout=0.3), LOG]
    ended(real(guest))
    assert "ERROR command: killed after 0 s" in guest.report() and len(guest.told()) == 1
    time.sleep(2.2)
    assert not mark.exists()


def test_a_command_is_run_where_nothing_can_be_logged(watched):
    guest = watched(failure=[command("one"), LOG])
    guest.behaviour["disk"] = ("Failed", "no")
    guest.walk()
    guest.final()
    (guest.root / "var/log/contextc/outcome.log").mkdir()
    guest.watch()
    assert guest.started == [["one"]] and len(guest.told()) == 1


def notifying(watched, server, certificate, url=None):
    return watched(failure=[{"do": "notify", "url": url or server.url}, LOG], env={"SSL_CERT_FILE": certificate} if certificate else {})


def test_notify(watched, server, certificate):
    guest = ended(notifying(watched, server, certificate))
    assert server.got == [("POST", (guest.root / SUMMARY).read_bytes(), "application/json")]
    assert guest.report()[1:3] == ["INFO told 127.0.0.1:%d" % server.server_port, "INFO notify: done"] and guest.slept == [0]


def test_notify_tries_again_with_growing_pauses(watched, server, certificate):
    server.answers = [(500,), (404,), (503,)]
    guest = ended(notifying(watched, server, certificate))
    assert (len(server.got), guest.slept) == (4, [0, 5, 30, 120]) and "INFO notify: done" in guest.report()


def test_notify_goes_nowhere_else(watched, server, certificate):
    server.answers = [(code, ("Location", "https://127.0.0.1:%d/other" % server.server_port)) for code in (301, 302, 303, 307)]
    guest = ended(notifying(watched, server, certificate))
    assert [row[0] for row in server.got] == ["POST"] * 4 and len(guest.told()) == 1
    assert "ERROR notify: 127.0.0.1:%d: it leads to another address" % server.server_port in guest.report()


def test_notify_verifies_and_shows_no_token(watched, server, capfd):
    guest = ended(notifying(watched, server, None))
    assert server.got == [] and "CERTIFICATE_VERIFY_FAILED" in guest.report()[-4]
    assert "hunter2" not in guest.read("var/log/contextc/outcome.log") + "".join(capfd.readouterr())


def test_notify_ends_in_time(watched, server, certificate):
    server.drip = True
    guest = notifying(watched, server, certificate)
    double = guest.double
    guest.double = lambda made: double(made) or setattr(made, "ANSWER", 0.3)
    ended(guest)
    assert len(server.got) == 4 and len(guest.told()) == 1


def results(guest):
    guest.write("var/lib/cloud/data/result.json", "{}")


def test_poweroff(watched):
    guest = watched(failure=[OFF])
    guest.meanwhile[40] = lambda: results(guest)
    ended(guest)
    assert guest.calls == [["sync"], ["systemctl", "--no-block", "poweroff"], ["poweroff", "-f"]]
    # Until cloud-init has ended, then the delay, then for the machine to go.
    assert guest.slept == [2] * 15 + [1] * 300 + [900]
    assert "powers off in 300 s, unless there is /run/contextc-stay" in guest.read("dev/console")
    assert guest.asked()["begun"]["failure"] == 1


def test_poweroff_without_systemctl(watched):
    guest = watched(failure=[OFF])
    guest.codes["systemctl"] = 1
    results(guest)
    ended(guest)
    assert [argv[-1] for argv in guest.calls] == ["sync", "poweroff", "poweroff", "-f"]


def test_poweroff_does_not_wait_for_a_cloud_init_that_hangs(watched):
    guest = watched(failure=[OFF])
    guest.walk()
    guest.watch()
    assert 360 <= sum(guest.slept[:guest.slept.index(900)]) <= 370 and len(guest.off()) == 1


@pytest.mark.parametrize("moment", [0, 200])
def test_poweroff_is_stopped(watched, moment):
    guest = watched(failure=[OFF])
    results(guest)
    (guest.root / "run").mkdir(exist_ok=True)
    guest.meanwhile[moment] = lambda: guest.write("run/contextc-stay", "")
    if not moment:
        guest.meanwhile.pop(0)()
    ended(guest)
    assert guest.off() == [] and guest.report()[-3:-1] == ["WARNING stays on", "INFO poweroff: done"]


@pytest.mark.parametrize("line, machine, done", [((), "ok", [["good"]]), (("Failed running /var/lib/cloud/instance/scripts/50-001-hello [3]",), "degraded", [])])
def test_poweroff_of_a_machine_that_is_mended(watched, line, machine, done):
    """By contextc-run, which leaves what follows success to the watch that is at it."""
    guest = watched(failure=[OFF], success=[command("good")])
    results(guest)
    guest.behaviour["disk"] = ("Failed", "no disk")
    guest.walk()
    guest.final(*line)

    def mend():
        guest.behaviour.clear()
        guest.run()
    guest.meanwhile[100] = mend
    guest.watch()
    assert (guest.verdict(), guest.off(), guest.started) == (machine, [], done)


def test_a_full_disk_holds_nothing_up(watched):
    guest = watched(failure=[command("one"), LOG, OFF])
    results(guest)
    guest.behaviour["disk"] = ("Failed", "no disk")
    guest.walk()
    guest.final()
    guest.process()

    def full(*_):
        raise OSError(28, "No space left on device")
    guest.runtime.store = full
    guest.runtime.main(["--watch"])
    assert guest.started == [["one"]] and len(guest.told()) == 1 and len(guest.off()) == 1


def test_overdue_on_a_full_disk(watched):
    guest = watched(failure=[LOG, OFF])
    guest.walk()
    guest.process()

    def full(*_):
        raise OSError(28, "No space left on device")
    guest.runtime.store = full
    with pytest.raises(Endless):
        guest.runtime.main(["--watch"])
    assert guest.told() == ["machine unreached"] and len(guest.off()) == 1


def test_the_host_of_an_address_ends_before_its_query(watched, monkeypatch):
    guest = watched(failure=[{"do": "notify", "url": "https://127.0.0.1:1?token=hunter2"}])
    guest.behaviour["disk"] = ("Failed", "no")
    guest.walk()
    guest.final()
    guest.watch()
    assert "127.0.0.1:1: " in guest.read("var/log/contextc/outcome.log") and "hunter2" not in guest.read("var/log/contextc/outcome.log")


def test_a_verdict_holds_where_nobody_listens(watched, monkeypatch):
    """As with `contextc-run | head`: what is written goes nowhere, what follows the verdict is done."""
    guest = watched(success=[{"do": "log"}])
    guest.walk()
    guest.mark()
    guest.run("--late")
    write = os.write

    def broken(handle, data):
        if handle == 1:
            raise BrokenPipeError()
        return write(handle, data)
    monkeypatch.setattr(os, "write", broken)
    assert guest.run("--finish") == 0
    assert guest.verdict() == "ok" and guest.state()["finished"]
    guest.watch()
    assert guest.told() == ["machine ok"]
