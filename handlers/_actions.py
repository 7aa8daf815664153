"""What handlers say: actions. With the other files that begin with `_` the only one that touches the machine.

A handler is a generator ``<block>(settings, host)``. It yields actions and gets each action's result back; it may also yield another
generator of its own file (``answer = yield block_part(...)``), which hands its answer over with ``yield Give(value)`` as its last step
(Python 2.7 has no ``yield from``). A failed action ends the handler: an action that may fail takes ``check=False`` and gives its ``rc``.
A handler ends by returning (ok) or by raising `Failed`, `Refused` (failed, and nothing was touched), `Skipped` or `Pending`, with the reason as text.

``host`` has: ``family`` ("deb" or "rpm"), ``early`` (bool), ``selinux`` (bool), ``tag`` ("contextc_<digest8>"), and ``notes`` (dict: what `Note`
recorded for this block; only a power cut leaves any: they go when the block ends, whatever its end, but for those whose key begins with "done ").
Its methods are the runtime's own.
"""
import base64
import glob
import grp
import hashlib
import os
import pwd
import re
import signal
import subprocess
import threading
import time

# Tests put a scratch directory here (a real path); on a machine it stays empty.
ROOT = ""


class Failed(Exception):
    """The block cannot be done; the text is its reason."""
    pass


class Refused(Failed):
    """The block must not be done (there is something to lose); nothing was touched."""
    pass


class Skipped(Exception):
    """There is nothing to do here; the text says why."""
    pass


class Pending(Exception):
    """All is well and all is done that can be done now (ok); the text says what is awaited. The settings stay queued, so that contextc-run comes back to it."""
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
    # Asked for only: on a read-only filesystem even a change of nothing fails. Of what is open: in the directory of a user a name may
    # mean another file by now, and a link to one of root's would be given away.
    if owner or group or mode is not None:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            own_open(handle, mode, owner, group)
        finally:
            os.close(handle)


def own_open(handle, mode, owner, group):
    if owner or group:
        os.fchown(handle, pwd.getpwnam(owner).pw_uid if owner else -1, grp.getgrnam(group).gr_gid if group else -1)
    if mode is not None:
        os.fchmod(handle, mode)


def store(path, data, mode=0o600, owner=None, group=None):
    """Replace a file whole and for good: 0600 until it is complete, and on the disk before this returns. The same bytes are left alone."""
    changed = load(path) != data
    path = os.path.realpath(at(path))
    if not changed:
        own(path, mode, owner, group)
    else:
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path), 0o755)
        new = os.path.dirname(path) + "/.contextc-" + os.path.basename(path)
        if os.path.lexists(new):
            os.remove(new)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
            own_open(stream.fileno(), mode, owner, group)
        os.rename(new, path)
        handle = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    return changed


# Actions: what handlers yield.

