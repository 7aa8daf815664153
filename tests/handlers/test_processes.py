"""The action `Run`, on harmless processes."""
import json
import os
import pwd
import subprocess
import sys
import time

import pytest

import bundle
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


def test_the_last_of_the_output(runtime):
    host = Host()
    done = runtime.Run(["sh", "-c", "pwd; echo err > /dev/stderr; echo out > /dev/stdout; sleep 30 &"], directory="/tmp", last=99).perform(host)
    assert (done.rc, done.out, done.err, done.left) == (0, "/tmp\nerr\nout\n", "", 0)
    assert done.seconds < 1
    assert len(host.lines) == 1


def test_no_more_than_the_last_of_the_output(runtime):
    done = runtime.Run(["sh", "-c", "head -c 9999999 /dev/zero; echo end"], last=6).perform(Host())
    assert (done.out, done.left) == ("\0\0end\n", 9999997)


def test_what_stays_in_the_background_may_write(runtime, scratch):
    """After its command, and after the process that ran it."""
    command = "(while [ ! -e %s/gate ]; do sleep 0.1; done; seq 99999 && touch %s/written) & echo begun" % (scratch, scratch)
    child = os.fork()
    if not child:
        os._exit(runtime.Run(["sh", "-c", command], last=99).perform(Host()).out != "begun\n")
    assert os.waitpid(child, 0)[1] == 0
    (scratch / "gate").touch()
    for _ in range(100):
        if (scratch / "written").exists():
            return
        time.sleep(0.1)
    raise AssertionError("it died of what it wrote")


def test_what_stays_in_the_background_has_no_part_in_the_next_command(runtime, scratch):
    """It neither reads what that one writes nor writes into it."""
    command = "(while [ ! -e %s/gate ]; do sleep 0.1; done; echo forged; touch %s/written) & true" % (scratch, scratch)
    runtime.Run(["sh", "-c", command], last=99).perform(Host())
    second = "touch %s/gate; while [ ! -e %s/written ]; do sleep 0.1; done; echo true; readlink /proc/self/fd/1" % (scratch, scratch)
    out = runtime.Run(["sh", "-c", second], last=99, timeout=20).perform(Host()).out
    assert out.splitlines()[0] == "true" and out.splitlines()[1].startswith("pipe:")


@pytest.mark.parametrize("argv, directory", [(["/no/such"], None), (["true"], "/no/such")])
def test_the_output_of_nothing(runtime, argv, directory):
    host = Host()
    assert runtime.Run(argv, check=False, directory=directory, last=99).perform(host).rc == 127
    assert "No such file or directory" in host.lines[1]


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")
def test_a_command_of_a_user(runtime, scratch):
    """Without any tool of the machine's, which an old one may not have."""
    row = pwd.getpwnam("daemon")
    command = ["sh", "-c", "echo seen > /dev/stderr; id -u; id -g; id -G; touch %s/mine" % scratch]
    lines = runtime.Run(command, user="daemon", last=999, check=False).perform(Host()).out.splitlines()
    assert lines[:3] == ["seen", str(row.pw_uid), str(row.pw_gid)]
    assert set(map(int, lines[3].split())) == set(os.getgrouplist("daemon", row.pw_gid))
    assert "denied" in lines[4]
    assert not (scratch / "mine").exists()


def test_a_process_that_is_told_to_end_ends_at_once(tmp_path):
    """As cloud-init does it: SIGTERM becomes SystemExit, wherever it finds us; no handler's fault, and nothing holds the process."""
    program = tmp_path / "program.py"
    program.write_text(bundle.source([]).replace('if __name__ == "__main__":\n    sys.exit(main(sys.argv[1:]))\n', "") + """
signal.signal(signal.SIGTERM, lambda *given: sys.exit(1))
ROOT = %r
STATE.update(plan={"digest": "d" * 64}, blocks=[{"name": "long", "notes": {}, "results": []}])
store(HOME + "queue/long", b'{"long": {}}')
def long(settings, host):
    os.write(1, b"begins")
    yield Run(["sleep", "60"])
HANDLERS["long"] = long
work(STATE["blocks"][0], True)
""" % str(tmp_path))
    child = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout.read(6) == b"begins"
    time.sleep(0.5)
    child.terminate()
    _, said = child.communicate(timeout=20)
    assert child.returncode == 1 and b"Ended" in said, said
    assert json.loads((tmp_path / "var/lib/contextc/state.json").read_text())["blocks"][0]["state"] == "running"
