"""A second first boot: cloud-init has forgotten the machine, which is made already, and every handler runs again."""

import services

BLOCKS = ("localfs", "disks", "hosts", "ssh-access", "certificate", "nfs", "munge", "run")
PLACES = ("/etc/munge /etc/ssh /etc/exports.d /etc/grid-security /etc/udev/rules.d /etc/systemd/system /etc/tmpfiles.d /etc/profile.d /etc/fstab "
          "/etc/hosts /etc/environment /home/alice/.ssh /root/.ssh /var/lib/contextc/proxy-alice")
# What cloud-init itself writes anew at every first boot: the same bytes, at another time.
REWRITTEN = ("/etc/ssh/ssh_host_", "/etc/ssh/sshd_config.d/50-cloud-init.conf", "/root/.ssh/authorized_keys", "/etc/profile.d/contextc.sh", "/etc/udev/rules.d/70-")

PROBES = {
    **services.PROBES,
    "files": f"find {PLACES} -type f | sort | while read -r file; do "
             "echo \"$file $(sha256sum <\"$file\" | cut -c 1-64) $(stat -c '%a %U:%G %s|%i %y' \"$file\")\"; done",
    "identities": "vgs --noheadings -o vg_name,vg_uuid; lvs --noheadings -o lv_name,lv_uuid; pvs --noheadings -o pv_uuid; "
                  "blkid | grep -vE 'LABEL=\"(vmcheck|cidata)\"' | grep -o ' UUID=\"[^\"]*\"' | sort",
    "stopped": "journalctl -b -q --no-pager -o cat -u munge -u nfs-server | grep '^Stop'",
    # Last of all, at the first boot.
    "clean": "[ -e /var/log/cleaned ] || { touch /var/log/cleaned; cloud-init clean --logs; }",
}


def known(run):
    """{file: (what it is, which file it is)}"""
    rows = [line.split(" ", 1) for line in run.boot.out("files").splitlines()]
    return {path: tuple(facts.split("|")) for path, facts in rows}


def cleaned(run):
    assert run.boot.rc("clean") == 0, run.boot.out("clean")
    run.known, run.identities = known(run), run.boot.out("identities")
    wanted = ("/etc/munge/munge.key", "/etc/exports.d/contextc.exports", "/home/alice/.ssh/authorized_keys", "/etc/ssh/sshd_config.d/00-contextc.conf",
              "/etc/grid-security/hostkey.pem", "/etc/fstab", "/etc/hosts", "/etc/udev/rules.d/61-contextc-disks.rules", "/root/.ssh/authorized_keys")
    assert not set(wanted) - set(run.known), sorted(run.known)
    assert len(run.identities.split()) >= 11, run.identities


def ran_again(run):
    """Every handler did, after the first boot was over."""
    over = run.boots[0].summary()["finished"]
    early = [row["name"] for row in run.boot.summary()["blocks"] if row["started"] <= over]
    assert not early, (early, over)


def unchanged(run):
    """The same volumes; the same files, with the same content, owner and mode, and not written anew; nothing was stopped for it."""
    now = known(run)
    assert {path: facts[0] for path, facts in now.items()} == {path: facts[0] for path, facts in run.known.items()}
    touched = [path for path in now if now[path] != run.known[path]]
    assert [path for path in touched if not path.startswith(REWRITTEN)] == [], touched
    assert run.boot.out("identities") == run.identities, run.boot.out("identities")
    assert run.boot.out("stopped") == "", run.boot.out("stopped")
