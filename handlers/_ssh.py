"""What cloud-init does for the handlers, where a context comes over ssh: the walk of the parts, the keys of cloud-config that the compiler
lets through, the user's scripts. Shipped in a run file only, behind the handlers; what is defined here once more takes the place of theirs.

Nothing of a cloud-init that is there is touched, and nothing of it is asked for.
"""
import fcntl
import json
import shutil
import zlib

SENT = HOME + "ssh/"
SCRIPTS = SENT + "scripts/"
# The settings wait here, for root alone, until the context is finished.
KEPT = SENT + "sent.json"
INSTANCE = "ssh-"
OUTPUT = "/var/log/contextc-output.log"
# Where the scripts of services look for the instance, and whether its first boot is over. Ours only where cloud-init has none.
CLOUD_INSTANCE, CLOUD_RESULT = CLOUD + "data/instance-id", CLOUD + "data/result.json"
RESUME = "/etc/systemd/system/contextc-resume.service"
WANTED = "/etc/systemd/system/multi-user.target.wants/contextc-resume.service"
RESUME_UNIT = (
    "[Unit]\nDescription=contextc: goes on with a context that was interrupted\nWants=network-online.target\nAfter=network-online.target\n"
    "ConditionPathExists=%s\n[Service]\nType=oneshot\nExecStart=%s --resume\n[Install]\nWantedBy=multi-user.target\n" % (KEPT, RUNNER))
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
    faults = STATE.get("applied", {})
    return judge_scripts(early)[0], [{"name": name, "reason": faults[name]} for name in sorted(faults) if faults[name]]


def work(row, early):
    speak("%s begins" % row["name"])
    run_block(row, early)


def main(argv):
    if argv != ["--resume"]:
        return run_main(argv)
    # The walk takes this module's name off; Python 2 would empty a module that nobody holds.
    kept, held = read(KEPT), sys.modules.get(__name__)
    return send(json.loads(kept)) if kept and held else 0


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

