"""What cloud-init does for the handlers, where a context comes over ssh: the walk of the parts, the user's scripts, the verdict. Shipped in a
run file only, behind the handlers; what is defined here once more takes the place of theirs.

Nothing of a cloud-init that is there is touched, and nothing of it is asked for.
"""
import fcntl
import json
import shutil

SENT = HOME + "ssh/"
SCRIPTS = SENT + "scripts/"
# The settings wait here, for root alone, until the context is finished.
KEPT = SENT + "sent.json"
INSTANCE = "ssh-"
OUTPUT = "/var/log/contextc-output.log"
# Where the scripts of services look for the instance, and whether its first boot is over. Ours only where cloud-init has none.
CLOUD_INSTANCE, CLOUD_RESULT = CLOUD + "data/instance-id", CLOUD + "data/result.json"
# `RESUME` stays cloud-init's: the runtime takes that away with its verdict, and the unit is to be there until the settings are gone.
UNIT_FILE = "/etc/systemd/system/contextc-resume.service"
WANTED = "/etc/systemd/system/multi-user.target.wants/contextc-resume.service"
# As cloud-init's last stage: what the user's scripts leave in the background goes on.
RESUME_UNIT = (
    "[Unit]\nDescription=contextc: goes on with a context that was interrupted\nWants=network-online.target\nAfter=network-online.target\n"
    "ConditionPathExists=%s\n[Service]\nType=oneshot\nExecStart=%s --resume\nRemainAfterExit=yes\nKillMode=process\nTasksMax=infinity\n[Install]\nWantedBy=multi-user.target\n" % (KEPT, RUNNER))
# The unit of a block that waits for cloud-init's last stage would wait for ever.
if "DISKS_SERVICE" in globals():
    DISKS_SERVICE = DISKS_SERVICE.replace("cloud-final.service ", "").replace("cloud-init.target", "multi-user.target")
# Where people listen; the standard output is what scripts write to, and goes into a file.
VOICE = [1]


def instance():
    return read(SENT + "instance")


def consumed():
    """No cloud-init runs the user's scripts beside us."""
    return False


def logged():
    return ""


judge_scripts, run_block, run_main = judge, work, main


def judge(early=False):
    """The scripts as everywhere; in the place of cloud-init's modules what was done in their place."""
    faults, rows = STATE.get("applied", {}), judge_scripts(early)[0]
    for row in rows:
        if not row["reason"] and row["name"] not in STATE["scripts"]:
            row.update(state="unreached", reason="not begun")
    return rows, [{"name": name, "reason": faults[name]} for name in sorted(faults) if faults[name]]


def work(row, early):
    speak("%s begins" % row["name"])
    run_block(row, early)


def main(argv):
    """A context that was cut short goes on, whoever asks: what is repeated before that would be taken for the whole of it."""
    # The walk takes this module's name off; Python 2 would empty a module that nobody holds.
    held, resumed = sys.modules.get(__name__), argv == ["--resume"]
    if held and (resumed or argv[:1] not in (["--watch"], ["--overdue"]) and unfinished()):
        return send(None, resumed)
    return run_main(argv)


def unfinished():
    """The context that is kept, if it is not done."""
    kept = json.loads(read(KEPT) or "null")
    recall()
    return kept if kept and not (STATE.get("instance-id") == named(kept) and STATE.get("finished")) else None


def named(sent):
    return INSTANCE + sent["digest"][:16]


def speak(text):
    """For people. Nobody may listen any more: the work goes on to its end."""
    try:
        os.write(VOICE[0], raw("contextc: %s\n" % text))
    except EnvironmentError:
        pass


class Voice(logging.Handler):
    def emit(self, record):
        speak(record.getMessage().replace("contextc: ", "", 1).strip())


# From the first part to the verdict.

