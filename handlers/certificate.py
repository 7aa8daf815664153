"""The block certificate: the host's certificate and key, trusted authorities, and proxies of users."""

CERTIFICATE_FOLDER = "/etc/grid-security/"
# Its own name is the path. Beside its place first, then renamed: never half. What is there already, the user's own and private, stays.
CERTIFICATE_PUT = (
    'umask 077; n=$0.contextc; d=${0%/*}; mkdir -p "$d" && cat >"$n" && '
    '{ [ -f "$0" ] && [ ! -L "$0" ] && [ -O "$0" ] && [ "$(cat "$n")" = "$(cat "$0")" ] && chmod 600 "$0" && rm "$n" || '
    '{ sync "$n" && mv -fT "$n" "$0" && sync "$d"; }; }')


def certificate(settings, host):
    """Actions for a machine with these certificates."""
    pair, trusted = settings["host"], settings["ca"]
    if pair:
        yield Write(CERTIFICATE_FOLDER + "hostkey.pem", pair["key"], 0o400)
        yield Write(CERTIFICATE_FOLDER + "hostcert.pem", pair["certificate"])
    if trusted and trusted["directory"]:
        yield certificate_link(trusted["directory"])
    elif trusted:
        yield Install(["openssl"], ["openssl"])
        for text, policy in trusted["certificates"]:
            yield certificate_trust(text, policy)
    yield Restorecon("/etc/grid-security")
    faults = []
    for row in settings["proxies"]:
        faults.append((yield certificate_proxy(row)))
    if any(faults):
        raise Failed("; ".join(fault for fault in faults if fault))


def certificate_link(target):
    """A link to the authorities, in place of an older link or an empty directory; one that holds something is kept, and the block fails."""
    path = CERTIFICATE_FOLDER + "certificates"
    if (yield Run(["readlink", path], check=False)).out.strip() != target:
        yield Mkdir("/etc/grid-security")
        yield Run(["rmdir", path], check=False)
        yield Run(["ln", "-sfT", target, path])


def certificate_trust(text, policy):
    """One authority, under the name by which OpenSSL looks for it: the hash of its subject, and a number among those with the same."""
    name = (yield Run(["openssl", "x509", "-noout", "-hash"], stdin=text)).out.strip()
    number = 0
    while True:
        path = "%scertificates/%s.%d" % (CERTIFICATE_FOLDER, name, number)
        if (yield Read(path)) in ("", text.strip()):
            break
        number += 1
    yield Write(path, text)
    if policy:
        # One for all with this subject: what the authority may sign.
        yield Write("%scertificates/%s.signing_policy" % (CERTIFICATE_FOLDER, name), policy)


def certificate_proxy(row):
    """The proxy of a user, where the user's programs look for it; again after a reboot, which empties /tmp. Gives what is wrong."""
    account = yield Account(row["user"])
    if not account:
        yield Give("no such user: " + row["user"])
    path = row["path"] or "/tmp/x509up_u%d" % account.uid
    kept = "/var/lib/contextc/proxy-" + account.name
    yield Write(kept, row["proxy"], 0o600)
    if re.match("/(tmp|run|dev)/", path):
        line = "# Written by contextc.\nC %s 0600 %s %s - %s\n" % (path, account.name, account.group, kept)
        yield Write("/etc/tmpfiles.d/contextc-proxy-%s.conf" % account.name, line)
    if path.startswith(account.home + "/"):
        # By the user: what lies in a home is the user's, directories too, and links that were made there lead root nowhere.
        done = yield Run(["sh", "-c", CERTIFICATE_PUT, path], stdin=row["proxy"], check=False, user=account.name)
    else:
        # Whatever anybody has put there, a link for instance, is replaced and not followed, nor read. The same is left alone.
        argv = ["install", "-CDT", "-m", "0600", "-o", account.name, "-g", account.group, kept, path]
        done = yield Run(["sh", "-c", '"$@" && sync "$0" "${0%/*}/"', path] + argv, check=False)
    yield Restorecon(path)
    if done.rc:
        yield Give("%s: %s" % (account.name, done.err.strip().rpartition("\n")[2]))
