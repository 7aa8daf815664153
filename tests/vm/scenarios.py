"""The table: one row, one scenario. `SCENARIOS[name]`, `CUTS[name]` (each a scenario too)."""

import functools
from dataclasses import dataclass, field, replace

import again
import canaries
import deliveries
import holds
import pilots
import senders
import services
import sources
import trust
from images import SUITES
from machine import GIB, Cut

OLDEST, NEWEST = SUITES[0], SUITES[-1]
SMALL = GIB


@dataclass(frozen=True)
class Scenario:
    """What is booted, and what must hold after each boot of the same disks.

    `guests`: where it can run; `ci`: where it runs in CI. `serve` fills the directory that the guest can
    fetch from and gives variables for the context; `change` has the compiled user-data in its hands."""

    context: str
    boots: tuple
    ci: tuple
    guests: tuple = SUITES
    variant: str = "full"
    network: bool = True
    disks: dict = field(default_factory=lambda: {"vdb": 10 * GIB})
    early: tuple = ()
    cut: tuple = ()
    serve: object = None
    change: object = None
    # The medium that brings the user-data: one of deliveries.py.
    delivery: object = deliveries.by_mkfs
    # What happens from outside while the guest is up: called beside each boot with the run and the guest.
    meanwhile: object = None
    # A probe is a shell command, or a function that makes it of the run.
    probes: dict = field(default_factory=dict)
    # A server that is gone at the second boot: nothing may need it again.
    serve_once: bool = False
    # What the context is compiled for, where it is not `generic`.
    target: str = ""


CVMFS_PROBES = {
    "cvmfs-user": "for _ in $(seq 40); do su -s /bin/sh nobody -c 'ls /cvmfs/alice.cern.ch' && exit 0; sleep 1; done; exit 1",
    "cvmfs-record": "cat /var/log/cvmfs-standin.log",
    "cvmfs-units": "systemctl is-enabled autofs; systemctl is-active autofs",
    "cvmfs-package": "dpkg-query -W -f '${Version}' cvmfs 2>/dev/null || rpm -q --qf '%{VERSION}-%{RELEASE}' cvmfs",
    "cvmfs-cache": "stat -c '%U %a' /var/lib/cvmfs",
}
FARM_PROBES = {
    **CVMFS_PROBES,
    "directories": "stat -c '%a %U:%G %n' /tmp /home",
    "kept": "stat -c '%a %U:%G %n' /home/old /home/old/file; cat /home/old/file",
    "new-home": "findmnt -n -o SOURCE --target /home/debian && ls -ld /home/debian",
    "count": "cat /var/log/count",
    "count-second": "cat /var/log/count-second",
}
RAN = {"ran": "cat /var/log/ran"}
PINNED = {**RAN, "evil": "test ! -e /var/log/evil"}


SITE_SECRETS = functools.partial(canaries.kept, ("munge", "host_key", "login", "hostkey.pem", "userkey.pem"))
TOKEN = functools.partial(canaries.kept, ("token",))


def says(machine, status=None, **blocks):
    return functools.partial(holds.verdict, machine=machine, blocks=blocks, status=status)


def off(machine, *more, **blocks):
    """The verdict of a machine that switches itself off for it, in the middle of the report."""
    return (functools.partial(holds.verdict, machine=machine, blocks=blocks, ended="no report"), trust.switched_off, *more)


def because(block, *words):
    return lambda run: holds.reason(run, block, *words)


def logged(**states):
    return functools.partial(holds.logs, **states)


def user(**states):
    return functools.partial(holds.scripts, **states)


FARM_OK = (says("ok", localfs="ok", cvmfs="ok"), holds.farm_disk, holds.farm_kept, holds.cvmfs_works,
           holds.cvmfs_for_users, holds.counted_once, user(s001="ok", s002="ok"), holds.nothing_left)
FARM = Scenario("farm", early=("home",), serve=sources.packages, probes=FARM_PROBES, ci=(), boots=(
    (*FARM_OK, holds.console_line, lambda run: holds.modes(run, "localfs", "cvmfs"), logged(localfs="ok", cvmfs="ok")),
    (holds.nothing_rerun, holds.farm_disk, holds.farm_kept, holds.cvmfs_works, holds.cvmfs_for_users, holds.counted_once)))

