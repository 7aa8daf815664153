"""The action `Run`, on harmless processes."""
import os
import pwd
import time

import pytest

from host import Host

pytestmark = pytest.mark.processes


def test_run(runtime):
    host = Host()
    done = runtime.Run(["sh", "-c", "cat; echo err >&2; exit 3"], "in", check=False).perform(host)
    assert (done.rc, done.out, done.err) == (3, "in", "err\n")
    assert host.lines == ["DEBUG run (3) sh -c cat; echo err >&2; exit 3", "DEBUG inerr"]
    with pytest.raises(runtime.Failed) as fault:
        runtime.Run(["sh", "-c", "echo out; echo 1 >&2; echo last >&2; exit 3"]).perform(host)
    assert str(fault.value) == "sh: exit 3: last"


def test_run_without_a_program(runtime):
    assert runtime.Run(["/no/such"], check=False).perform(Host()).rc == 127


def test_the_environment_is_fixed(runtime, monkeypatch):
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    out = runtime.Run(["env"], env={"EXTRA": "1"}).perform(Host()).out
    assert sorted(line for line in out.splitlines() if line[0] != "_") == ["EXTRA=1", "HOME=/root", "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]


def test_a_command_that_hangs_is_killed_with_its_children(runtime):
    begin = time.time()
    done = runtime.Run(["sh", "-c", "sleep 30 & sleep 30"], timeout=0.3, check=False).perform(Host())
    assert done.rc == -9
    assert time.time() - begin < 10


def test_a_secret_is_not_logged(runtime):
    host = Host()
    with pytest.raises(runtime.Failed) as fault:
        runtime.Run(["sleep", "9"], timeout=0.2).perform(Host())
    assert str(fault.value).startswith("sleep: exit -9: killed after")
    host = Host()
    with pytest.raises(runtime.Failed) as fault:
        runtime.Run(["sh", "-c", "echo hunter2; cat >&2; exit 1"], "hunter2", secret=True).perform(host)
    assert "hunter2" not in str(fault.value) + "".join(host.lines)


def test_a_destructive_step_is_recorded_before_and_after(runtime):
    host = Host()
    runtime.Run(["true", "x"], destructive=True).perform(host)
    assert host.saved == [("doing", "true x"), ("doing", None)]


def test_the_output_goes_to_a_file(runtime, scratch):
    done = runtime.Run(["sh", "-c", "pwd; echo err >&2; sleep 30 &"], directory="/tmp", output="/got").perform(Host())
    assert (done.rc, done.out, done.err) == (0, "", "")
    assert done.seconds < 20
    assert (scratch / "got").read_text() == "/tmp\nerr\n"
    assert (scratch / "got").stat().st_mode & 0o777 == 0o600
    runtime.Run(["echo", "less"], output="/got").perform(Host())
    assert (scratch / "got").read_text() == "less\n"


@pytest.mark.parametrize("argv, directory", [(["/no/such"], None), (["true"], "/no/such")])
def test_the_output_of_nothing(runtime, scratch, argv, directory):
    host = Host()
    assert runtime.Run(argv, check=False, directory=directory, output="/got").perform(host).rc == 127
    assert "No such file or directory" in host.lines[1]


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")
def test_a_command_of_a_user(runtime, scratch):
    """Without any tool of the machine's, which an old one may not have."""
    row = pwd.getpwnam("daemon")
    command = ["sh", "-c", "echo seen > /dev/stderr; id -u; id -g; id -G; touch %s/mine" % scratch]
    runtime.Run(command, user="daemon", output="/got", check=False).perform(Host())
    lines = (scratch / "got").read_text().splitlines()
    assert lines[:3] == ["seen", str(row.pw_uid), str(row.pw_gid)]
    assert set(map(int, lines[3].split())) == set(os.getgrouplist("daemon", row.pw_gid))
    assert "denied" in lines[4]
    assert not (scratch / "mine").exists()
