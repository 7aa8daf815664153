"""Pilots: servers with certificates of the run's own authorities, and what must hold of stand-ins for DIRAC's commands."""

import hashlib
import json
import re
import shutil

import holds
import images
import services
import webserver

BOOT = "$(cat /proc/sys/kernel/random/boot_id)"
LOGS = "/var/log/contextc/pilot-"
MESSAGE = "/etc/joboutputs/shutdown_message"
ADDRESSES = ("169.254.169.254", "[fd00:ec2::254]")

# Asked while the pilots run. The last one lets them end, after which the machine goes off; at a second boot it stops them.
PROBES = {
    "began": f"for _ in $(seq 110); do grep -q \"waits {BOOT}\" {LOGS}01.log && grep -q \"waits {BOOT}\" {LOGS}02.log && exit 0; sleep 1; done; exit 1",
    "log-01": f"sed -n \"/begins {BOOT}/,\\$p\" {LOGS}01.log",
    "log-02": f"sed -n \"/begins {BOOT}/,\\$p\" {LOGS}02.log",
    "pilot-files": "stat -c '%a %U %n' /usr/local/lib/contextc/contextc-pilot.* /var/spool/contextc-pilot/* /run/contextc-pilot/* /home/pilot* "
                   f"{LOGS}*.log /etc/joboutputs/*",
    "pilot-processes": "ps -eo user:20,args | grep '[v]m-pilot --dirac-site'",
    "heartbeat": "for _ in 1 2 3; do cat /etc/joboutputs/vm-heartbeat; sleep 4; done",
    "leaks": "grep -rlF -e \"$(sed -n '/PRIVATE KEY/{n;p;q}' /usr/local/lib/contextc/contextc-pilot.pem)\" /var/log /var/lib/contextc /tmp",
    "metadata-before": "cat /var/log/metadata-before",
    "metadata-root": "for address in 169.254.169.254 '[fd00:ec2::254]'; do curl -sS -g -m 20 http://$address/stand-in; done",
    "message": f"cat {MESSAGE}",
    "message-before": "cat /var/log/message-before",
    "pilot-journal": "journalctl -b -q --no-pager -o cat -u contextc-pilot",
    "pilot-unit": "systemctl is-enabled contextc-pilot; systemctl is-active contextc-pilot",
    "end": f"[ -e /var/log/message-before ] || {{ touch /run/pilots-may-end; sleep 115; }}; systemctl stop contextc-pilot; cat {MESSAGE}",
}
UNTRUSTED_PROBES = {
    "spool": "ls /var/spool/contextc-pilot",
    "ended": "for _ in $(seq 110); do journalctl -b -q -u contextc-pilot | grep -q 'pilots have ended' && break; sleep 1; done; "
             "journalctl -b -q --no-pager -o cat -u contextc-pilot",
    "started": f"id pilot01; ls {LOGS}01.log /home/pilot01; ls -A /run/contextc-pilot",
    "message": f"cat {MESSAGE}",
}


# What the guests fetch, and whom they trust.

