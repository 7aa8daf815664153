"""The machine that somebody describes: its disks, what its image holds, and the commands of the blocks. Python 2.7 and 3."""
import hashlib
import re
import shlex

# Files that every image has, as far as a handler looks at them.
FILES = {
    "/etc/hosts": "127.0.0.1 localhost\n",
    "/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\n",
    "/proc/sys/kernel/hostname": "localhost\n",
    "/var/lib/cloud/data/instance-id": "i-simulated\n",
}
# The smallest that the tools make, in bytes, and what they say of less: mkfs.xfs 6.1.0 (older ones: 16 MiB), mke2fs 1.47.0, mkswap of util-linux 2.38.1; each was tried.
SMALLEST = {
    "xfs": (300 << 20, "Filesystem must be larger than 300MB.\n<value> is xxx (512 byte blocks)."),
    "ext4": (104 << 10, "Not enough space to build proposed filesystem while setting up superblock"),
    "swap": (40 << 10, "mkswap: error: swap area needs to be at least 40 KiB"),
}
# What brings a user with it.
USERS = {"cvmfs": "cvmfs", "munge": "munge"}


def unquoted(line):
    """A line as a command that is printed with quotes has it without them."""
    try:
        return " ".join(shlex.split(line))
    except ValueError:
        return line


