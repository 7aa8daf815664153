"""The block ssh-access: keys for users, host keys, known hosts, and how sshd lets in.

The keys of users are there before sshd's settings change, what closes waits while no user has got one, and nothing stays written that sshd does not
accept: nobody is locked out. What one user or one setting lacks does not stop the others: the block has failed then, and says all of it.
"""

SSH_ACCESS_CONFIG = "/etc/ssh/sshd_config"
# By the user, who may put anything anywhere in a home: a file, its mode, and where lines of others stay `-e` and what is in none of them.
SSH_ACCESS_PUT = (
    "umask 077; d=${0%/*}; n=$d/.contextc-${0##*/}; m=$1; shift; trap 'rm -f \"$n\"' 0; "
    'same() { [ -f "$0" ] && [ "$(cat "$0"; echo $1)" = "$(cat "$n"; echo $1)" ]; }; '
    'for p in "$d" "$0"; do [ ! -L "$p" ] || { echo "$p is a link" >&2; exit 1; }; done; '
    'mkdir -p "$d" && chmod 700 "$d" && { [ $# = 0 ] || [ ! -f "$0" ] || grep -avF "$@" "$0" || [ $? = 1 ] && cat; } >"$n" && '
    # A private key of the user's own is kept.
    '{ [ $#$m != 0600 ] || [ ! -s "$0" ] || same || { echo "$0 is another key: move it away, or give the new one a name" >&2; exit 1; }; } && '
    '{ same . && chmod $m "$0" || { chmod $m "$n" && sync "$n" && mv -fT "$n" "$0" && sync "$d"; }; }')


def ssh_access(settings, host):
    """Actions for a machine that lets in, and knows, whom the settings say."""
    if settings["known-hosts"]:
        yield Section("/etc/ssh/ssh_known_hosts", "ssh-access", settings["known-hosts"])
    faults, awaited = [], []
    for user in settings["users"]:
        got, fault = yield ssh_access_user(user)
        faults.append(fault)
        awaited += [not got] * bool(user["authorized"])
    for path, private, public in settings["host-keys"]:
        # cloud-init wrote the same before sshd started, unless a power cut came between.
        yield Write(path, private, 0o600)
        yield Write(path + ".pub", public)
    yield Restorecon("/etc/ssh")
    if settings["sshd"]:
        faults.append((yield ssh_access_sshd(settings["sshd"], "ssh" if host.family == "deb" else "sshd", awaited and all(awaited))))
    if any(faults):
        raise Failed("; ".join(fault for fault in faults if fault))


def ssh_access_user(user):
    """The keys of one user, in a directory that is the user's alone. Gives whether there is one to log in with, and what is wrong."""
    account = yield Account(user["name"])
    if not account:
        yield Give((False, "no such user: " + user["name"]))
    folder, got, fault, files = account.home + "/.ssh", False, "", []
    if user["authorized"]:
        # Keys of others stay. The same key with other options, as cloud-init's for root, would win where it comes first.
        ours = [word for row in user["authorized"] for word in ("-e", row[0])]
        files.append(("authorized_keys", "".join(row[1] + "\n" for row in user["authorized"]), "600", ours))
    for name, private, public in user["identities"]:
        files += [(name, private, "600", []), (name + ".pub", public, "644", [])]
    for name, text, mode, ours in files:
        argv = ["sh", "-c", SSH_ACCESS_PUT, "%s/%s" % (folder, name), mode]
        done = yield Run(argv + ours, stdin=text, timeout=60, check=False, secret=True, user=account.name)
        if done.rc:
            fault = "%s: %s" % (account.name, ssh_access_last(done.err))
            break
        got = got or bool(ours)
    yield Restorecon(folder)
    yield Give((got, fault))


def ssh_access_sshd(pairs, service, locked):
    """Settings of sshd, at the place where they come first: it takes the first value that it meets. Gives what it does not take.

    `locked`: those who should have keys have none. What is not closed yet stays open then.
    """
    # Debian's sshd has this directory only while it runs, and tests nothing without it.
    yield Mkdir("/run/sshd")
    path = SSH_ACCESS_CONFIG
    old = yield Read(path)
    first = ([line for line in old.splitlines() if line.strip() and line.strip()[0] != "#"] + [""])[0]
    inside = old and not re.match(r"(?i)\s*include\s.*sshd_config\.d/\*", first)
    if not inside:
        path += ".d/00-contextc.conf"
    # What an earlier run closed is not opened again.
    there = (old if inside else (yield Read(path))).rpartition("# contextc ends")[0].splitlines()
    held = [pair for pair in pairs if locked and pair[1] == "no" and " ".join(pair) not in there]
    pairs = [pair for pair in pairs if pair not in held]
    refused = ["nobody has got a key, so these wait: " + ", ".join(" ".join(pair) for pair in held)] * bool(held)
    if not pairs:
        yield Give(refused[0])
    text = "# contextc begins\n%s\n# contextc ends\n" % "\n".join(" ".join(pair) for pair in pairs)
    if inside:
        text += re.sub("(?s)# contextc begins\n.*?# contextc ends\n", "", old + "\n")
    # The proof. Without -C some versions do not answer where there are Match blocks.
    proof = ["/usr/sbin/sshd", "-T", "-C", "user=root,host=localhost,addr=127.0.0.1"]
    answer = yield Trial(path, text, ["/usr/sbin/sshd", "-t"] + [word for pair in pairs for word in ("-o", "=".join(pair))], proof, 0o600)
    if answer.rc:
        yield Give("; ".join(refused + ["sshd refuses its settings, so %s is as before: %s" % (path, ssh_access_last(answer.err))]))
    # Keywords are in lower case up to OpenSSH 10.0, not after it, and `without-password` has its newer name then.
    shown = answer.out.replace("prohibit-password", "without-password").splitlines()
    shown = [re.sub(r"\S+", lambda keyword: keyword.group().lower(), line, 1) for line in shown]
    # ChallengeResponseAuthentication is shown under another name by new versions.
    lines = ["%s %s" % (keyword.lower(), value) for keyword, value in pairs if keyword[0] != "C"]
    refused += ["sshd does not take `%s`: its configuration says something else before" % line for line in lines if line not in shown]
    yield Record("sshd", ", ".join(line for line in lines if line in shown) or "nothing of it is taken")
    # What it takes holds at once, whatever of the rest it does not.
    answer = yield Run(["systemctl", "reload-or-try-restart", service], check=False)
    if answer.rc:
        refused.append("sshd is not reloaded: " + ssh_access_last(answer.err))
    yield Give("; ".join(refused))


def ssh_access_last(text):
    return text.strip().rpartition("\n")[2]