SCENARIOS = {
    "farm": FARM,
    # The same machine without cloud-init: the farm comes over ssh, twice, and again after a reboot.
    "ssh": Scenario("farm-over-ssh", variant="ssh", target="ssh", delivery=deliveries.nothing, early=("home", "login"), serve=senders.material, meanwhile=senders.twice, guests=("bookworm",),
                    ci=("bookworm",), probes={**FARM_PROBES, **senders.PROBES}, boots=(
        (senders.brought, says("ok", localfs="ok", cvmfs="ok"), holds.farm_disk, holds.farm_kept, holds.cvmfs_works, holds.cvmfs_for_users, holds.counted_once,
         senders.user_scripts, holds.nothing_left, senders.applied, holds.console_line),
        (senders.nothing_new, holds.nothing_rerun, holds.farm_disk, holds.farm_kept, holds.cvmfs_works, holds.cvmfs_for_users, holds.counted_once, senders.applied))),
    "ssh-cut": Scenario("farm-over-ssh", variant="ssh", target="ssh", delivery=deliveries.nothing, early=("home", "login"), serve=senders.material, meanwhile=senders.once, guests=("bookworm",),
                        cut=(Cut(r"script begins", 3), {"PROGRAM": "", "PATTERN": "script begins", "PAUSE": "0"}), ci=(), probes={**FARM_PROBES, **senders.PROBES}, boots=(
        (holds.was_cut,),
        (says("degraded", localfs="ok", cvmfs="ok"), holds.farm_disk, holds.farm_kept, holds.cvmfs_works, senders.resumed, holds.nothing_left))),
    # A disk with something on it is not touched, and everybody is told; what does not need it still runs.
    "occupied-disk": Scenario("disk", disks={"vdb": sources.with_a_file}, ci=(), probes=RAN, boots=(
        (says("failed", localfs="failed"), because("localfs", "/dev/vdb holds ext4"), holds.untouched, holds.console_line,
         logged(localfs="failed"), user(runcmd="ok")),)),
    "ephemeral-disk": Scenario("wipe-if-empty", disks={"vdb": sources.without_files}, ci=(), boots=(
        (says("ok", localfs="ok"), holds.half_disk),)),
    "volumes": Scenario("volumes", disks={"vdb": 10 * GIB, "vdc": sources.with_a_file}, ci=(OLDEST,),
                        probes={"file": "cat /data/file", "general-modes": "stat -c %a /srv/data /scratch"}, boots=(
        (says("ok", localfs="ok"), holds.general_form),)),
    # On what clouds hand out as ephemeral disk.
    "lacking-tools": Scenario("wipe-if-empty", variant="bare", disks={"vdb": sources.without_files}, early=("lacking",), serve=sources.lacking, ci=(NEWEST,), boots=(
        (says("ok", localfs="ok"), holds.half_disk),)),
    "lacking-tools-no-network": Scenario("disk", variant="bare", network=False, disks={"vdb": SMALL}, ci=(NEWEST,), boots=(
        (says("failed", localfs="failed"), because("localfs", "lvm2", "xfsprogs", "network"), holds.untouched),)),
    "no-network": Scenario("disk", network=False, ci=(), boots=(
        (says("ok", localfs="ok"), holds.half_disk),)),
    # A machine without a network is as good for that.
    "failing-runcmd": Scenario("failing-runcmd", network=False, ci=("bookworm",), probes=trust.DEGRADED_PROBES, boots=(
        (says("degraded", localfs="ok", status="error"), holds.half_disk, user(runcmd="failed"), logged(localfs="ok"), trust.degraded),)),
    "include": Scenario("disk", serve=sources.handlers, serve_once=True, guests=("bookworm",), ci=("bookworm",), boots=(
        (says("ok", localfs="ok"), holds.half_disk, holds.fetched_handlers), (holds.nothing_rerun, holds.half_disk))),
    # Nobody answers, one mirror is tampered with, the third is right; at the second boot none is needed. Then the third has it
    # at the second boot only, when cloud-init has run the user's scripts.
    "pinned": Scenario("disk", serve=sources.pinned, serve_once=True, ci=("bookworm",), probes=PINNED, boots=(
        (says("ok", localfs="ok"), holds.half_disk, holds.fetched_handlers, holds.no_evil), (holds.nothing_rerun, holds.half_disk))),
    "pinned-refused": Scenario("disk-off", serve=functools.partial(sources.pinned, mirrors="down tampered late"), ci=(NEWEST,), disks={"vdb": SMALL},
                               probes={**PINNED, **trust.ONCE_OFF}, boots=(
        (*off("unreached", localfs="unreached"), because("localfs", "the handlers did not arrive", "not the bundle"), holds.untouched,
         holds.console_line, holds.no_evil, sources.publish),
        (holds.made_later, holds.no_evil))),
    "truncated": Scenario("farm-off", change=sources.cut_before_finish, serve=sources.packages, ci=(OLDEST,),
                          probes={"directories": FARM_PROBES["directories"], **trust.OFF_PROBES}, boots=(
        (*off("unreached", localfs="ok", cvmfs="ok"), holds.farm_disk, holds.finish_missing),)),
    "truncated-blocks": Scenario("farm-off", change=sources.cut_before_blocks, serve=sources.packages, ci=(), disks={"vdb": SMALL},
                                 probes=trust.OFF_PROBES, boots=((*off("unreached", localfs="unreached", cvmfs="unreached"), holds.untouched),)),
    "truncated-in-a-block": Scenario("farm-off", change=trust.cut_in_a_block, serve=sources.packages, ci=(), disks={"vdb": SMALL}, probes=trust.OFF_PROBES, boots=(
        (*off("unreached", localfs="unreached", cvmfs="unreached"), holds.untouched),)),
    # A machine that came up wrong is switched off: all that can go wrong at once, then each by itself.
    "failures": Scenario("failures", change=trust.fails_in_all_ways, disks={"vdb": sources.with_a_file}, ci=(OLDEST,), probes=trust.OFF_PROBES, boots=(
        (*off("failed", localfs="failed", hosts="failed", certificate="failed", run="failed", metadata="unreached"), trust.failed_in_all_ways, holds.untouched,
         user(runcmd="ok")),)),
    "raises": Scenario("crash", change=trust.raises, disks={}, ci=(), probes=trust.OFF_PROBES, boots=((*off("failed", hosts="failed"),),)),
    "exits": Scenario("crash", change=trust.exits, disks={}, ci=(), probes=trust.OFF_PROBES, boots=((*off("failed", hosts="failed"),),)),
    "killed": Scenario("killed", disks={}, ci=(), probes=trust.OFF_PROBES, boots=((*off("failed", run="failed"),),)),
    "hangs": Scenario("hang", disks={}, early=("goes-down",), ci=("trixie",), boots=((trust.switched_off, trust.not_in_time),)),
    # All is well: the monitor is told, and the machine stays on. Its metadata is a network of its own.
    "well": Scenario("metadata", variant="site", disks={}, early=("cloud",), serve=trust.monitor, ci=(), probes=trust.WELL_PROBES, boots=(
        (says("ok", hosts="ok", metadata="ok"), trust.well, trust.closed, trust.after_flush, TOKEN), (trust.stays, functools.partial(trust.closed, before=2)))),
    "well-iptables": Scenario("metadata", variant="site", disks={}, early=("cloud", "no-nft"), serve=trust.monitor, ci=("bookworm",), probes=trust.WELL_PROBES, boots=(
        (says("ok", hosts="ok", metadata="ok"), trust.well, functools.partial(trust.closed, by="iptables")),)),
    # With nothing to close it, the metadata stays open, and nobody takes the machine for a good one.
    "closes-nothing": Scenario("metadata-open", variant="site", disks={}, early=("cloud", "no-nft", "no-iptables"), ci=(), probes=trust.OPEN_PROBES, boots=(
        (says("failed", hosts="ok", metadata="failed"), because("metadata", "neither nft nor iptables"), trust.stays_open),)),
    "cvmfs-wrong-key": Scenario("cvmfs", serve=functools.partial(sources.packages, source="deb-wrong ./"), guests=("bookworm",),
                                ci=("bookworm",), probes=CVMFS_PROBES, boots=(
        (says("failed", cvmfs="failed"), because("cvmfs", "cvmfs"), holds.cvmfs_refused),)),
    "cvmfs-release": Scenario("cvmfs-release", serve=sources.packages, guests=("trixie",), ci=("trixie",), probes=CVMFS_PROBES, boots=(
        (says("ok", cvmfs="ok"), functools.partial(holds.cvmfs_works, cache_on="/ ext4")),)),
    "rpm": Scenario("cvmfs", serve=functools.partial(sources.packages, source="rpm"), variant="dnf", early=("rpm",), guests=("bookworm",),
                    ci=("bookworm",), probes=CVMFS_PROBES, boots=(
        (says("ok", cvmfs="ok"), functools.partial(holds.cvmfs_works, cache_on="/ ext4"), holds.cvmfs_for_users),)),
    # All that a site does to one machine; a disk and a visitor come while it is up.
    "site": Scenario("site", variant="site", early=("site",), serve=services.material, meanwhile=services.visit, probes={**services.PROBES, "secrets": canaries.search}, ci=("bookworm",), boots=(
        (says("ok", **dict.fromkeys(("disks", "hosts", "ssh-access", "certificate", "nfs", "munge", "run"), "ok")), services.end_state, services.data_disk, services.logins,
         holds.nothing_left, SITE_SECRETS),
        (services.end_state, services.data_disk, services.logins, services.variables_of_services))),
    # `cloud-init clean` at the end of the first boot.
    "site-again": Scenario("site-again", variant="site", early=("site",), serve=services.material, meanwhile=services.visit, probes=again.PROBES, ci=("bookworm",), boots=(
        (says("ok", **dict.fromkeys(again.BLOCKS, "ok")), services.end_state, again.cleaned),
        (says("ok", **dict.fromkeys(again.BLOCKS, "ok")), functools.partial(services.end_state, runs=2), services.data_disk, services.logins, holds.nothing_left,
         again.ran_again, again.unchanged))),
    "site-failing": Scenario("site-failing", variant="site", early=("other-munge",), serve=services.material, ci=("bookworm",),
                             disks={"vdb": SMALL, "vdc": sources.with_a_file}, boots=(
        (says("failed", **{"disks": "failed", "ssh-access": "failed", "munge": "failed", "run": "failed"}),
         because("disks", "holds ext4"), because("ssh-access", "nobodyhere"), because("munge", "another key"),
         functools.partial(services.results, block="run", fails="exit 3", hangs="killed after 2 s", never="not run"), holds.untouched,
         functools.partial(holds.untouched, name="vdc")),)),
    "nfs-late": Scenario("nfs-late", variant="site", early=("nfs-late",), guests=("bookworm", NEWEST), ci=("bookworm",), probes=services.LATE_SERVER, boots=(
        (says("ok", nfs="ok"), services.waited),)),
    "software": Scenario("software", serve=sources.packages, probes=CVMFS_PROBES, guests=(OLDEST, NEWEST), ci=(OLDEST,), boots=(
        (services.installed,),)),
    "pipeline": Scenario("pipeline", disks={"vdb": sources.with_a_file}, guests=(OLDEST, "bookworm", NEWEST), ci=(OLDEST,),
                         probes=services.PIPELINE_PROBES, boots=((services.powered_off,), (says("ok", disks="ok", pipeline="ok"), services.pipeline_done))),
    # Verified TLS, an authority that cloud-init made the machine trust, the address of the metadata, power off; then a boot at which the pilots
    # are there again. DIRAC's commands are stand-ins (pilot/README.md).
    "pilot": Scenario("pilot", variant="site", disks={}, early=("metadata",), serve=pilots.material, probes=pilots.PROBES, ci=("bookworm",), boots=(
        (services.powered_off, pilots.machine_ok, pilots.message, *pilots.RUNNING),
        (says("ok", pilot="ok"), pilots.message, *pilots.RUNNING, pilots.ended))),
    "pilot-untrusted": Scenario("pilot-untrusted", variant="site", disks={}, serve=pilots.material, probes=pilots.UNTRUSTED_PROBES, ci=("bookworm",), boots=(
        (says("failed", pilot="failed"), because("pilot", "/vm-pilot", "CERTIFICATE_VERIFY_FAILED"), pilots.refused),)),
    # Not in CI: what comes back at a reboot is the same for both families.
    "rpm-reboot": Scenario("cvmfs", serve=functools.partial(sources.packages, source="rpm"), variant="dnf", early=("rpm",), guests=("bookworm",),
                           ci=(), probes=CVMFS_PROBES, boots=(
        (says("ok", cvmfs="ok"),),
        (holds.nothing_rerun, functools.partial(holds.cvmfs_works, cache_on="/ ext4"), holds.cvmfs_for_users))),
    "rpm-unsigned": Scenario("cvmfs", serve=functools.partial(sources.packages, source="rpm-unsigned"), variant="dnf", early=("rpm",),
                             guests=("bookworm",), ci=("bookworm",), probes=CVMFS_PROBES, boots=(
        (says("failed", cvmfs="failed"), because("cvmfs", "cvmfs"), holds.cvmfs_refused),)),
}

