"""The verdict: what became of the blocks, the user's scripts and cloud-init's own modules."""

# A block's part of the summary. The rest of its row in the state is the runtime's own.
ROW = "name", "phase", "state", "reason", "started", "ended", "duration", "results", "log"
# Of a script that did what it does, perhaps without what the blocks were to give it.
EARLY = "ran at an earlier boot, before the blocks; not repeated"


def scripts():
    """The user's scripts, the plan's and others (runcmd), in the order in which they run."""
    there = [os.path.basename(path) for path in glob.glob(at(SCRIPTS + "*")) if os.access(path, os.X_OK)]
    return sorted(set(there + [script["name"] for script in STATE["plan"]["scripts"]]) - set(OURS) - set(STATE["lost"]))


def judge(early=False):
    """What cloud-init's log says of the user scripts (of this boot, if they ran at it) and of the cloud-config modules. `early`: the boot goes on."""
    text = logged()
    left = "left" in STATE
    cut = left or STATE.get("late", boot()) != boot()
    part = text if cut and not early else text[STATE.get("boot-log"):]
    codes = re.findall(r"(?:Failed running |Command: \[')\S*/scripts/([^/\s]+?)(?:'\]\nExit code:| \[)\s*([^\]\s]+)", part)
    codes = [(name, "exit " + code) for name, code in codes]
    reasons = {}
    if cut or early:
        # They run in the order of their names: of those that were begun, only the last may not have come to its end.
        begun = [name for name in sorted(scripts() + list(OURS)) if "/scripts/%s'" % name in part]
        never = "in time" if early else "before the power was cut, not repeated"
        reasons = dict.fromkeys(scripts(), "not in the log of an earlier boot, not repeated" if left else "not begun " + never)
        reasons.update(dict.fromkeys(begun, EARLY if left else ""), **dict.fromkeys(begun[-1:], "not done in time" if early else "interrupted, not repeated"))
    reasons.update(codes)
    reasons.update(STATE["scripts"])
    rows = [{"name": name, "state": "ok", "reason": reasons.get(name) or None} for name in scripts()]
    for row in rows:
        if row["reason"] and row["reason"] != EARLY:
            row["state"] = "unreached" if row["reason"][:3] == "not" else "failed"
    rows += [{"name": name, "state": "unreached", "reason": "did not arrive whole"} for name in STATE["lost"]]
    bad = sorted(set(re.findall(r"Running module (\S+) \(.*\) failed", text[STATE["log"]:])))
    return rows, [{"name": name, "reason": "see /var/log/cloud-init.log"} for name in bad]


def summarize():
    rows, modules = STATE["judged"]
    blocks = [dict((key, row[key]) for key in ROW) for row in STATE["blocks"]]
    for row in blocks:
        if row["state"] == "running":
            row.update(state="failed", reason="interrupted")
    states = [row["state"] for row in blocks]
    machine = "degraded" if modules or [row for row in rows if row["reason"]] else "ok"
    plan = STATE["plan"]
    if not plan["digest"] or "unreached" in states + [row["state"] for row in rows]:
        machine = "unreached"
    if "failed" in states:
        machine = "failed"
    return {
        "schema": 1, "machine": machine, "contextc": plan["version"], "digest": plan["digest"], "instance-id": STATE["instance-id"],
        "cloud-init": (re.findall(r"Cloud-init v\. (\S+)", logged()) or [None])[-1], "python": sys.version.split()[0], "started": STATE["started"],
        "finished": now(), "duration": since(STATE["begin"]), "blocks": blocks, "scripts": rows, "modules": modules}


def finish():
    """The verdict: in files, on the console, and as the exit code that makes cloud-init show it."""
    if not STATE.get("finished"):
        STATE["judged"] = judge()
    summary = summarize()
    with open(at(HOME + "verdict.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        publish(summary)
        if "outcome" in STATE["plan"]:
            # Before it is done: a power cut between the two makes this verdict again, and not one that nothing follows.
            settle(summary["machine"])
    STATE["finished"] = True
    save()
    if os.path.exists(at(RESUME)):
        os.remove(at(RESUME))
    return int(summary["machine"] in ("failed", "unreached"))


def overdue(plan):
    """The verdict of a machine that is not done in time, for its watch. It may come to its end yet: that verdict takes the place of this one."""
    recall()
    STATE["judged"] = judge(True)
    for row in STATE["blocks"]:
        if row["state"] == "running":
            row.update(state="unreached", reason="not done in time")
    summary = summarize()
    if summary["machine"] != "failed":
        summary["machine"] = "unreached"
    with open(at(HOME + "verdict.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # It came after all, while this was written.
        return verdict() or publish(summary)["machine"]


def publish(summary):
    text = ""
    for row in summary["blocks"] + [row for row in summary["scripts"] + summary["modules"] if row["reason"]]:
        text += "%-9s  %s  %s  %s\n" % (row.get("state", "failed"), row["name"], row.get("duration") or "-", row["reason"] or "")
        text += "".join("%12s %s: %s\n" % ("", found["name"], found["result"]) for found in row.get("results", []))
    text += "machine %s\n" % summary["machine"]
    data = raw(json.dumps(summary, sort_keys=True) + "\n")
    store(LOGS + "summary.log", raw(text), 0o644)
    store(LOGS + "summary.json", data, 0o644)
    # Nobody may listen any more: the verdict holds all the same.
    try:
        os.write(1, raw(text))
    except EnvironmentError:
        pass
    try:
        with open(at("/dev/console"), "ab", 0) as console:
            console.write(b"\ncontextc-summary: " + data)
    except EnvironmentError:
        pass
    return summary
