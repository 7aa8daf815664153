"""The leak test on the machine: canary secrets go through every handler, run well, with every command and every action failing in turn, and with the
power cut; then everything below the root, the console, the logs and what is printed are searched for any piece of them.

A secret belongs into its destination, with the mode that is asserted, and into the queue while its block is not ok. Nowhere else, not in state.json.
"""
import base64
import collections
import fnmatch
import functools
import json
import logging
import os
import pwd
import subprocess

import pytest

import bundle
from guest import Guest

ONE, TWO = "Kq7Zr2Wm9Xc4Vt8Bn3Lf6Hd", "pY5sGj8uQe3iRa6oTz9kMw2x"
PEM = "-----BEGIN PRIVATE KEY-----\n%s\n%s\n-----END PRIVATE KEY-----\n" % (ONE, TWO)
LIB = "/usr/local/lib/contextc/"


def service(name, *files):
    return {"name": name, "title": name, "unit": "[Unit]\n", "files": [[LIB + name + end, text, mode, owner] for end, text, mode, owner in files] + [
        ["/usr/local/sbin/" + name, "#!/bin/sh\n", "0700", None]]}


PILOT = service("contextc-pilot", (".main", "TOKEN=%s vm-pilot\n" % TWO, "0600", None), (".pem", PEM, "0600", None))
COMMAND = {"name": "one", "argv": ["sh", "-c", "do one"], "timeout": 600, "stop": True, "env": {"TOKEN": ONE, "KEY": PEM}, "hidden": ["KEY", "TOKEN"], "user": None, "directory": "/"}
# The settings of every block that takes secrets, as the compiler writes them; and where they belong: paths, each with its mode.
SETTINGS = {
    "munge": ({"key": base64.b64encode((ONE + "\n" + TWO).encode()).decode(), "install": True, "start": True, "replace": True}, {"/etc/munge/munge.key": 0o400}),
    "certificate": (
        {"host": {"certificate": "-----BEGIN CERTIFICATE-----\n", "key": PEM}, "ca": None, "proxies": [
            {"user": "alice", "proxy": PEM, "path": None}, {"user": "alice", "proxy": PEM, "path": "/home/alice/.globus/proxy"}]},
        {"/etc/grid-security/hostkey.pem": 0o400, "/var/lib/contextc/proxy-alice": 0o600, "/tmp/x509up_u*": 0o600, "/home/alice/.globus/proxy": 0o600}),
    "ssh-access": (
        {"users": [{"name": "alice", "authorized": [["AAAAkey", "ssh-ed25519 AAAAkey"]], "identities": [["id", PEM, "ssh-ed25519 AAAA\n"]]}], "known-hosts": "",
         "host-keys": [["/etc/ssh/ssh_host_ed25519_key", PEM, "ssh-ed25519 AAAA\n"]], "sshd": [["PasswordAuthentication", "no"]]},
        {"/etc/ssh/ssh_host_ed25519_key": 0o600, "/home/alice/.ssh/id": 0o600}),
    "run": ({"commands": [COMMAND, dict(COMMAND, name="two", user="alice")]}, {}),
    "pilot": (
        {"message": "/etc/joboutputs/shutdown_message", "closing": dict(service("contextc-metadata"), title="the metadata address"), "service": PILOT, "commands": [
            {"url": "https://p.example.org/vm-pilot?token=" + ONE, "path": "/var/spool/contextc-pilot/vm-pilot", "sha256": None}]},
        {LIB + "contextc-pilot.main": 0o600, LIB + "contextc-pilot.pem": 0o600}),
    "pipeline": ({"users": ["alice"], "services": [service("contextc-pipeline", (".main", "TOKEN=%s make\n" % ONE, "0400", "alice"))]}, {LIB + "contextc-pipeline.main": 0o400}),
}
# Blocks that take none. A new block stands here or above.
WITHOUT = {"localfs", "disks", "hosts", "nfs", "cvmfs", "metadata"}


def pieces(secret):
    """Of a text as it is, and in base64, whatever stood before it."""
    forms = [secret] + [base64.b64encode(secret[skipped:].encode()).decode().rstrip("=")[:-1] for skipped in range(3)]
    return {form[at:at + 8].encode() for form in forms for at in range(len(form) - 7)}


