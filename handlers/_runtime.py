"""The runtime: the only file that touches the machine.

A handler is a generator ``<block>(settings, host)``. It yields actions and gets each action's result back; it may also yield another
generator of its own file (``answer = yield block_part(...)``), which hands its answer over with ``yield Give(value)`` as its last step
(Python 2.7 has no ``yield from``). A failed action ends the handler: an action that may fail takes ``check=False`` and gives its ``rc``.
A handler ends by returning (ok) or by raising `Failed`, `Refused` (failed, and nothing was touched) or `Skipped`, with the reason as text.

``host`` has: ``family`` ("deb" or "rpm"), ``early`` (bool), ``selinux`` (bool), ``tag`` ("contextc_<digest8>"), and ``notes`` (dict: what `Note`
recorded for this block, kept over a power cut and a repetition). Its methods are the runtime's own.
"""
import fcntl
import glob
import grp
import hashlib
import json
import logging
import os
import pwd
import re
import signal
import subprocess
import sys
import threading
import time
import traceback

# Tests put a scratch directory here (a real path); on a machine it stays empty.
ROOT = ""
HOME = "/var/lib/contextc/"
LOGS = "/var/log/contextc/"
CLOUD = "/var/lib/cloud/"
SCRIPTS = CLOUD + "instance/scripts/"
RUNNER = "/usr/local/sbin/contextc-run"
RESUME = CLOUD + "scripts/per-boot/contextc-resume"
OURS = "00-contextc-late", "zz-contextc-finish"
DONE = "ok", "skipped", "failed"
ROW = "name", "phase", "state", "reason", "started", "ended", "duration", "log"
HANDLERS = {}
# The context of this machine, as state.json has it: saved after each change, before the next step begins.
STATE = {}
LOG = logging.getLogger("contextc")
handler_version = 2
frequency = "always"


class Failed(Exception):
    """The block cannot be done; the text is its reason."""
    pass


class Refused(Failed):
    """The block must not be done (there is something to lose); nothing was touched."""
    pass


class Skipped(Exception):
    """There is nothing to do here; the text says why."""
    pass


class Result(object):
    """What an action found or did. Its attributes are named at each action."""

    def __init__(self, **facts):
        vars(self).update(facts)


class Give(object):
    """Yielded last by a part of a handler: the answer to its caller."""

    def __init__(self, value):
        self.value = value


def action(work):
    """Makes a class of actions: an instance only states what should be true, with `work`'s parameters (host apart) as its attributes.

    `work` is safe to repeat. Only the runtime calls it, through `perform`.
    """
    names = work.__code__.co_varnames[1:work.__code__.co_argcount]

    def state(self, *given, **named):
        vars(self).update(zip(reversed(names), reversed(work.__defaults__ or ())))
        vars(self).update(zip(names, given), **named)

    return type(work.__name__, (object,), {"__init__": state, "__doc__": work.__doc__, "perform": lambda self, host: work(host, **vars(self))})


# Files. Every path of the machine goes through `at`.

def at(path):
    return ROOT + path


def real(path):
    return os.path.realpath(at(path))[len(ROOT):]


def raw(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def digest(data):
    return hashlib.sha256(data or b"").hexdigest()


def load(path):
    """The bytes of a file, or None."""
    try:
        with open(at(path), "rb") as stream:
            return stream.read()
    except EnvironmentError:
        return None


def read(path):
    return (load(path) or b"").decode("utf-8", "replace").strip()


def own(path, mode, owner, group):
    os.chown(path, pwd.getpwnam(owner).pw_uid if owner else -1, grp.getgrnam(group).gr_gid if group else -1)
    if mode is not None:
        os.chmod(path, mode)


def store(path, data, mode=0o600, owner=None, group=None):
    """Replace a file whole and for good: 0600 until it is complete, and on the disk before this returns. The same bytes are left alone."""
    changed = load(path) != data
    path = new = os.path.realpath(at(path))
    if changed:
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path), 0o755)
        new = os.path.dirname(path) + "/.contextc-" + os.path.basename(path)
        if os.path.lexists(new):
            os.remove(new)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    own(new, mode, owner, group)
    if changed:
        os.rename(new, path)
        handle = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    return changed


