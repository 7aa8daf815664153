"""The metadata of the cloud for root alone: a part that several blocks use."""


def closed(closing):
    """Closed now, and at every boot before the network is up. Fails where the machine has nothing to close it with."""
    name = closing["name"]
    program = closing["files"][-1][0]
    for path, text, mode, owner in closing["files"]:
        yield Write(path, text, int(mode, 8), owner)
    systemd = not (yield Run(["test", "-d", "/run/systemd/system"], check=False)).rc
    if not systemd:
        yield Write("/var/lib/cloud/scripts/per-boot/" + name, "#!/bin/sh\nexec %s\n" % program, 0o755)
    else:
        yield Write("/etc/systemd/system/%s.service" % name, closing["unit"])
        yield Run(["systemctl", "daemon-reload"])
        yield Enable(name, start=False)
    done = yield Run([program], check=False)
    if not done.rc and systemd:
        # It follows nftables.service, which drops all rules when it is started again.
        yield Run(["systemctl", "--no-block", "start", name])
    yield Record(closing["title"], done.out.strip() or "open")
    yield Give(done.err.strip().rpartition("\n")[2] or "exit %d" % done.rc if done.rc else "")
