"""The block nfs: directories that are exported, then those that are mounted, which may be the same.

Mounts are fstab's, made by systemd at their first use. Here they are used once, to prove them, and given time: the server may be booting.
"""


def nfs(settings, host):
    """Actions for a machine that exports and mounts what the settings name."""
    if settings["exports"]:
        yield nfs_serve(settings["exports"], settings["table"])
    if settings["mounts"]:
        yield nfs_use(settings["mounts"], settings["wait"])


def nfs_serve(exports, table):
    """The table comes before the server: a client that finds a server without it would take its no for an answer."""
    for export in exports:
        if export["volume"] and not (yield Mounted(export["volume"])):
            raise Failed("%s has no volume: nothing is mounted at %s" % (export["path"], export["volume"]))
        yield Mkdir(export["path"])
    yield Mkdir("/etc/exports.d")
    yield Write("/etc/exports.d/contextc.exports", table)
    yield Restorecon("/etc/exports.d")
    yield Install(["nfs-kernel-server"], ["nfs-utils"])
    yield Enable("nfs-server")
    yield Run(["exportfs", "-ra"])
    rows = (yield Run(["exportfs", "-s"])).out.splitlines()
    for path in sorted(set(export["path"] for export in exports)):
        clients = [row.split()[-1].partition("(")[0] for row in rows if row.split()[:1] == [path]]
        if not clients:
            raise Failed("exportfs does not export " + path)
        yield Record("export " + path, " ".join(clients))


def nfs_use(mounts, wait):
    """All of them are tried; together they may wait as long as the settings say."""
    yield Install(["nfs-common"], ["nfs-utils"])
    for mount in mounts:
        path = mount["mount"]
        there = yield Mounted(path)
        if there and there.type != "autofs" and there.device != mount["source"]:
            raise Failed("%s is mounted at %s" % (there.device, path))
        if not there:
            yield Mkdir(path)
        yield Line("/etc/fstab", mount["row"], r"\s*[^#\s]\S*\s+%s\s" % re.escape(path))
    yield Run(["systemctl", "daemon-reload"])
    # The last round only looks.
    for left in range(wait // 3 + 1, -1, -1):
        away = []
        for mount in mounts:
            there = yield Mounted(mount["mount"])
            if not there or there.device != mount["source"]:
                away.append(mount)
        if not (away and left):
            break
        for mount in away:
            # Again each time: a server that answers and exports nothing yet ends a try.
            yield Run(["systemctl", "start", mount["unit"] + ".automount"], check=False)
            yield Run(["systemctl", "start", "--no-block", mount["unit"] + ".mount"], check=False)
        yield Wait(3)
    for mount in mounts:
        if mount in away:
            yield Run(["journalctl", "-qn", "20", "-o", "cat", "-u", mount["unit"] + ".mount"], check=False)
        else:
            yield Record("mount " + mount["mount"], mount["source"])
    if away:
        raise Failed("cannot mount %s: tried again whenever it is used" % ", ".join(mount["source"] for mount in away))
