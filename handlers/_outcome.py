"""What follows the verdict. A watch begins when the plan arrives; it waits for the verdict, or makes one where none comes in time.

In both part-handlers, where a context asks for it. Each has an `overdue` of its own: the verdict of a machine that is not done.
"""
import errno
import fcntl
import grp
import json
import os
import re
import signal
import subprocess
import sys
import time

# What is asked for, by plan and instance, and how much of it was begun.
ASKED = HOME + "outcome/asked.json"
# A word: what became of the machine. A new context, or one that goes on, has none.
VERDICT = HOME + "outcome/verdict"
WATCH = HOME + "outcome/watch.py"
SERVICE = "contextc-watch"
# It must begin while cloud-init keeps the boot waiting, and outlive what runs out of memory; and what does not let the machine go down.
UNIT = "[Unit]\nDescription=contextc: what follows the verdict\nDefaultDependencies=no\n[Service]\nExecStart=%s %s --watch\nRestart=on-failure\nRestartSec=5\nKillMode=process\nOOMScoreAdjust=-900\n"
# Seconds for an answer, before each try, and for a tool: `sync` hangs where a disk does.
ANSWER, TRIES, TOOL = 60, (0, 5, 30, 120), 120


def expect(plan, done, first):
    """The watch begins. `done`: the verdict is there already; then only where a power cut left something of what follows it. `first`: cloud-init
    takes this boot for an instance's first. Without a watch the blocks are done all the same."""
    try:
        known = asked()
        # A first boot that finds a verdict comes after `cloud-init clean`. Without one it follows a cut or a hang, and no deed is repeated.
        if (known.get("plan"), known.get("instance")) != (plan, instance()) or first and verdict():
            known = {"plan": plan, "instance": instance(), "begun": {"failure": 0, "success": 0}}
        if not done or left(known, verdict()):
            prepare(known, done)
            begin_watch()
    except Exception as fault:
        LOG.warning("contextc: nothing will follow the verdict: %r", fault)


def prepare(known, done):
    """What the watch finds. Nothing is away for a moment: the one that fetches the handlers has begun it when these come."""
    for path in (HOME, HOME + "outcome"):
        if not os.path.isdir(at(path)):
            os.makedirs(at(path), 0o700)
        os.chmod(at(path), 0o700)
    if known.get("boot") != text_of("/proc/sys/kernel/random/boot_id"):
        known.update(boot=text_of("/proc/sys/kernel/random/boot_id"), until=uptime() + known["plan"]["outcome"]["within"])
    put(known)
    if not done and verdict():
        os.remove(at(VERDICT))
    with open(re.sub("c$", "", __file__), "rb") as stream:
        store(WATCH, stream.read(), 0o600)


def begin_watch():
    argv = [sys.executable, at(WATCH), "--watch"]
    if os.path.isdir(at("/run/systemd/system")):
        store("/run/systemd/system/%s.service" % SERVICE, (UNIT % tuple(argv[:2])).encode("ascii"), 0o644)
        call(["systemctl", "daemon-reload"])
        if not call(["systemctl", "--no-block", "start", SERVICE]):
            return
    with open(os.devnull, "r+") as nothing:
        subprocess.Popen(argv, stdin=nothing, stdout=nothing, stderr=nothing, close_fds=True, preexec_fn=os.setsid)


def watch():
    """Until the verdict, and until what follows it is done; also of another one, which contextc-run made meanwhile."""
    machine, late = None, False
    while True:
        try:
            if not asked() or machine and machine == verdict():
                return
            machine = verdict() or None
            if machine:
                conclude(machine)
            elif not late and uptime() > asked()["until"]:
                late = conclude(None)
            else:
                time.sleep(2)
        except Exception as fault:
            machine = None
            say("ERROR", printable(fault))
            time.sleep(60)


def settle(machine):
    """The verdict, for the watch."""
    store(VERDICT, machine.encode("ascii"), 0o600)


def conclude(machine):
    """Do what follows, each step once -> whether it was done here, and not by another that is at it. Without a verdict the machine is overdue."""
    # The lock is on the directory: it is there also where nothing can be written any more.
    lock = os.open(at(os.path.dirname(ASKED)), os.O_RDONLY)
    try:
        known = asked()
        if not (known and taken(lock)):
            time.sleep(2)
            return False
        machine = machine or missed(known["plan"])
        todo = left(known, machine)
        if todo:
            say("INFO", "== begin outcome %s" % (known["plan"]["digest"] or "")[:8])
            bad = [step for step in todo if not did(step, machine, known)]
            say("INFO", "== end outcome %s" % ("failed" if bad else "ok"))
        return True
    finally:
        os.close(lock)