PIECES = pieces(ONE) | pieces(TWO)


def found(data):
    return sorted(piece for piece in PIECES if piece in data)


class Tool:
    """A process that tells all that it was given, on both of its streams. The one with the number `bad` fails; a shell that puts something does it."""
    made, bad = 0, None

    def __init__(self, argv, stdin=None, stdout=None, stderr=None, env=None, **_):
        Tool.made += 1
        self.argv, self.sink, self.env, self.pid = [os.fsdecode(word) for word in argv], stdout, env or {}, 0
        self.returncode = 7 if Tool.made == Tool.bad else 0

    def communicate(self, data=b""):
        said = b" ".join([data or b"", " ".join(self.argv).encode()] + [value for value in self.env.values()])
        if self.returncode == 0:
            self.put(data)
            said = self.answer() or said
        if self.sink not in (None, subprocess.PIPE):
            os.write(self.sink, said + b"\n")
            return None, None
        return said, b"tool: " + said

    def answer(self):
        words = {"dpkg-query": b"installed", "unmunge": b"STATUS: Success (0)\n", "/usr/sbin/sshd": b"passwordauthentication no\n", "sha256sum": b"00  key\n"}
        return words.get(self.argv[0])

    def put(self, data):
        if self.argv[:2] == ["sh", "-c"] and "mv -fT" in self.argv[2]:
            self.write(self.argv[3], data, int((self.argv + ["600"])[4], 8))
        elif "-CDT" in self.argv:
            with open(Tool.root + self.argv[-2], "rb") as stream:
                self.write(self.argv[-1], stream.read(), 0o600)

    def write(self, path, data, mode):
        os.makedirs(os.path.dirname(Tool.root + path), exist_ok=True)
        with os.fdopen(os.open(Tool.root + path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
            stream.write(data)


class Steps:
    """What fails at one of the actions of a block, with a fault that tells the settings."""
    at, fault, taken = None, None, 0


Row = collections.namedtuple("Row", "pw_name pw_passwd pw_uid pw_gid pw_gecos pw_dir pw_shell")


@functools.lru_cache(maxsize=None)
def once(source):
    return compile(source, "part-handler-000.py", "exec")


def compiled(source, path, mode):
    """There are hundreds of processes, all with the same few handlers."""
    return once(source)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Gives a machine with one block, and nothing that happens to the one that the test runs on."""
    monkeypatch.setattr(subprocess, "Popen", Tool)
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    monkeypatch.setattr(bundle, "compile", compiled, raising=False)
    monkeypatch.setattr(pwd, "getpwnam", lambda name: Row(name, "x", os.getuid(), os.getgid(), "", "/root" if name == "root" else "/home/" + name, "/bin/sh"))
    monkeypatch.setattr("grp.getgrnam", lambda name: collections.namedtuple("Group", "gr_gid")(os.getgid()))
    count = []

    def made(name, step=None, fault=None, bad=None):
        count.append(name)
        (tmp_path / str(len(count))).mkdir()
        guest = Canary((tmp_path / str(len(count))).resolve(), name, monkeypatch)
        Steps.at, Steps.fault, Steps.taken = step, fault, 0
        Tool.made, Tool.bad, Tool.root = 0, bad, str(guest.root)
        return guest
    return made


class Canary(Guest):
    """A machine whose only block is a real one."""

    def __init__(self, root, name, monkeypatch):
        self.name, self.patch = name, monkeypatch
        Guest.__init__(self, root)
        self.blocks, self.scripts = [(name, "late", SETTINGS[name][0])], {}

    def process(self):
        self.runtime = bundle.module([self.name], str(self.handler))
        self.runtime.ROOT, self.runtime.fetched = str(self.root), self.fetched
        self.patch.setattr(self.runtime.time, "sleep", lambda seconds: None)
        perform = self.runtime.Host.perform

        def counted(host, asked):
            Steps.taken += 1
            if Steps.taken == Steps.at:
                raise Steps.fault(self.runtime)
            return perform(host, asked)
        self.runtime.Host.perform = counted

    def fetched(self, url, *_):
        if Tool.bad == 0:
            raise ValueError("nonnumeric port: %r" % url)
        return b"#!/bin/sh\n"


def whole(name):
    return json.dumps(SETTINGS[name][0])


FAULTS = {
    "an exception": lambda name: lambda runtime: ValueError(whole(name)),
    "an exit": lambda name: lambda runtime: SystemExit(whole(name)),
    "a character": lambda name: lambda runtime: UnicodeEncodeError("ascii", PEM, 0, 1, "ordinal not in range"),
    "a failure of the disk": lambda name: lambda runtime: OSError(28, "No space left on device", "/etc/x"),
    "a power cut": lambda name: lambda runtime: KeyboardInterrupt(),
}


def boot(guest):
    """The walk and the final stage, as far as they come."""
    try:
        guest.walk()
        guest.final()
    except KeyboardInterrupt:
        guest.run("--finish")


def leaks(guest, capfd, caplog):
    """Where a piece of a secret is that may not be there, or may be read by others."""
    state = guest.state()["blocks"][0]["state"]
    allowed = dict(SETTINGS[guest.name][1])
    if state != "ok":
        allowed["/var/lib/contextc/queue/" + guest.name] = 0o600
    wrong = []
    for path in sorted(path for path in guest.root.rglob("*") if path.is_file()):
        name, mode = str(path)[len(str(guest.root)):], path.stat().st_mode & 0o7777
        got = found(path.read_bytes())
        if got and mode not in [allowed[known] for known in allowed if fnmatch.fnmatch(name, known)]:
            wrong.append("%s (%o): %s" % (name, mode, got[:3]))
    wrong += ["%s has mode %o" % (name, (guest.root / name).stat().st_mode & 0o777) for name in ("var/lib/contextc", "var/lib/contextc/queue")
              if (guest.root / name).stat().st_mode & 0o777 != 0o700]
    out = capfd.readouterr()
    told = [("printed", out.out + out.err), ("logged", caplog.text + " ".join(str(record.args) for record in caplog.records))]
    return wrong + ["%s: %s" % (where, text) for where, text in told if found(text.encode())]


def test_a_block_has_a_canary():
    assert set(SETTINGS) | WITHOUT == set(bundle.blocks()) and not set(SETTINGS) & WITHOUT


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_block_that_is_well(machine, name, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    guest = machine(name)
    boot(guest)
    assert guest.states() == {name: "ok"}, guest.read("var/log/contextc/%s.log" % name)
    assert leaks(guest, capfd, caplog) == []
    # What is searched for is where it belongs.
    for path, mode in SETTINGS[name][1].items():
        there, = guest.root.glob(path[1:])
        assert found(there.read_bytes()) and there.stat().st_mode & 0o777 == mode, path


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_command_fails(machine, name, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    boot(machine(name))
    commands = Tool.made
    assert commands or name not in ("run", "munge")
    for bad in range(commands + 1):
        guest = machine(name, bad=bad)
        boot(guest)
        assert leaks(guest, capfd, caplog) == [], "with the failure of command %d" % bad


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_action_fails(machine, name, fault, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    boot(machine(name))
    actions = Steps.taken
    assert actions > 1
    for step in range(1, actions + 1):
        guest = machine(name, step=step, fault=FAULTS[fault](name))
        boot(guest)
        assert leaks(guest, capfd, caplog) == [], "with %s at action %d" % (fault, step)
        assert guest.states()[name] == "failed"


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_body_that_arrives_broken(machine, name, capfd, caplog):
    """Cut, mixed up, or text that cannot be encoded: what is said of it is not it."""
    caplog.set_level(logging.DEBUG)
    plan, (ctype, filename, body) = machine(name).parts()
    for broken in (body[:-9], body[:-30] + "\ud800" + body[-30:], body.encode()[:40] + b"\xff" + body.encode()[40:], "[%s]" % body, body * 2, {"not": body}):
        for parts in ([plan, (ctype, filename, broken)], [(ctype, filename, broken), plan], [("text/contextc-plan", "plan", broken), (ctype, filename, body)]):
            guest = machine(name)
            guest.walk(parts)
            if "plan" not in guest.state() or not guest.state()["blocks"]:
                guest.runtime.STATE["blocks"] = [{"state": "unreached"}]
                (guest.root / "var/lib/contextc/state.json").write_text(json.dumps({"blocks": [{"state": "unreached"}]}))
            assert leaks(guest, capfd, caplog) == [], repr(broken)[:60]