def send(sent, patient=True):
    """The context of a run file, or the one that is kept, to its end -> the exit code of the verdict, or 2 where this machine is none for it.
    `patient`: another run is waited for. One of the scripts that are run may ask, and would wait for itself."""
    os.umask(0o022)
    Mkdir(HOME, 0o700).perform(None)
    Mkdir(SENT, 0o700).perform(None)
    turn_aside()
    with open(at(SENT + "lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except EnvironmentError:
            speak("another run is under way here, " + ("its end is waited for" if patient else "nothing is done"))
            if not patient:
                return 1
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            # Not before: another context may have come meanwhile.
            sent = sent or json.loads(read(KEPT) or "null")
            return accept(sent) if sent else 0
        except Exception as fault:
            sys.stderr.write(traceback.format_exc())
            speak("could not go on, see %s: %s" % (OUTPUT, told(fault, json.dumps(sent))))
            return 1


def turn_aside():
    """What scripts and tools write goes into a file, as with cloud-init; and they read nothing, least of all the shell's own text."""
    VOICE[0] = os.dup(1)
    LOG.addHandler(Voice())
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    redirect()


def redirect():
    Mkdir(os.path.dirname(OUTPUT)).perform(None)
    output = os.open(at(OUTPUT), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for handle, number in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(handle, number)
    os.close(output)
    os.close(nothing)


def accept(sent):
    """Only what is new here, or unfinished."""
    name = named(sent)
    recall()
    there = STATE.get("instance-id")
    if there is not None and there[:len(INSTANCE)] != INSTANCE:
        speak("refused: this machine has a context from its user-data, which cloud-init would bring back. Change the user-data instead")
        return 2
    done = there == name and STATE.get("finished")
    if there != name:
        # Nothing of an older one is run any more.
        shutil.rmtree(at(SCRIPTS), True)
    elif not done:
        speak("goes on with what was interrupted")
    arrive(name)
    if done:
        speak("this context is done on this machine, nothing is repeated (`contextc-run` repeats what failed)")
        # The power may have been cut before.
        forget()
    else:
        carry_out(sent)
    return report_end()


def arrive(name):
    """The machine has this name from now on, also where another context began meanwhile."""
    store(SENT + "instance", raw(name + "\n"))
    before = read(CLOUD_INSTANCE)
    if before != name and before[:len(INSTANCE)] in ("", INSTANCE):
        if os.path.exists(at(CLOUD_RESULT)):
            os.remove(at(CLOUD_RESULT))
        store(CLOUD_INSTANCE, raw(name + "\n"), 0o644)


def carry_out(sent):
    keep(sent)
    walk(sent["parts"])
    # A volume may be mounted over it by now.
    redirect()
    config = sent["config"]
    for name, key, apply in APPLIED:
        if key in config:
            applied(name, apply, config[key])
    alone(late)
    if scripts():
        speak("the user's scripts: %s" % ", ".join(scripts()))
    user_scripts()
    alone(finish)
    forget()


def keep(sent):
    """For the next boot, should this one be cut short; the handlers where those that they start find them."""
    if sent["handler"]:
        store(source(), raw(sent["handler"]))
    store(KEPT, raw(json.dumps(dict(sent, handler=""))))
    if os.path.isdir(at("/run/systemd/system")):
        store(UNIT_FILE, raw(RESUME_UNIT), 0o644)
        Mkdir(os.path.dirname(WANTED)).perform(None)
        if not os.path.lexists(at(WANTED)):
            os.symlink(UNIT_FILE, at(WANTED))


def forget():
    """What the context held, secrets perhaps, is on the machine only where it belongs."""
    shutil.rmtree(at(SCRIPTS), True)
    discard("script", "sudoers", "key", "key.pub", "sent.json")
    # The unit last: a boot that comes between finds the rest.
    for path in (WANTED, UNIT_FILE):
        if os.path.lexists(at(path)):
            os.remove(at(path))
    if read(CLOUD_INSTANCE) == instance():
        # The first boot is over.
        store(CLOUD_RESULT, b'{"v1": {"datasource": null, "errors": []}}\n', 0o644)


def discard(*names):
    for name in names:
        if os.path.lexists(at(SENT + name)):
            os.remove(at(SENT + name))


def report_end():
    speak("the verdict, as in %ssummary.log:" % LOGS)
    for line in read(LOGS + "summary.log").splitlines():
        speak("  " + line)
    return int(json.loads(read(LOGS + "summary.json") or '{"machine": "unreached"}')["machine"] in ("failed", "unreached"))


def walk(parts):
    """As cloud-init does it: each part is handed over in its order; scripts are written for later."""
    handle_part(None, "__begin__", None, None, frequency)
    for ctype, name, body in parts:
        if ctype == "text/cloud-boothook":
            applied(name, boothook, body)
        elif ctype == "text/x-shellscript":
            store(SCRIPTS + name, raw(body), 0o700)
        else:
            handle_part(None, ctype, name, body, frequency)
    handle_part(None, "__end__", None, None, frequency)


def applied(name, apply, given):
    """One thing that cloud-init would have done. What was done is not done again, but for what it does at every boot."""
    faults = STATE.setdefault("applied", {})
    if name in faults and name[:4] != "boot":
        return
    host = Host({"name": name, "notes": {}, "results": []}, False)
    host.path = OUTPUT
    speak(name)
    try:
        apply(host, given)
        faults[name] = ""
    except Exception as fault:
        faults[name] = fault.args[0] if isinstance(fault, Failed) else told(fault, json.dumps(given))
        speak("%s failed: %s" % (name, faults[name]))
    save()
