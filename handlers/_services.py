"""Parts of handlers that start something, yielded as ``yield part(...)``."""


def written(service):
    """The files of a service, and the machine that they are for. Each is [path, text, mode, owner]."""
    for path, text, mode, owner in service["files"]:
        yield Write(path, text, int(mode, 8), owner)
    yield Write("/var/lib/contextc/%s.instance" % service["name"], (yield Read("/var/lib/cloud/data/instance-id")) + "\n", 0o600)


def started(service):
    """The service is started when the boot is over: cloud-init's last stage, in which this runs, is not waited for here. So at every later boot,
    by systemd, or where that is not by cloud-init."""
    name, state = service["name"], "runs"
    if (yield Run(["test", "-d", "/run/systemd/system"], check=False)).rc:
        path = "/var/lib/cloud/scripts/per-boot/" + name
        yield Write(path, "#!/bin/sh\n(setsid %s </dev/null 2>&1 | logger -t %s) >/dev/null 2>&1 &\n" % (service["files"][-1][0], name), 0o755)
        yield Run([path])
    else:
        yield Write("/etc/systemd/system/%s.service" % name, service["unit"])
        yield Run(["systemctl", "daemon-reload"])
        yield Enable(name, start=False)
        yield Run(["systemctl", "--no-block", "start", name])
        if (yield Run(["systemctl", "is-active", name], check=False)).out.strip() != "active":
            state = "begins when the boot is over"
    yield Record(service["title"], state)
