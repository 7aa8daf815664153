"""What must hold when a machine came up wrong, or well: who is told, whether it is switched off, who reaches the metadata."""

import json
import re
import shlex

import canaries
import holds
import pilots
import webserver

CURL = "for address in 169.254.169.254 '[fd00:ec2::254]'; do curl -sS -g -m 20 http://$address/stand-in; done"
ASK = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(9); s.sendto(b'name', ('169.254.169.254', 53)); print(s.recv(99))"
# Whoever is switched off is so during the last probe.
OFF_PROBES = {
    "outcome-log": "cat /var/log/contextc/outcome.log",
    "journal": "journalctl -b -q --no-pager -o cat -t contextc",
    "outcome-ran": "cat /var/log/outcome-ran; ls /var/log/well",
    "ran": "cat /var/log/ran",
    "last": "sleep 118",
}
# The same at the first boot only.
ONCE_OFF = {"last": "[ -e /var/log/boots ] || { echo one >/var/log/boots; sleep 118; }"}
DEGRADED_PROBES = {"ran": "cat /var/log/ran", "degraded": "for _ in $(seq 60); do cat /var/log/degraded-seen && exit 0; sleep 1; done; exit 1"}
WELL_PROBES = {
    **{name: OFF_PROBES[name] for name in ("outcome-log", "journal", "outcome-ran")},
    "metadata-before": "cat /var/log/metadata-before",
    "metadata-root": CURL,
    "metadata-user": "su -s /bin/sh nobody -c %s" % shlex.quote(CURL),
    "metadata-container": "ip netns exec box sh -c %s" % shlex.quote(CURL),
    "dns-user": "su -s /bin/sh nobody -c %s" % shlex.quote("python3 -c %s" % shlex.quote(ASK)),
    "metadata-unit": "systemctl is-enabled contextc-metadata; systemctl is-active contextc-metadata",
    # As an admin does who has changed the rules: all are dropped, then loaded again.
    "flushed": "nft list tables; systemctl restart nftables; sleep 5; nft list tables",
    "flushed-user": "su -s /bin/sh nobody -c %s" % shlex.quote(CURL),
    "secrets": canaries.search,
    "outcome-modes": "stat -c '%a %n' /var/lib/contextc/outcome/* /usr/local/sbin/contextc-metadata",
}

# Where nothing can close it; on-failure writes down that it was told.
OPEN_PROBES = {"metadata-user": WELL_PROBES["metadata-user"], "journal": OFF_PROBES["journal"], "metadata-unit": WELL_PROBES["metadata-unit"]}


def monitor(run):
    """A server for what the machine tells, whose authority it trusts."""
    pilots.authority(run.work, "trusted")
    run.trusted = run.stack.enter_context(webserver.serving(run.work / "hooks", pilots.certificate(run.work, "trusted")))
    run.more = pilots.trust(run)
    return {"monitor": run.trusted.base}


# What damages user-data on its way.

def damaged(data, block, line):
    """A handler with one line more at its head."""
    head = f"def {block}(settings, host):\n".encode()
    assert data.count(head) == 1
    return data.replace(head, head + f" {line}\n".encode())


def raises(data):
    return damaged(data, "hosts", 'raise KeyError("damaged")')


def exits(data):
    return damaged(data, "hosts", "sys.exit(7)")


def fails_in_all_ways(data):
    return damaged(raises(data), "certificate", "sys.exit(7)")


def cut_in_a_block(data):
    """Within the settings of the first block."""
    return data[:data.index(b'\n{"localfs":') + 40]


# What must hold.

def switched_off(run):
    """By the machine itself, in the middle of our report."""
    boot = run.boot
    assert boot.ended == "no report" and "Power down" in boot.console, (boot.ended, boot.console[-500:])
    said = re.search(r"contextc: machine (\w+): powers off in \d+ s, unless there is /run/contextc-stay", boot.console)
    assert said and said.group(1) == console_summary(run)["machine"], boot.console[-2000:]


def console_summary(run):
    return json.loads(re.findall(r"contextc-summary: (\{.*\})", run.boot.console)[-1])


