"""Runs the handlers of a message against a described machine, or against what a real machine recorded, and says what they do. Python 3.8 or newer.

It gets one JSON document on its standard input and writes one. Nothing else: from the moment when the handlers are loaded on, every event that
Python would tell an auditor of (a file, a process, a socket, an import) ends it.
"""
import base64, fcntl, glob, grp, hashlib, json, logging, os, pwd, re, shlex, signal, subprocess, sys, threading, time, traceback, types  # noqa: E401

# What a program does that only computes.
HARMLESS = "compile", "exec", "object.__getattr__", "object.__setattr__", "object.__delattr__", "sys._getframe", "code.__new__", "builtins.id", "function.__new__"
# A look at the machine changes nothing.
LOOKS = "Mounted", "Device", "Disks", "Read", "Account", "Wait", "Note", "Log"
# Of a text so many lines are shown.
SHOWN = 3


class Different(BaseException):
    """A handler asks for something else than it did on the machine."""


def watch():
    def audit(event, given):
        if event not in HARMLESS and not event.startswith("cpython."):
            raise BaseException("the simulation must not touch this machine: " + event)
    sys.addaudithook(audit)


def load(source):
    """The handlers as the module that cloud-init would make of them."""
    made = types.ModuleType("part_handler_000")
    made.__file__ = "part-handler-000.py"
    exec(compile(source, made.__file__, "exec"), vars(made))
    return made


# One block.

def run(runtime, block, host, perform):
    """As the runtime does it: what the block ends with, in its words."""
    settings = json.dumps({block["name"]: block["settings"]})
    try:
        runtime.drive(runtime.HANDLERS[block["name"]](json.loads(settings)[block["name"]], host), perform)
    except runtime.Skipped as fault:
        return "skipped", fault.args[0]
    except runtime.Pending as fault:
        return "ok", fault.args[0]
    except runtime.Failed as fault:
        return "failed", fault.args[0]
    except Exception as fault:
        return "failed", runtime.told(fault, settings)
    return "ok", None


def simulated(runtime, machine, block, secrets):
    machine.host.early = block["phase"] == "early"
    machine.asked_version = block["settings"].get("version") if isinstance(block["settings"], dict) else None
    machine.results[:] = []
    machine.host.notes.clear()
    machine.remarks[:], machine.sought[:], rows = [], [], []

    def perform(asked):
        row = told(runtime, asked, secrets)
        rows.append(row)
        assumed = len(machine.assumed)
        try:
            answer = machine.perform(asked)
        except runtime.Failed as fault:
            row["failed"] = fault.args[0]
            raise
        if len(machine.assumed) > assumed:
            row["notes"].append("taken to be ok")
        if getattr(answer, "rc", 0):
            row["notes"].append("exit %d" % answer.rc)
        if getattr(answer, "changed", True) is False:
            row["notes"].append("already so")
        return answer
    state, reason = run(runtime, block, machine.host, perform)
    if state == "failed":
        machine.explain(block, reason)
    volumes = groups(machine) if block["name"] == "localfs" else []
    if block["name"] == "cvmfs" and state == "ok":
        machine.weigh(block["settings"].get("local") or {})
    return {"state": state, "reason": reason, "actions": rows, "results": list(machine.results), "groups": volumes, "notes": list(machine.remarks)}


def groups(machine):
    """The volume groups, their volumes and what is left of them."""
    found = []
    for name, group in sorted(machine.groups.items()):
        volumes = []
        for volume in group["volumes"]:
            path = machine.real("/dev/%s/%s" % (name, volume["name"]))
            mounts = machine.where(path)
            volumes.append({"name": volume["name"], "extents": volume["extents"], "bytes": volume["extents"] * EXTENT, "filesystem": machine.devices[path]["kind"], "mount": mounts[0] if mounts else None})
        left = machine.free(name)
        found.append({"name": name, "disk": group["path"], "extents": group["total"], "extent-bytes": EXTENT, "bytes": group["total"] * EXTENT, "volumes": volumes, "left-extents": left, "left-bytes": left * EXTENT})
    return found


def replayed(runtime, block, record, secrets):
    """The same block once more, with the answers that the machine gave."""
    rows, left = [], list(record["actions"])
    host = runtime.Result(results=[], **dict((key, record[key]) for key in ("family", "early", "selinux", "tag", "notes")))

    def perform(asked):
        if type(asked).__name__ == "Log":
            return None
        row = told(runtime, asked, secrets)
        rows.append(row)
        if not left:
            raise Different("nothing", row)
        then = left.pop(0)
        if comparable(then[0], then[1]) != comparable(row["action"], row["with"]):
            raise Different(line(then), row)
        if row["action"] == "Note":
            host.notes[asked.key] = asked.value
        if len(then) > 3:
            raise runtime.Failed(then[3]) if then[3] is not None else RuntimeError("as on the machine")
        return revived(runtime, then[2])
    try:
        state, reason = run(runtime, block, host, perform)
    except Different as fault:
        return {"state": None, "reason": None, "actions": rows, "results": [], "groups": [], "difference": {"action": len(rows), "then": fault.args[0], "now": line([fault.args[1]["action"], fault.args[1]["with"]])}}
    difference = None
    if left:
        difference = {"action": len(rows) + 1, "then": line(left[0]), "now": "nothing"}
    elif state != record["state"] or state != "failed" and reason != record["reason"]:
        difference = {"action": len(rows), "then": "%s: %s" % (record["state"], record["reason"]), "now": "%s: %s" % (state, reason)}
    return {"state": state, "reason": reason, "actions": rows, "results": host.results, "groups": [], "difference": difference}


