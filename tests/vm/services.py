"""A site's machine: keys and certificates made for the run, a visit from outside, and what must hold on it."""

import hashlib
import re
import subprocess

import holds
import visitor

# Asked on the guest. The visit must be over before it goes off.
PROBES = {
    "visited": "for _ in $(seq 110); do [ -e /dev/shm/visited ] && exit 0; sleep 1; done; exit 1",
    "hosts": "getent ahosts storage; getent hosts head.example.org mine.example.org; hostname -f; grep -c 'contextc hosts begins' /etc/hosts",
    "munge": "stat -c '%U:%G %a' /etc/munge/munge.key; munge -n | unmunge | grep STATUS; sha256sum </etc/munge/munge.key",
    "munge-other": "d=$(mktemp -d) && chmod 711 $d && cd $d && dd if=/dev/urandom of=k bs=64 count=1 2>&1 && chmod 600 k && munged --force --key-file=$d/k "
                   "--socket=$d/s --pid-file=$d/p --log-file=$d/l --seed-file=$d/e --num-threads=1; sleep 1; munge -n -S $d/s | unmunge | grep STATUS; kill $(cat p)",
    "nfs": "exportfs -s; date >/mnt/share/from-client && ls /srv/share; findmnt -n -t nfs,nfs4 -o SOURCE,TARGET /mnt/share",
    "sshd": "/usr/sbin/sshd -T | tr A-Z a-z | grep -E '^(permitrootlogin|passwordauthentication|hostkey) '",
    "ssh-files": "stat -c '%a %U %n' /home/alice/.ssh /home/alice/.ssh/*; ssh-keygen -y -f /home/alice/.ssh/id_ed25519",
    "certificate": "stat -c '%a %U %n' /etc/grid-security/host*.pem /tmp/x509up_u$(id -u alice); "
                   "openssl verify -CApath /etc/grid-security/certificates /etc/grid-security/hostcert.pem",
    "data": "for _ in $(seq 60); do mountpoint -q /data && break; sleep 1; done; findmnt -n -o FSTYPE,TARGET /data; cat /data/file",
    "login-shell": "sh -lc 'echo \"$DATA_DIR\" \"$QUOTED\"'",
    "service": "systemd-run --quiet --wait --pipe printenv DATA_DIR QUOTED",
    "count": "cat /var/log/count",
    "corrected": "for _ in $(seq 60); do grep -q '/data: mounted' /var/log/contextc/summary.log && break; sleep 1; done; cat /var/log/contextc/summary.log",
}


# A machine that is switched off in the middle of the report: the first probe lasts longer than the pipeline.
PIPELINE_PROBES = {
    "wait": "[ -e /var/lib/contextc/contextc-pipeline-analysis.done ] || sleep 115",
    "done": "tail -n 1 /var/lib/contextc/contextc-pipeline-analysis.done",
    "out": "cat /mnt/out/who /mnt/out/read /mnt/out/count",
    "journal": "journalctl -b --no-pager -u contextc-pipeline-analysis",
}

LATE_SERVER = {
    "share": "for _ in $(seq 60); do cat /mnt/share/file && break; sleep 1; done; findmnt -n -t nfs,nfs4 -o SOURCE /mnt/share",
    "log": "cat /var/log/contextc/nfs.log",
}


