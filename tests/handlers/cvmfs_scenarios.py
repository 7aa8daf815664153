"""What the cvmfs handler must do, as a table: the settings as the compiler writes them, the machine it meets, the end. Python 2.7 and 3.

A scenario's actions are kept in golden-cvmfs/<name>.txt.
"""
import os
import re

import scenario

KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nk\n-----END PGP PUBLIC KEY BLOCK-----\n"
PEM = "-----BEGIN PUBLIC KEY-----\nk\n-----END PUBLIC KEY-----"


class Machine(object):
    """A machine as far as the cvmfs handler sees it. It knows no other actions and commands than those it may ask for."""

    def __init__(self, runtime, family="deb", installed=None, versions=("2.11.2", "2.1.140", "2.1.14"), volume=True, selinux=False, broken=(), user=True):
        self.runtime, self.family, self.installed, self.selinux, self.broken, self.user = runtime, family, installed, selinux, broken, user
        self.offered = list(versions)
        self.listed = []
        self.mounted = ["/var/lib/cvmfs", "/scratch"] if volume else []
        self.files = {}
        self.folders = {}
        self.enabled = []
        self.changes = 0

    def perform(self, asked):
        return getattr(self, "do_" + type(asked).__name__)(asked)

    def do_Mounted(self, asked):
        return self.runtime.Result(device="/dev/vdb", type="xfs") if asked.path in self.mounted else None

    def do_Write(self, asked):
        assert os.path.dirname(asked.path) in self.folders, asked.path
        changed = self.files.get(asked.path) != asked.text
        self.files[asked.path] = asked.text
        self.changes += changed
        return self.runtime.Result(changed=changed)

    def do_Mkdir(self, asked):
        self.changes += asked.path not in self.folders
        self.folders[asked.path] = (asked.mode, asked.owner, asked.group)

    def do_Restorecon(self, asked):
        assert asked.path in self.folders

    def do_Fetch(self, asked):
        self.files[asked.path] = asked.sha256

    def do_Refresh(self, asked):
        self.listed = self.offered

    def do_Enable(self, asked):
        self.enabled.append(asked.service)

    def do_Install(self, asked):
        name = (asked.deb if self.family == "deb" else asked.rpm)[0]
        version = re.sub("^cvmfs[-=]?", "", name)
        fitting = [full for full in self.listed if version in ("", full + {"deb": "~1+d", "rpm": ""}[self.family])]
        if name[0] == "/":
            assert name in self.files
        elif not fitting:
            raise self.runtime.Failed("cannot install %s (no such package): bake it into the image" % name)
        else:
            self.installed = fitting[0]
        self.changes += 1

    def do_Run(self, asked):
        assert asked.argv[0] != "cvmfs_config" or self.installed
        answer = getattr(self, "run_" + re.sub(r"\W", "_", asked.argv[0]))(asked.argv)
        rc, out = answer if isinstance(answer, tuple) else (0, answer or "")
        if rc and asked.check:
            raise self.runtime.Failed("%s: exit %d: " % (asked.argv[0], rc))
        return self.runtime.Result(rc=rc, out=out, err="")

    def run_dpkg_query(self, argv):
        assert self.family == "deb"
        return (0, "installed %s~1+d" % self.installed) if self.installed else (1, "")

    def run_rpm(self, argv):
        assert self.family == "rpm"
        return (0, "installed %s-1.el9" % self.installed) if self.installed else (1, "package cvmfs is not installed\n")

    def run_apt_cache(self, argv):
        assert self.family == "deb"
        return "".join("     cvmfs | %s~1+d | http://packages.example.org ./ Packages\n" % full for full in self.listed)

    def run_systemctl(self, argv):
        assert argv == ["systemctl", "daemon-reload"]

    def run_getent(self, argv):
        return (0, "") if self.user else (2, "")

    def run_semanage(self, argv):
        assert self.selinux
        return 1, ""

    def run_cvmfs_config(self, argv):
        if argv[1] != "probe":
            return 0, ""
        names = re.findall("^CVMFS_REPOSITORIES='(.*)'$", self.files.get("/etc/cvmfs/default.local", ""), re.M)
        names = names[0].split(",") if names else []
        bad = [name for name in names if name in self.broken]
        return len(bad[:1]), "".join("Probing /cvmfs/%s... %s\n" % (name, "Failed!" if name in bad else "OK") for name in names)


