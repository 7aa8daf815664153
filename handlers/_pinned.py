"""The part-handler that fetches the handlers: from the first mirror whose bundle has the digest that the compiler knows.

It runs no line of a bundle before that. A bundle that was taken once is kept for later boots. Without one nothing is done, and that is
said where the handlers would have said what they did. The compiler adds URLS, SHA256 and TYPES.
"""
import glob
import hashlib
import json
import logging
import os
import sys
import time

try:
    from urllib.request import urlopen
except ImportError:
    from urllib2 import urlopen

ROOT = ""
HOME = "/var/lib/contextc/"
LOGS = "/var/log/contextc/"
RUNNER = "/usr/local/sbin/contextc-run"
# Says that at an earlier boot cloud-init had the user's scripts to itself: the runtime reads it.
LEFT = HOME + "left"
# Kept under the name under which the runtime keeps itself.
KEPT = HOME + "handler.py"
# More than ten times what a bundle has.
LARGEST = 4 << 20
# Seconds: of silence, for one mirror, between two rounds.
SILENCE, PATIENCE, PAUSE = 20, 120, 10
ROUNDS = 3
LOG = logging.getLogger("contextc")
FAULTS = []
PLAN = {}
BUNDLE = {}
handler_version = 2
frequency = "always"


def at(path):
    return ROOT + path


