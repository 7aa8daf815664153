"""Actions that bring something from the network: files and packages."""


# What a fetched file may have: it is held in memory until it is whole and checked.
FETCH_LIMIT = 64 << 20
# Seconds for each try, whatever comes meanwhile: at a fifth of a megabyte in each of them the limit is reached.
FETCH_PATIENCE = 300


@action
def Fetch(host, url, path, sha256=None, timeout=60, retries=3, mode=0o644):
    """The file holds what the URL gives, with that sha256 (None: whatever comes) -> changed. TLS is verified. A file that has the sha256
    already is left alone; otherwise it is replaced whole, after the check. Faults are retried, with growing pauses (``timeout`` is for silence,
    `FETCH_PATIENCE` for a try); not so what has more than `FETCH_LIMIT` bytes, or an address that leads where it must not (`followed`)."""
    if digest(load(path)) == sha256:
        return Result(changed=store(path, load(path), mode))
    # Without a password or a token that the URL may hold.
    shown = re.sub("//[^/]*@|[?].*", "", url)
    for pause in range(retries + 1):
        time.sleep(pause * pause)
        try:
            data = within(FETCH_PATIENCE, fetched, url, timeout, sha256)
        except Failed as fault:
            raise Failed("%s: %s" % (shown, fault))
        except Exception as fault:
            # It may quote the address, or one that this leads to.
            why = type(fault).__name__ if re.search("[@?]", "%r" % fault) else "%r" % fault
            continue
        if sha256 in (None, digest(data)):
            return Result(changed=store(path, data, mode))
        why = "its sha256 is " + digest(data)
    raise Failed("%s: %s" % (shown, why))


@action
def Install(host, deb=(), rpm=(), refresh=False):
    """The packages of this machine's family are installed -> changed. Names, ``name=version`` (deb), ``name-version`` (rpm), or paths of files.

    Only what is missing is asked for. Waits up to 60 s for another's package lock. Early: only with a default route and 120 s in all. Else
    fails, naming what to bake into the image. Signatures are always checked. The package lists are renewed when a first attempt
    fails, or before it with ``refresh`` (set it when a repository has just been written).
    """
    tool, query = [["apt-get", "-qy", "--no-install-recommends", "--allow-downgrades", "-o", "Dpkg::Options::=--force-confold"], ["dpkg-query", "-Wf", "${db:Status-Status}"]]
    if host.family == "rpm":
        tool, query = [[host.tool, "-y"], ["rpm", "-q", "--qf", "installed"]]
    missing = [name for name in (rpm if host.family == "rpm" else deb) if ask(host, *query + [name]).out != "installed"]
    if not missing:
        return Result(changed=False)
    fault = "no network"
    if not host.early or routed():
        until = time.time() + (120 if host.early else 1800)
        install = tool + ["install"] + missing
        for argv in ([] if refresh else [install]) + host.renewal + [install]:
            done = unlocked(host, argv, until)
            if argv is install and not done.rc:
                return Result(changed=True)
        fault = done.err.strip().rpartition("\n")[2]
    raise Failed("cannot install %s (%s): bake it into the image" % (" ".join(missing), fault))


@action
def Refresh(host):
    """The lists of packages are as new as their sources. For a handler that must look into them before it installs."""
    for argv in host.renewal:
        unlocked(host, argv, time.time() + 600)


# What they share.

def fetched(url, timeout, sha256):
    """The bytes that a URL gives."""
    # Here, because no other action may fail where Python has no TLS.
    import ssl
    try:
        from urllib import request
    except ImportError:
        import urllib2 as request

    class Redirects(request.HTTPRedirectHandler):
        def redirect_request(self, asked, answer, code, message, headers, target):
            followed(asked.get_full_url(), target, sha256)
            return request.HTTPRedirectHandler.redirect_request(self, asked, answer, code, message, headers, target)

    followed(url, url, sha256)
    answer = request.build_opener(request.HTTPSHandler(context=ssl.create_default_context()), Redirects()).open(url, timeout=timeout)
    pieces, length, until = [answer.read(1 << 16)], answer.headers.get("Content-Length"), time.time() + FETCH_PATIENCE
    while pieces[-1] and sum(map(len, pieces)) <= FETCH_LIMIT:
        if time.time() > until:
            # Nobody waits for it any more, and it would slow down the next try.
            raise EOFError("too slow")
        pieces.append(answer.read(1 << 16))
    answer.close()
    data = b"".join(pieces)
    if len(data) > FETCH_LIMIT:
        raise Failed("it has more than %d bytes" % FETCH_LIMIT)
    if length and int(length) != len(data):
        raise EOFError("%d of %s bytes came" % (len(data), length))
    return data


def followed(url, target, sha256):
    """Every step on the way: only http and https, and with nothing but TLS to vouch for what comes (no sha256) never from https to http, where
    whoever is on the way could put anything in its place."""
    old, new = [address.split(":")[0].lower() for address in (url, target)]
    if new not in ("http", "https"):
        raise Failed("the address leads to one of %s, which is neither http nor https" % new)
    if not sha256 and (old, new) == ("https", "http"):
        raise Failed("an https address leads to one without encryption")


def unlocked(host, argv, until):
    """Run a package tool, again while another holds its lock, for a minute."""
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    if host.early:
        # The boot waits for us: a package that starts its service here would wait for the boot.
        env["SYSTEMD_OFFLINE"] = "1"
    patience = min(until, time.time() + 60)
    while True:
        done = Run(argv, None, max(1, until - time.time()), False, env).perform(host)
        if not done.rc or not re.search("(get|to) lock", done.err) or time.time() > patience:
            return done
        time.sleep(3)


def routed():
    """Whether there is a default route, IPv4 or IPv6."""
    return re.search(r"(?m)^\S+\s0{8}\s", read("/proc/net/route")) or re.search(r"(?m)^0{32} 00 .*(?<! lo)$", read("/proc/net/ipv6_route"))
