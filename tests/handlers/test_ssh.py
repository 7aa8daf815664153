"""A run file, sent to a machine in namespaces of its own: the shells that it may meet, what it does there, and what a second one finds."""
import json
import os
import re
import subprocess
import time

import jsonschema
import pytest

import sent
from guest import SCHEMA
from host import Host

pytestmark = [pytest.mark.processes, pytest.mark.skipif(os.getuid() != 0, reason="only root makes such namespaces")]

SHELLS = {"dash": ["dash"], "bash": ["bash"], "posix": ["bash", "--posix"], "busybox": ["busybox", "sh"]}
SCRIPT = "#!/bin/sh\necho ran >> /var/log/count\n"
HOSTS = ("hosts", {"lines": "192.0.2.1 head\n", "named": True})
CONFIG = {
    "bootcmd": "#!/bin/sh\necho boot >>/var/log/order\n", "runcmd": "#!/bin/sh\necho runcmd >>/var/log/order\n",
    "write_files": [
        {"path": "/etc/plain", "content": "caf\u00e9\n", "base64": False, "gzip": False, "mode": "0640", "owner": "root", "group": "adm", "append": False, "defer": False},
        {"path": "/etc/plain", "content": "bW9yZQo=", "base64": True, "gzip": False, "mode": "0640", "owner": "root", "group": "adm", "append": True, "defer": False}],
    "deferred": [{"path": "/etc/late", "content": "H4sIAAAAAAACA8tJLEnlAgBHS92yBQAAAA==", "base64": True, "gzip": True, "mode": "0600", "owner": None, "group": None, "append": False, "defer": True}],
    "hostname": {"hostname": "node1", "fqdn": "node1.example.org", "prefer_fqdn": None},
    "apt": {"site.list": "deb [trusted=yes] http://192.0.2.2/ ./"}, "yum": {"site": ["name=site"]},
    "ssh": {"delete": True, "keys": {"ed25519_private": "PRIVATE", "ed25519_public": "PUBLIC\n"}, "types": []}}


@pytest.fixture
def machine(tmp_path):
    return sent.Machine(tmp_path.resolve() / "root")


def whole():
    scripts = ["#!/bin/sh\nread word\necho \"script <$word>\" >>/var/log/order\n", "#!/bin/sh\nexit 3\n"]
    return sent.context([HOSTS], scripts, ["#!/bin/sh\necho \"hook $INSTANCE_ID\" >>/var/log/order\n"], CONFIG)


def verdict(machine):
    summary = machine.summary()
    jsonschema.validate(summary, SCHEMA)
    return summary


def bound(path):
    """The Python that bears the name."""
    return "#!/bin/sh\nexec %s \"$@\"\n" % path


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_brings_all_of_a_context(machine, shell):
    context = whole()
    (machine.root / "etc/ssh").mkdir()
    (machine.root / "etc/ssh/ssh_host_rsa_key").write_text("the image's")
    code, said = machine.send(sent.packed(context), SHELLS[shell])
    summary = verdict(machine)
    assert (code, summary["machine"], summary["cloud-init"], summary["modules"]) == (0, "degraded", None, []), said
    assert {row["name"]: row["reason"] for row in summary["scripts"]} == {"50-001-script": None, "50-002-script": "exit 3", "runcmd": None}
    assert machine.read("var/log/order") == "hook ssh-%s\nboot\nscript <>\nruncmd\n" % context["digest"][:16]
    assert machine.read("etc/plain") == "caf\u00e9\nmore\n" and machine.read("etc/late") == "late\n"
    assert (machine.root / "etc/plain").stat().st_mode & 0o777 == 0o640
    assert machine.read("etc/hostname") == "node1\n" and "192.0.2.1 head" in machine.read("etc/hosts")
    assert machine.read("etc/apt/sources.list.d/site.list").startswith("deb ") and not machine.exists("etc/yum.repos.d")
    assert {path.name for path in (machine.root / "etc/ssh").iterdir()} == {"ssh_host_ed25519_key", "ssh_host_ed25519_key.pub"}
    assert (machine.root / "etc/ssh/ssh_host_ed25519_key").stat().st_mode & 0o777 == 0o600
    assert re.search("contextc: hosts begins\n(.*\n)*contextc: hosts ok\n(.*\n)*contextc: bootcmd\n", said), said
    assert said.rstrip().endswith("contextc:   machine degraded")


