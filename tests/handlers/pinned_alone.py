"""What fetches the handlers, by itself, under any Python: the second of two mirrors has the bundle, then none has it, one is stuck for ever. Files are mirrors enough."""
import hashlib
import json
import os
import shutil
import sys
import tempfile
import types

import bundle

BUNDLE = b"CALLS = []\ndef handle_part(*given):\n    CALLS.append(given[1])\n"
PLAN = json.dumps({"contextc-plan": {"version": "0.1.0", "digest": None, "blocks": [{"name": "disk", "phase": "early"}]}})


def boot(root, names):
    """One walk of the parts."""
    made = types.ModuleType("part_handler_000")
    made.__file__ = os.path.join(root, "part-handler-000.py")
    exec(compile(bundle.fetcher(), "fetcher", "exec"), vars(made))
    sys.modules["part_handler_000"] = made
    vars(made).update(ROOT=root, URLS=["file://%s/%s" % (root, name) for name in names], SHA256=hashlib.sha256(BUNDLE).hexdigest(), TYPES=[], PAUSE=0, PATIENCE=0.5)
    for ctype, payload in (("__begin__", None), ("text/contextc-plan", PLAN), ("__end__", None)):
        made.handle_part(None, ctype, "name", payload, "once-per-instance")
    return made


def main():
    root = os.path.realpath(tempfile.mkdtemp())
    try:
        os.mkdir(root + "/dev")
        for name, data in (("tampered", BUNDLE + b"\n"), ("good", BUNDLE), ("dev/console", b"")):
            with open(os.path.join(root, name), "wb") as stream:
                stream.write(data)
        os.mkfifo(root + "/stuck")
        refused = boot(root, ["away", "tampered", "stuck"])
        assert refused.BUNDLE == {} and len(refused.FAULTS) == 3 and "not done in" in refused.FAULTS[2], refused.FAULTS
        with open(root + "/var/log/contextc/summary.json") as stream:
            assert json.load(stream)["machine"] == "unreached"
        taken = boot(root, ["away", "tampered", "good"])
        assert taken.BUNDLE["CALLS"] == ["__begin__", "text/contextc-plan", "__end__"], taken.FAULTS
    finally:
        shutil.rmtree(root)
    print("pinned: refused and taken, Python %s" % sys.version.split()[0])


if __name__ == "__main__":
    main()
