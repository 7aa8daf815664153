"""The block hosts: names of machines in a section of /etc/hosts. This machine's own name is set by cloud-init."""


def hosts(settings, host):
    """Actions for an /etc/hosts in which every name of the settings is found, and this machine's own. All else in it stays."""
    path = "/etc/hosts"
    lines = settings["lines"]
    # Where cloud-init wrote the file from a template, the image may have none that is good for anything.
    if not re.search(r"(?m)^127\.0\.0\.1\s(.*\s)?localhost(\s|$)", (yield Read(path))):
        yield Line(path, "127.0.0.1 localhost", r"127\.0\.0\.1\s+localhost\s*$")
    if not settings["named"]:
        # The cloud's: cloud-init has set it by now.
        name = yield Read("/proc/sys/kernel/hostname")
        if name.lower() not in ("localhost (none) " + lines).lower().split():
            lines = "127.0.1.1 %s\n" % name + lines
    yield Section(path, "hosts", lines)
    yield Restorecon(path)
