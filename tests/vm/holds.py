"""What must hold after a boot. Each takes the run: its boots so far, the last one being judged."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

from sources import compiler

TOP = Path(__file__).resolve().parent.parent.parent
SCHEMA = TOP / "schemas" / "summary.schema.json"


# The verdict, in every place where an admin would look.

def verdict(run, machine, blocks, status=None, ended="off"):
    """summary.json (by its schema), summary.log, cloud-init's status: all say the same.

    `status`: what cloud-init says, where it is not "done" for ok and "error" for anything else."""
    import jsonschema

    boot = run.boot
    assert boot.ended == ended, f"{boot.ended} after {boot.seconds:.0f} s"
    summary = boot.summary()
    assert summary is not None, "no summary.json"
    jsonschema.validate(summary, json.loads(SCHEMA.read_text()))
    found = {row["name"]: row["state"] for row in summary["blocks"]}
    assert (summary["machine"], found) == (machine, blocks), boot.out("summary-log")
    assert boot.out("summary-log").rstrip().splitlines()[-1].split() == ["machine", machine]
    for name, state in blocks.items():
        assert re.search(rf"(?m)^{state}\s+{name}\s", boot.out("summary-log")), boot.out("summary-log")
    cloud_init_says(boot, status or ("done" if machine == "ok" else "error"))
    assert {name: seen_from_afar(run, name) for name in ("logs", "console")} == {"logs": machine, "console": machine if "contextc-summary:" in boot.console else "no-verdict"}


def seen_from_afar(run, name):
    """What `contextc summary` says of what was copied out of the guest: its logs, or its console."""
    copy = run.work / f"copy-{name}"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    (copy / "console").write_text(run.boot.console)
    for part in run.boot.out("logs").split("### ")[1:]:
        path, _, text = part.partition("\n")
        (copy / Path(path).name).write_text(text)
    paths = [copy / "console"] if name == "console" else [copy]
    done = subprocess.run([compiler(), "summary", "--format", "json", *paths], stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)[0]["state"]


def cloud_init_says(boot, word):
    """`cloud-init status`: its exit code, and no warning of ours when all is well."""
    code, text = boot.rc("status"), boot.out("status")
    if code == 127:
        # There is none.
        assert boot.summary()["cloud-init"] is None
        return
    assert f"status: {word}" in text, text
    # Before 23.4 the exit code is 1 for an error too.
    assert code == (1 if word == "error" else 0), (code, text)
    if word == "done":
        assert "contextc" not in boot.out("warnings"), boot.out("warnings")


def console_line(run):
    """The finish tells the console log, which is all that many clouds show."""
    lines = re.findall(r"contextc-summary: (\{.*\})", run.boot.console)
    assert lines and json.loads(lines[-1])["machine"] == run.boot.summary()["machine"]


def reason(run, block, *words):
    """The reason names what an admin must know."""
    rows = {row["name"]: row for row in run.boot.summary()["blocks"]}
    text = rows[block]["reason"] or ""
    assert all(word in text for word in words), text
    assert rows[block]["log"], "no log lines beside the failure"


def scripts(run, **states):
    """The user's scripts and runcmd as the summary has them: name (its end) to state."""
    found = {row["name"]: row["state"] for row in run.boot.summary()["scripts"]}
    short = {re.sub(r"^50-(\d+)-.*", r"s\1", name): state for name, state in found.items()}
    assert short == states, found


def modes(run, *blocks):
    """Nobody reads the settings; an admin reads the logs; everybody reads the summary."""
    found = {line.split(" ", 2)[2]: line.rsplit(" ", 1)[0] for line in run.boot.out("modes").splitlines()}
    assert found["/var/lib/contextc"] == "700 root:root"
    assert found["/var/lib/contextc/state.json"] == "600 root:root"
    assert found["/usr/local/sbin/contextc-run"] == "755 root:root"
    for name in ("summary.log", "summary.json"):
        assert found["/var/log/contextc/" + name] == "644 root:root"
    for block in blocks:
        assert found[f"/var/log/contextc/{block}.log"] == "640 root:adm"