def authority(work, name):
    """A throw-away authority, as strict readers of certificates want one."""
    words = ("-subj", f"/CN=Authority {name} of a test", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    services.tool(work, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *words, "-keyout", f"{name}-ca.key", "-out", f"{name}-ca.pem")


def certificate(work, name):
    """A certificate for this machine as guests see it, and its key."""
    (work / "extensions").write_text(f"subjectAltName=IP:{webserver.HOST}\nbasicConstraints=critical,CA:FALSE\n"
                                     "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    services.tool(work, "openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    services.tool(work, "openssl", "x509", "-req", "-in", f"{name}.csr", "-CA", f"{name}-ca.pem", "-CAkey", f"{name}-ca.key", "-CAcreateserial",
                  "-days", "30", "-extfile", "extensions", "-out", f"{name}.pem")
    return work / f"{name}.pem", work / f"{name}.key"


def trust(run):
    """Lines of a context that let the machine trust the authority of the run."""
    # The name that the key has had since 22.3 would be unknown to the oldest, and its older name is reported as such by newer ones.
    key = "ca-certs" if run.guest.suite == images.SUITES[0] else "ca_certs"
    return json.dumps({key: {"trusted": [(run.work / "trusted-ca.pem").read_text()]}})[1:-1] + "\n"


def material(run):
    """Two servers with the same files, and a context that lets the machine trust the authority of the first."""
    work = run.work
    services.material(run)
    shutil.copytree(images.HERE / "pilot", work / "commands")
    for name in ("trusted", "untrusted"):
        authority(work, name)
        setattr(run, name, run.stack.enter_context(webserver.serving(work / "commands", certificate(work, name))))
    run.more = trust(run)
    if run.scenario.context == "pilot-untrusted":
        return {"base": run.trusted.base, "other": run.untrusted.base}
    return {"base": run.trusted.base, "sha256": hashlib.sha256((work / "commands" / "settings").read_bytes()).hexdigest()}


# What must hold.

def machine_ok(run):
    """The verdict, on a machine that goes off before its report is over."""
    summary = run.boot.summary()
    assert summary and summary["machine"] == "ok", run.boot.out("summary-log")
    holds.cloud_init_says(run.boot, "done")


def fetched(run):
    """Each command file once, over TLS that the guest verified; and nothing again at a later boot."""
    assert sorted(run.trusted.requests) == ["GET /settings 200", "GET /vm-pilot 200"], run.trusted.requests


def in_slots(run):
    """A pilot in each slot, as a user of its own, with the words and the environment of the settings."""
    assert run.boot.rc("began") == 0, run.boot.out("pilot-journal")
    words = ("--dirac-site=CLOUD.Stand-in.org --ce-name=stand-in.example.org --vo=stand-in --cs-servers=dips://one.example.org:9135/Configuration/Server,"
             "dips://two.example.org:9135/Configuration/Server --submit-pool=stand-in").split()
    for slot in ("01", "02"):
        lines = run.boot.out(f"log-{slot}").splitlines()
        given = [line[5:] for line in lines if line.startswith("word ")]
        assert given == [*words, "two words", "--vm-uuid=i-pilot", f"--pilot-number={slot}", "--number-of-processors=1"], given
        assert f"account pilot{slot} of pilot{slot}, home /home/pilot{slot}, in /home/pilot{slot}" in lines, lines
        wanted = {f"USER=pilot{slot}", f"SLOT={slot}", "VM_UUID=i-pilot", "STAND_IN=a b$c", f"X509_USER_PROXY=/run/contextc-pilot/pilot{slot}.pem"}
        assert {line[12:] for line in lines if line.startswith("environment ")} == wanted, lines
    users = [line.split()[0] for line in run.boot.out("pilot-processes").splitlines()]
    assert sorted(users) == ["pilot01", "pilot02"], run.boot.out("pilot-processes")


def own_credential(run):
    """Root has it in one file, each pilot in a copy of its own; no other's is readable, nor anything else that is not for it."""
    digest = hashlib.sha256(((run.work / "proxy.pem").read_text().strip() + "\n").encode()).hexdigest()
    for slot in ("01", "02"):
        lines = run.boot.out(f"log-{slot}").splitlines()
        assert f"credential 600 pilot{slot} {digest}  -" in lines, lines
        mine = {f"/run/contextc-pilot/pilot{slot}.main", f"/run/contextc-pilot/pilot{slot}.pem", f"{LOGS}{slot}.log", f"/home/pilot{slot}"}
        assert {line[6:] for line in lines if line.startswith("reads ")} == mine, lines
    modes = dict(reversed(line.rsplit(" ", 1)) for line in run.boot.out("pilot-files").splitlines())
    for path, mode in (("/usr/local/lib/contextc/contextc-pilot.pem", "600 root"), ("/usr/local/lib/contextc/contextc-pilot.main", "600 root"),
                       ("/var/spool/contextc-pilot/vm-pilot", "755 root"), (f"{LOGS}01.log", "640 pilot01"), ("/home/pilot02", "700 pilot02"),
                       ("/run/contextc-pilot/pilot01.main", "400 pilot01"), (MESSAGE, "644 root"), ("/etc/joboutputs/vm-heartbeat", "644 root")):
        assert modes[path] == mode, modes
    assert run.boot.out("leaks") == "", run.boot.out("leaks")


def metadata_closed(run):
    """Open to a user before, at the second boot closed from its beginning; closed to pilots, open to root."""
    assert ("secrets" in run.boot.out("metadata-before")) == (len(run.boots) == 1), run.boot.out("metadata-before")
    assert run.boot.out("metadata-root") == 2 * "secrets of the instance\n", run.boot.out("metadata-root")
    for slot in ("01", "02"):
        answers = re.findall(r"(?m)^metadata (\S+) (.*)$", run.boot.out(f"log-{slot}"))
        assert [address for address, _ in answers] == list(ADDRESSES), answers
        assert all("Failed to connect" in said or "Could not connect" in said or "onnection refused" in said for _, said in answers), answers


def beats(run):
    """Load three times, uptime, idle time: five numbers, new ones every two seconds."""
    lines = run.boot.out("heartbeat").splitlines()
    assert len(set(lines)) == 3 and all(re.fullmatch(r"\d+\.\d+( \d+\.\d+){4}", line) for line in lines), lines


RUNNING = (in_slots, own_credential, metadata_closed, beats, fetched)


def message(run):
    assert run.boot.out("message") == "700 The machine ended before its pilots did\n", run.boot.out("message")
    assert run.boot.out("pilot-unit").split() == ["enabled", "active"], run.boot.out("pilot-unit")


def ended(run):
    """The last word of the last pilot; at the next boot pilots are started again, and the machine's end is another word."""
    assert run.boot.out("message-before") == "200 Filling Mode is Disabled\n", run.boot.out("message-before")
    assert run.boot.out("end") == "100 Shutdown as requested by the host\n", run.boot.out("end") + run.boot.out("pilot-journal")
    for probe in ("state-written", "state"):
        assert run.boots[0].out(probe) == run.boot.out(probe), probe


def refused(run):
    """What the trusted server has is there, what the other has is not; no pilot with half of the commands, but the end that pilots have: it is
    without `when-done: poweroff` here, or nobody could ask the machine."""
    assert run.boot.out("spool").split() == ["settings"], run.boot.out("spool")
    assert run.trusted.requests == ["GET /settings 200"], run.trusted.requests
    assert run.untrusted.requests and all("unknown ca" in row for row in run.untrusted.requests), run.untrusted.requests
    message = run.boot.out("message")
    assert message.startswith(f"500 {run.untrusted.base}/vm-pilot: ") and "CERTIFICATE_VERIFY_FAILED" in message, message
    assert f"the pilots have ended: {message}" in run.boot.out("ended"), run.boot.out("ended")
    started = run.boot.out("started")
    assert started.count("No such file") == 2 and "no such user" in started and len(started.splitlines()) == 3, started