def test_nothing_of_it_stays_but_what_it_did(machine):
    machine.send(sent.packed(whole()))
    assert not machine.exists("var/lib/contextc/ssh/scripts") and not machine.exists("var/lib/contextc/ssh/sent.json")
    for path in machine.root.rglob("*"):
        if path.is_file() and "etc/ssh" not in str(path):
            assert b"PRIVATE" not in path.read_bytes(), path
    assert machine.read("var/lib/cloud/data/result.json")


def test_the_second_time_nothing_is_done(machine):
    run = sent.packed(sent.context(scripts=[SCRIPT], config={"bootcmd": SCRIPT}))
    assert machine.send(run)[0] == 0
    before = {path: path.stat().st_mtime_ns for path in machine.root.rglob("*") if path.is_file() and "lock" not in path.name}
    code, said = machine.send(run)
    assert (code, machine.read("var/log/count")) == (0, "ran\nran\n")
    assert "nothing is repeated" in said and said.endswith("machine ok\n"), said
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_another_context_is_a_new_one(machine):
    first, second = (sent.context([HOSTS], scripts=[SCRIPT + "# %d\n" % number]) for number in (1, 2))
    for number, context in enumerate((first, second), 1):
        assert machine.send(sent.packed(context))[0] == 0
        assert machine.read("var/log/count") == "ran\n" * number
        assert verdict(machine)["instance-id"] == "ssh-" + context["digest"][:16]


@pytest.mark.parametrize("by", ["sending", "boot"])
def test_an_interrupted_one_goes_on(machine, by):
    """What was begun of the user's is not begun again, the rest is done; cloud-config is not applied twice."""
    scripts = ["#!/bin/sh\necho begun >>/var/log/count\nkill -9 $PPID\n", SCRIPT]
    run = sent.packed(sent.context([HOSTS], scripts, config={"write_files": [dict(CONFIG["write_files"][1], path="/etc/appended")]}))
    assert machine.send(run)[0] == 137
    assert machine.exists("var/lib/contextc/ssh/sent.json")
    code, said = machine.send(run) if by == "sending" else machine.enter("/usr/local/sbin/contextc-run", "--resume")
    assert "goes on with what was interrupted" in said, said
    assert (code, machine.read("var/log/count"), machine.read("etc/appended")) == (0, "begun\nran\n", "more\n")
    assert [row["reason"] for row in verdict(machine)["scripts"]] == ["interrupted, not repeated", None]
    assert not machine.exists("var/lib/contextc/ssh/sent.json")


def test_what_was_appended_before_a_cut_is_not_appended_again(tmp_path):
    """The power is lost before it is known that the rows were written: they are written once more."""
    driver = {"__name__": "driver", "__file__": "driver.py"}
    exec(sent.handler([]), driver)
    driver["ROOT"] = str(tmp_path.resolve())
    row = dict(CONFIG["write_files"][0], path="/plain", group="root")
    more = [dict(row, append=True, content=text) for text in ("one\n", "two\n", "one\n")]
    rows = [row] + more + [dict(one, path="/made") for one in more]
    (tmp_path / "made").write_text("image\none\n")
    for _ in range(2):
        driver["write_files"](Host("deb"), rows)
        driver["recall"]()
        assert (tmp_path / "plain").read_text() == "caf\u00e9\none\ntwo\none\n"
        assert (tmp_path / "made").read_text() == "image\none\none\ntwo\none\n"
    (tmp_path / "made").write_text("image\none\none\ntwo\none\nothers\n")
    driver["write_files"](Host("deb"), rows)
    assert (tmp_path / "made").read_text() == "image\none\none\ntwo\none\nothers\n"


CUT = "#!/bin/sh\n[ -e /tmp/cut ] || { touch /tmp/cut; kill -9 $PPID; }\n"


def cut_at(context, line):
    """The same context, by handlers whose machine loses its power at this line of theirs."""
    assert context["handler"].count(line) == 1
    return sent.packed(dict(context, handler=context["handler"].replace(line, line[:len(line) - len(line.lstrip())] + "os.kill(os.getpid(), 9)\n" + line)))