# The farm again, each brought by another medium: (delivery, guest in CI, boots, guests). What comes over the network at the network stage
# has the two newer releases restart a systemd-resolved that these images have not, and call their status degraded for it.
OLDER = ("bullseye", "bookworm")
MEDIA = {
    "vfat": (deliveries.disk("nocloud", "vfat"), "bullseye", 2, SUITES),
    "iso": (deliveries.disk("nocloud", "iso"), "bookworm", 2, SUITES),
    "config-vfat": (deliveries.disk("config-drive", "vfat"), "trixie", 2, SUITES),
    "opennebula": (deliveries.disk("opennebula", "iso"), "sid", 2, SUITES),
    "config-iso": (deliveries.disk("config-drive", "iso"), "bullseye", 1, SUITES),
    "http": (deliveries.by_http, "bookworm", 1, OLDER),
    "ec2": (deliveries.by_ec2, "bookworm", 1, OLDER),
}
SCENARIOS.update({f"farm-{name}": replace(FARM, delivery=delivery, ci=(guest,), guests=guests, boots=FARM.boots[:boots])
                  for name, (delivery, guest, boots, guests) in MEDIA.items()})

# The farm again, each with one power cut: (program, words that it waits at, seconds it waits, marker, seconds after it, guest, in CI).
# Waiting before the cut lets the file systems write down what they write down by themselves: cloud-init's marks in 12 s, and in 38 s
# also what ext4 has not given a place yet (30 s and a round of 5), the network configuration of this boot among it;
# 0 s is the harder case, in which everything is lost that nobody has flushed.
CUTS = {
    "before-mark": ("", "", 0, r"ci-info: .*Route IPv4", 0, "bookworm", False),
    "at-mark": ("", "marked", 0, r"^marked|\nmarked", 0, "trixie", False),
    "before-vgcreate": ("vgcreate", "before vgcreate", 40, "before vgcreate", 38, "bullseye", False),
    "after-vgcreate": ("vgcreate", "after vgcreate", 4, "after vgcreate", 0, "sid", False),
    "after-lvcreate": ("lvcreate", "-n home attached", 14, "after lvcreate .*-n home", 0, "bookworm", False),
    "in-mkfs": ("mkfs.xfs", "-", 0, "before mkfs.xfs .*-L home", 0.3, "trixie", True),
    "after-mkfs": ("mkfs.xfs", "after mkfs.xfs", 40, "after mkfs.xfs .*-L home", 38, "bullseye", False),
    "after-copy": ("cp", "after cp -ax /home", 4, "after cp -ax /home", 0, "sid", False),
    "in-install": ("dpkg", "--configure", 14, r"before dpkg .*--status-fd .*--configure", 12, "sid", False),
    "in-script": ("", "script begins", 0, "script begins", 12, "bookworm", False),
    "at-finish": ("", "", 0, "contextc-summary:", 0, "bullseye", False),
}


