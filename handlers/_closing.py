"""The metadata of the cloud for root alone: a part that several blocks use."""


def closed(closing):
    """Closed now, and at every boot before the network is up. Fails where the machine has nothing to close it with."""
    name = closing["name"]
    program = closing["files"][-1][0]
    for path, text, mode, owner in closing["files"]:
        yield Write(path, text, int(mode, 8), owner)
    if (yield Run(["test", "-d", "/run/systemd/system"], check=False)).rc:
        yield Write("/var/lib/cloud/scripts/per-boot/" + name, "#!/bin/sh\nexec %s\n" % program, 0o755)
    else:
        yield Write("/etc/systemd/system/%s.service" % name, closing["unit"])
        yield Run(["systemctl", "daemon-reload"])
        yield Enable(name, start=False)
    done = yield Run([program], check=False)
    yield Record(closing["title"], done.out.strip() or "open")
    yield Give(done.err.strip().rpartition("\n")[2] if done.rc else "")