@action
def Run(host, argv, stdin=None, timeout=300, check=True, env=None, destructive=False, secret=False, user=None, directory=None, last=0):
    """Run a command without a shell -> rc, out, err (text), seconds, left.

    Fails unless rc is 0 (``check=False``: never). ``destructive``: the state is on disk before and after. ``secret``: neither the
    words nor the output are logged; words of ``stdin`` are ``***`` in ``err`` and in the log. ``timeout`` in seconds, then the whole process group is killed (rc -9). PATH, HOME and LC_ALL=C are all that is set; ``env``
    comes over them. ``user``: that account, with all its groups, and not root; ``directory``: where it runs, else ``/``; ``last``: of all that it
    writes out has the last so many bytes, and the log nothing (left: how many came before them); what it leaves in the background does not hold us up.
    Not safe to repeat by itself: ask first (`Read`, `Device`, a `Run` that only looks), then run.
    """
    words = " ".join(argv)
    if destructive:
        host.note("doing", words)
    rc, out, err, begin = 127, b"", b"", time.time()
    names = dict({"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}, **(env or {}))
    sink, left = subprocess.PIPE, 0
    if last:
        # Of its own: what another user's command left behind reads nothing and writes nothing here. And no file, which could fill the disk.
        source, sink = os.pipe()
        # The user's, or nothing could be written to /dev/stderr.
        own_open(sink, None, user, None)
        reader, kept = drained(source, last)
    try:
        child = subprocess.Popen(
            [raw(word) for word in argv], stdin=subprocess.PIPE, stdout=sink, stderr=sink, close_fds=True, cwd=directory or "/",
            preexec_fn=become(user), env=dict((raw(name), raw(value)) for name, value in names.items()))
        alarm = threading.Timer(timeout, os.killpg, (child.pid, signal.SIGKILL))
        # Where cloud-init is told to end meanwhile, nothing waits for the time to be over.
        alarm.daemon = True
        alarm.start()
        out, err = child.communicate(raw(stdin or ""))
        alarm.cancel()
        rc = child.returncode
    except OSError as fault:
        err = raw("%s" % fault)
    spent = since(begin)
    if last:
        os.close(sink)
        out, left = emptied(source, reader, kept)
    out, err = (out or b"").decode("utf-8", "replace"), (err or b"").decode("utf-8", "replace")
    if rc == -signal.SIGKILL:
        err += "killed after %d s" % timeout
    if secret:
        words = argv[0]
    # A tool that quotes what it reads.
    err = hushed(err, stdin)
    host.log("DEBUG", "run (%d) %s\n" % (rc, words) + ("" if secret else err if last else hushed(out, stdin) + err))
    if destructive:
        host.note("doing", None)
    if check and rc:
        raise Failed("%s: exit %d: %s" % (argv[0], rc, "" if secret else (err.strip() or hushed(out, stdin).strip()).rpartition("\n")[2][:500]))
    return Result(rc=rc, out=out, err=err, seconds=spent, left=left)


@action
def Write(host, path, text, mode=0o644, owner=None, group=None):
    """The file has this text, mode, owner and group -> changed.

    Written beside its place with mode 0600, then renamed: never half, never widened. The same content is left alone (changed is
    False). Owner and group are names; None leaves root. A missing directory is made, 0755 root. The text is never logged.
    """
    return Result(changed=store(path, raw(text), mode, owner, group))


@action
def Trial(host, path, text, first, then, mode=0o644):
    """The file has this text, if two commands accept it: one before it is written, one after. Else it is as it was, or not there -> changed, rc, out, err.

    What was before is on the disk while the second runs: a power cut then keeps nothing that was not accepted.
    """
    key = "before " + path
    if host.notes.get(key) is None:
        done, old = ask(host, *first), load(path)
        if done.rc:
            return done
        host.note(key, [] if old is None else [base64.b64encode(old).decode("ascii"), os.stat(at(path)).st_mode & 0o7777])
    before = host.notes[key]
    changed = store(path, raw(text), mode)
    done = ask(host, *then)
    if done.rc and before:
        store(path, base64.b64decode(before[0]), before[1])
    elif done.rc:
        os.remove(os.path.realpath(at(path)))
    host.note(key, None)
    return Result(changed=changed and not done.rc, rc=done.rc, out=done.out, err=done.err)


@action
def Line(host, path, text, key):
    """One line of a file -> changed. ``key`` is a regular expression for the start of all lines that this one stands for: the others of
    them are kept as comments. A missing file is made, mode 0644."""
    lines = (load(path) or b"").decode("latin-1").split("\n")
    if not lines[-1]:
        lines.pop()
    lines = ["#" + line if line != text and re.match(key, line) else line for line in lines]
    if text not in lines:
        lines.append(text)
    return Result(changed=store(path, ("\n".join(lines) + "\n").encode("latin-1"), 0o644))


@action
def Section(host, path, name, text):
    """The text stands in a file, between two comment lines that bear the name -> changed. All other lines are left as they are. A missing
    file is made, mode 0644; an empty text takes the section out."""
    old = load(path) or b""
    begin, end = [raw("# contextc %s %s\n" % (name, word)) for word in ("begins", "ends")]
    new = re.sub(b"(?s)" + re.escape(begin) + b".*?" + re.escape(end), b"", old)
    if text:
        new = new + b"\n" * (new[-1:] not in (b"", b"\n")) + begin + raw(text.rstrip("\n") + "\n") + end
    return Result(changed=new != old and store(path, new, 0o644))


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
    cut could leave half done; to be forgotten after it. One whose key begins with "done " stays: what came to its end is not repeated, even after a
    failure of the block."""
    host.note(key, value)


@action
def Record(host, name, result):
    """A finding for the summary, as text: what was proved, or what became of one step. Never a secret."""
    host.results[:] = [row for row in host.results if row["name"] != name] + [{"name": name, "result": result}]
    host.log("INFO", "%s: %s" % (name, result))


@action
def Account(host, user):
    """A user of this machine -> None, or name, uid, gid, group (the name of the first group), home."""
    try:
        row = pwd.getpwnam(user)
        return Result(name=user, uid=row.pw_uid, gid=row.pw_gid, group=grp.getgrgid(row.pw_gid).gr_name, home=row.pw_dir)
    except KeyError:
        return None


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


# What actions share.

def become(user):
    """What a child does before it is the command. By Python, for old machines have no setpriv, and runuser would open a session."""
    row = pwd.getpwnam(user) if user else None

    def child():
        os.setsid()
        if row:
            os.initgroups(row.pw_name, row.pw_gid)
            os.setgid(row.pw_gid)
            os.setuid(row.pw_uid)
    return child


def drained(source, last):
    """A thread that reads a pipe to its end; and a list: the last bytes of it, and how many came in all."""
    kept = [b"", 0]

    def drain():
        piece = b"more"
        while piece:
            piece = os.read(source, 1 << 16)
            kept[:] = (kept[0] + piece)[-last:], kept[1] + len(piece)

    thread = threading.Thread(target=drain)
    thread.daemon = True
    thread.start()
    return thread, kept


def emptied(source, reader, kept):
    """What a pipe had at the end of its command: the last bytes, and how many came before them."""
    reader.join(1)
    if reader.is_alive():
        # What it left in the background would die of what it writes once we are gone.
        with open(os.devnull, "w") as nothing:
            subprocess.Popen(["cat"], stdin=source, stdout=nothing, stderr=nothing, close_fds=True, preexec_fn=os.setsid)
    else:
        os.close(source)
    out, came = list(kept)
    return out, came - len(out)


def ask(host, *argv):
    return Run(argv, check=False).perform(host)
