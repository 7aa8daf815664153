"""NFS: the server before its clients, mounts that wait for a server, and rows of fstab that outlive a server that stays away."""
ROW = "%s %s nfs _netdev,nofail,x-systemd.automount,x-systemd.mount-timeout=60,retry=1 0 0"
EXPORTED = ("^exportfs -s", 0, "/srv/data  192.0.2.0/24(sync,wdelay,hide,no_subtree_check,sec=sys,rw,secure,root_squash,no_all_squash)\n")
FSTAB = "LABEL=root / ext4 defaults 0 1\nold:/data /data nfs defaults 0 0\n"


def mount(source, path):
    return dict(source=source, mount=path, row=ROW % (source, path), unit=path[1:].replace("/", "-"))


def settings(exports=(), mounts=(), wait=60):
    return dict(exports=list(exports), table="/srv/data 192.0.2.0/24(rw,no_subtree_check)\n" if exports else "", mounts=list(mounts), wait=wait)


def answering(source, path, after=0):
    """A server that answers when some seconds have passed."""
    def start(there):
        if there.waited >= after:
            there.mounted[path] = (source, "nfs4")
        return 0, ""
    return "start --no-block %s.mount" % path[1:].replace("/", "-"), start


DATA = dict(path="/srv/data", volume=None)
VOLUME = dict(path="/srv/data", volume="/srv")
HEAD = mount("head:/data", "/data")
LOOP = mount("localhost:/srv/data", "/data")


def both(there):
    """The server is up before anything is mounted."""
    return [line.split()[0] for line in there.lines].index("Enable") < [".mount'" in line for line in there.lines].index(True)


SCENARIOS = {
    "server": dict(settings=settings([DATA]), machine=dict(answers=[EXPORTED], missing=["nfs-kernel-server"])),
    "server-rpm": dict(settings=settings([DATA]), machine=dict(answers=[EXPORTED], missing=["nfs-utils"], family="rpm")),
    "server-on-a-volume": dict(settings=settings([VOLUME]), machine=dict(answers=[EXPORTED], mounted={"/srv": ("/dev/vdb", "xfs")})),
    "failed-without-the-volume": dict(settings=settings([VOLUME]), ends="Failed: /srv/data has no volume: nothing is mounted at /srv"),
    "failed-not-exported": dict(settings=settings([DATA]), ends="Failed: exportfs does not export /srv/data"),
    "client": dict(
        settings=settings((), [HEAD]), machine=dict(answers=[answering("head:/data", "/data")], files={"/etc/fstab": FSTAB}, missing=["nfs-common"]),
        again=lambda there: there.text("/etc/fstab").count("head:/data") == 1 and "\n#old:/data" in there.text("/etc/fstab")),
    "client-waits": dict(settings=settings((), [HEAD]), machine=dict(answers=[answering("head:/data", "/data", 30)]), again=lambda there: 30 <= there.waited < 60),
    "client-not-used-yet": dict(settings=settings((), [HEAD]), machine=dict(answers=[answering("head:/data", "/data")], mounted={"/data": ("systemd-1", "autofs")})),
    "failed-server-away": dict(
        settings=settings((), [HEAD, mount("other:/sw", "/sw")], 20), machine=dict(answers=[answering("other:/sw", "/sw", 9)]), ends="Failed: cannot mount head:/data: "),
    "failed-covered": dict(
        settings=settings((), [HEAD]), machine=dict(mounted={"/data": ("/dev/vdb1", "ext4")}), ends="Failed: /dev/vdb1 is mounted at /data"),
    "loopback": dict(settings=settings([DATA], [LOOP]), machine=dict(answers=[EXPORTED, answering("localhost:/srv/data", "/data")]), again=both),
}
