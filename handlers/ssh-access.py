"""The block ssh-access: keys for users, host keys, known hosts, and how sshd lets in.

The keys of users are there before sshd's settings change, and nothing stays written that sshd does not accept: nobody is locked out. What one user
or one setting lacks does not stop the others: the block has failed then, and says all of it.
"""

SSH_ACCESS_CONFIG = "/etc/ssh/sshd_config"


def ssh_access(settings, host):
    """Actions for a machine that lets in, and knows, whom the settings say."""
    if settings["known-hosts"]:
        yield Section("/etc/ssh/ssh_known_hosts", "ssh-access", settings["known-hosts"])
    faults = []
    for user in settings["users"]:
        faults.append((yield ssh_access_user(user)))
    for path, private, public in settings["host-keys"]:
        # cloud-init wrote the same before sshd started, unless a power cut came between.
        yield Write(path, private, 0o600)
        yield Write(path + ".pub", public)
    yield Restorecon("/etc/ssh")
    if settings["sshd"]:
        faults.append((yield ssh_access_sshd(settings["sshd"], "ssh" if host.family == "deb" else "sshd")))
    if any(faults):
        raise Failed("; ".join(fault for fault in faults if fault))


def ssh_access_user(user):
    """The keys of one user, in a directory that is the user's alone. Gives what is wrong with it."""
    account = yield Account(user["name"])
    if not account:
        yield Give("no such user: " + user["name"])
    folder = account.home + "/.ssh"
    authorized = folder + "/authorized_keys"
    # root writes here: a link that the user made must not lead it elsewhere.
    links = (yield Run(["find", folder, "-maxdepth", "1", "-type", "l"], check=False)).out.splitlines()
    for path in [folder, authorized] + ["%s/%s" % (folder, row[0] + end) for row in user["identities"] for end in ("", ".pub")]:
        if path in links:
            yield Give(path + " is a link")
    yield Mkdir(folder, 0o700, account.name, account.group)
    if user["authorized"]:
        # Keys of others stay. The same key with other options, as cloud-init's for root, would win where it comes first.
        ours = set(row[0] for row in user["authorized"])
        old = yield Read(authorized)
        lines = [line for line in old.splitlines() if not ours & set(line.split())] + [row[1] for row in user["authorized"]]
        yield Write(authorized, "\n".join(lines) + "\n", 0o600, account.name, account.group)
    for name, private, public in user["identities"]:
        path = "%s/%s" % (folder, name)
        if (yield Read(path)) not in ("", private.strip()):
            yield Give(path + " is another key: move it away, or give the new one a name")
        yield Write(path, private, 0o600, account.name, account.group)
        yield Write(path + ".pub", public, 0o644, account.name, account.group)
    yield Restorecon(folder)


def ssh_access_sshd(pairs, service):
    """Settings of sshd, at the place where they come first: it takes the first value that it meets. Gives what it does not take."""
    # Debian's sshd has this directory only while it runs, and tests nothing without it.
    yield Mkdir("/run/sshd")
    text = "# contextc begins\n%s\n# contextc ends\n" % "\n".join(" ".join(pair) for pair in pairs)
    path = SSH_ACCESS_CONFIG
    old = yield Read(path)
    first = ([line for line in old.splitlines() if line.strip() and line.strip()[0] != "#"] + [""])[0]
    if not old or re.match(r"(?i)\s*include\s.*sshd_config\.d/\*", first):
        path += ".d/00-contextc.conf"
    else:
        text += re.sub("(?s)# contextc begins\n.*?# contextc ends\n", "", old + "\n")
    # The proof. Without -C some versions do not answer where there are Match blocks.
    proof = ["/usr/sbin/sshd", "-T", "-C", "user=root,host=localhost,addr=127.0.0.1"]
    answer = yield Trial(path, text, ["/usr/sbin/sshd", "-t"] + [word for pair in pairs for word in ("-o", "=".join(pair))], proof, 0o600)
    if answer.rc:
        yield Give("sshd refuses its settings, so %s is as before: %s" % (path, ssh_access_last(answer.err)))
    # Keywords are in lower case up to OpenSSH 10.0, not after it, and `without-password` has its newer name then.
    shown = answer.out.replace("prohibit-password", "without-password").splitlines()
    shown = [re.sub(r"\S+", lambda keyword: keyword.group().lower(), line, 1) for line in shown]
    # ChallengeResponseAuthentication is shown under another name by new versions.
    lines = ["%s %s" % (keyword.lower(), value) for keyword, value in pairs if keyword[0] != "C"]
    refused = ["sshd does not take `%s`: its configuration says something else before" % line for line in lines if line not in shown]
    yield Record("sshd", ", ".join(line for line in lines if line in shown) or "nothing of it is taken")
    # What it takes holds at once, whatever of the rest it does not.
    answer = yield Run(["systemctl", "reload-or-try-restart", service], check=False)
    if answer.rc:
        refused.append("sshd is not reloaded: " + ssh_access_last(answer.err))
    yield Give("; ".join(refused))


def ssh_access_last(text):
    return text.strip().rpartition("\n")[2]
