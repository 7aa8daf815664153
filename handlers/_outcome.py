"""What follows the verdict. A watch begins when the plan arrives; it waits for the verdict, or makes one where none comes in time.

In both part-handlers, where a context asks for it. Each has an `overdue` of its own: the verdict of a machine that is not done.
"""
import fcntl
import grp
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

# What is asked for, by plan and instance, and how much of it was begun.
ASKED = HOME + "outcome/asked.json"
# A word: what became of the machine. A new context, or one that goes on, has none.
VERDICT = HOME + "outcome/verdict"
WATCH = HOME + "outcome/watch.py"
LOCK = HOME + "outcome.lock"
SERVICE = "contextc-watch"
# It must begin while cloud-init keeps the boot waiting, and outlive what runs out of memory; and what does not let the machine go down.
UNIT = "[Unit]\nDescription=contextc: what follows the verdict\nDefaultDependencies=no\n[Service]\nExecStart=%s %s --watch\nRestart=on-abnormal\nOOMScoreAdjust=-900\n"
# Seconds for an answer, and before each try.
ANSWER, TRIES = 60, (0, 5, 30, 120)


def expect(plan, done):
    """The watch begins. `done`: the verdict is there already; then only where a power cut left something of what follows it."""
    if not os.path.isdir(at(HOME)):
        os.makedirs(at(HOME), 0o700)
    known = asked()
    if (known.get("plan"), known.get("instance")) != (plan, instance()):
        known = {"plan": plan, "instance": instance(), "begun": {"failure": 0, "success": 0}}
        put(known)
    if not done and verdict():
        os.remove(at(VERDICT))
    if not done or left(known, verdict()):
        with open(re.sub("c$", "", __file__), "rb") as stream:
            store(WATCH, stream.read(), 0o600)
        begin_watch()


def begin_watch():
    argv = [sys.executable, at(WATCH), "--watch"]
    if os.path.isdir(at("/run/systemd/system")):
        store("/run/systemd/system/%s.service" % SERVICE, (UNIT % tuple(argv[:2])).encode("ascii"), 0o644)
        call(["systemctl", "daemon-reload"])
        call(["systemctl", "--no-block", "start", SERVICE])
    else:
        with open(os.devnull, "r+") as nothing:
            subprocess.Popen(argv, stdin=nothing, stdout=nothing, stderr=nothing, close_fds=True, preexec_fn=os.setsid)


def watch():
    """Until the verdict, and until what follows it is done."""
    until = uptime() + asked()["plan"]["outcome"]["within"]
    while not verdict():
        if until and uptime() > until:
            until = None
            say("ERROR", "there is no verdict in time")
            conclude(overdue(asked()["plan"]))
        time.sleep(2)
    conclude(verdict())


def settle(machine):
    """The verdict, for the watch."""
    store(VERDICT, machine.encode("ascii"), 0o600)