@pytest.mark.parametrize("names", [[], ["hosts"]])
def test_what_was_cut_short_is_not_finished_by_hand_before_it_is_done(machine, names):
    context = sent.context([HOSTS], [SCRIPT], config={"bootcmd": CUT, "runcmd": SCRIPT, "write_files": [dict(CONFIG["write_files"][0])]})
    assert machine.send(sent.packed(context))[0] == 137 and not machine.exists("var/log/count")
    code, said = machine.enter("/usr/local/sbin/contextc-run", *names)
    assert (code, machine.read("var/log/count"), machine.read("etc/plain"), verdict(machine)["machine"]) == (0, "ran\nran\n", "caf\u00e9\n", "ok"), said
    assert "goes on with what was interrupted" in said and machine.enter("/usr/local/sbin/contextc-run", *names)[0] == 0
    assert machine.read("var/log/count") == "ran\nran\n"


def test_a_script_that_was_not_begun_is_not_ok():
    driver = {"__name__": "driver", "__file__": "driver.py"}
    exec(sent.handler([]), driver)
    driver["judge_scripts"] = lambda early: ([{"name": name, "state": "ok", "reason": None} for name in ("a", "b")], [])
    driver["STATE"]["scripts"] = {"a": ""}
    assert [row["state"] for row in driver["judge"]()[0]] == ["ok", "unreached"]


def test_a_script_may_ask_for_what_it_is_a_part_of(machine):
    code, said = machine.send(sent.packed(sent.context(scripts=["#!/bin/sh\n/usr/local/sbin/contextc-run >/var/log/said\necho $? >>/var/log/said\n"])))
    assert code == 0 and "under way here, nothing is done" in machine.read("var/log/said") and machine.read("var/log/said").endswith("\n1\n"), said


@pytest.mark.parametrize("by", ["sending", "boot"])
def test_what_a_cut_after_the_verdict_leaves_is_taken_away(machine, by):
    (machine.root / "run/systemd/system").mkdir(parents=True)
    context = dict(sent.context(scripts=[SCRIPT]), config={"runcmd": SCRIPT + "# PRIVATE\n"})
    assert machine.send(cut_at(context, "    forget()\n\n\ndef keep("))[0] == 137 and verdict(machine)["machine"] == "ok"
    left = machine.root / "var/lib/contextc/ssh"
    for name in ("script", "sudoers"):
        (left / name).write_text("PRIVATE")
    assert (left / "sent.json").exists() and machine.exists("etc/systemd/system/contextc-resume.service")
    code, said = machine.send(sent.packed(context)) if by == "sending" else machine.enter("/usr/local/sbin/contextc-run", "--resume")
    assert (code, machine.read("var/log/count")) == (0, "ran\nran\n"), said
    assert sorted(path.name for path in left.iterdir()) == ["instance", "lock"]
    assert not list(machine.root.rglob("*contextc-resume*")) and machine.exists("var/lib/cloud/data/result.json")


def test_one_that_another_cut_off_goes_on_where_it_was(machine):
    """The other one never came to its parts."""
    first, second = sent.context([HOSTS], ["#!/bin/sh\necho begun >>/var/log/count\nkill -9 $PPID\n", SCRIPT]), sent.context(scripts=[SCRIPT])
    assert machine.send(sent.packed(first))[0] == 137
    assert machine.send(cut_at(second, "    walk(sent[\"parts\"])\n"))[0] == 137
    code, said = machine.send(sent.packed(first))
    assert (code, machine.read("var/log/count"), verdict(machine)["instance-id"]) == (0, "begun\nran\n", "ssh-" + first["digest"][:16]), said


def test_a_boot_does_not_bring_back_what_another_context_replaced(machine):
    """The other one has the lock, and has not yet come to its parts."""
    first, second = sent.context(scripts=["#!/bin/sh\nkill -9 $PPID\n", "#!/bin/sh\necho first >>/var/log/count\n"]), sent.context(scripts=[SCRIPT])
    machine.send(sent.packed(first))
    (machine.root / "tmp/second").write_text(json.dumps(dict(second, handler="")))
    wait = "/usr/local/sbin/contextc-run --resume >/tmp/said 2>&1 & until grep -q 'under way' /tmp/said; do sleep 0.1; done; cp /tmp/second /var/lib/contextc/ssh/sent.json"
    machine.enter("sh", "-c", "flock -o /var/lib/contextc/ssh/lock sh -c \"$1\"; until grep -q '  machine ' /tmp/said; do sleep 0.1; done; sleep 0.3", "sh", wait)
    assert (machine.read("var/log/count"), verdict(machine)["instance-id"]) == ("ran\n", "ssh-" + second["digest"][:16])


