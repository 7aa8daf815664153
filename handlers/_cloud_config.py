"""The keys of cloud-config that the compiler lets through to a run file: what is done in the place of cloud-init's modules, each with its name."""
import zlib


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
    for number, row in enumerate(rows):
        try:
            data = raw(row["content"])
            if row["base64"]:
                data = base64.b64decode(data)
            if row["gzip"]:
                data = zlib.decompress(data, 31)
            if row["append"]:
                data = appended(row, number, data)
            store(row["path"], data, int(row["mode"], 8), row["owner"], row["group"])
        except Exception as fault:
            faults.append("%s: %s" % (row["path"], told(fault, json.dumps(row))))
    if faults:
        raise Failed("; ".join(faults))


def appended(row, number, data):
    """The file with these bytes. After a power cut they may be there, at the place that was noted before; others may have written behind them."""
    there, places = load(row["path"]) or b"", STATE.setdefault("appended", {})
    key = "%s %s %d" % (row["path"], row["defer"], number)
    if key not in places:
        places[key] = len(there)
        save()
    return there if there[places[key]:places[key] + len(data)] == data else there + data


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
