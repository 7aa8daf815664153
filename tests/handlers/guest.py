"""A machine below a scratch directory, with the context that cloud-init gets and the way it walks the parts."""
import hashlib
import json
from pathlib import Path

import jsonschema

import bundle

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "summary.schema.json").read_text())
LATE, FINISH = "00-contextc-late", "zz-contextc-finish"
CLOUD_LOG = "var/log/cloud-init.log"


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Guest:
    def __init__(self, root):
        self.root = root
        self.did, self.renewals = [], []
        for name in ("var/lib/cloud/data", "var/lib/cloud/instance/sem", "var/lib/cloud/instance/scripts", "var/lib/cloud/scripts/per-boot", "usr/local/sbin",
                     "var/log", "proc/sys/kernel/random", "dev", "handlers", "etc"):
            (root / name).mkdir(parents=True)
        self.write("var/lib/cloud/data/instance-id", "i-1\n")
        self.write("etc/debian_version", "12\n")
        self.write(CLOUD_LOG, "util.py[DEBUG]: Cloud-init v. 22.4.2 running 'init' at now\n")
        self.write("dev/console", "")
        self.handler = root / "handlers" / "part-handler-000.py"
        self.handler.write_text(bundle.source([]))
        self.blocks = [("disk", "early", {"size": 1}), ("soft", "late", {"password": "hunter2"})]
        self.scripts = {LATE: "#!/bin/sh\n", "50-001-hello": "#!/bin/sh\necho\n", FINISH: "#!/bin/sh\n"}
        self.behaviour = {}
        self.boots = 0
        self.boot()

    def write(self, name, text):
        (self.root / name).write_text(text)

    def read(self, name):
        return (self.root / name).read_text()

    def log(self, text):
        with open(self.root / CLOUD_LOG, "a") as stream:
            stream.write(text + "\n")

    def state(self):
        return json.loads(self.read("var/lib/contextc/state.json"))

    def boot(self):
        """A fresh process at a fresh boot."""
        self.boots += 1
        self.write("proc/sys/kernel/random/boot_id", "boot-%d\n" % self.boots)
        self.process()

    def process(self):
        self.runtime = bundle.module([], str(self.handler))
        self.runtime.ROOT = str(self.root)
        self.runtime.HANDLERS.clear()
        self.runtime.HANDLERS.update((name, self.handler_of(name)) for name, _, _ in self.blocks)

    def run(self, *words):
        """contextc-run, in a process of its own."""
        self.process()
        return self.runtime.main(list(words))

    def handler_of(self, name):
        def handler(settings, host):
            self.did.append(name)
            self.renewals.append([argv[0] for argv in host.renewal])
            yield self.runtime.Log("at work")
            answer = self.behaviour.get(name)
            if isinstance(answer, tuple):
                raise getattr(self.runtime, answer[0])(answer[1])
            if answer:
                raise answer
        return handler

    def parts(self):
        bodies = [(name, (json.dumps({name: settings}, sort_keys=True, separators=(",", ":")) + "\n").encode()) for name, _, settings in self.blocks]
        phases = {name: phase for name, phase, _ in self.blocks}
        plan = {"schema": 1, "version": "0.1.0", "digest": sha(b"".join(body for _, body in bodies) + "".join(sorted(self.scripts)).encode()),
                "blocks": [{"name": name, "part": name + "-config.ccfg", "phase": phases[name], "sha256": sha(body)} for name, body in bodies],
                "scripts": [{"name": name, "sha256": sha(text.encode())} for name, text in self.scripts.items()]}
        return [("text/contextc-plan", "contextc-plan.ccfg", json.dumps({"contextc-plan": plan}) + "\n")] \
            + [("text/%s-config" % name, name + "-config.ccfg", body.decode()) for name, body in bodies]

    def walk(self, parts=None, scripts=None, frequency=None):
        """As cloud-init does it: begin, the parts, end. Its own handler writes the scripts meanwhile, at every boot."""
        frequency = frequency or ("once-per-instance" if self.boots == 1 else "always")
        self.runtime.handle_part(None, "__begin__", None, None, frequency)
        for ctype, filename, payload in self.parts() if parts is None else parts:
            self.runtime.handle_part(None, ctype, filename, payload, frequency)
        for name, text in (self.scripts if scripts is None else scripts).items():
            path = self.root / "var/lib/cloud/instance/scripts" / name
            path.write_text(text)
            path.chmod(0o700)
        self.runtime.handle_part(None, "__end__", None, None, frequency)

    def reboot(self, *parts, **given):
        self.boot()
        self.walk(*parts, **given)

    def mark(self):
        """cloud-init is about to run the user scripts, and will not do it again."""
        self.write("var/lib/cloud/instance/sem/config_scripts_user", "")

    def final(self, *codes):
        """The final stage of a first boot: cloud-init takes its mark, then runs the scripts."""
        self.mark()
        late = self.run("--late")
        for line in codes:
            self.log(line)
        return late, self.run("--finish")

    def summary(self):
        summary = json.loads(self.read("var/log/contextc/summary.json"))
        jsonschema.validate(summary, SCHEMA)
        return summary

    def states(self):
        return {row["name"]: row["state"] for row in self.summary()["blocks"]}

    def resumes(self):
        return (self.root / "var/lib/cloud/scripts/per-boot/contextc-resume").exists()

    def tree(self):
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in self.root.rglob("*") if path.is_file()}