# Actions: what handlers yield.

@action
def Run(host, argv, stdin=None, timeout=300, check=True, env=None, destructive=False, secret=False):
    """Run a command without a shell -> rc, out, err (text).

    Fails unless rc is 0 (``check=False``: never). ``destructive``: the state is on disk before and after. ``secret``: neither the
    words nor the output are logged. ``timeout`` in seconds, then the whole process group is killed (rc -9). PATH is fixed, LC_ALL=C; ``env``
    adds to them. Not safe to repeat by itself: ask first (`Read`, `Device`, a `Run` that only looks), then run.
    """
    words = " ".join(argv)
    if destructive:
        host.note("doing", words)
    rc, out, err = 127, b"", b""
    try:
        child = subprocess.Popen(
            [raw(word) for word in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, close_fds=True, cwd="/",
            preexec_fn=os.setsid, env=dict(env or {}, PATH="/usr/sbin:/usr/bin:/sbin:/bin", HOME="/root", LC_ALL="C"))
        alarm = threading.Timer(timeout, os.killpg, (child.pid, signal.SIGKILL))
        alarm.start()
        out, err = child.communicate(raw(stdin or ""))
        alarm.cancel()
        rc = child.returncode
    except OSError as fault:
        err = raw("%s" % fault)
    out, err = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
    if secret:
        words = argv[0]
    host.log("DEBUG", "run (%d) %s\n" % (rc, words) + ("" if secret else out + err))
    if destructive:
        host.note("doing", None)
    if check and rc:
        raise Failed("%s: exit %d: %s" % (argv[0], rc, "" if secret else (err.strip() or out.strip()).rpartition("\n")[2]))
    return Result(rc=rc, out=out, err=err)


@action
def Write(host, path, text, mode=0o644, owner=None, group=None):
    """The file has this text, mode, owner and group -> changed.

    Written beside its place with mode 0600, then renamed: never half, never widened. The same content is left alone (changed is
    False). Owner and group are names; None leaves root. A missing directory is made, 0755 root. The text is never logged.
    """
    return Result(changed=store(path, raw(text), mode, owner, group))


@action
def Line(host, path, text, key):
    """One line of a file -> changed. ``key`` is a regular expression for the start of all lines that this one stands for: the others of
    them are kept as comments. A missing file is made, mode 0644."""
    lines = (load(path) or b"").decode("latin-1").splitlines()
    lines = ["#" + line if line != text and re.match(key, line) else line for line in lines]
    if text not in lines:
        lines.append(text)
    return Result(changed=store(path, ("\n".join(lines) + "\n").encode("latin-1"), 0o644))


@action
def Mkdir(host, path, mode=None, owner=None, group=None):
    """The directory exists, with its parents -> changed. ``mode``, ``owner``, ``group`` are set when given (new directories: 0755 root)."""
    changed = not os.path.isdir(at(path))
    if changed:
        os.makedirs(at(path), 0o755)
    own(at(path), mode, owner, group)
    return Result(changed=changed)


@action
def Read(host, path):
    """The text of a file without white space around it, "" if there is none. (The result is the text itself.)"""
    return read(path)


@action
def Wait(host, seconds):
    """Let seconds pass."""
    time.sleep(seconds)


@action
def Note(host, key, value):
    """Remember a value for this block (None forgets it): in ``host.notes`` at once and, when it returns, on the disk. Before a step that a power
    cut could leave half done."""
    host.note(key, value)


@action
def Log(host, message):
    """A line in the block's log. Never a secret."""
    host.log("INFO", message)


@action
def Restorecon(host, path):
    """SELinux labels below the path are the policy's; nothing where SELinux is off."""
    if host.selinux:
        ask(host, "restorecon", "-R", path)


@action
def Enable(host, service, start=True):
    """The service is enabled, and runs now unless ``start`` is False."""
    Run(["systemctl", "enable"] + ["--now"] * start + [service]).perform(host)


@action
def Fetch(host, url, path, sha256, timeout=60, retries=3):
    """The file holds what the URL gives, with that sha256 -> changed. TLS is verified. A file that has the sha256 already is left alone;
    otherwise it is replaced whole, after the check. Faults are retried, with growing pauses."""
    if digest(load(path)) == sha256:
        return Result(changed=False)
    # Here, because no other action may fail where Python has no TLS.
    import ssl
    try:
        from urllib.request import urlopen
    except ImportError:
        from urllib2 import urlopen
    for pause in range(retries + 1):
        time.sleep(pause * pause)
        try:
            data = urlopen(url, timeout=timeout, context=ssl.create_default_context()).read()
        except Exception as fault:
            why = "%r" % fault
            continue
        if digest(data) == sha256:
            return Result(changed=store(path, data, 0o644))
        why = "its sha256 is " + digest(data)
    raise Failed("%s: %s" % (url, why))


@action
def Install(host, deb=(), rpm=(), refresh=False):
    """The packages of this machine's family are installed -> changed. Names, ``name=version`` (deb), ``name-version`` (rpm), or paths of files.

    Only what is missing is asked for. Waits up to 60 s for another's package lock. Early: only with a default route and 120 s in all. Else
    fails, naming what to bake into the image. Signatures are always checked. The package lists are renewed when a first attempt
    fails, or before it with ``refresh`` (set it when a repository has just been written).
    """
    tool, query = [["apt-get", "-qy", "--no-install-recommends", "--allow-downgrades", "-o", "Dpkg::Options::=--force-confold"], ["dpkg-query", "-Wf", "${db:Status-Status}"]]
    if host.family == "rpm":
        tool, query = [[host.tool, "-y"], ["rpm", "-q", "--qf", "installed"]]
    missing = [name for name in (rpm if host.family == "rpm" else deb) if ask(host, *query + [name]).out != "installed"]
    if not missing:
        return Result(changed=False)
    fault = "no network"
    if not host.early or routed():
        until = time.time() + (120 if host.early else 1800)
        install = tool + ["install"] + missing
        for argv in ([] if refresh else [install]) + host.renewal + [install]:
            done = unlocked(host, argv, until)
            if argv is install and not done.rc:
                return Result(changed=True)
        fault = done.err.strip().rpartition("\n")[2]
    raise Failed("cannot install %s (%s): bake it into the image" % (" ".join(missing), fault))


@action
def Refresh(host):
    """The lists of packages are as new as their sources. For a handler that must look into them before it installs."""
    for argv in host.renewal:
        unlocked(host, argv, time.time() + 600)


@action
def Mounted(host, path):
    """What is mounted at a directory, topmost -> None, or device (real path or source), type."""
    return ([None] + [row for row in mounts() if row.where == real(path)])[-1]


@action
def Device(host, path):
    """A block device, links followed -> None if there is none, or path, size, readonly, partitions, holders, mounts (list of
    directories, "swap" among them), kind ("" for blank, else the type of filesystem, table or member), uuid, id (serial or path, and size)."""
    path = real(path)
    base = "/sys/class/block/" + path[5:].replace("/", "!")
    number = read(base + "/dev")
    if not number or path[:5] != "/dev/":
        return None
    size = int(read(base + "/size")) * 512
    kind, uuid = signature(host, path)
    return Result(
        path=path, size=size, kind=kind, uuid=uuid, readonly=read(base + "/ro") == "1", id="%s %d" % (serial(base) or path, size),
        partitions=[part.split("/")[-2] for part in sorted(glob.glob(at(base + "/*/partition")))],
        holders=sorted(os.listdir(at(base + "/holders"))),
        mounts=[row.where for row in mounts() if row.number == number or row.device == path])


@action
def Disks(host, name):
    """The whole disks that a name means (path, link, by-id name or serial; "auto": every disk), each as `Device` gives it -> list."""
    meant = [real(name)] + [real(link[len(ROOT):]) for link in glob.glob(at("/dev/disk/by-id/*")) if re.search("[-_/]%s$" % re.escape(name), link)]
    found = []
    for entry in sorted(os.listdir(at("/sys/block"))):
        path = "/dev/" + entry.replace("!", "/")
        # Of the device mapper's only multipath ones: the others are parts of something.
        if re.match("(ram|loop|zram|sr|fd|nbd)[0-9]", entry) or not (read("/sys/block/%s/dm/uuid" % entry) or "mpath").startswith("mpath"):
            continue
        if name == "auto" or path in meant or serial("/sys/block/" + entry) in (name, name[:20]):
            found.append(Device(path).perform(host))
    return [disk for disk in found if disk and disk.size]


# What actions share.

def ask(host, *argv):
    return Run(argv, check=False).perform(host)


def serial(base):
    """A disk's serial number: virtio's, NVMe's, SCSI's."""
    return read(base + "/serial") or read(base + "/device/serial") or read(base + "/device/vpd_pg80")[4:].strip()


def unlocked(host, argv, until):
    """Run a package tool, again while another holds its lock, for a minute."""
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    if host.early:
        # The boot waits for us: a package that starts its service here would wait for the boot.
        env["SYSTEMD_OFFLINE"] = "1"
    patience = min(until, time.time() + 60)
    while True:
        done = Run(argv, None, max(1, until - time.time()), False, env).perform(host)
        if not done.rc or not re.search("(get|to) lock", done.err) or time.time() > patience:
            return done
        time.sleep(3)


def routed():
    """Whether there is a default route, IPv4 or IPv6."""
    return re.search(r"(?m)^\S+\s0{8}\s", read("/proc/net/route")) or re.search(r"(?m)^0{32} 00 .*(?<! lo)$", read("/proc/net/ipv6_route"))


def mounts():
    """Everything mounted, topmost last, and the swaps: number, device, where, type."""
    rows = [line.split() for line in read("/proc/self/mountinfo").splitlines()]
    rows = [(row[2], row[row.index("-") + 2], row[4], row[row.index("-") + 1]) for row in rows]
    rows += [("", line.split()[0], "swap", "swap") for line in read("/proc/swaps").splitlines()[1:]]
    return [Result(number=number, device=real(device) if device[0] == "/" else device, where=where, type=kind) for number, device, where, kind in rows]


def signature(host, path):
    """Type and UUID of what a device holds; ("", "") only where both blkid and wipefs find nothing at all."""
    found = ask(host, "blkid", "-p", "-o", "export", path)
    facts = dict(line.split("=", 1) for line in found.out.splitlines() if "=" in line)
    if found.rc:
        left = ask(host, "wipefs", "-p", path)
        blank = found.rc == 2 and not left.rc and not re.search("(?m)^[^#]", left.out)
        return "" if blank else "something unclear", ""
    return facts.get("TYPE") or facts.get("PTTYPE", "something") + " table", facts.get("UUID", "")


# One block.

class Host(object):
    """One run of one block: the facts and the log."""

    def __init__(self, row, early):
        self.tag = "contextc_" + STATE["plan"]["digest"][:8]
        self.path = LOGS + row["name"] + ".log"
        self.notes = row["notes"]
        self.early = early
        self.tail = []
        self.selinux = os.path.exists(at("/sys/fs/selinux/enforce"))
        self.family = "deb" if os.path.exists(at("/etc/debian_version")) else "rpm"
        self.tool = "dnf" if os.path.exists(at("/usr/bin/dnf")) else "yum"
        # A power cut leaves dpkg half configured: nothing can be installed before that is put right.
        self.renewal = [["dpkg", "--configure", "-a"], ["apt-get", "-q", "update"]]
        if self.family == "rpm":
            self.renewal = [[self.tool, "clean", "expire-cache"]]

    def perform(self, asked):
        self.log("DEBUG", "%s %s" % (type(asked).__name__, getattr(asked, "path", "")))
        return asked.perform(self)

    def log(self, level, text):
        """Opened anew for each entry: the block may be mounting a volume over the directory."""
        lines = ["%s %s %s" % (now(), level, line) for line in text.splitlines()]
        self.tail = (self.tail + lines)[-5:]
        Mkdir(LOGS).perform(self)
        with os.fdopen(os.open(at(self.path), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640), "ab") as stream:
            stream.write(raw("\n".join(lines) + "\n"))
        try:
            own(at(self.path), None, None, "adm")
        except KeyError:
            pass

    def note(self, key, value):
        if self.notes.get(key) != value:
            self.notes[key] = value
            save()


def drive(steps, perform):
    """Carry out what a handler yields, in order, and hand it the results. A generator among them is a part of the handler."""
    answer = None
    while True:
        try:
            asked = steps.send(answer)
        except StopIteration:
            return None
        if isinstance(asked, Give):
            return asked.value
        answer = drive(asked, perform) if hasattr(asked, "send") else perform(asked)


def work(row, early):
    """Do one block, if its settings are queued. Whatever happens, its row and its log tell."""
    name = row["name"]
    settings = read(HOME + "queue/" + name)
    if not settings:
        return
    begin = time.time()
    row.update(state="running", started=now(), reason=None, ended=None, duration=None, log=[])
    save()
    host = Host(row, early)
    host.log("INFO", "== begin %s %s" % (name, host.tag[9:]))
    state, level, reason = "failed", logging.WARNING, None
    try:
        drive(HANDLERS[name](json.loads(settings)[name], host), host.perform)
        state = "ok"
    except Skipped as fault:
        state, reason = "skipped", fault.args[0]
    except Failed as fault:
        reason = fault.args[0]
    except (Exception, SystemExit) as fault:
        reason = "%r" % fault
        host.log("DEBUG", traceback.format_exc())
    if state == "failed":
        host.log("ERROR", reason)
        row["log"] = host.tail
    else:
        level = logging.INFO
        os.remove(at(HOME + "queue/" + name))
    host.log("INFO", "== end %s %s" % (name, state))
    row.update(state=state, reason=reason, ended=now(), duration=since(begin))
    save()
    LOG.log(level, "contextc: %s %s %s", name, state, reason or "")


# The context.

def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def since(begin):
    return round(max(0, time.time() - begin), 3)


def recall():
    """What an earlier boot or phase left."""
    STATE.clear()
    STATE.update(json.loads(read(HOME + "state.json") or "{}"))


def save():
    store(HOME + "state.json", raw(json.dumps(STATE)))


def instance():
    return read(CLOUD + "data/instance-id")


def logged():
    """cloud-init's own log, a character for each byte."""
    return (load("/var/log/cloud-init.log") or b"").decode("latin-1")


def begin(plan):
    """A new context: nothing of an older one counts."""
    Mkdir(HOME, 0o700).perform(None)
    Mkdir(HOME + "queue", 0o700).perform(None)
    for path in glob.glob(at(HOME + "queue/*")):
        os.remove(path)
    STATE.clear()
    blocks = [dict(dict.fromkeys(ROW), state="unreached", reason="its turn did not come", log=[], notes={}, **spec) for spec in plan["blocks"]]
    STATE.update({"instance-id": instance(), "plan": plan, "blocks": blocks, "scripts": {}, "lost": [], "begin": time.time(), "started": now(), "log": len(logged())})


def receive_plan(plan, first):
    """Find our place: a new context, one to resume, or one that is done. `first`: cloud-init takes this boot for an instance's first."""
    recall()
    if (STATE.get("instance-id"), STATE.get("plan")) != (instance(), plan) or first and STATE.get("finished"):
        begin(plan)
    if not STATE.get("finished"):
        STATE["boot-log"] = len(logged())
        save()


def receive_block(name, body):
    """Check one block's settings, keep them until the block is ok, and do it now if it is an early one."""
    for row in STATE["blocks"]:
        if row["name"] == name and row["state"] not in DONE and not STATE.get("finished"):
            if digest(body) != row["sha256"]:
                row["reason"] = "did not arrive whole"
                save()
                continue
            store(HOME + "queue/" + name, body)
            if row["phase"] == "early":
                work(row, True)


def consumed():
    """Whether cloud-init has begun the user scripts of this instance, and so will not do it again."""
    return glob.glob(at(CLOUD + "instance/sem/config_scripts*user*"))


def leave(source):
    """All parts were seen: see to it that the rest of the work is reached, at this boot or a later one."""
    if not STATE:
        recall()
        if STATE.get("instance-id") != instance():
            LOG.warning("contextc: no plan arrived")
            begin({"digest": None, "version": None, "blocks": [], "scripts": []})
            finish()
    if not STATE.get("finished"):
        STATE["lost"] = [script["name"] for script in STATE["plan"]["scripts"] if digest(load(SCRIPTS + script["name"])) != script["sha256"]]
        save()
        store(HOME + "handler.py", load(source))
        store(RUNNER, raw("#!/bin/sh\nexec %s %shandler.py \"$@\"\n" % (sys.executable, HOME)), 0o755)
        if consumed() or set(OURS) & set(STATE["lost"]):
            store(RESUME, raw("#!/bin/sh\nexec %s --resume\n" % RUNNER), 0o755)


def list_types():
    return ["text/contextc-plan"] + ["text/%s-config" % name for name in HANDLERS]


def handle_part(data, ctype, filename, payload, frequency=None, headers=None):
    """cloud-init's way in. Nothing is raised: an exception would be logged and forgotten, an exit would take the rest of the boot along."""
    try:
        body = raw(payload or "").strip() + b"\n"
        if ctype == "__begin__":
            STATE.clear()
        elif ctype == "__end__":
            leave(re.sub("c$", "", __file__)[len(ROOT):])
        elif ctype == "text/contextc-plan":
            receive_plan(json.loads(body.decode("utf-8"))["contextc-plan"], frequency == "once-per-instance")
        elif STATE:
            receive_block(ctype[5:-7], body)
    except (Exception, SystemExit) as fault:
        LOG.warning("contextc: %s: %r", ctype, fault)
    if ctype == "__end__":
        # A handler of the vendor's would get this module, and under Python 2 its bytecode, in place of its own.
        for stale in glob.glob(os.path.splitext(__file__)[0] + ".pyc"):
            os.remove(stale)
        sys.modules.pop(__name__, None)


# After the parts: contextc-run.

def late():
    """What waited for network, packages and users."""
    for row in STATE["blocks"]:
        if row["phase"] == "late" and row["state"] not in DONE:
            work(row, False)
    STATE["late"] = read("/proc/sys/kernel/random/boot_id")
    save()


def repeat(names):
    """What failed or never ran, or the named blocks, once more."""
    for row in STATE["blocks"]:
        if row["name"] in (names or [row["name"]]):
            work(row, False)
    return finish()


def resume():
    """What a power cut left, in the order of a first boot."""
    recall()
    if "late" not in STATE and consumed():
        # No user script was begun: they come after the late phase. cloud-init takes them for done, so they are ours now.
        STATE["own"] = True
        save()
    if "late" not in STATE or "own" in STATE:
        alone(late)
    if "own" in STATE:
        user_scripts()
    return alone(finish)


def scripts():
    """The user's scripts, the plan's and others (runcmd), in the order in which they run."""
    there = [os.path.basename(path) for path in glob.glob(at(SCRIPTS + "*")) if os.access(path, os.X_OK)]
    return sorted(set(there + [script["name"] for script in STATE["plan"]["scripts"]]) - set(OURS) - set(STATE["lost"]))


def user_scripts():
    """cloud-init's own step, which it takes for done. A script that was begun is never begun again."""
    done = STATE["scripts"]
    for name in scripts():
        if name not in done:
            done[name] = "interrupted, not repeated"
            save()
            try:
                code = subprocess.call([at(SCRIPTS + name)], close_fds=True)
                done[name] = "exit %d" % code if code else ""
            except OSError as fault:
                done[name] = "%s" % fault
            save()


def judge():
    """What cloud-init's log says of the user scripts (of this boot, if they ran at it) and of the cloud-config modules."""
    text = logged()
    boot = read("/proc/sys/kernel/random/boot_id")
    cut = STATE.get("late", boot) != boot
    part = text if cut else text[STATE.get("boot-log"):]
    codes = re.findall(r"(?:Failed running |Command: \[')\S*/scripts/([^/\s]+?)(?:'\]\nExit code:| \[)\s*([^\]\s]+)", part)
    # They run in the order of their names: of those that were begun, only the last may not have come to its end.
    known = [name for name in scripts() if "/scripts/%s'" % name in part][:-1]
    reasons = dict.fromkeys(scripts() if cut else [], "interrupted, not repeated")
    reasons.update(dict.fromkeys(known, ""), **dict((name, "exit " + code) for name, code in codes))
    reasons.update(STATE["scripts"])
    rows = [{"name": name, "state": "failed" if reasons.get(name) else "ok", "reason": reasons.get(name) or None} for name in scripts()]
    rows += [{"name": name, "state": "unreached", "reason": "did not arrive whole"} for name in STATE["lost"]]
    bad = sorted(set(re.findall(r"Running module (\S+) \(.*\) failed", text[STATE["log"]:])))
    return rows, [{"name": name, "reason": "see /var/log/cloud-init.log"} for name in bad]


def summarize():
    rows, modules = STATE["judged"]
    blocks = [dict((key, row[key]) for key in ROW) for row in STATE["blocks"]]
    for row in blocks:
        if row["state"] == "running":
            row.update(state="failed", reason="interrupted")
    states = [row["state"] for row in blocks]
    machine = "degraded" if modules or [row for row in rows if row["reason"]] else "ok"
    plan = STATE["plan"]
    if not plan["digest"] or "unreached" in states + [row["state"] for row in rows]:
        machine = "unreached"
    if "failed" in states:
        machine = "failed"
    return {
        "schema": 1, "machine": machine, "contextc": plan["version"], "digest": plan["digest"], "instance-id": STATE["instance-id"],
        "cloud-init": (re.findall(r"Cloud-init v\. (\S+)", logged()) or [None])[-1], "python": sys.version.split()[0], "started": STATE["started"],
        "finished": now(), "duration": since(STATE["begin"]), "blocks": blocks, "scripts": rows, "modules": modules}


def finish():
    """The verdict: in files, on the console, and as the exit code that makes cloud-init show it."""
    if not STATE.get("finished"):
        STATE["judged"] = judge()
    summary = summarize()
    text = ""
    for row in summary["blocks"] + [row for row in summary["scripts"] + summary["modules"] if row["reason"]]:
        text += "%-9s  %s  %s  %s\n" % (row.get("state", "failed"), row["name"], row.get("duration") or "-", row["reason"] or "")
    text += "machine %s\n" % summary["machine"]
    data = raw(json.dumps(summary, sort_keys=True) + "\n")
    store(LOGS + "summary.log", raw(text), 0o644)
    store(LOGS + "summary.json", data, 0o644)
    STATE["finished"] = True
    save()
    if os.path.exists(at(RESUME)):
        os.remove(at(RESUME))
    os.write(1, raw(text))
    try:
        with open(at("/dev/console"), "ab", 0) as console:
            console.write(b"\ncontextc-summary: " + data)
    except EnvironmentError:
        pass
    return int(summary["machine"] in ("failed", "unreached"))


def alone(step, *given):
    """One at a time: contextc-run by hand beside the boot's own phases would do the same work twice."""
    with open(at(HOME + "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        recall()
        return step(*given)


def main(argv):
    os.umask(0o022)
    if argv == ["--resume"]:
        return resume()
    if argv in (["--late"], ["--finish"]):
        return alone(late if argv == ["--late"] else finish)
    return alone(repeat, argv)
