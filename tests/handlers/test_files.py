"""The actions on files: whole after a power cut, never readable by others, the same when repeated."""
import os

import pytest

from host import Host


def mode(path):
    return path.stat().st_mode & 0o7777


def test_write(runtime, scratch):
    path = scratch / "file"
    assert runtime.Write("/file", "text\n", 0o640).perform(Host()).changed
    assert (path.read_text(), mode(path)) == ("text\n", 0o640)
    before = path.stat().st_ino
    assert not runtime.Write("/file", "text\n", 0o600).perform(Host()).changed
    assert (path.stat().st_ino, mode(path)) == (before, 0o600)
    assert runtime.Write("/file", u"\u00e9\n").perform(Host()).changed
    assert path.read_bytes() == b"\xc3\xa9\n"
    assert [entry.name for entry in scratch.iterdir()] == ["file"]


def test_a_secret_is_never_readable_by_others(runtime, scratch, monkeypatch):
    seen = []
    monkeypatch.setattr(runtime.os, "fsync", lambda handle: seen.append(os.fstat(handle).st_mode & 0o777))
    runtime.Write("/secret", "s", 0o400).perform(Host())
    assert seen[0] == 0o600
    assert mode(scratch / "secret") == 0o400


def test_write_does_not_follow_a_link_planted_for_its_temporary_file(runtime, scratch):
    (scratch / "victim").write_text("mine")
    (scratch / ".contextc-file").symlink_to(scratch / "victim")
    runtime.Write("/file", "text").perform(Host())
    assert (scratch / "victim").read_text() == "mine"


@pytest.mark.parametrize("old", ["", "text"])
def test_owner_and_mode_are_those_of_what_was_written(runtime, scratch, monkeypatch, old):
    """Who owns the directory may put a link there between any two steps: root gives away nothing of its own through it."""
    (scratch / "victim").write_text("mine")
    os.chmod(str(scratch / "victim"), 0o600)
    (scratch / "file").write_text(old)
    real = runtime.pwd.getpwnam

    def swap(name):
        for planted in scratch / ".contextc-file", scratch / "file":
            if planted.exists():
                planted.unlink()
            planted.symlink_to(scratch / "victim")
        return real(name)
    monkeypatch.setattr(runtime.pwd, "getpwnam", swap)
    runtime.Write("/file", "text", 0o644, owner="root").perform(Host())
    assert mode(scratch / "victim") == 0o600


def test_write_keeps_a_link(runtime, scratch):
    (scratch / "real").write_text("old")
    (scratch / "link").symlink_to("real")
    runtime.Write("/link", "new").perform(Host())
    assert (scratch / "link").is_symlink()
    assert (scratch / "real").read_text() == "new"


def test_a_file_is_whole_when_the_power_goes(runtime, scratch, monkeypatch):
    (scratch / "file").write_text("old")

    def cut(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(runtime.os, "rename", cut)
    with pytest.raises(KeyboardInterrupt):
        runtime.Write("/file", "new").perform(Host())
    assert (scratch / "file").read_text() == "old"


KEY = r"\s*[^#\s]\S*\s+/home\s"


@pytest.mark.parametrize("before, after, changed", [
    ("", "UUID=1 /home xfs\n", True),
    ("a / x\nb /x y", "a / x\nb /x y\nUUID=1 /home xfs\n", True),
    ("UUID=1 /home xfs\na / x\n", "UUID=1 /home xfs\na / x\n", False),
    ("tmpfs /home tmpfs\n# c /home d\ne /homes f\n", "#tmpfs /home tmpfs\n# c /home d\ne /homes f\nUUID=1 /home xfs\n", True),
    (" UUID=0 /home xfs\n\nb\x85 /home c\n", "# UUID=0 /home xfs\n\n#b\x85 /home c\nUUID=1 /home xfs\n", True),
    ("UUID=0 /home xfs\n\xff\n", "#UUID=0 /home xfs\n\xff\nUUID=1 /home xfs\n", True),
])
def test_line(runtime, scratch, before, after, changed):
    (scratch / "fstab").write_bytes(before.encode("latin-1"))
    line = runtime.Line("/fstab", "UUID=1 /home xfs", KEY)
    assert line.perform(Host()).changed == changed
    assert (scratch / "fstab").read_bytes() == after.encode("latin-1")
    assert not line.perform(Host()).changed


def test_line_makes_the_file(runtime, scratch):
    runtime.Line("/fstab", "text", "x").perform(Host())
    assert ((scratch / "fstab").read_text(), mode(scratch / "fstab")) == ("text\n", 0o644)


def test_mkdir(runtime, scratch):
    assert runtime.Mkdir("/a/b", 0o1777).perform(Host()).changed
    assert (mode(scratch / "a"), mode(scratch / "a/b")) == (0o755, 0o1777)
    assert not runtime.Mkdir("/a/b").perform(Host()).changed
    assert mode(scratch / "a/b") == 0o1777
    runtime.Mkdir("/a/b", 0o700, "root", "root").perform(Host())
    assert mode(scratch / "a/b") == 0o700


def test_read(runtime, scratch):
    (scratch / "file").write_text("text\n")
    assert (runtime.Read("/file").perform(Host()), runtime.Read("/none").perform(Host())) == ("text", "")


@pytest.mark.processes
@pytest.mark.parametrize("old", [None, b"\xff old \n"])
def test_a_trial_that_is_refused_leaves_nothing(runtime, scratch, old):
    path = scratch / "file"
    if old is not None:
        path.write_bytes(old)
        path.chmod(0o640)
    host = Host()
    done = runtime.Trial("/file", "new\n", ["true"], ["sh", "-c", "cat %s >&2; exit 3" % path], 0o600).perform(host)
    assert (done.rc, done.err, done.changed) == (3, "new\n", False)
    assert [entry.name for entry in scratch.iterdir()] == ["file"] * (old is not None)
    if old is not None:
        assert (path.read_bytes(), mode(path)) == (old, 0o640)
    assert host.notes["before /file"] is None
    assert runtime.Trial("/file", "new\n", ["sh", "-c", "exit 4"], ["true"], 0o600).perform(host).rc == 4
    assert (path.read_bytes() if path.exists() else None) == old


@pytest.mark.processes
def test_a_trial_that_is_accepted_stays(runtime, scratch):
    assert runtime.Trial("/file", "new\n", ["true"], ["true"], 0o600).perform(Host()).changed
    assert not runtime.Trial("/file", "new\n", ["true"], ["true"], 0o600).perform(Host()).changed
    assert mode(scratch / "file") == 0o600


@pytest.mark.processes
@pytest.mark.parametrize("old", [None, "old\n"])
def test_a_trial_after_a_power_cut_knows_what_was_before(runtime, scratch, monkeypatch, old):
    path = scratch / "file"
    if old:
        path.write_text(old)
    host = Host()
    ask = runtime.ask

    def cut(host, *argv):
        if argv == ("false",):
            raise KeyboardInterrupt
        return ask(host, *argv)
    monkeypatch.setattr(runtime, "ask", cut)
    with pytest.raises(KeyboardInterrupt):
        runtime.Trial("/file", "new\n", ["true"], ["false"]).perform(host)
    monkeypatch.undo()
    assert path.read_text() == "new\n"
    again = Host()
    again.notes = dict(host.notes)
    assert runtime.Trial("/file", "new\n", ["false"], ["false"]).perform(again).rc == 1
    # What the power cut left may be what the first command refuses.
    assert path.read_text() == old if old else not path.exists()