def logs(run, **states):
    """Each block's log begins and ends with its marks, and every line bears time and level."""
    digest = run.boot.summary()["digest"][:8]
    files = dict(part.split("\n", 1) for part in run.boot.out("logs").split("### ")[1:])
    for block, state in states.items():
        lines = files[f"/var/log/contextc/{block}.log"].rstrip().splitlines()
        assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z]+ ", line) for line in lines)
        assert lines[0].endswith(f" == begin {block} {digest}")
        assert lines[-1].endswith(f" == end {block} {state}")


def nothing_left(run):
    """A finished context leaves no settings (they may hold secrets) and no script for later boots."""
    assert "/var/lib/contextc/queue/" not in run.boot.out("modes")
    assert "contextc-resume" not in run.boot.out("per-boot")


def nothing_rerun(run):
    """A second boot of a finished context: same state file, same logs, same summary."""
    before, after = run.boots[-2:]
    assert after.ended == "off"
    for probe in ("state-written", "state", "logs", "fstab", "lvs", "vgs"):
        assert after.out(probe) == before.out(probe), probe
    cloud_init_says(after, "done")


# What `contextc simulate` says of the same context.

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def as_simulated(run):
    """The record of each block is replayed to the same end with the same actions; and where the disks were those of the scenario, localfs asks for
    the same where no record tells the answers."""
    ended = {row["name"]: row["state"] for row in (run.boot.summary() or {"blocks": []})["blocks"]}
    recorded = {path.name: json.loads(path.read_text()) for path in run.boot.record.iterdir()}
    if not recorded:
        assert not set(ended.values()) & {"ok", "failed", "skipped"}, f"no record of {ended}"
        return
    replayed = simulated(run, "--record", run.boot.record)
    for name in recorded:
        assert (replayed[name]["difference"], replayed[name]["state"]) == (None, ended.get(name, recorded[name]["state"])), replayed[name]["difference"]
    if "localfs" in recorded and len(run.boots) == 1:
        alone = simulated(run, *facts(run))["localfs"]
        assert asked([row["action"], row["with"]] for row in alone["actions"] if row["action"] != "Log") == asked(row[:2] for row in recorded["localfs"]["actions"])
        assert alone["state"] == ended["localfs"], alone["reason"]


