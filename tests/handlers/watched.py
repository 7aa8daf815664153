"""A guest whose context asks for what follows the verdict. Its processes, its tools and its time are doubles: nothing is started, and a wait takes no time."""
import json
import time
import types

from guest import Guest

LOG, OFF = {"do": "log"}, {"do": "poweroff", "delay": 300, "stop-file": "/run/contextc-stay"}
START = ["systemctl", "--no-block", "start", "contextc-watch"]


def command(*argv, timeout=300):
    return {"do": "command", "argv": list(argv), "timeout": timeout}


class Cut(BaseException):
    """The power, as no handler can catch it."""


class Endless(BaseException):
    """Nothing more will happen, and the watch goes on waiting."""


class Watched(Guest):
    def __init__(self, root, failure=(LOG,), success=(), systemd=True, **given):
        self.outcome = dict({"failure": list(failure), "success": list(success), "within": 60, "degraded": False, "env": {}}, **given)
        # What was called, started and slept; functions by the uptime at which they happen; exit codes of tools.
        self.calls, self.started, self.slept, self.meanwhile, self.codes = [], [], [], {}, {}
        self.steps, self.cut = 0, None
        if systemd:
            (root / "run/systemd/system").mkdir(parents=True)
        Guest.__init__(self, root)

    def boot(self):
        self.calls, self.now = [], 10.0
        Guest.boot(self)

    def process(self):
        Guest.process(self)
        self.double(self.runtime)

    def double(self, made):
        """In a module of ours: its tools, processes and waits."""
        self.write("proc/uptime", "%.2f 0.0\n" % self.now)
        store = made.store
        made.store = lambda *given: self.step() or store(*given)
        made.call = self.call
        made.time = types.SimpleNamespace(time=time.time, strftime=time.strftime, gmtime=time.gmtime, sleep=self.sleep)
        made.subprocess = types.SimpleNamespace(Popen=self.popen, call=lambda *_, **__: 0)

    def step(self):
        """The power can be cut before each of these."""
        self.steps += 1
        if self.steps == self.cut:
            raise Cut()

    def call(self, argv):
        self.step()
        self.calls.append(argv)
        return self.codes.get(argv[0], 0)

    def popen(self, argv, **given):
        self.step()
        self.started.append([word if isinstance(word, str) else word.decode() for word in argv])
        return types.SimpleNamespace(pid=0, poll=lambda: 0, returncode=0, given=given)

    def sleep(self, seconds):
        self.step()
        self.slept.append(seconds)
        self.now += seconds
        if not self.meanwhile and self.now > 1900:
            raise Endless()
        self.write("proc/uptime", "%.2f 0.0\n" % self.now)
        for moment in sorted(self.meanwhile):
            if moment <= self.now:
                self.meanwhile.pop(moment)()

    def parts(self):
        parts = Guest.parts(self)
        plan = json.loads(parts[0][2])
        plan["contextc-plan"]["outcome"] = self.outcome
        return [parts[0][:2] + (json.dumps(plan) + "\n",)] + parts[1:]

    def watch(self):
        try:
            self.run("--watch")
        except Endless:
            return "waits"
        return "ended"

    def begins(self):
        """Whether this boot began a watch."""
        return START in self.calls

    def asked(self):
        return json.loads(self.read("var/lib/contextc/outcome/asked.json"))

    def verdict(self):
        path = self.root / "var/lib/contextc/outcome/verdict"
        return path.read_text() if path.exists() else None

    def told(self):
        """The lines for the system's log, in this boot."""
        return [argv[-1] for argv in self.calls if argv[0] == "logger"]

    def off(self):
        return [argv for argv in self.calls if argv[-1] == "poweroff"]

    def report(self):
        """The log of what was done, without its times."""
        return [line.split(" ", 1)[1] for line in self.read("var/log/contextc/outcome.log").splitlines()]
