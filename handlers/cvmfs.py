"""The block cvmfs: CernVM-FS from a signed source, configured, mounted by autofs, and still there after a reboot.

The order is the promise: the cache lies on its volume before anything else happens, nothing is configured that could not be
installed, and what a reboot needs is on the disk before the first mount is tried.
"""


def cvmfs(settings, host):
    """Actions for a machine that uses the CVMFS repositories which the settings name."""
    mount = settings["cache-mount"]
    if mount and not (yield Mounted(mount)):
        raise Failed("the cache has no volume: nothing is mounted at " + mount)
    if settings["install"]:
        yield cvmfs_install(settings, host)
    yield cvmfs_configure(settings)
    base = settings["local"]["cache-base"]
    yield cvmfs_survive_reboot(base)
    if settings["start"]:
        # The map for autofs and the user cvmfs. autofs itself is ours to start, after the cache is ready.
        yield Run(["cvmfs_config", "setup", "nostart"])
    yield cvmfs_cache(base, host)
    if settings["start"]:
        yield cvmfs_start()


def cvmfs_install(settings, host):
    """The package, in the version that is asked for. What is there already is left as it is: an image with CVMFS in it needs no network."""
    version = settings["version"]
    release = settings["release-package"]
    deb = host.family == "deb"
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}"] if deb else ["rpm", "-q", "--qf", "installed %{VERSION}-%{RELEASE}"]
    state, _, found = (yield Run(query + ["cvmfs"], check=False)).out.partition(" ")
    if state == "installed" and cvmfs_fits(version, found):
        return
    if settings["repository"]:
        yield cvmfs_repository(settings["repository"], deb)
    if release:
        path = "/var/lib/contextc/cvmfs-release." + host.family
        yield Fetch(release["url"], path, release["sha256"])
        yield Install([path], [path])
    yield Refresh()
    name = "cvmfs" + ("-" + version if version else "")
    if deb:
        name = yield cvmfs_known(version)
    yield Install([name], [name])


def cvmfs_fits(version, full):
    """Whether a full package version (epoch, revision) is the one asked for. 2.1.140 is not 2.1.14."""
    return not version or re.match(r"(\d+:)?%s([-~+]|$)" % re.escape(version), full)


def cvmfs_known(version):
    """Gives what apt wants to hear: the package, with the full version if one is asked for. apt knows nothing from a source that its key has
    not signed."""
    listed = yield Run(["apt-cache", "madison", "cvmfs"])
    known = re.findall(r"\| *(\S+) *\|", listed.out)
    fitting = [full for full in known if cvmfs_fits(version, full)]
    if not fitting:
        raise Failed("no trusted package source has cvmfs %s (there is: %s)" % (version or "", ", ".join(known) or "none"))
    yield Give("cvmfs=" + fitting[0] if version else "cvmfs")


def cvmfs_repository(repository, deb):
    """The package source, bound to its key. The package manager refuses what that key has not signed."""
    if deb:
        key = "/etc/apt/keyrings/contextc-cvmfs.asc"
        source = "/etc/apt/sources.list.d/contextc-cvmfs.list"
        text = "deb [signed-by=%s] %s\n"
    else:
        # Every package is signed. The list of packages (repo_gpgcheck) is so in few repositories of this kind.
        key = "/etc/pki/rpm-gpg/RPM-GPG-KEY-contextc-cvmfs"
        source = "/etc/yum.repos.d/contextc-cvmfs.repo"
        text = "[contextc-cvmfs]\nname=CernVM-FS\nenabled=1\ngpgcheck=1\ngpgkey=file://%s\nbaseurl=%s\n"
    yield cvmfs_write(key, repository["key"].strip() + "\n")
    yield cvmfs_write(source, text % (key, repository["url"]))


