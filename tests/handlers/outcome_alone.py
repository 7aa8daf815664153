"""What follows the verdict, by itself, under any Python: the plan, the verdict, a real command, and a machine that is overdue. No pytest."""
import json
import os
import shutil
import sys
import tempfile
import time

import bundle

WORD = u"caf\u00e9"
DEEDS = [{"do": "log"}, {"do": "command", "argv": ["sh", "-c", u"echo \"$CONTEXTC_MACHINE $WORD %s\"; exit 3" % WORD], "timeout": 30}]


def machine(root, within):
    """Its runtime, after the walk of a plan with one block that never arrives."""
    for name in ("proc/sys/kernel/random", "run/systemd/system", "var/lib/cloud/data", "var/lib/cloud/instance/scripts", "dev"):
        os.makedirs(os.path.join(root, name))
    with open(root + "/proc/uptime", "w") as stream:
        stream.write("10.00 0.00\n")
    runtime = bundle.module([], os.path.join(root, "part-handler-000.py"))
    with open(runtime.__file__, "w") as stream:
        stream.write(bundle.source([]))
    called = []
    runtime.ROOT, runtime.call = root, lambda argv: called.append(argv) or 0
    plan = {"version": "0", "digest": "0" * 64, "scripts": [], "blocks": [{"name": "block", "part": "x", "phase": "late", "sha256": "0" * 64}],
            "outcome": {"failure": DEEDS, "success": [], "within": within, "degraded": False, "env": {"WORD": WORD}}}
    for ctype, payload in (("__begin__", None), ("text/contextc-plan", json.dumps({"contextc-plan": plan})), ("__end__", None)):
        runtime.handle_part(None, ctype, "name", payload, "once-per-instance", None)
    assert [argv[0] for argv in called] == ["systemctl"] * 2, called
    return runtime, called


def check(root, called):
    with open(root + "/var/log/contextc/outcome.log", "rb") as stream:
        text = stream.read().decode("utf-8")
    assert u"\nunreached %s %s\n" % (WORD, WORD) in text and " ERROR command: exit 3\n" in text and "INFO log: done" in text, text
    assert [argv[0] for argv in called][2:] == ["logger"] and called[2][-1].startswith("machine unreached; block unreached"), called


def scenario(overdue):
    root = os.path.realpath(tempfile.mkdtemp())
    try:
        runtime, called = machine(root, -1 if overdue else 3600)
        if overdue:
            # The verdict comes while the watch waits on.
            sleep = time.sleep
            runtime.time = type(runtime)("time")
            runtime.time.__dict__.update(time.__dict__, sleep=lambda seconds: runtime.settle("failed") if seconds == 2 else sleep(seconds))
        else:
            assert runtime.main(["--finish"]) == 1
        runtime.main(["--watch"])
        check(root, called)
    finally:
        shutil.rmtree(root)


def main():
    scenario(False)
    scenario(True)
    print("outcome: told in time and overdue, Python %s" % sys.version.split()[0])


if __name__ == "__main__":
    main()