def test_at_the_next_boot_systemd_goes_on(machine):
    (machine.root / "run/systemd/system").mkdir(parents=True)
    run = sent.packed(sent.context(scripts=["#!/bin/sh\nkill -9 $PPID\n"]))
    machine.send(run)
    unit = machine.read("etc/systemd/system/contextc-resume.service")
    assert os.readlink(machine.root / "etc/systemd/system/multi-user.target.wants/contextc-resume.service") == "/etc/systemd/system/contextc-resume.service"
    assert "ExecStart=/usr/local/sbin/contextc-run --resume\nRemainAfterExit=yes\nKillMode=process\nTasksMax=infinity\n" in unit and "ConditionPathExists=/var/lib/contextc/ssh/sent.json\n" in unit
    assert machine.send(run)[0] == 0
    assert not [path for path in machine.root.rglob("*contextc-resume*")]


@pytest.mark.parametrize("types, left, reason", [
    (["rsa", "ed25519"], {"rsa", "ed25519"}, None), (["ed25519", "none"], {"ed25519"}, "none: ssh-keygen: exit "), ([], {"rsa", "dsa"}, "none is deleted"), (["none"], {"rsa", "dsa"}, "none is deleted")])
def test_no_host_key_goes_before_another_is_there(machine, types, left, reason):
    keys = machine.root / "etc/ssh"
    keys.mkdir()
    for name in ("rsa_key", "rsa_key.pub", "dsa_key", "dsa_key.pub"):
        (keys / ("ssh_host_" + name)).write_text("the image's")
    code, said = machine.send(sent.packed(sent.context(config={"ssh": {"delete": True, "keys": {}, "types": types}})))
    assert {path.name for path in keys.iterdir()} == {"ssh_host_%s_key%s" % (family, half) for family in left for half in ("", ".pub")}, said
    assert all(("the image's" in path.read_text()) == ("dsa" in left) for path in keys.iterdir())
    assert all(path.stat().st_mode & 0o777 == (0o644 if path.suffix else 0o600) for path in keys.iterdir() if "dsa" not in left)
    assert [reason in row["reason"] for row in verdict(machine)["modules"]] == [True] * bool(reason)
    assert not [path for path in (machine.root / "var/lib/contextc").rglob("key*")]


def test_users(machine):
    """One who is there stays as he is; the file of sudo is one that sudo reads."""
    (machine.root / "etc/shadow").write_text("root:*:1::::::\n")
    (machine.root / "etc/skel").mkdir()
    (machine.root / "home").mkdir()
    row = {"options": ["--shell", "/bin/sh", "--groups", "site", "-m"], "groups": ["site"], "primary_group": None, "sudo": []}
    users = [dict(row, name="alice", sudo=["ALL=(ALL) NOPASSWD:ALL"]), dict(row, name="daemon")]
    before = re.search("(?m)^daemon:.*$", machine.read("etc/passwd")).group()
    code, said = machine.send(sent.packed(sent.context(config={"users": users})))
    modules = {row["name"]: row["reason"] for row in verdict(machine)["modules"]}
    assert re.search("(?m)^alice:x:[0-9]+:[0-9]+::/home/alice:/bin/sh$", machine.read("etc/passwd")), said + machine.read("var/log/contextc-output.log")
    assert re.search("(?m)^site:x:[0-9]+:alice$", machine.read("etc/group")) and (machine.root / "home/alice").is_dir()
    assert before in machine.read("etc/passwd") and re.search("(?m)^alice:!", machine.read("etc/shadow"))
    if machine.enter("sh", "-c", "command -v /usr/sbin/visudo")[0]:
        assert "sudo" in modules["users_groups"] and not machine.exists("etc/sudoers.d")
    else:
        assert modules == {} and machine.read("etc/sudoers.d/90-contextc-users") == "alice ALL=(ALL) NOPASSWD:ALL\n"


