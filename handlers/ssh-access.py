"""The block ssh-access: keys for users, host keys, known hosts, and how sshd lets in.

The keys of users are there before sshd's settings change, and nothing is written that sshd has not accepted: nobody is locked out.
"""

SSH_ACCESS_CONFIG = "/etc/ssh/sshd_config"


def ssh_access(settings, host):
    """Actions for a machine that lets in, and knows, whom the settings say."""
    if settings["known-hosts"]:
        yield Section("/etc/ssh/ssh_known_hosts", "ssh-access", settings["known-hosts"])
    missing = []
    for user in settings["users"]:
        account = yield Account(user["name"])
        if account:
            yield ssh_access_user(account, user)
        else:
            missing.append(user["name"])
    if missing:
        raise Failed("no such user: " + ", ".join(missing))
    for path, private, public in settings["host-keys"]:
        # cloud-init wrote the same before sshd started, unless a power cut came between.
        yield Write(path, private, 0o600)
        yield Write(path + ".pub", public)
    yield Restorecon("/etc/ssh")
    if settings["sshd"]:
        yield ssh_access_sshd(settings["sshd"])
        yield Run(["systemctl", "reload-or-try-restart", "ssh" if host.family == "deb" else "sshd"])


def ssh_access_user(account, user):
    """The keys of one user, in a directory that is the user's alone."""
    folder = account.home + "/.ssh"
    authorized = folder + "/authorized_keys"
    # root writes here: a link that the user made must not lead it elsewhere.
    links = (yield Run(["find", folder, "-maxdepth", "1", "-type", "l"], check=False)).out.splitlines()
    for path in [folder, authorized] + ["%s/%s" % (folder, row[0] + end) for row in user["identities"] for end in ("", ".pub")]:
        if path in links:
            raise Failed(path + " is a link")
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
            raise Failed(path + " is another key: move it away, or give the new one a name")
        yield Write(path, private, 0o600, account.name, account.group)
        yield Write(path + ".pub", public, 0o644, account.name, account.group)
    yield Restorecon(folder)


def ssh_access_sshd(pairs):
    """Settings of sshd, at the place where they come first: it takes the first value that it meets."""
    # Debian's sshd has this directory only while it runs, and tests nothing without it.
    yield Mkdir("/run/sshd")
    yield Run(["/usr/sbin/sshd", "-t"] + [word for pair in pairs for word in ("-o", "=".join(pair))])
    text = "# contextc begins\n%s\n# contextc ends\n" % "\n".join(" ".join(pair) for pair in pairs)
    path = SSH_ACCESS_CONFIG
    old = yield Read(path)
    first = ([line for line in old.splitlines() if line.strip() and line.strip()[0] != "#"] + [""])[0]
    if not old or re.match(r"(?i)\s*include\s.*sshd_config\.d/\*", first):
        path += ".d/00-contextc.conf"
    else:
        text += re.sub("(?s)# contextc begins\n.*?# contextc ends\n", "", old + "\n")
    yield Write(path, text, 0o600)
    # The proof. Without -C some versions do not answer where there are Match blocks.
    answer = yield Run(["/usr/sbin/sshd", "-T", "-C", "user=root,host=localhost,addr=127.0.0.1"])
    # Keywords are in lower case up to OpenSSH 10.0, not after it, and `without-password` has its newer name then.
    shown = answer.out.replace("prohibit-password", "without-password").splitlines()
    shown = [re.sub(r"\S+", lambda keyword: keyword.group().lower(), line, 1) for line in shown]
    # ChallengeResponseAuthentication is shown under another name by new versions.
    lines = ["%s %s" % (keyword.lower(), value) for keyword, value in pairs if keyword[0] != "C"]
    for line in lines:
        if line not in shown:
            raise Failed("sshd does not take `%s`: its configuration says something else before" % line)
    yield Record("sshd", ", ".join(lines))