def settings(local=None, **given):
    """The farm example, with what a scenario changes."""
    settings = {
        "install": True, "version": "2.1.14", "start": True, "domain": None, "extra": [], "cache-mount": "/var/lib/cvmfs",
        "local": {
            "repositories": ["alice.cern.ch", "cms.cern.ch"], "http-proxy": "http://a:3128|http://b:3128;DIRECT", "cache-base": "/var/lib/cvmfs",
            "quota-limit": 18000, "default-domain": None, "strict-mount": None, "cms-local-site": None},
        "repository": {"url": "http://packages.example.org ./", "key": KEY}, "release-package": None,
    }
    settings["local"].update(local or {})
    settings.update((key.replace("_", "-"), value) for key, value in given.items())
    return settings


class Scenario(scenario.Scenario):
    block, golden = "cvmfs", "golden-cvmfs"

    def machine(self, runtime):
        return Machine(runtime, **self.given or {})

    def host(self, machine):
        return dict(family=machine.family, early=False, selinux=machine.selinux, notes={})


RELEASE = {"url": "http://packages.example.org/release", "sha256": "ab" * 32}
EXTRA = [{"name": "my.repo.org", "server": "http://s/cvmfs/@fqrn@;http://t/cvmfs/@fqrn@", "key": PEM}]
BARE = {"repositories": [], "http-proxy": None, "quota-limit": None}
SCRATCH = {"cache-base": "/scratch/cvmfs"}
EVERYTHING = settings(
    {"default-domain": "cern.ch", "strict-mount": True, "cms-local-site": "T2_IT_Torino"},
    domain={"name": "cern.ch", "server": "http://one/cvmfs/@fqrn@;http://two/cvmfs/@fqrn@"}, extra=EXTRA)

SCENARIOS = [
    Scenario("deb", settings()),
    Scenario("deb-newest", settings(version=None)),
    Scenario("deb-release-package", settings(repository=None, release_package=RELEASE)),
    Scenario("deb-own-sources", settings(repository=None)),
    Scenario("deb-installed", settings(), {"installed": "2.1.14"}),
    Scenario("deb-installed-any", settings(version=None), {"installed": "2.11.2"}),
    Scenario("deb-installed-longer", settings(), {"installed": "2.1.140"}),
    Scenario("deb-no-such-version", settings(version="2.1.1"), {}, "Failed", "no trusted package source has cvmfs 2.1.1 (there is: 2.11.2~1+d, 2.1.140~1+d, 2.1.14~1+d)"),
    Scenario("deb-refused", settings(), {"versions": ()}, "Failed", "has cvmfs 2.1.14 (there is: none)"),
    Scenario("deb-refused-newest", settings(version=None), {"versions": ()}, "Failed", "no trusted package source has cvmfs"),
    Scenario("rpm", settings(), {"family": "rpm"}),
    Scenario("rpm-newest", settings(version=None), {"family": "rpm"}),
    Scenario("rpm-release-package", settings(repository=None, release_package=RELEASE), {"family": "rpm"}),
    Scenario("rpm-installed", settings(), {"family": "rpm", "installed": "2.1.14"}),
    Scenario("rpm-refused", settings(), {"family": "rpm", "versions": ()}, "Failed", "cannot install cvmfs-2.1.14"),
    Scenario("everything", EVERYTHING),
    Scenario("bare", settings(BARE), {"installed": "2.1.14"}),
    Scenario("not-installed-by-us", settings(install=False), {"installed": "2.0"}),
    Scenario("not-started", settings(start=False)),
    Scenario("no-volume", settings(), {"volume": False}, "Failed", "nothing is mounted at /var/lib/cvmfs"),
    Scenario("no-volume-asked-for", settings(cache_mount=None), {"volume": False}),
    Scenario("cache-elsewhere", settings(SCRATCH, cache_mount="/scratch"), {"selinux": True}),
    Scenario("no-user", settings(start=False), {"user": False}),
    Scenario("probe-fails", settings(extra=EXTRA), {"broken": ("cms.cern.ch", "my.repo.org")}, "Failed", "cannot mount cms.cern.ch, my.repo.org"),
]