def test_what_fails_is_said_and_counts(machine):
    rows = [dict(CONFIG["write_files"][0], owner="nobodyhere", content="hunter2hunter2"), dict(CONFIG["write_files"][0], path="/etc/other")]
    code, said = machine.send(sent.packed(sent.context(boothooks=["#!/bin/sh\nexit 4\n"], config={"bootcmd": "exit 5\n", "write_files": rows})))
    modules = {row["name"]: row["reason"] for row in verdict(machine)["modules"]}
    assert (code, modules["boothook-001"], modules["bootcmd"], machine.summary()["machine"]) == (0, "exit 4", "exit 5", "degraded"), said
    assert "/etc/plain" in modules["write_files"] and "hunter2" not in said + json.dumps(modules)
    assert machine.read("etc/other") == "caf\u00e9\n"


def test_a_block_that_fails_is_the_exit_code(machine):
    code, said = machine.send(sent.packed(sent.context([("hosts", {"named": True})])))
    assert (code, verdict(machine)["machine"]) == (1, "failed"), said
    assert "contextc:   machine failed" in said


@pytest.mark.parametrize("word", ["success", "failure"])
def test_what_follows_the_verdict(machine, word):
    """The watch outlives the sending; here as a process, on a machine with systemd as a unit."""
    deeds = {name: [{"do": "command", "argv": ["touch", "/var/log/" + name], "timeout": 60}] for name in ("success", "failure")}
    run = sent.packed(sent.context([("hosts", HOSTS[1] if word == "success" else {})], outcome=dict(deeds, within=600, degraded=False, env={})))
    (machine.root / "tmp/run").write_text(run)
    code, said = machine.enter("sh", "-c", "sh -s </tmp/run; code=$?; n=0; until [ -e /var/log/%s ] || [ $n = 60 ]; do sleep 0.5; n=$((n + 1)); done; exit $code" % word)
    assert (code, machine.exists("var/log/success"), machine.exists("var/log/failure")) == (int(word == "failure"), word == "success", word == "failure"), said


@pytest.mark.parametrize("family, steps", [
    ("deb", [["renew"], ["apt-get", "-qy", "-o", "Dpkg::Options::=--force-confold", "dist-upgrade"],
             ["apt-get", "-qy", "-o", "Dpkg::Options::=--force-confold", "install", "git", "curl=8.0"]]),
    ("rpm", [["renew"], ["dnf", "-y", "upgrade"], ["dnf", "-y", "install", "git", "curl-8.0"]])])
def test_packages_are_asked_for_as_cloud_init_does(family, steps):
    """Lists that cannot be renewed count only where new ones were asked for, and hold nothing up."""
    driver, done = {"__name__": "driver", "__file__": "driver.py"}, []
    exec(sent.handler([]), driver)
    driver["unlocked"] = lambda host, argv, until: done.append(argv) or driver["Result"](rc=9 * (argv == ["renew"]), err="no\n")
    asked = {"names": [["git", None], ["curl", "8.0"]], "update": False, "upgrade": True}
    driver["packages"](Host(family), asked)
    assert done == steps
    with pytest.raises(driver["Failed"], match="renew: exit 9: no"):
        driver["packages"](Host(family), dict(asked, update=True))
    assert done == steps * 2


def test_a_machine_of_cloud_init_is_left_alone(machine):
    (machine.root / "var/lib/contextc").mkdir()
    state = machine.root / "var/lib/contextc/state.json"
    state.write_text(json.dumps({"instance-id": "i-1", "plan": {}}))
    code, said = machine.send(sent.packed(sent.context(scripts=[SCRIPT])))
    assert (code, machine.exists("var/log/count")) == (2, False) and "refused" in said
    assert json.loads(state.read_text())["instance-id"] == "i-1"