def store(path, data, mode):
    """Whole or not at all, also at a power cut."""
    if not os.path.isdir(os.path.dirname(at(path))):
        os.makedirs(os.path.dirname(at(path)), 0o755)
    handle = os.open(at(path) + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as stream:
        os.fchmod(handle, mode)
        stream.write(data)
        stream.flush()
        os.fsync(handle)
    os.rename(at(path) + ".new", at(path))


def kept():
    try:
        with open(at(KEPT), "rb") as stream:
            return stream.read()
    except EnvironmentError:
        return b""


def fetched(url):
    """Within the time and size of a bundle."""
    data, end = b"", time.time() + PATIENCE
    stream = urlopen(url, timeout=SILENCE)
    try:
        piece = b"more"
        while piece:
            piece = stream.read(65536)
            data += piece
            if len(data) > LARGEST or time.time() > end:
                raise ValueError("too large" if len(data) > LARGEST else "too slow")
    finally:
        stream.close()
    return data


def shown(url):
    """Without a login and a query, which may be secrets."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return scheme + "://" + host.rpartition("@")[2] + slash + path


def sound(data):
    return hashlib.sha256(data).hexdigest() == SHA256


def mirrored():
    """The bundle from a mirror, kept; the faults of all of them if there is none."""
    for left in range(ROUNDS, 0, -1):
        del FAULTS[:]
        for url in URLS:
            try:
                data = within(PATIENCE, fetched, url)
                if sound(data):
                    store(KEPT, data, 0o600)
                    return data
                fault = "not the bundle of this context (sha256 %s)" % hashlib.sha256(data).hexdigest()
            except Exception as raised:
                fault = type(raised).__name__ if "@" in url or "?" in url else ("%s" % raised)[:200]
            FAULTS.append("".join(c if " " <= c <= "~" else "?" for c in shown(url) + ": " + fault))
        if left > 1:
            time.sleep(PAUSE)
    return None


def begin(data, frequency):
    if data:
        BUNDLE.update({"__name__": "contextc_handlers", "__file__": at(KEPT)})
        exec(compile(data, at(KEPT), "exec"), BUNDLE)
        BUNDLE["ROOT"] = ROOT
        BUNDLE["handle_part"](None, "__begin__", None, None, frequency)


def arrive(ctype, payload, frequency):
    """The kept bundle at once. A mirror is asked when the plan is known, or that none comes: a machine that is done needs none."""
    if ctype == "__begin__":
        begin(kept() if sound(kept()) else None, frequency)
    elif ctype in ("text/contextc-plan", "__end__") and not BUNDLE and not FAULTS:
        PLAN.update(json.loads(payload)["contextc-plan"] if payload else {})
        if payload and "outcome" in PLAN:
            expect(PLAN, finished() and frequency != "once-per-instance", frequency == "once-per-instance")
        # At the first boot of an instance nothing is done, whatever the state of another one says.
        if frequency == "once-per-instance" or not finished():
            begin(mirrored(), frequency)


def refuse():
    """Nothing was done, and cloud-init is told; contextc-run repeats it as an exit code."""
    try:
        LOG.warning("contextc: %s", publish())
        replace()
    finally:
        if "outcome" in PLAN:
            settle("unreached")


def replace():
    """What is there in place of the handlers."""
    if not glob.glob(at("/var/lib/cloud/instance/sem/config_scripts*user*")):
        # It runs them at this boot: a later one, with the handlers, must not do so again.
        store(LEFT, ("%s %s" % (instance(), PLAN.get("digest"))).encode("utf-8"), 0o600)
    store(RUNNER, ("#!/bin/sh\ncat %ssummary.log >&2\necho 'a reboot asks for the handlers again' >&2\nexit 1\n" % LOGS).encode("ascii"), 0o755)


def overdue(plan):
    """The verdict of a machine that is not done in time, for its watch: the runtime's, if that has arrived."""
    if sound(kept()) and not call([RUNNER, "--overdue"]):
        return json.loads(text_of(LOGS + "summary.json"))["machine"]
    PLAN.update(plan)
    FAULTS.append("not yet there")
    publish()
    return "unreached"


def publish():
    """The verdict of a machine on which nothing was done, in the runtime's form. Gives why."""
    reason = "the handlers did not arrive: " + "; ".join(FAULTS)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    empty = dict.fromkeys(("started", "ended", "duration"))
    rows = [dict(empty, name=row["name"], phase=row["phase"], state="unreached", reason=reason, log=FAULTS[-5:], results=[]) for row in PLAN.get("blocks", [])]
    summary = {
        "schema": 1, "machine": "unreached", "contextc": PLAN.get("version"), "digest": PLAN.get("digest"), "instance-id": instance(), "cloud-init": None,
        "python": sys.version.split()[0], "started": stamp, "finished": stamp, "duration": 0, "blocks": rows, "scripts": [], "modules": []}
    data = json.dumps(summary, sort_keys=True).encode("ascii") + b"\n"
    text = "".join("unreached  %s  -  %s\n" % (row["name"], reason) for row in rows) + "machine unreached\n"
    store(LOGS + "summary.log", text.encode("utf-8", "replace"), 0o644)
    store(LOGS + "summary.json", data, 0o644)
    try:
        with open(at("/dev/console"), "ab", 0) as console:
            console.write(b"\ncontextc-summary: " + data)
    except EnvironmentError:
        pass
    return reason


def finished():
    """Whether this context, or where no plan came any, has been done on this machine: there is nothing to run then."""
    try:
        with open(at(HOME + "state.json")) as stream:
            state = json.load(stream)
    except (EnvironmentError, ValueError):
        state = {}
    # Where a mark was left, the state is of before a boot at which nothing was done.
    return state.get("finished") and not os.path.exists(at(LEFT)) and state.get("instance-id") == instance() and PLAN in ({}, state.get("plan"))


def instance():
    try:
        with open(at("/var/lib/cloud/data/instance-id")) as stream:
            return stream.read().strip()
    except EnvironmentError:
        return None


def list_types():
    return TYPES


def handle_part(data, ctype, filename, payload, frequency=None, headers=None):
    """cloud-init's way in. No fault is raised: it would be logged and forgotten. What cloud-init ends with when it is told to (SystemExit) passes."""
    try:
        arrive(ctype, payload, frequency)
        if BUNDLE and ctype != "__begin__":
            BUNDLE["handle_part"](data, ctype, filename, payload, frequency, headers)
        elif ctype == "__end__" and FAULTS:
            refuse()
    except Exception as fault:
        LOG.warning("contextc: %s: %r", ctype, fault)
    finally:
        if ctype == "__end__":
            # As the runtime does: a handler of the vendor's would get this module, or its bytecode, in place of its own.
            sys.modules.pop(__name__, None)
            for stale in glob.glob(os.path.splitext(__file__)[0] + ".pyc"):
                os.remove(stale)
