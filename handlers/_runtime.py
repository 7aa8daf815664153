"""How handlers are run: cloud-init's part-handler, the state that survives a power cut, and contextc-run.

Early blocks act when cloud-init walks their part; late ones wait in the queue for the final stage. Each step is in state.json before the next begins.
"""
import fcntl
import json
import logging
import sys
import traceback

HOME = "/var/lib/contextc/"
LOGS = "/var/log/contextc/"
CLOUD = "/var/lib/cloud/"
SCRIPTS = CLOUD + "instance/scripts/"
RUNNER = "/usr/local/sbin/contextc-run"
RESUME = CLOUD + "scripts/per-boot/contextc-resume"
# What fetches the handlers leaves it, where they did not arrive and cloud-init had the user's scripts to itself.
LEFT = HOME + "left"
OURS = "00-contextc-late", "zz-contextc-finish"
DONE = "ok", "skipped", "failed"
HANDLERS = {}
PASSED = []
# The context of this machine, as state.json has it: saved after each change, before the next step begins.
STATE = {}
LOG = logging.getLogger("contextc")
handler_version = 2
frequency = "always"


class Ended(BaseException):
    """cloud-init was told to end, while an action went on: it exits then, where a signal finds it. No fault of a handler, and nothing for us to catch."""
    pass


class Host(object):
    """One run of one block: the facts and the log."""

    def __init__(self, row, early):
        self.tag = "contextc_" + STATE["plan"]["digest"][:8]
        self.path = LOGS + row["name"] + ".log"
        self.notes = row["notes"]
        self.results = row["results"]
        self.early = early
        self.tail, self.actions = [], []
        self.selinux = os.path.exists(at("/sys/fs/selinux/enforce"))
        self.family = "deb" if os.path.exists(at("/etc/debian_version")) else "rpm"
        self.tool = "dnf" if os.path.exists(at("/usr/bin/dnf")) else "yum"
        # A power cut leaves dpkg half configured: nothing can be installed before that is put right.
        self.renewal = [["dpkg", "--configure", "-a"], ["apt-get", "-q", "update"]]
        if STATE.get("boot") != boot():
            # And of apt's lists perhaps the names only, which it takes for good.
            self.renewal.insert(1, ["find", "/var/lib/apt/lists", "-type", "f", "-delete"])
        if self.family == "rpm":
            self.renewal = [[self.tool, "clean", "expire-cache"]]

    def perform(self, asked):
        row = [type(asked).__name__, stated(asked), None]
        # What is said to the log is of what was answered, and it may quote what a user's command wrote.
        self.actions += [row] * (row[0] != "Log")
        try:
            if hasattr(asked, "path"):
                self.log("DEBUG", "%s %s" % (row[0], asked.path))
            answer = asked.perform(self)
        except SystemExit:
            raise Ended()
        except Exception as fault:
            row.append(fault.args[0] if isinstance(fault, Failed) else None)
            raise
        row[2] = answered(asked, answer)
        return answer

    def log(self, level, text):
        """Opened anew for each entry: the block may be mounting a volume over the directory."""
        lines = ["%s %s %s" % (now(), level, line) for line in text.splitlines()]
        # The summary shows it to all, the log is root's: so not what is for the log only (DEBUG: what tools wrote). The reason is an ERROR, with the
        # last line of a tool that failed, and of the user's own commands `run` logs what they wrote.
        if level != "DEBUG":
            self.tail = (self.tail + [line[:500] for line in lines])[-5:]
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
    row.update(state="running", started=now(), reason=None, ended=None, duration=None, log=[], results=[])
    save()
    host = Host(row, early)
    # What it began with: its actions are the same list, which grows.
    begun = dict(vars(host), notes=dict(host.notes))
    host.log("INFO", "== begin %s %s" % (name, host.tag[9:]))
    state, level, reason = "failed", logging.WARNING, None
    try:
        drive(HANDLERS[name](json.loads(settings)[name], host), host.perform)
        state = "ok"
    except Skipped as fault:
        state, reason = "skipped", fault.args[0]
    except Pending as fault:
        state, reason = "ok", fault.args[0]
    except Failed as fault:
        reason = fault.args[0]
    except (Exception, SystemExit) as fault:
        # Nobody knows what it quotes, and the summary is for all.
        reason = told(fault, settings)
        host.log("DEBUG", "Traceback:\n" + "".join(traceback.format_tb(sys.exc_info()[2])))
    # What was begun and did not end is known of a power cut only: after a failure people may have put things there.
    row["notes"] = dict((key, value) for key, value in row["notes"].items() if key[:5] == "done ")
    if state == "failed":
        host.log("ERROR", reason)
        row["log"] = host.tail
    else:
        level = logging.INFO
    # One that is ok with a reason awaits something: contextc-run comes back to it.
    if state == "skipped" or state == "ok" and not reason:
        os.remove(at(HOME + "queue/" + name))
    host.log("INFO", "== end %s %s" % (name, state))
    row.update(state=state, reason=reason, ended=now(), duration=since(begin))
    save()
    write_record(name, dict(row, **begun))
    LOG.log(level, "contextc: %s %s %s", name, state, reason or "")


def hushed(text, given):
    """A text without the words of what was given (the longer ones), which may be secrets. They may stand there as JSON or Python writes them."""
    given = given.decode("utf-8", "replace") if isinstance(given, bytes) else u"%s" % (given,)
    words = set(re.findall(r"[\w+/=.$-]{8,}", re.sub(r"\\(u....|.)", " ", given)))
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "***")
    return text


def told(fault, given):
    """An exception that nobody foresaw, in words, and without the words of what was given."""
    # Of text that cannot be encoded it quotes all.
    return type(fault).__name__ if isinstance(fault, UnicodeError) else hushed("%r" % fault, given)


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