def _cut(name, program, pattern, pause, marker, wait, guest, ci):
    after = FARM_OK
    if name == "in-script":
        after = (says("unreached", localfs="ok", cvmfs="ok"), holds.farm_disk, holds.farm_kept, holds.cvmfs_works,
                 user(s001="failed", s002="unreached"), holds.interrupted, holds.nothing_left)
    words = {"PROGRAM": program, "PATTERN": pattern, "PAUSE": str(pause)}
    return replace(FARM, cut=(Cut(marker, wait), words), guests=(guest,), ci=(guest,) * ci, boots=((holds.was_cut,), after))


SCENARIOS.update({f"cut-{name}": _cut(name, *row) for name, row in CUTS.items()})

# Cuts of other blocks than the farm's.
SCENARIOS["cut-disks"] = Scenario(
    "cut-disks", cut=(Cut(r"within .*mkfs.xfs"), {"PROGRAM": "mkfs.xfs", "PATTERN": "within mkfs", "PAUSE": "60"}), guests=("bookworm",), ci=(),
    probes={"kept": "touch /data/file && umount /data && xfs_repair -n /dev/vdb"}, boots=(
        (holds.was_cut, holds.half_made), (says("ok", disks="ok"), holds.formatted)))
SCENARIOS["cut-run"] = Scenario(
    "cut-run", cut=(Cut(r"script begins"), {"PROGRAM": "", "PATTERN": "script begins", "PAUSE": "0"}), guests=("bookworm",), ci=(), disks={},
    probes={"again": "cat /var/log/count; echo --; contextc-run run >/dev/null && cat /var/log/count", "summary-again": "cat /var/log/contextc/summary.log"}, boots=(
        (holds.was_cut,),
        (says("failed", run="failed"), because("run", "not ok: second, third"),
         functools.partial(services.results, block="run", first="ok", second="interrupted, not repeated", third="not run"), holds.command_interrupted)))


def selection(name):
    """(scenario, guest) pairs: for CI, or all."""
    return [(scenario, guest) for scenario, row in SCENARIOS.items()
            for guest in (row.ci if name == "vm" else row.guests)]


def boots(pairs):
    return sum(len(SCENARIOS[name].boots) for name, _ in pairs)


def variants(name):
    """The images that a selection needs, as (guest, variant)."""
    return {(guest, SCENARIOS[scenario].variant) for scenario, guest in selection(name)}