def taken(lock):
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except EnvironmentError:
        return False


def missed(plan):
    """The verdict where none came in time. A full disk has no room for the summary of it."""
    say("ERROR", "there is no verdict in time")
    try:
        return overdue(plan)
    except Exception as fault:
        say("ERROR", "there is no summary: " + printable(fault))
        return "unreached"


def left(known, machine):
    """What is still to be begun."""
    word = kind(known["plan"]["outcome"], machine)
    return known["plan"]["outcome"][word][known["begun"][word]:] if word else []


def kind(outcome, machine):
    """Which of the lists a verdict asks for."""
    bad = machine in ("failed", "unreached") or machine == "degraded" and outcome["degraded"]
    return "failure" if bad else "success" if machine == "ok" else None


def did(step, machine, known):
    """Whether a deed was done. It yields where it must not be begun again: after a power cut what is before that is repeated, what follows is not."""
    outcome = known["plan"]["outcome"]
    word, fault = kind(outcome, machine), None
    number = known["begun"][word] + 1
    try:
        for _ in DEEDS[step["do"]](step, machine, outcome):
            mark(known, word, number)
    except Exception as raised:
        fault = printable(raised)
    mark(known, word, number)
    say("ERROR" if fault else "INFO", "%s: %s" % (step["do"], fault or "done"))
    return not fault


def mark(known, word, number):
    """Where there is no room for it, a deed is done without: a machine whose disk is full is one of those that are to be powered off."""
    known["begun"][word] = number
    try:
        put(known)
    except EnvironmentError as fault:
        say("ERROR", "there is no mark, a later boot may repeat it: " + printable(fault))


# The deeds.

def log(step, machine, outcome):
    """A line in the system's own log, for what gathers it."""
    found = json.loads(text_of(LOGS + "summary.json") or "{}")
    rows = [dict({"state": "failed"}, **row) for part in ("blocks", "scripts", "modules") for row in found.get(part, [])]
    bad = ["%s %s: %s" % (row["name"], row["state"], row["reason"]) for row in rows if row["state"] not in ("ok", "skipped")]
    yield
    code = call(["logger", "-t", "contextc", "-p", "daemon." + ("info" if machine == "ok" else "err"), "; ".join(["machine " + machine] + bad)[:1000]])
    if code:
        raise ValueError("exit %d" % code)


def command(step, machine, outcome):
    yield
    names = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}
    names.update(outcome["env"], CONTEXTC_MACHINE=machine, CONTEXTC_SUMMARY=LOGS + "summary.json")
    with open(os.devnull) as nothing, sink() as out:
        child = subprocess.Popen(
            [native(word) for word in step["argv"]], stdin=nothing, stdout=out, stderr=out, close_fds=True, cwd="/", preexec_fn=apart,
            env=dict((native(name), native(value)) for name, value in names.items()))
    code = ended(child, step["timeout"])
    if code:
        raise ValueError("exit %d" % code if code > 0 else "signal %d" % -code)