def conclude(machine):
    """Do what follows, each step once. Not beside another that is at it."""
    with open(at(LOCK), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except EnvironmentError:
            return
        known = asked()
        todo = left(known, machine)
        if todo:
            say("INFO", "== begin outcome %s" % (known["plan"]["digest"] or "")[:8])
            bad = [step for step in todo if not did(step, machine, known)]
            say("INFO", "== end outcome %s" % ("failed" if bad else "ok"))


def left(known, machine):
    """What is still to be begun."""
    word = kind(known, machine)
    return known["plan"]["outcome"][word][known["begun"][word]:] if word else []


def kind(known, machine):
    """Which of the lists a verdict asks for."""
    bad = machine in ("failed", "unreached") or machine == "degraded" and known["plan"]["outcome"]["degraded"]
    return "failure" if bad else "success" if machine == "ok" else None


def did(step, machine, known):
    """Whether a deed was done. It yields where it must not be begun again: after a power cut what is before that is repeated, what follows is not."""
    number = known["begun"][kind(known, machine)] + 1
    fault = None
    try:
        for _ in DEEDS[step["do"]](step, machine, known["plan"]["outcome"]["env"]):
            mark(known, machine, number)
    except Exception as raised:
        fault = raised
    mark(known, machine, number)
    say("ERROR" if fault else "INFO", "%s: %s" % (step["do"], fault or "done"))
    return not fault


def mark(known, machine, number):
    known["begun"][kind(known, machine)] = number
    put(known)


# The deeds.

def log(step, machine, env):
    """A line in the system's own log, for what gathers it."""
    rows = json.loads(text_of(LOGS + "summary.json"))
    bad = ["%s %s: %s" % (row["name"], row["state"], row["reason"]) for row in rows["blocks"] + rows["scripts"] if row["state"] not in ("ok", "skipped")]
    yield
    call(["logger", "-t", "contextc", "-p", "daemon." + ("info" if machine == "ok" else "err"), "; ".join(["machine " + machine] + bad)[:1000]])


def command(step, machine, env):
    yield
    names = dict({"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}, **env)
    names.update(CONTEXTC_MACHINE=machine, CONTEXTC_SUMMARY=LOGS + "summary.json")
    with open(os.devnull) as nothing, open(at(LOGS + "outcome.log"), "ab") as sink:
        child = subprocess.Popen(
            [native(word) for word in step["argv"]], stdin=nothing, stdout=sink, stderr=sink, close_fds=True, cwd="/", preexec_fn=os.setsid,
            env=dict((native(name), native(value)) for name, value in names.items()))
    alarm = threading.Timer(step["timeout"], os.killpg, (child.pid, signal.SIGKILL))
    alarm.start()
    code = child.wait()
    alarm.cancel()
    if code:
        raise ValueError("exit %d" % code if code > 0 else "signal %d" % -code)


def notify(step, machine, env):
    """Nothing of the address is shown but the host: the rest may be a token."""
    host, why = step["url"].split("/")[2], None
    os.environ.update((native(name), native(value)) for name, value in env.items())
    for pause in TRIES:
        time.sleep(pause)
        try:
            within(ANSWER, post, step["url"], text_of(LOGS + "summary.json").encode("utf-8"))
            say("INFO", "told %s" % host)
            return
        except Exception as fault:
            why = "%s: %s" % (host, fault)
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


def poweroff(step, machine, env):
    """When cloud-init has ended, unless it is what never ends; and when the delay is over, unless it is stopped."""
    until = uptime() + 300
    while verdict() and not os.path.exists(at("/var/lib/cloud/data/result.json")) and uptime() < until:
        time.sleep(2)
    announce("machine %s: powers off in %d s, unless there is %s" % (machine, step["delay"], step["stop-file"]))
    until = uptime() + step["delay"]
    while not (stopped(step["stop-file"]) or machine != "ok" and verdict() == "ok"):
        if uptime() >= until:
            yield
            call(["sync"])
            if call(["systemctl", "--no-block", "poweroff"]):
                call(["poweroff"])
            # Longer than the 90 s that systemd gives a unit to stop, where the unit does not say otherwise, as those of cloud-init do.
            time.sleep(150)
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
    if not os.path.isdir(at(LOGS)):
        os.makedirs(at(LOGS), 0o755)
    handle = os.open(at(LOGS + "outcome.log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    os.write(handle, line)
    try:
        os.fchown(handle, -1, grp.getgrnam("adm").gr_gid)
    except KeyError:
        pass
    os.close(handle)
    os.write(1, line)


def call(argv):
    """The exit code of a command of the machine's."""
    try:
        return subprocess.call([native(word) for word in argv], close_fds=True)
    except OSError:
        return 127


def native(word):
    """As Popen takes words: what JSON gives is unicode, in Python 2 too."""
    return word if isinstance(word, str) else word.encode("utf-8")


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
    except EnvironmentError:
        return ""