def test_what_cloud_init_has_stays(machine):
    (machine.root / "var/lib/cloud/data").mkdir(parents=True)
    (machine.root / "var/lib/cloud/instance/scripts").mkdir(parents=True)
    other = machine.root / "var/lib/cloud/instance/scripts/runcmd"
    other.write_text("#!/bin/sh\necho other >>/var/log/count\n")
    other.chmod(0o700)
    (machine.root / "var/lib/cloud/data/instance-id").write_text("i-1\n")
    assert machine.send(sent.packed(sent.context(scripts=[SCRIPT])))[0] == 0
    assert machine.read("var/log/count") == "ran\n" and machine.read("var/lib/cloud/data/instance-id") == "i-1\n"
    assert sorted(path.name for path in (machine.root / "var/lib/cloud").rglob("*") if path.is_file()) == ["instance-id", "runcmd"]


def test_a_file_that_was_cut_short_does_nothing(machine):
    """Wherever it was cut."""
    run = sent.packed(sent.context(scripts=[SCRIPT]))
    places = set(range(0, len(run) - 2, len(run) // 12)) | {run.index("--contextc--\n\texit") + 3, run.index("{ apply_context") + 9, len(run) - 3}
    for shell in ("dash", "bash", "busybox"):
        for place in sorted(places):
            machine.send(run[:place], SHELLS[shell])
            assert not list((machine.root / "var/log").iterdir()) and not list((machine.root / "var/lib").iterdir()), (shell, place)


def test_a_file_that_was_changed_does_nothing(machine):
    run = sent.packed(sent.context(scripts=[SCRIPT]))
    code, said = machine.send(run.replace("\nH4sI", "\nH5sI"))
    assert (code, machine.exists("var/log/count")) == (2, False) and "did not arrive whole" in said


def test_without_python(machine):
    machine.python("#!/bin/sh\nexit 127\n")
    code, said = machine.send(sent.packed(sent.context()))
    assert code == 2 and "no Python" in said, said


@pytest.mark.skipif(not (sent.PYTHON27 / ".complete").exists(), reason="tests/handlers/python27 brings it")
def test_with_python_2_7(machine):
    machine.python(bound("/opt/usr/bin/python2.7"))
    code, said = machine.send(sent.packed(whole()))
    assert (code, verdict(machine)["python"][:3], verdict(machine)["modules"]) == (0, "2.7", []), said
    assert machine.read("etc/plain") == "caf\u00e9\nmore\n"
    run = sent.packed(sent.context(scripts=["#!/bin/sh\nkill -9 $PPID\n", SCRIPT]))
    assert machine.send(run)[0] == 137
    assert machine.enter("/usr/local/sbin/contextc-run", "--resume")[0] == 0
    assert machine.read("var/log/count") == "ran\n"


def test_only_root(machine):
    run = sent.packed(sent.context())
    done = subprocess.run(["chroot", "--userspec=daemon", "/", "sh", "-s"], input=run, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 2 and "only root" in done.stdout, done.stdout


def test_who_stops_listening_stops_nothing(machine):
    """As when the connection is lost: the words find nobody, the work goes on."""
    run = sent.packed(sent.context(scripts=["#!/bin/sh\nsleep 1\n", SCRIPT]))
    words = ["unshare", "--mount", "--uts", "--pid", "--net", "--ipc", "--fork", "--propagation", "private", "sh", "-c", sent.ENTER, "enter", str(machine.root), "sh", "-s"]
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"PATH": os.environ["PATH"]})
    child.stdin.write(run.encode())
    child.stdin.close()
    child.stdout.close()
    for _ in range(100):
        if child.poll() is not None:
            break
        time.sleep(0.2)
    assert (child.returncode, machine.read("var/log/count")) == (0, "ran\n")


def test_one_after_the_other(machine):
    """A second sender waits for the first: they share a machine, not a namespace."""
    run = sent.packed(sent.context(scripts=["#!/bin/sh\ntouch /tmp/begun\nuntil grep -q 'under way' /tmp/second; do sleep 0.1; done\n" + SCRIPT[10:]]))
    both = "sh -s </tmp/run >/tmp/first 2>&1 & until [ -e /tmp/begun ]; do sleep 0.1; done; sh -s </tmp/run >/tmp/second; cat /tmp/second; wait"
    (machine.root / "tmp/run").write_text(run)
    code, said = machine.enter("sh", "-c", both)
    assert code == 0 and "another run is under way" in said and "nothing is repeated" in said, said
    assert machine.read("var/log/count") == "ran\n"
