"""What is written in the homes of users, with real processes: by the user, repeatable, and whatever lies there already.

The tables show who writes; what the small programs of sh do is seen here.
"""
import os
import pwd
import shutil
import tempfile
from pathlib import Path

import pytest

from host import Host

pytestmark = pytest.mark.processes

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIExample"
LINE = "no-pty ssh-ed25519 %s alice" % KEY
# cloud-init's own line for root: the same key, with nothing allowed.
DISABLED = 'no-pty,command="echo \'Please login as the user\'" ssh-ed25519 %s alice' % KEY
PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n"
# Another user than the one that runs this, where that can be.
USER = "daemon" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def home():
    """Not below pytest's own directory, which only its user may enter."""
    path = Path(tempfile.mkdtemp()).resolve()
    path.chmod(0o755)
    (path / "home").mkdir()
    give(path / "home")
    yield path / "home"
    shutil.rmtree(str(path))


def give(path):
    row = pwd.getpwnam(USER)
    os.chown(str(path), row.pw_uid, row.pw_gid)


def put(path, data, mode=0o644):
    """A file of the user."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    give(path.parent)
    give(path)


def facts(path):
    row = path.lstat()
    return row.st_ino, row.st_mtime_ns, row.st_mode & 0o7777, pwd.getpwuid(row.st_uid).pw_name


def act(runtime, block, settings, home, scratch):
    """The end of a run of the handler, for the one user there is. What is not below the home lands in the scratch directory."""
    runtime.ROOT = str(scratch)
    host = Host()
    account = runtime.Result(name=USER, uid=1, gid=1, group=USER, home=str(home))

    def perform(asked):
        return account if isinstance(asked, runtime.Account) else asked.perform(host)
    try:
        runtime.drive(runtime.HANDLERS[block](settings, host), perform)
    except runtime.Failed as fault:
        end = fault.args[0]
    else:
        end = "ok"
    assert "secret" not in end + "".join(host.lines)
    return end


def keys(runtime, home, scratch, authorized=(), identities=()):
    users = [{"name": USER, "authorized": authorized, "identities": identities}]
    return act(runtime, "ssh-access", {"users": users, "known-hosts": "", "host-keys": [], "sshd": []}, home, scratch)


@pytest.mark.parametrize("before, after", [
    (None, b"%s\n"),
    (b"", b"%s\n"),
    (b"ssh-rsa OTHER b\xff\x00b\n\n# theirs", b"ssh-rsa OTHER b\xff\x00b\n\n# theirs\n%s\n"),
    (DISABLED.encode() + b"\nssh-rsa OTHER bob\n", b"ssh-rsa OTHER bob\n%s\n"),
])
def test_keys_of_others_stay(runtime, home, scratch, before, after):
    path = home / ".ssh" / "authorized_keys"
    if before is not None:
        put(path, before)
    assert keys(runtime, home, scratch, [[KEY, LINE]]) == "ok"
    assert path.read_bytes() == after.replace(b"%s", LINE.encode())
    seen = facts(path)
    assert seen[2:] == (0o600, USER) and facts(path.parent)[2:] == (0o700, USER)
    path.chmod(0o640)
    path.parent.chmod(0o755)
    assert keys(runtime, home, scratch, [[KEY, LINE]]) == "ok"
    assert (facts(path), facts(path.parent)[2]) == (seen, 0o700)
    assert os.listdir(str(path.parent)) == ["authorized_keys"]


def plain_file(home):
    put(home / ".ssh", b"")
    return "mkdir: "


def directory(home):
    (home / ".ssh" / "authorized_keys").mkdir(parents=True)
    give(home / ".ssh")
    return "mv: cannot overwrite directory"


def no_home(home):
    if os.getuid():
        pytest.skip("a user may make this home")
    home.rmdir()
    return "mkdir: cannot create directory"


def link(home):
    (home / "elsewhere").mkdir()
    (home / ".ssh").symlink_to("elsewhere")
    return "%s/.ssh is a link" % home


def link_below(home):
    put(home / ".ssh" / "mine", b"mine\n")
    (home / ".ssh" / "authorized_keys").symlink_to("mine")
    return "%s/.ssh/authorized_keys is a link" % home


@pytest.mark.parametrize("broken", [plain_file, directory, no_home, link, link_below])
def test_a_broken_home_is_its_user_s_fault(runtime, home, scratch, broken):
    reason = broken(home)
    before = sorted(str(path) for path in home.parent.rglob("*"))
    assert keys(runtime, home, scratch, [[KEY, LINE]], [["id", PRIVATE, "ssh-ed25519 AAAA\n"]]).startswith("%s: %s" % (USER, reason))
    assert sorted(str(path) for path in home.parent.rglob("*")) == before


def test_what_would_be_waited_for_is_replaced(runtime, home, scratch):
    (home / ".ssh").mkdir()
    give(home / ".ssh")
    os.mkfifo(str(home / ".ssh" / "authorized_keys"))
    assert keys(runtime, home, scratch, [[KEY, LINE]]) == "ok"
    assert (home / ".ssh" / "authorized_keys").read_text() == LINE + "\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root could be led astray")
def test_root_writes_nothing_for_a_user(runtime, home, scratch):
    """A directory that only root may write to, in the place of the user's: nothing of it changes, whatever is there."""
    put(home / ".ssh" / "authorized_keys", b"root's\n", 0o600)
    for path in home / ".ssh", home / ".ssh" / "authorized_keys":
        os.chown(str(path), 0, 0)
    assert keys(runtime, home, scratch, [[KEY, LINE]]).startswith(USER + ": ")
    assert (home / ".ssh" / "authorized_keys").read_text() == "root's\n"