def boot():
    return read("/proc/sys/kernel/random/boot_id")


def instance():
    return read(CLOUD + "data/instance-id")


def logged():
    """cloud-init's own log, a character for each byte."""
    return (load("/var/log/cloud-init.log") or b"").decode("latin-1")


def begin(plan):
    """A new context: nothing of an older one counts."""
    for name in "", "queue", "record":
        Mkdir(HOME + name, 0o700).perform(None)
    # What is to follow this verdict may be known already, to a watch that has begun.
    for path in glob.glob(at(HOME + "queue/*")) + glob.glob(at(HOME + "record/*")) + ([] if "outcome" in plan else glob.glob(at(HOME + "outcome/*"))):
        os.remove(path)
    STATE.clear()
    blocks = [dict(dict.fromkeys(ROW), state="unreached", reason="its turn did not come", log=[], results=[], notes={}, **spec) for spec in plan["blocks"]]
    STATE.update({"instance-id": instance(), "plan": plan, "blocks": blocks, "scripts": {}, "lost": [], "begin": time.time(), "boot": boot(), "started": now(), "log": len(logged())})


def receive_plan(plan, first):
    """Find our place: a new context, one to resume, or one that is done. `first`: cloud-init takes this boot for an instance's first."""
    recall()
    known, left = STATE.get("instance-id") == instance(), read(LEFT) == "%s %s" % (instance(), plan["digest"])
    try:
        if (STATE.get("instance-id"), STATE.get("plan")) != (instance(), plan) or (first or left) and STATE.get("finished"):
            begin(plan)
        if not STATE.get("finished"):
            if consumed() and (left or not known):
                # An earlier boot had no handlers, or none of us would not know this instance: its user scripts were run then.
                STATE["left"] = True
            STATE["boot-log"] = len(logged())
            save()
            # Now, for what comes after may fail in any way.
            store(HOME + "handler.py", load(source()))
            store(RUNNER, raw("#!/bin/sh\nexec %s %shandler.py \"$@\"\n" % (sys.executable, HOME)), 0o755)
        if os.path.exists(at(LEFT)):
            os.remove(at(LEFT))
    finally:
        # Also where there is no place for the runner: then no verdict comes, and that is what is watched for.
        if "outcome" in plan:
            expect(plan, STATE.get("finished"), first)


def source():
    """The file that this is."""
    return re.sub("c$", "", __file__)[len(ROOT):]


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


def leave():
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
        if consumed() or set(OURS) & set(STATE["lost"]):
            store(RESUME, raw("#!/bin/sh\nexec %s --resume\n" % RUNNER), 0o755)


def list_types():
    return ["text/contextc-plan"] + ["text/%s-config" % name for name in HANDLERS] + PASSED


def handle_part(data, ctype, filename, payload, frequency=None, headers=None):
    """cloud-init's way in. No fault is raised: it would be logged and forgotten. What cloud-init ends with when it is told to (SystemExit) passes."""
    try:
        body = raw(payload or "").strip() + b"\n"
        if ctype == "__begin__":
            STATE.clear()
        elif ctype == "__end__":
            leave()
        elif ctype == "text/contextc-plan":
            receive_plan(json.loads(body.decode("utf-8"))["contextc-plan"], frequency == "once-per-instance")
        elif STATE and ctype not in PASSED:
            receive_block(ctype[5:-7], body)
    except Exception as fault:
        LOG.warning("contextc: %s: %s", ctype, told(fault, payload))
    if ctype == "__end__":
        # A handler of the vendor's would get this module, and under Python 2 its bytecode, in place of its own.
        sys.modules.pop(__name__, None)
        for stale in glob.glob(os.path.splitext(__file__)[0] + ".pyc"):
            os.remove(stale)


# After the parts: contextc-run.

def late():
    """What waited for network, packages and users."""
    for row in STATE["blocks"]:
        if row["phase"] == "late" and row["state"] not in DONE:
            work(row, False)
    STATE["late"] = boot()
    save()


def repeat(names):
    """What failed or never ran, or the named blocks, once more."""
    if set(names) - set(row["name"] for row in STATE["blocks"]):
        os.write(2, raw("contextc: no such block: %s\n" % " ".join(names)))
        return 2
    for row in STATE["blocks"]:
        if row["name"] in (names or [row["name"]]):
            work(row, False)
    code = finish()
    if "outcome" in STATE["plan"]:
        # The watch has most likely ended. It does what follows, and not this process, which holds the lock of all others.
        begin_watch()
    return code


def resume():
    """What a power cut left, in the order of a first boot."""
    recall()
    if "late" not in STATE and "left" not in STATE and consumed():
        # No user script was begun: they come after the late phase. cloud-init takes them for done, so they are ours now.
        STATE["own"] = True
        save()
    if "late" not in STATE or "own" in STATE:
        alone(late)
    if "own" in STATE:
        user_scripts()
    return alone(finish)


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


def alone(step, *given):
    """One at a time: contextc-run by hand beside the boot's own phases would do the same work twice."""
    with open(at(HOME + "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        recall()
        return step(*given)


def main(argv):
    os.umask(0o022)
    if argv == ["--watch"]:
        return watch()
    recall()
    if "plan" not in STATE:
        os.write(2, b"contextc: no plan arrived\n")
        return 1
    if argv == ["--resume"]:
        return resume()
    if argv == ["--overdue"]:
        return overdue(STATE["plan"]) and 0
    if argv in (["--late"], ["--finish"]):
        return alone(late if argv == ["--late"] else finish)
    return alone(repeat, argv)