def send(sent):
    """The context of a run file, to its end -> the exit code of the verdict, or 2 where this machine is none for it."""
    os.umask(0o022)
    Mkdir(HOME, 0o700).perform(None)
    Mkdir(SENT, 0o700).perform(None)
    turn_aside()
    with open(at(SENT + "lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except EnvironmentError:
            speak("another run is under way here, its end is waited for")
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return accept(sent)
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
    name = INSTANCE + sent["digest"][:16]
    recall()
    there = STATE.get("instance-id")
    if there is not None and there[:len(INSTANCE)] != INSTANCE:
        speak("refused: this machine has a context from its user-data, which cloud-init would bring back. Change the user-data instead")
        return 2
    if there != name:
        arrive_new(name)
    elif STATE.get("finished"):
        speak("this context is done on this machine, nothing is repeated (`contextc-run` repeats what failed)")
        return report_end()
    else:
        speak("goes on with what was interrupted")
    carry_out(sent)
    return report_end()


def arrive_new(name):
    """A context that was never here. Nothing of an older one is run any more."""
    shutil.rmtree(at(SCRIPTS), True)
    store(SENT + "instance", raw(name + "\n"))
    if read(CLOUD_INSTANCE)[:len(INSTANCE)] in ("", INSTANCE):
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
        store(RESUME, raw(RESUME_UNIT), 0o644)
        Mkdir(os.path.dirname(WANTED)).perform(None)
        if not os.path.lexists(at(WANTED)):
            os.symlink(RESUME, at(WANTED))


def forget():
    """What the context held, secrets perhaps, is on the machine only where it belongs."""
    shutil.rmtree(at(SCRIPTS), True)
    for path in (WANTED, RESUME, KEPT):
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


# What is done in the place of cloud-init's modules, each with its name.

def boothook(host, body):
    execute([], body.partition("\n")[2])


def bootcmd(host, text):
    execute(["/bin/sh"], text)


def execute(words, text):
    """A script that is gone when it is done."""
    path = SENT + "script"
    store(path, raw(text), 0o700)
    try:
        code = subprocess.call(words + [at(path)], close_fds=True, env=dict(os.environ, INSTANCE_ID=instance()))
    except OSError as fault:
        raise Failed("%s" % fault)
    finally:
        os.remove(at(path))
    if code:
        raise Failed("exit %d" % code)


def write_files(host, rows):
    faults = []
    for row in rows:
        try:
            data = raw(row["content"])
            if row["base64"]:
                data = base64.b64decode(data)
            if row["gzip"]:
                data = zlib.decompress(data, 31)
            if row["append"]:
                data = (load(row["path"]) or b"") + data
            store(row["path"], data, int(row["mode"], 8), row["owner"], row["group"])
        except Exception as fault:
            faults.append("%s: %s" % (row["path"], told(fault, json.dumps(row))))
    if faults:
        raise Failed("; ".join(faults))


def set_hostname(host, names):
    """The short name, or on machines with rpm the whole one, as cloud-init has it."""
    prefers = names["prefer_fqdn"] if names["prefer_fqdn"] is not None else host.family == "rpm"
    name = names["fqdn"] if prefers and names["fqdn"] else names["hostname"]
    store("/etc/hostname", raw(name + "\n"), 0o644)
    with open(at("/proc/sys/kernel/hostname"), "w") as stream:
        stream.write(str(name))


def users_groups(host, users):
    """A user who is there stays as he is. New ones have no password."""
    faults, rules = [], ""
    for user in users:
        try:
            for group in user["groups"] + [user["primary_group"]] * bool(user["primary_group"]):
                if ask(host, "getent", "group", group).rc:
                    Run(["groupadd", group]).perform(host)
            if not Account(user["name"]).perform(host):
                Run(["useradd"] + user["options"] + [user["name"]]).perform(host)
            rules += "".join("%s %s\n" % (user["name"], rule) for rule in user["sudo"])
        except Failed as fault:
            faults.append("%s: %s" % (user["name"], fault))
    if rules:
        faults += sudo(host, rules)
    if faults:
        raise Failed("; ".join(faults))


def sudo(host, rules):
    """Rules that sudo does not read would shut everybody out of it."""
    path = "/etc/sudoers.d/90-contextc-users"
    store(SENT + "sudoers", raw(rules), 0o440)
    done = ask(host, "visudo", "-cf", at(SENT + "sudoers"))
    os.remove(at(SENT + "sudoers"))
    if done.rc:
        return ["sudo does not take its rules: " + (done.err or done.out).strip().rpartition("\n")[2]]
    store(path, raw(rules), 0o440)
    return []


def host_keys(host, ssh):
    """The new ones are there before the old ones go: a machine without any lets nobody in. sshd was there before: it is told."""
    base, new, faults = "/etc/ssh/ssh_host_%s_key", set(), []
    for name, text in sorted(ssh["keys"].items()):
        family, _, half = name.rpartition("_")
        new.add(host_key(base % family + (".pub" if half == "public" else ""), raw(text.rstrip("\n") + "\n")))
    for family in [] if ssh["keys"] else ssh["types"]:
        try:
            if ssh["delete"] or not os.path.exists(at(base % family)):
                new.update(make_key(host, family, base % family))
        except Failed as fault:
            faults.append("%s: %s" % (family, fault))
    if ssh["delete"]:
        faults += delete_host_keys(new)
    Restorecon("/etc/ssh").perform(host)
    ask(host, "systemctl", "try-reload-or-restart", "ssh" if host.family == "deb" else "sshd")
    if faults:
        raise Failed("; ".join(faults))


def delete_host_keys(new):
    """All but the new ones; where there is no new one, what is wrong."""
    if not [path for path in new if path[-4:] == "_key"]:
        return ["no host key would be left, so none is deleted"]
    for path in set(glob.glob(at("/etc/ssh/ssh_host_*_key*"))) - new:
        os.remove(path)
    return []


def host_key(path, data):
    store(path, data, 0o644 if path[-4:] == ".pub" else 0o600)
    return at(path)


def make_key(host, family, path):
    """Made elsewhere, for what is there serves until both halves are."""
    discard("key", "key.pub")
    Run(["ssh-keygen", "-q", "-t", family, "-N", "", "-f", at(SENT + "key")], secret=True).perform(host)
    new = [host_key(path + half, load(SENT + "key" + half)) for half in ("", ".pub")]
    discard("key", "key.pub")
    return new


def apt_configure(host, sources):
    for name, text in sorted(sources.items() if host.family == "deb" else []):
        store("/etc/apt/sources.list.d/" + name, raw(text.rstrip("\n") + "\n"), 0o644)


def yum_add_repo(host, repositories):
    for name, lines in sorted(repositories.items() if host.family == "rpm" else []):
        if not os.path.exists(at("/etc/yum.repos.d/%s.repo" % name)):
            store("/etc/yum.repos.d/%s.repo" % name, raw("[%s]\n" % name + "".join(line + "\n" for line in lines)), 0o644)


def packages(host, asked):
    """As cloud-init asks for them, with what they recommend. Signatures are always checked."""
    tool = [host.tool, "-y"] if host.family == "rpm" else ["apt-get", "-qy", "-o", "Dpkg::Options::=--force-confold"]
    names = [("%s-%s" if host.family == "rpm" else "%s=%s") % (name, version) if version else name for name, version in asked["names"]]
    steps = host.renewal + [tool + ["upgrade" if host.family == "rpm" else "dist-upgrade"]] * asked["upgrade"] + [tool + ["install"] + names] * bool(names)
    faults = []
    for argv in steps:
        done = unlocked(host, argv, time.time() + 3600)
        # Lists that are old may do, where nobody asks for new ones.
        if done.rc and (argv not in host.renewal or asked["update"]):
            faults.append("%s: exit %d: %s" % (argv[0], done.rc, done.err.strip().rpartition("\n")[2][:500]))
    if faults:
        raise Failed("; ".join(faults))


def runcmd(host, text):
    store(SCRIPTS + "runcmd", raw(text), 0o700)


# In cloud-init's order: the name of its module, the key of the settings, what does it.
APPLIED = (
    ("bootcmd", "bootcmd", bootcmd), ("write_files", "write_files", write_files), ("set_hostname", "hostname", set_hostname), ("users_groups", "users", users_groups), ("ssh", "ssh", host_keys),
    ("apt_configure", "apt", apt_configure), ("yum_add_repo", "yum", yum_add_repo), ("runcmd", "runcmd", runcmd),
    ("package_update_upgrade_install", "packages", packages), ("write_files_deferred", "deferred", write_files))