def cvmfs_configure(settings):
    """Every file below /etc/cvmfs that the settings speak of, each written whole, so that nothing is ever there twice."""
    local = settings["local"]
    # An extra repository is meant to be used: strict mounts and the probe go by this list.
    names = local["repositories"] + [extra["name"] for extra in settings["extra"] if extra["name"] not in local["repositories"]]
    yield cvmfs_file("default.local", [
        ("CVMFS_REPOSITORIES", ",".join(names) or None),
        ("CVMFS_HTTP_PROXY", local["http-proxy"]),
        ("CVMFS_CACHE_BASE", local["cache-base"]),
        ("CVMFS_QUOTA_LIMIT", local["quota-limit"]),
        ("CVMFS_DEFAULT_DOMAIN", local["default-domain"]),
        ("CVMFS_STRICT_MOUNT", {True: "yes", False: "no"}.get(local["strict-mount"])),
    ])
    yield cvmfs_file("config.d/cms.cern.ch.local", [("export CMS_LOCAL_SITE", local["cms-local-site"])])
    if settings["domain"]:
        yield cvmfs_file("domain.d/%s.local" % settings["domain"]["name"], [("CVMFS_SERVER_URL", settings["domain"]["server"])])
    for extra in settings["extra"]:
        key = "/etc/cvmfs/keys/%s.pub" % extra["name"]
        yield cvmfs_write(key, extra["key"].strip() + "\n")
        # Old clients take the directory before the key, and a domain may have set one: ours leads to the same key.
        pairs = [("CVMFS_SERVER_URL", extra["server"]), ("CVMFS_PUBLIC_KEY", key), ("CVMFS_KEYS_DIR", "/etc/cvmfs/keys")]
        yield cvmfs_file("config.d/%s.conf" % extra["name"], pairs)


def cvmfs_file(name, pairs):
    """A file of shell assignments, unless there is nothing to assign. A shell reads it: whatever the value holds stays inside the quotes."""
    lines = ["%s='%s'\n" % (key, ("%s" % value).replace("'", "'\\''")) for key, value in pairs if value is not None]
    if lines:
        yield cvmfs_write("/etc/cvmfs/" + name, "# Written by contextc.\n" + "".join(lines))


def cvmfs_write(path, text):
    """A file that everybody may read, in a directory that may not be there yet."""
    yield Mkdir(os.path.dirname(path))
    yield Write(path, text)


def cvmfs_survive_reboot(base):
    """Without the volume of the cache autofs does not start, and after each boot root mounts every repository once, again until it works:
    on some machines a user who is the first to ask is refused until root has been there."""
    units = "/etc/systemd/system/"
    yield cvmfs_write(units + "autofs.service.d/contextc-cvmfs.conf", "[Unit]\nRequiresMountsFor=%s\n" % base)
    # Not Type=oneshot: the boot, and cloud-init's last stage with it, does not wait for a distant server.
    yield cvmfs_write(units + "contextc-cvmfs.service", (
        "[Unit]\nDescription=Mount every CVMFS repository once\nWants=network-online.target\nAfter=autofs.service network-online.target\n"
        "[Service]\nExecStart=/usr/bin/cvmfs_config probe\nRestart=on-failure\nRestartSec=60\n"
        "[Install]\nWantedBy=multi-user.target\n"))
    yield Run(["systemctl", "daemon-reload"])


def cvmfs_cache(base, host):
    """The directory of the cache, for the user that the client runs as."""
    user, mode = "cvmfs", 0o700
    if (yield Run(["getent", "passwd", user], check=False)).rc:
        user = mode = None
    yield Mkdir(base, mode, user, user)
    if host.selinux and base != "/var/lib/cvmfs":
        # The policy knows the usual place only. Said before, or no semanage there: no matter.
        yield Run(["semanage", "fcontext", "-a", "-e", "/var/lib/cvmfs", base], check=False)
    yield Restorecon(base)


def cvmfs_start():
    """autofs on, now and at every boot, then each repository mounted once: the proof."""
    yield Enable("autofs")
    yield Enable("contextc-cvmfs", start=False)
    yield Run(["cvmfs_config", "reload"])
    probe = yield Run(["cvmfs_config", "probe"], check=False)
    if probe.rc:
        # Its findings are for the log.
        yield Run(["cvmfs_config", "chksetup"], check=False)
        bad = re.findall(r"/cvmfs/(\S+)\.\.\. (?!OK)", probe.out)
        raise Failed("cannot mount " + (", ".join(bad) or "the repositories: " + probe.err.strip()))
