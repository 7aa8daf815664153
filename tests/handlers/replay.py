"""Replays the scenarios of every block, then rehearses a walk of cloud-init in a scratch directory. It needs no pytest, which Python 2.7 has not."""
import json
import os
import shutil
import sys
import tempfile

import bundle
import cvmfs_scenarios
import localfs_scenarios
from scenario import faults

SCENARIOS = localfs_scenarios.SCENARIOS + cvmfs_scenarios.SCENARIOS


def rehearse(root):
    """One context from the first part to the verdict, with a handler that uses the real files and processes, in words that are not ASCII."""
    runtime = bundle.module([], os.path.join(root, "part-handler-000.py"))
    runtime.ROOT = root
    text = u"caf\u00e9"

    def block(settings, host):
        assert (yield runtime.Run(["cat"], settings["text"])).out == text
        assert not (yield runtime.Run(["sh", "-c", "printf '\\303\\251\\377'; exit 0"])).rc
        for changed in (True, False):
            assert (yield runtime.Write("/etc/file", settings["text"], 0o600)).changed == changed
            assert (yield runtime.Line("/etc/fstab", "UUID=1 /home", r"\\S+ /home")).changed == changed
        assert (yield runtime.Read("/etc/file")) == text
        assert (yield runtime.Fetch("http://127.0.0.1:1/x", "/etc/file", runtime.digest(runtime.raw(text)))).changed is False
        yield runtime.Note("half", True)
        raise runtime.Failed(text)
    runtime.HANDLERS["block"] = block
    with open(runtime.__file__, "w") as stream:
        stream.write(bundle.source([]))
    body = json.dumps({"block": {"text": text}}, sort_keys=True) + "\n"
    plan = {"version": "0", "digest": "0" * 64, "scripts": [], "blocks": [{"name": "block", "part": "x", "phase": "early", "sha256": runtime.digest(runtime.raw(body))}]}
    for ctype, payload in (("__begin__", None), ("text/contextc-plan", json.dumps({"contextc-plan": plan})), ("text/block-config", body), ("__end__", None)):
        runtime.handle_part(None, ctype, "name", payload, "once-per-instance", None)
    assert runtime.main(["--late"]) is None
    assert runtime.main(["--finish"]) == 1
    with open(os.path.join(root, "var/log/contextc/summary.json")) as stream:
        summary = json.load(stream)
    assert [row["reason"] for row in summary["blocks"]] == [text], summary
    assert [row["notes"] for row in runtime.STATE["blocks"]] == [{}]
    with open(os.path.join(root, "var/lib/contextc/record/block")) as stream:
        record = json.load(stream)
    assert [row[0] for row in record["actions"]] == ["Run", "Run", "Write", "Line", "Write", "Line", "Read", "Fetch", "Note"], record
    # Only what is written and fed is a digest.
    assert record["actions"][6][2] == text and record["actions"][2][1]["text"] == "sha256:" + runtime.digest(text.encode("utf-8"))


def main():
    runtime = bundle.module(bundle.blocks())
    found = [fault for scenario in SCENARIOS for fault in faults(scenario, runtime)]
    scratch = os.path.realpath(tempfile.mkdtemp())
    try:
        rehearse(scratch)
    finally:
        shutil.rmtree(scratch)
    sys.stdout.write("".join(fault + "\n" for fault in found))
    sys.stdout.write("%d scenarios replayed under Python %s, %d faults\n" % (len(SCENARIOS), sys.version.split()[0], len(found)))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