def tool(work, *words):
    subprocess.run(words, cwd=work, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def material(run):
    """Keys and certificates beside the context, new for each run."""
    work = run.work
    for name in ("login", "host_key", "other_host_key"):
        tool(work, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name)
    (work / "munge.key").write_bytes(hashlib.sha512(str(work).encode()).digest() * 2)
    subject = ("-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem")
    tool(work, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject)
    for name, common in (("host", "node1.example.org"), ("user", "alice")):
        request = ("-subj", f"/CN={common}", "-keyout", f"{name}key.pem", "-out", f"{name}.csr")
        tool(work, "openssl", "req", "-newkey", "rsa:2048", "-nodes", *request)
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-out", f"{name}cert.pem")
        tool(work, "openssl", "x509", "-req", "-in", f"{name}.csr", *signed)
    (work / "proxy.pem").write_text((work / "usercert.pem").read_text() + (work / "userkey.pem").read_text())
    return {}


def visit(run, guest):
    """A disk comes while the machine is up; then two first logins: one that must be refused, one that must not."""
    run.visit = {}
    first = guest.boots == 1
    if not visitor.seen(guest, r"Cloud-init v\. \S+ running 'modules:final'|Cloud-init v\. \S+ finished|boot stage final"):
        return
    if first:
        path = run.work / "late.raw"
        filled(path)
        visitor.attach(guest, path, "late")
        guest.disks["late"] = path
    known = run.work / "known_hosts"
    line = re.search(r"(?m)^\S* ?(node1\.example\.org ssh-ed25519 \S+)", run.said)
    known.write_text((line.group(1) if line else "no line") + "\n")
    wrong = run.work / "wrong_hosts"
    wrong.write_text("node1.example.org " + (run.work / "other_host_key.pub").read_text())
    for _ in visitor.tries():
        code, said = visitor.login(guest, "alice", run.work / "login", known, "id -un", "node1.example.org")
        if code == 0:
            break
    run.visit["login"] = (code, said)
    run.visit["wrong"] = visitor.login(guest, "alice", run.work / "login", wrong, "true", "node1.example.org")
    run.visit["root"] = visitor.login(guest, "root", run.work / "login", known, "id", "node1.example.org")
    visitor.login(guest, "alice", run.work / "login", known, "touch /dev/shm/visited", "node1.example.org")


def filled(path):
    """A volume with somebody's data."""
    import sources
    sources.with_a_file(path)


# What must hold.

def end_state(run, runs=1):
    """The end state from inside: now, and the same after a reboot. `runs`: how often the commands of `run` did."""
    out = run.boot.out
    assert "127.0.0.1" in out("hosts") and "192.0.2.77" in out("hosts") and "192.0.2.2" in out("hosts"), out("hosts")
    assert out("hosts").split()[-2:] == ["node1.example.org", "1"], out("hosts")
    key = hashlib.sha256((run.work / "munge.key").read_bytes()).hexdigest()
    assert out("munge").splitlines()[0] == "munge:munge 400" and "Success" in out("munge") and key in out("munge"), out("munge")
    assert "Invalid credential" in out("munge-other"), out("munge-other")
    assert "/srv/share" in out("nfs") and "from-client" in out("nfs") and "/mnt/share" in out("nfs").splitlines()[-1], out("nfs")
    assert re.search(r"(?m)^passwordauthentication no$", out("sshd")), out("sshd")
    assert re.search(r"(?m)^permitrootlogin (without-password|prohibit-password)$", out("sshd")), out("sshd")
    assert re.search(r"(?m)^700 alice /home/alice/.ssh$", out("ssh-files")) and "600 alice /home/alice/.ssh/authorized_keys" in out("ssh-files"), out("ssh-files")
    assert "600 alice /home/alice/.ssh/id_ed25519" in out("ssh-files"), out("ssh-files")
    modes = dict(reversed(line.rsplit(" ", 1)) for line in out("certificate").splitlines()[:3])
    assert modes["/etc/grid-security/hostcert.pem"] == "644 root" and modes["/etc/grid-security/hostkey.pem"] == "400 root", modes
    assert [mode for path, mode in modes.items() if path.startswith("/tmp/x509up_u")] == ["600 alice"], modes
    assert "hostcert.pem: OK" in out("certificate"), out("certificate")
    assert out("login-shell").strip() == "/data a b$c", out("login-shell")
    assert out("count") == runs * "again\n"


def data_disk(run):
    """The volume that came late: mounted with what it holds, and the summary put right."""
    assert "ext4 /data" in " ".join(run.boot.out("data").split()) and "precious" in run.boot.out("data"), run.boot.out("data")
    assert "/data: mounted" in run.boot.out("corrected"), run.boot.out("corrected")


def variables_of_services(run):
    assert run.boot.out("service").split("\n")[:2] == ["/data", "a b$c"], run.boot.out("service")


def logins(run):
    """The compiler's known_hosts line verifies the first login; another key's line refuses it; root gets the forced command."""
    visit = run.visit
    assert run.boot.rc("visited") == 0, visit
    assert visit["login"] == (0, "alice\n"), visit
    assert visit["wrong"][0] == 255 and "verification failed" in visit["wrong"][1], visit
    assert visit["root"] == (0, "only this\n"), visit


def results(run, block, **expected):
    """What a block proved, as the summary tells it."""
    rows = {row["name"]: row["results"] for row in run.boot.summary()["blocks"]}
    found = {row["name"]: row["result"] for row in rows[block]}
    for name, pattern in expected.items():
        assert re.match(pattern, found[name.replace("_", " ")]), found


def installed(run):
    """cloud-init alone did it: the package is there, from a repository that only its own key could sign for."""
    assert run.boot.ended == "off", run.boot.ended
    assert run.boot.out("cvmfs-package") == "2.11.2~1+standin", run.boot.out("cvmfs-package")
    holds.cloud_init_says(run.boot, "done")


def powered_off(run):
    """The pipeline switched the machine off, in the middle of our report and long before it would have ended."""
    assert run.boot.ended == "no report" and "Power down" in run.boot.console, (run.boot.ended, run.boot.console[-500:])


def pipeline_done(run):
    """It ran once, as its user, on the mounted disk; the next boot neither repeats it nor is switched off."""
    assert run.boot.ended == "off"
    assert run.boot.out("out").split() == ["alice", "precious", "done"], run.boot.out("out") + run.boot.out("journal")
    assert run.boot.out("done").strip() == "exit 0", run.boot.out("done")


def shared(run):
    """What the server has is seen at the mount point."""
    assert run.boot.out("share").splitlines()[-2:] == ["from the server", "127.0.0.1:/srv/share"], run.boot.out("share")


def waited(run):
    """The server was asked before it was there, and again until it was."""
    shared(run)
    assert run.boot.out("log").count("systemctl start mnt-share.automount") > 1, run.boot.out("log")