def sink():
    """The log, for what a command writes; where that cannot be, the command is run all the same."""
    try:
        return os.fdopen(os.open(at(LOGS + "outcome.log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640), "ab")
    except EnvironmentError:
        return open(os.devnull, "ab")


def apart():
    """In a group of its own, which can be killed; and where memory runs out it is no better than others, as the watch is."""
    os.setsid()
    try:
        with open(at("/proc/self/oom_score_adj"), "w") as stream:
            stream.write("0")
    except EnvironmentError:
        pass


def notify(step, machine, outcome):
    """Nothing of the address is shown but the host: the rest may be a token. Until somebody was told, a power cut begins it again."""
    host, why = re.split("[/?#]", step["url"])[2], None
    data = text_of(LOGS + "summary.json") or json.dumps({"machine": machine})
    getattr(os, "environb", os.environ).update((native(name), native(value)) for name, value in outcome["env"].items())
    for pause in TRIES:
        time.sleep(pause)
        try:
            within(ANSWER, post, str(step["url"]), data.encode("utf-8"))
            say("INFO", "told %s" % host)
            return
        except Exception as fault:
            why = "%s: %s" % (host, printable(fault))
            say("WARNING", why)
    yield
    raise ValueError(why)


def post(url, data):
    """Over verified TLS, and to that address alone: who answers with another one would get a request without the summary."""
    import ssl
    try:
        from urllib import request
    except ImportError:
        import urllib2 as request

    class Direct(request.HTTPRedirectHandler):
        def redirect_request(self, *given):
            raise ValueError("it leads to another address")

    opener = request.build_opener(request.HTTPSHandler(context=ssl.create_default_context()), Direct())
    opener.open(request.Request(url, data, {"Content-Type": "application/json"}), timeout=ANSWER).close()


def poweroff(step, machine, outcome):
    """When cloud-init has ended, unless it is what never ends; and when the delay is over, unless it is stopped."""
    until = uptime() + 300
    while verdict() and not os.path.exists(at("/var/lib/cloud/data/result.json")) and uptime() < until:
        time.sleep(2)
    announce("machine %s: powers off in %d s, unless there is %s" % (machine, step["delay"], step["stop-file"]))
    until = uptime() + step["delay"]
    while not (stopped(step["stop-file"]) or verdict() and kind(outcome, verdict()) != kind(outcome, machine)):
        if uptime() >= until:
            yield
            call(["sync"])
            if call(["systemctl", "--no-block", "poweroff"]):
                call(["poweroff"])
            # Longer than databases are given to stop; some units, those of cloud-init among them, are waited for without an end.
            time.sleep(900)
            call(["poweroff", "-f"])
            return
        time.sleep(1)
    announce("stays on")


def stopped(path):
    return os.path.exists(at(path))


DEEDS = {"log": log, "command": command, "notify": notify, "poweroff": poweroff}


# What they share.

def announce(text):
    say("WARNING", text)
    try:
        with open(at("/dev/console"), "ab", 0) as console:
            console.write(("\ncontextc: %s\n" % text).encode("ascii", "replace"))
    except EnvironmentError:
        pass


def say(level, text):
    """For the log, and for the journal of the watch."""
    line = ("%s %s %s\n" % (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), level, text)).encode("ascii", "replace")
    for write in (os.write, record):
        try:
            write(1, line)
        except EnvironmentError:
            # A full disk, or nobody who listens: what is to be done is done unseen.
            pass


def record(_, line):
    if not os.path.isdir(at(LOGS)):
        os.makedirs(at(LOGS), 0o755)
    handle = os.open(at(LOGS + "outcome.log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(handle, line)
        os.fchown(handle, -1, grp.getgrnam("adm").gr_gid)
    except KeyError:
        pass
    finally:
        os.close(handle)


def printable(fault):
    """What a server or a library says, in ASCII: under Python 2 other bytes do not go into a text."""
    try:
        text = "%s" % fault
    except UnicodeError:
        text = repr(fault)
    return "".join(c if " " <= c <= "~" else "?" for c in text)[:500] or type(fault).__name__


def call(argv):
    """The exit code of a command of the machine's."""
    try:
        return ended(subprocess.Popen([native(word) for word in argv], close_fds=True, preexec_fn=os.setsid), TOOL)
    except (OSError, ValueError):
        return 127


def ended(child, seconds):
    """The exit code, in time. One that is killed is not waited for: on a dead disk it does not end."""
    until = uptime() + seconds
    while child.poll() is None:
        if uptime() > until:
            os.killpg(child.pid, signal.SIGKILL)
            raise ValueError("killed after %d s" % seconds)
        time.sleep(0.05)
    return child.returncode


def native(word):
    """As Popen takes words: what JSON gives is unicode, and the machine's locale may know ASCII only."""
    return word if isinstance(word, bytes) else word.encode("utf-8")


def uptime():
    """Seconds, by a clock that does not leap: while a machine boots, that of the day does."""
    return float(text_of("/proc/uptime").split()[0])


def verdict():
    return text_of(VERDICT)


def asked():
    return json.loads(text_of(ASKED) or "{}")


def put(known):
    store(ASKED, json.dumps(known).encode("ascii"), 0o600)


def text_of(path):
    try:
        with open(at(path), "rb") as stream:
            return stream.read().decode("utf-8", "replace")
    except EnvironmentError as fault:
        # What cannot be read for the moment is not what is not there.
        if fault.errno not in (errno.ENOENT, errno.ENOTDIR):
            raise
        return ""