def test_identities(runtime, home, scratch):
    put(home / ".ssh" / "id", PRIVATE.strip().encode())
    put(home / ".ssh" / "id.pub", b"old\n", 0o600)
    assert keys(runtime, home, scratch, [], [["id", PRIVATE, "ssh-ed25519 AAAA\n"]]) == "ok"
    paths = [home / ".ssh" / name for name in ("id", "id.pub")]
    assert [path.read_text() for path in paths] == [PRIVATE, "ssh-ed25519 AAAA\n"]
    seen = [facts(path) for path in paths]
    assert [row[2:] for row in seen] == [(0o600, USER), (0o644, USER)]
    assert keys(runtime, home, scratch, [], [["id", PRIVATE, "ssh-ed25519 AAAA\n"]]) == "ok"
    assert [facts(path) for path in paths] == seen


def test_an_identity_that_is_another_key_stays(runtime, home, scratch):
    put(home / ".ssh" / "id", b"the user's own\n")
    end = keys(runtime, home, scratch, [[KEY, LINE]], [["id", PRIVATE, "ssh-ed25519 AAAA\n"]])
    assert end == "%s: %s/.ssh/id is another key: move it away, or give the new one a name" % (USER, home)
    assert (home / ".ssh" / "id").read_text() == "the user's own\n"
    assert sorted(os.listdir(str(home / ".ssh"))) == ["authorized_keys", "id"]


# The proxies of the block certificate.

def proxy(runtime, home, scratch, path, text="proxy\n"):
    row = {"user": USER, "proxy": text, "path": str(path)}
    return act(runtime, "certificate", {"host": None, "ca": None, "proxies": [row]}, home, scratch)


def install_of(scratch):
    """What root is to install, at the path where it looks for it: that is not below a scratch directory."""
    return scratch / "var/lib/contextc" / ("proxy-" + USER)


@pytest.fixture
def outside(runtime, home, scratch, monkeypatch):
    """A place outside of the home; `install` takes its source from the scratch directory."""
    real = runtime.Run.perform

    def perform(asked, host):
        asked.argv = [str(install_of(scratch)) if word.startswith("/var/lib/contextc/") else word for word in asked.argv]
        return real(asked, host)
    monkeypatch.setattr(runtime.Run, "perform", perform)
    return home.parent / "srv" / "proxy"


@pytest.mark.parametrize("below", [True, False])
def test_a_proxy(runtime, home, scratch, outside, below):
    path = home / ".globus" / "proxy" if below else outside
    if not below and os.getuid():
        pytest.skip("only root gives files away")
    assert proxy(runtime, home, scratch, path) == "ok"
    seen = facts(path)
    assert (path.read_text(), seen[2:]) == ("proxy\n", (0o600, USER))
    assert proxy(runtime, home, scratch, path) == "ok"
    assert facts(path) == seen
    # The right content is not enough.
    path.chmod(0o644)
    assert proxy(runtime, home, scratch, path) == "ok"
    assert facts(path)[2:] == (0o600, USER)
    assert os.listdir(str(path.parent)) == ["proxy"]


def fifo(path):
    os.mkfifo(str(path))


def another_s(path):
    if os.getuid():
        pytest.skip("only root gives files away")
    path.write_text("proxy\n")
    path.chmod(0o600)


def a_link(path):
    put(path.parent / "target", b"proxy\n", 0o600)
    path.symlink_to("target")


@pytest.mark.parametrize("below", [True, False])
@pytest.mark.parametrize("planted", [fifo, another_s, a_link])
def test_what_was_planted_is_replaced(runtime, home, scratch, outside, planted, below):
    path = home / "proxy" if below else outside
    if not below:
        if os.getuid():
            pytest.skip("only root gives files away")
        path.parent.mkdir()
    planted(path)
    assert proxy(runtime, home, scratch, path) == "ok"
    assert not path.is_symlink()
    assert (path.read_text(), facts(path)[2:]) == ("proxy\n", (0o600, USER))


@pytest.mark.parametrize("below", [True, False])
def test_a_proxy_is_on_the_disk_before_the_block_is_ok(runtime, home, scratch, outside, below, monkeypatch):
    """After a power cut an empty file could bear its name."""
    tools = home.parent / "tools"
    put(tools / "sync", b'#!/bin/sh\necho "$@" >>"%s"\n' % str(home / "synced").encode(), 0o755)
    put(home / "synced", b"")
    real = runtime.Run.perform

    def perform(asked, host):
        asked.env = {"PATH": "%s:/usr/bin:/bin" % tools}
        return real(asked, host)
    monkeypatch.setattr(runtime.Run, "perform", perform)
    if not below and os.getuid():
        pytest.skip("only root gives files away")
    path = home / "proxy" if below else outside
    assert proxy(runtime, home, scratch, path) == "ok"
    steps = ["%s.contextc" % path, str(home)] if below else ["%s %s/" % (path, path.parent)]
    assert (home / "synced").read_text().splitlines() == steps
    (home / "synced").write_text("")
    if below:
        assert keys(runtime, home, scratch, [[KEY, LINE]]) == "ok"
        assert (home / "synced").read_text().splitlines() == ["%s/.ssh/.contextc-authorized_keys" % home, "%s/.ssh" % home]