def simulated(run, *words):
    """The blocks by their names, with what a record has: digests and all."""
    done = subprocess.run([compiler(), "simulate", *run.compile[2:], "--format", "json", "--show-secrets", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return {block["name"]: block for block in json.loads(done.stdout)["blocks"]}


def facts(run):
    """The machine of the scenario before its first boot, in the words of the command."""
    held = {"with_a_file": ",holds=data", "without_files": ",holds=ext4,empty"}
    for name, content in run.scenario.disks.items():
        size = run.guest.disks[name].stat().st_size >> 20
        yield from ("--disk", f"{name}={size}M,serial={name}{held.get(getattr(content, '__name__', ''), '')}")
    if run.scenario.variant == "bare":
        yield from ("--lacks", "lvm2", "--lacks", "xfsprogs")
    if not run.scenario.network:
        yield "--no-network"


def asked(actions):
    """What was asked for, line by line; the UUIDs in the order in which they come."""
    seen, lines = {}, []
    for action in actions:
        # In a regular expression they are escaped.
        line = json.dumps(action, sort_keys=True).replace("\\\\", "")
        lines.append(UUID.sub(lambda found: seen.setdefault(found.group(), f"uuid-{len(seen)}"), line))
    return lines


# Disks.

def group(boot, name):
    """The volume group: size of an extent, number of extents, free ones, tags."""
    for line in boot.out("vgs").splitlines():
        words = line.split()
        if words and words[0] == name:
            return int(words[1]), int(words[2]), int(words[3]), words[4] if len(words) > 4 else ""
    raise AssertionError(f"no volume group {name}: {boot.out('vgs')}")


def volumes(boot, group_name):
    """{volume: bytes}"""
    rows = [line.split() for line in boot.out("lvs").splitlines()]
    return {row[0]: int(row[1]) for row in rows if len(row) > 2 and row[2] == group_name}


def mounted(boot, where):
    """(source, type, options) of what is on top at a directory, or None."""
    rows = [line.split(" ") for line in boot.out("mounts").splitlines()]
    found = [row[1:4] for row in rows if row[0] == where]
    return found[-1] if found else None


def on_volume(boot, where, volume, kind):
    found = mounted(boot, where)
    assert found and (found[0], found[1]) == (f"/dev/mapper/{volume}", kind), (where, found)
    rows = [line.split() for line in boot.out("fstab").splitlines() if not line.startswith("#")]
    mine = [row for row in rows if row[1] == where]
    assert len(mine) == 1 and mine[0][0].startswith("UUID=") and "nofail" in mine[0][3].split(","), mine
    assert mine[0][2] == kind


def swapping(boot, size):
    rows = boot.out("swaps").splitlines()[1:]
    assert len(rows) == 1 and abs(int(rows[0].split()[2]) * 1024 - size) <= 8192, (rows, size)
    mine = [line.split() for line in boot.out("fstab").splitlines() if " swap " in line]
    assert len(mine) == 1 and mine[0][0].startswith("UUID="), mine


def farm_disk(run):
    """17, 58 and 8 percent of the group and all that is left, to the extent."""
    boot = run.boot
    extent, total, free, tags = group(boot, "attached")
    assert (extent, total, free) == (4 << 20, 2559, 0)
    assert f"contextc_{boot.summary()['digest'][:8]}" in tags
    want = {"cvmfs": total * 17 // 100, "home": total * 58 // 100, "tmp": total * 8 // 100}
    want["swap"] = total - sum(want.values())
    assert volumes(boot, "attached") == {name: count * extent for name, count in want.items()}
    for where, name in (("/var/lib/cvmfs", "cvmfs"), ("/home", "home"), ("/tmp", "tmp")):
        on_volume(boot, where, f"attached-{name}", "xfs")
    swapping(boot, want["swap"] * extent)
    assert boot.out("directories").split("\n")[:2] == ["1777 root:root /tmp", "755 root:root /home"]


def farm_kept(run):
    """What the image had below /home is there, on the volume, as it was; so is the home of a new user."""
    assert run.boot.out("kept").splitlines() == ["751 root:root /home/old", "640 games:games /home/old/file", "kept"]
    assert run.boot.rc("new-home") == 0, run.boot.out("new-home")


def counted_once(run):
    """Each user script ran once, when the cache was on its volume and CVMFS was installed."""
    assert run.boot.out("count").splitlines() == ["ran /dev/mapper/attached-cvmfs CernVM-FS stand-in version 2.1.14"]
    assert run.boot.out("count-second").splitlines() == ["ran"]


def was_cut(run):
    assert run.boot.ended == "cut", f"{run.boot.ended}: the place of the cut was not reached"


def half_made(run):
    """The beginning of a filesystem is on the disk, and marked as unfinished by its maker."""
    with open(run.guest.disks["vdb"], "rb") as disk:
        block = disk.read(127)
    assert block[:4] == b"XFSB" and block[126] == 1, block


def formatted(run):
    """A filesystem that is whole, in place of the half."""
    assert mounted(run.boot, "/data")[:2] == ["/dev/vdb", "xfs"], run.boot.out("mounts")
    assert run.boot.rc("kept") == 0 and "run (0) wipefs -a /dev/vdb" in run.boot.out("logs"), run.boot.out("kept") + run.boot.out("logs")


def command_interrupted(run):
    """What was done stays done, what was interrupted is repeated when an admin asks for it, with what comes after it."""
    assert run.boot.rc("again") == 0, run.boot.out("again")
    before, again = (part.split() for part in run.boot.out("again").split("--"))
    assert (before, again) == (["first", "second"], ["first", "second", "second", "third"]), run.boot.out("again")
    assert "second: ok" in run.boot.out("summary-again") and "repeated after an interruption" in run.boot.out("summary-again"), run.boot.out("summary-again")
    assert run.boot.out("summary-again").splitlines()[-1] == "machine ok", run.boot.out("summary-again")


def interrupted(run):
    """The script that was running is not begun again, nor is any after it, and the summary says so."""
    assert len(run.boot.out("count").splitlines()) == 1 and run.boot.rc("count-second") != 0
    first, second = run.boot.summary()["scripts"]
    assert "interrupted" in first["reason"] and "not begun" in second["reason"], (first, second)


def finish_missing(run):
    """The summary names the script that did not arrive."""
    rows = {row["name"]: row["state"] for row in run.boot.summary()["scripts"]}
    assert rows["zz-contextc-finish"] == "unreached", rows


def fetched_handlers(run):
    assert any("/contextc-handlers-" in line and line.endswith("200") for line in run.server.requests), run.server.requests


def made_later(run):
    """The blocks were done at the second boot; the user's scripts, which cloud-init ran at the first, not again."""
    assert run.boot.ended == "off", run.boot.ended
    summary = run.boot.summary()
    assert (summary["machine"], [row["state"] for row in summary["blocks"]]) == ("degraded", ["ok"]), run.boot.out("summary-log")
    assert [row["reason"] for row in summary["scripts"] if "not repeated" in (row["reason"] or "")], summary["scripts"]
    assert run.boot.out("ran") == "ran\n", run.boot.out("ran")


def no_evil(run):
    """Nothing of a bundle that is not ours was run."""
    assert run.boot.rc("evil") == 0


def general_form(run):
    """Sizes in bytes, percent and the rest; options and modes; one mount inside another; a row of six fields."""
    boot = run.boot
    extent, total, free, _ = group(boot, "site")
    want = {"srv": (2 << 30) // extent, "data": total * 25 // 100}
    want["rest"] = total - sum(want.values())
    assert free == 0 and volumes(boot, "site") == {name: count * extent for name, count in want.items()}
    on_volume(boot, "/srv", "site-srv", "ext4")
    on_volume(boot, "/srv/data", "site-data", "xfs")
    on_volume(boot, "/scratch", "site-rest", "xfs")
    assert "noatime" in mounted(boot, "/srv")[2]
    assert mounted(boot, "/data")[:2] == ["/dev/vdc", "ext4"] and boot.out("file") == "precious\n"
    assert boot.out("general-modes").split() == ["750", "1777"]


def half_disk(run):
    extent, total, free, _ = group(run.boot, "attached")
    assert free == 0 and volumes(run.boot, "attached")["home"] == total * 50 // 100 * extent
    on_volume(run.boot, "/home", "attached-home", "xfs")


def untouched(run, name="vdb"):
    """The disk is byte for byte what it was before the first boot."""
    assert checksum(run.guest.disks[name]) == run.before[name]
    assert not volumes(run.boot, "attached") and not run.boot.out("swaps").splitlines()[1:]


def checksum(path):
    digest = hashlib.sha256()
    with open(path, "rb") as disk:
        while chunk := disk.read(1 << 22):
            digest.update(chunk)
    return digest.hexdigest()


# CVMFS (a stand-in, see packages/README.md).

def cvmfs_works(run, cache_on="/var/lib/cvmfs xfs"):
    """Configured as asked, mounted by the automounter, with the cache already on its volume at the first mount."""
    boot = run.boot
    record = boot.out("cvmfs-record")
    assert re.search(r"(?m)^probe alice\.cern\.ch ok ", record), record
    first = re.findall(r"(?m)^automount alice\.cern\.ch .*$", record)[0]
    assert f" on {cache_on}" in first, first
    assert boot.out("cvmfs-units").split() == ["enabled", "active"], boot.out("cvmfs-units")
    # As dpkg or rpm writes it.
    assert re.match(r"2\.1\.14[~-]1[+.]standin", boot.out("cvmfs-package")), boot.out("cvmfs-package")
    assert boot.out("cvmfs-cache").split() == ["cvmfs", "700"]


def cvmfs_for_users(run):
    """A user who is not root sees the repository; after a reboot too, without any help of cloud-init's."""
    assert run.boot.rc("cvmfs-user") == 0, run.boot.out("cvmfs-user")


def cvmfs_refused(run):
    assert run.boot.rc("cvmfs-record") != 0, "the stand-in was installed and ran"
    assert run.boot.rc("cvmfs-package") != 0