def revived(runtime, answer):
    """An answer as a handler expects it: what JSON has as an object has attributes."""
    if isinstance(answer, dict):
        return runtime.Result(**dict((key, revived(runtime, value)) for key, value in answer.items()))
    return [revived(runtime, value) for value in answer] if isinstance(answer, list) else answer


def comparable(action, given):
    """Python before 3.7 escapes more than it must in a regular expression."""
    given = json.loads(json.dumps(given))
    if "key" in given and action == "Line":
        given["key"] = re.sub(r"\\([^\w\s])", r"\1", given["key"])
    return action, given


def line(row):
    return "%s %s" % (row[0], json.dumps(row[1], sort_keys=True))


# An action in words.

def told(runtime, asked, secrets):
    """What is asked for: as the record has it, and in a line for people."""
    action, facts = type(asked).__name__, vars(asked)
    verb, what, notes = globals().get("tell_" + action.lower(), tell_other)(facts, secrets)
    row = {"action": action, "with": json.loads(json.dumps(runtime.stated(asked))), "look": action in LOOKS, "verb": verb or action.lower(), "what": what, "notes": [note for note in notes if note]}
    if action == "Run":
        # As `what` has them, one by one: whether a word is a secret the word before it may tell.
        row["words"] = shown_words(facts, secrets)
    # What only its owner reads may be a secret.
    if action == "Write" and (secrets or facts["mode"] & 0o077):
        row["text"] = text_of(facts).splitlines()[:SHOWN]
    return row


def tell_other(facts, secrets):
    return None, " ".join("%s" % facts[key] for key in ("path", "name", "user", "seconds", "key") if facts.get(key)), []


def tell_run(facts, secrets):
    """The environment and the input of a command may be secrets, and so may all of one that says that it is."""
    env = ["%s=%s" % (name, facts["env"][name] if secrets else "***") for name in sorted(facts["env"] or {})]
    return "run", " ".join(shown_words(facts, secrets)), [
        facts["user"] and "as " + facts["user"], facts["directory"] and "in " + facts["directory"], " ".join(env),
        facts["stdin"] and "input: " + (facts["stdin"] if secrets else "***"), "may fail" if not facts["check"] else "",
        "destructive" if facts["destructive"] else "", "at most %d s" % facts["timeout"] if facts["timeout"] != 300 else ""]


def shown_words(facts, secrets):
    words = [shlex.quote(word) for word in facts["argv"]]
    return words if secrets or not facts["secret"] else words[:1] + ["***"]


def tell_write(facts, secrets):
    return "write", facts["path"], ["%04o %s:%s" % (facts["mode"], facts["owner"] or "root", facts["group"] or "root"), size_of(facts)]


def text_of(facts):
    return facts["text"] if isinstance(facts["text"], str) else facts["text"].decode("utf-8", "replace")


def size_of(facts):
    return "%d bytes" % len(text_of(facts).encode("utf-8", "surrogateescape"))


def tell_trial(facts, secrets):
    return "write", facts["path"], ["%04o root:root" % facts["mode"], "if `%s` and then `%s` accept it" % (" ".join(facts["first"][:2]), " ".join(facts["then"][:2])), size_of(facts)]


def tell_line(facts, secrets):
    return "line", facts["path"], [facts["text"]]


def tell_section(facts, secrets):
    return "section", facts["path"], ["%s: %d lines" % (facts["name"], len(facts["text"].splitlines()))]


def tell_mkdir(facts, secrets):
    owner = "%s:%s" % (facts["owner"] or "root", facts["group"] or "root") if facts["owner"] or facts["group"] else ""
    return "mkdir", facts["path"], ["%04o" % facts["mode"] if facts["mode"] is not None else "", owner]


def tell_install(facts, secrets):
    return "install", " ".join(facts["deb"]), ["rpm: " + " ".join(facts["rpm"]) if list(facts["rpm"]) != list(facts["deb"]) else ""]


def tell_enable(facts, secrets):
    return "enable", facts["service"], ["and start" if facts["start"] else ""]


def tell_fetch(facts, secrets):
    return "fetch", facts["path"], ["from " + (facts["url"] if secrets else re.sub("//[^/]*@|[?].*", "", facts["url"])), "%04o" % facts["mode"], "sha256 " + facts["sha256"] if facts["sha256"] else "any content"]


tell_pilot_command = tell_fetch


def tell_record(facts, secrets):
    return "record", "%s: %s" % (facts["name"], facts["result"]), []


def tell_note(facts, secrets):
    return "note", facts["key"], ["" if facts["value"] is None else "%s" % facts["value"]]


# The whole.

def main():
    if not hasattr(sys, "addaudithook"):
        sys.exit("it is older than Python 3.8")
    given = json.load(sys.stdin)
    # What is loaded lazily is loaded now.
    hashlib.sha256(b"").hexdigest()
    watch()
    runtime = load(given["bundle"])
    machine, done, middle = Image(runtime, given["facts"], given["tag"]), [], True
    for block in given["blocks"]:
        if middle and block["phase"] != "early":
            middle = machine.arrive(given["users"], given["packages"])
        row = replayed(runtime, block, block["record"], given["secrets"]) if block.get("record") else simulated(runtime, machine, block, given["secrets"])
        done.append(dict(row, name=block["name"], phase=block["phase"]))
    json.dump({"blocks": done, "given": sorted(machine.given)}, sys.stdout)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