def told(run, *words):
    """The system's log has a line with each failure."""
    lines = [line for line in run.boot.out("journal").splitlines() if line.startswith("machine ")]
    assert len(lines) == 1 and all(word in lines[0] for word in words), run.boot.out("journal")


def failed_in_all_ways(run):
    rows = {row["name"]: row["reason"] or "" for row in run.boot.summary()["blocks"]}
    for name, word in {"localfs": "holds ext4", "hosts": "KeyError", "certificate": "SystemExit", "run": "interrupted", "metadata": "its turn did not come"}.items():
        assert word in rows[name], rows
    told(run, "localfs failed", "hosts failed", "certificate failed", "run failed", "metadata unreached")
    assert run.boot.out("outcome-ran").splitlines()[0] == "failed" and "cannot access" in run.boot.out("outcome-ran"), run.boot.out("outcome-ran")
    assert run.boot.out("ran") == "ran\n", run.boot.out("ran")


def degraded(run):
    """It counts as a failure where that is asked for."""
    assert run.boot.out("degraded").splitlines()[-1:] == ["degraded"], run.boot.out("degraded")


def not_in_time(run):
    """The watch made the verdict of a boot that hangs; what it was doing is named."""
    summary = console_summary(run)
    states = {row["name"]: (row["state"], row["reason"]) for row in summary["blocks"]}
    assert summary["machine"] == "unreached" and states["run"] == ("unreached", "not done in time"), summary
    assert states["hosts"][0] == "ok", "it comes before: %s" % summary


def well(run):
    """The monitor has the summary, over TLS that the machine verified; the rest was done once, and nothing is switched off."""
    assert run.boot.ended == "off"
    assert [json.loads(body) for _, body in run.trusted.posted] == [run.boot.summary()], run.trusted.requests
    assert [path for path, _ in run.trusted.posted] == ["/hook?token=0123456789abcdef"]
    assert run.boot.out("outcome-ran").splitlines()[0] == "ok /var/log/contextc/summary.json 0", run.boot.out("outcome-ran")
    assert "machine ok" in run.boot.out("journal"), run.boot.out("journal")
    assert "token" not in run.boot.out("outcome-log") and run.boot.out("outcome-log").rstrip().endswith("== end outcome ok"), run.boot.out("outcome-log")
    assert all(line.split()[0] in ("600", "700") for line in run.boot.out("outcome-modes").splitlines()), run.boot.out("outcome-modes")


def closed(run, by="nft", before=1):
    """Open to users before, closed after, at the next boot from its beginning; open to root; closed to containers; DNS is not touched."""
    boot = run.boot
    lines = boot.out("metadata-before").splitlines()
    assert [("secrets" in line) for line in lines] == [True] + [False] * (before - 1), lines
    assert boot.out("metadata-root") == 2 * "secrets of the instance\n", boot.out("metadata-root")
    for who in ("user", "container"):
        said = boot.out(f"metadata-{who}")
        assert "secrets" not in said and len(re.findall("ailed to connect|ould not connect|refused|unreachable", said)) >= 2, said
    assert "answer to name" in boot.out("dns-user"), boot.out("dns-user")
    assert boot.out("metadata-unit").split() == ["enabled", "active"], boot.out("metadata-unit")
    found = [row["results"] for row in boot.summary()["blocks"] if row["name"] == "metadata"]
    assert found == [[{"name": "the metadata address", "result": f"closed to users by {by}"}]], found


def after_flush(run):
    """It is closed again when the firewall's service has dropped all rules."""
    assert run.boot.out("flushed").count("contextc") == 2, run.boot.out("flushed")
    assert "secrets" not in run.boot.out("flushed-user"), run.boot.out("flushed-user")


def stays_open(run):
    """As the summary says."""
    assert run.boot.out("metadata-user") == 2 * "secrets of the instance\n", run.boot.out("metadata-user")
    told(run, "metadata failed")


def stays(run):
    """A second boot: what was done is done."""
    assert run.boot.ended == "off" and len(run.trusted.posted) == 1, run.trusted.requests
    holds.nothing_rerun(run)