class Image(Storage):
    def __init__(self, runtime, facts, tag):
        files = dict(FILES, **{"/proc/meminfo": "MemTotal: %d kB\n" % (facts["memory"] >> 10)})
        files.update(facts["files"])
        Storage.__init__(self, runtime, family=facts["family"], files=files, users=["root"] + facts["users"], selinux=facts["selinux"], packages=["openssl"] + facts["packages"], tag=tag)
        self.packages -= set(facts["lacks"])
        self.network, self.manager = facts["network"], facts["package-manager"]
        self.cores, self.answers = facts["cores"], [dict(row, begins=(row["command"], unquoted(row["command"]))) for row in facts["commands"]]
        # The indexes of those that were given, and paths of disks that are not there.
        self.given, self.sought = set(), []
        # Lines of all that was only taken to be done.
        self.assumed, self.running = [], set()
        for disk in facts["disks"]:
            self.attach(disk)
        for mount in facts["mounts"]:
            self.mounted.append((mount["mount"], self.real(mount["device"]), mount["type"]))

    def attach(self, given):
        path, partitions = "/dev/" + given["name"], given["name"] + "1"
        kind = given["holds"] or ""
        files = [] if given["empty"] or not kind else ["data"]
        facts = self.disk(path, given["size"], given["serial"] or "", kind, files=files, readonly=given["read-only"], partitions=[partitions] if kind.endswith(" table") else [])
        if facts["partitions"]:
            self.disk("/dev/" + partitions, given["size"] - (1 << 20), kind="ext4", whole=False, files=files)
        for folder, name in (("by-id/virtio-", given["serial"]), ("by-contextc/", given["serial"]), ("by-label/", given["label"]), ("by-uuid/", facts["uuid"])):
            if name:
                self.links["/dev/disk/" + folder + name] = path
        if given["group"]:
            # As lvcreate rounds: up, to whole extents.
            self.group(given["group"], path, [(row["name"], -(-row["size"] // EXTENT), row["filesystem"], ["data"] * (row["filesystem"] != "swap"), []) for row in given["volumes"]])

    def arrive(self, users, packages):
        """What cloud-init does between the two phases."""
        self.users += [user for user in users if user not in self.users]
        self.packages.update(packages)

    # Commands.

    def command(self, asked):
        line = " ".join(asked.argv)
        for index, row in enumerate(self.answers):
            if line.startswith(row["begins"]):
                self.given.add(index)
                # As the runtime: what a user's command writes has one stream.
                failed = row["exit"] and not asked.last
                return row["exit"], "" if failed else row["output"], row["output"] if failed else ""
        return Storage.command(self, asked)

    def unknown(self, argv):
        self.assumed.append(" ".join(argv))
        closing = argv[0].endswith("/contextc-metadata") and argv[0] in self.files
        return 0, "closed to users\n" * closing

    def do_Install(self, asked):
        done = Storage.do_Install(self, asked)
        for package in self.packages:
            user = USERS.get(re.split("[=-]", package)[0])
            self.users += [user] * (user is not None and user not in self.users)
        return done

    def do_Device(self, asked):
        found = Storage.do_Device(self, asked)
        if not found and asked.path not in self.sought:
            self.sought.append(asked.path)
        return found

    def explain(self, block, reason):
        """What the description has to do with a failure, and what to write instead."""
        for path in self.sought:
            label, disk = re.match("/dev/disk/by-label/([^/]+)$", path), re.match("(?:/dev/disk/by-(?:id/virtio-|contextc/))?[^/]+$|/dev/[a-z]+$", path)
            if label:
                self.remark("the simulated machine has no disk with the label %s%s: give it with `--disk vdb=100G,label=%s,holds=ext4`" % (label.group(1), self.others(), label.group(1)))
            elif disk:
                self.remark("the simulated machine has %s: give it with `--disk %s`" % (self.absent(path.rpartition("/")[2] if "/disk/" in path else path), self.wanted(path)))
        for name, group in sorted(self.groups.items()):
            if block["name"] == "localfs" and group["volumes"] and block["settings"].get("existing") != "reuse" and ("%s is in use: dm-" % group["path"]) in (reason or ""):
                self.remark("%s is described as the volume group %s with the volumes %s: localfs takes over what is there with `existing: reuse`" % (group["path"], name, ", ".join(row["name"] for row in group["volumes"])))

    def do_Disks(self, asked):
        found = Storage.do_Disks(self, asked)
        if not found:
            self.remark("the simulated machine has %s: give it with `--disk %s`" % (self.absent(asked.name), self.wanted(asked.name)))
        return found

    def absent(self, name):
        lack = "no second disk" if name == "auto" else "no " + name if name[0] == "/" else "no disk with the serial number " + name
        return lack + (self.others() if name != "auto" else "")

    def others(self):
        have = [path for path in sorted(self.devices) if self.devices[path]["whole"] and path != "/dev/vda"]
        return ", it has " + ", ".join(have) if have else ""

    def wanted(self, name):
        path, serial = re.match("/dev/([a-z0-9]+)$", name), re.match("(?:/dev/disk/by-id/virtio-|/dev/disk/by-contextc/)?([^/]+)$", name)
        return (path.group(1) if path else "vdb") + "=100G" + (",serial=" + serial.group(1) if serial and name != "auto" else "")

    def remark(self, text):
        self.remarks += [text] * (text not in self.remarks)

    def format(self, path, kind):
        least, fault = SMALLEST[kind]
        if self.at(path)["size"] < least:
            self.remark("%s has %d bytes, and the least for %s is %d (%s)" % (path, self.at(path)["size"], kind, least, fault.partition("\n")[0].rstrip(".")))
            return 1, "", fault
        return Storage.format(self, path, kind)

    def weigh(self, local):
        """Whether a cache can grow to what it is allowed to: as the compiler says it, who does not know how large a share of a disk is."""
        base, quota = local.get("cache-base") or "/var/lib/cvmfs", local.get("quota-limit")
        found = [row for row in self.mounted if base == row[0] or base.startswith(row[0].rstrip("/") + "/") and row[0] != "/"]
        if found and quota and found[-1][1].startswith("/dev/dm-"):
            room = self.devices[found[-1][1]]["size"] >> 20
            if quota > room:
                self.remark("cvmfs: the cache may take %d MB (`quota-limit`), and the volume at %s has %d" % (quota, found[-1][0], room))

    def run_test(self, argv):
        return 0 if argv == ["test", "-d", "/run/systemd/system"] else self.unknown(argv)

    def run_nproc(self, argv):
        return 0, "%d\n" % self.cores

    def run_systemctl(self, argv):
        words = [word for word in argv[1:] if word[0] != "-"]
        if words[0] == "is-active":
            return (0, "active\n") if words[1] in self.running or (words[1], True) in self.enabled else (3, "inactive\n")
        if words[0] == "start":
            unit = words[1]
            rows = [row for row in self.rows() if self.unit(row[1]) == unit and not self.top(row[1])]
            if rows and (rows[0][2] not in ("nfs", "nfs4") or self.network):
                return self.mount_row(rows[0])
            self.running.update([] if unit.endswith("mount") else [unit])

    def unit(self, where):
        """The name of the unit that systemd makes of a mount point."""
        return where[1:].replace("-", "\\x2d").replace("/", "-") + ".mount"

    def run_getent(self, argv):
        return 0 if argv[2] in self.users else 2

    def run_useradd(self, argv):
        self.users.append(argv[-1])

    def run_sha256sum(self, argv):
        if argv[1] not in self.files:
            return 1, "", "sha256sum: %s: No such file or directory" % argv[1]
        return 0, "%s  %s\n" % (hashlib.sha256(self.runtime.raw(self.text(argv[1]))).hexdigest(), argv[1])

    def run_munge(self, argv):
        return 0, "MUNGE:simulated:\n"

    def run_unmunge(self, argv):
        return 0, "STATUS:           Success (0)\n"

    def run_dpkg_query(self, argv):
        return self.version(argv[-1])

    def run_rpm(self, argv):
        return self.version(argv[-1])

    def version(self, package):
        found = [name for name in self.packages if re.split("[=]|-(?=[0-9])", name)[0] == package]
        return (0, "installed " + (found[0][len(package) + 1:] or "0")) if found else (1, "")

    def run_apt_cache(self, argv):
        """The source has the version that is asked for."""
        if not self.manager:
            self.remark("the simulated machine has no package manager, as it is described: " + self.baked(argv[-1]))
            return 127, "", "[Errno 2] No such file or directory: 'apt-cache'"
        if not self.network:
            self.remark("the simulated machine has no network, as it is described: " + self.baked(argv[-1]))
            return 0, ""
        return 0, "%9s | %s | simulated\n" % (argv[-1], self.asked_version or "0")

    def baked(self, package):
        name = package + ("=" + self.asked_version if self.asked_version else "")
        return "%s has to be in its image (`packages: [%s]` in --facts)" % (package, name)

    asked_version = None

    def run_cvmfs_config(self, argv):
        if argv[1] != "probe":
            return 0
        names = re.findall("^CVMFS_REPOSITORIES='(.*)'$", self.text("/etc/cvmfs/default.local"), re.M)
        return 0, "".join("Probing /cvmfs/%s... OK\n" % name for name in (names[0].split(",") if names else []))

    def run_exportfs(self, argv):
        rows = [line.split() for line in self.text("/etc/exports.d/contextc.exports").splitlines() if line.strip()]
        return 0, "".join("%s  %s\n" % (row[0], client) for row in rows for client in row[1:]) if argv[1] == "-s" else ""

    def run_readlink(self, argv):
        return (0, self.links[argv[1]] + "\n") if argv[1] in self.links else 1

    def run_ln(self, argv):
        self.links[argv[3]] = argv[2]

    def run_rmdir(self, argv):
        return 0 if argv[1] in self.folders else 1

    def run_rm(self, argv):
        self.files.pop(argv[-1], None)

    def run_openssl(self, argv):
        # Only OpenSSL makes it.
        return 0, "HASH\n"

    def run_sh(self, argv):
        """The scripts of handlers are short and sure; those of users are only taken to be."""
        return 0 if "mv -fT" in argv[2] or "$@" in argv[2] else self.unknown(argv)

    def run_sshd(self, argv):
        if argv[1] == "-t":
            return 0
        # As sshd does it, the first value counts; what is included stands first.
        shown = {}
        for path in ("/etc/ssh/sshd_config.d/00-contextc.conf", "/etc/ssh/sshd_config"):
            for line in self.text(path).splitlines():
                keyword, _, value = line.strip().partition(" ")
                shown.setdefault(keyword.lower(), value)
        return 0, "".join("%s %s\n" % pair for pair in sorted(shown.items()) if pair[0] and pair[0][0] != "#")
