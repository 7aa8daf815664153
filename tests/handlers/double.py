"""A machine that any handler can act on in tests: files, accounts and mounts in memory, commands answered from a table. Python 2.7 and 3.

Every command is accepted, with exit code 0 and no output, unless `answers` says otherwise: rows of (regular expression for the whole
command line, exit code, output) or (regular expression, function of the machine), the first that fits. What was done stands in `lines`;
`changes` counts what was not so before.
"""
import re

import simulated

def shown(key, value):
    """The same under every Python: before 3.7 patterns are escaped more than they must be, and dicts have no order."""
    if isinstance(value, dict):
        return "{%s}" % ", ".join("%r: %r" % item for item in sorted(value.items()))
    return repr(re.sub(r"\\([/=])", r"\1", value) if key == "key" else value)


class Double(simulated.Machine):
    def __init__(self, runtime, family="deb", early=False, answers=(), files=(), users=("root", "alice"), mounted=(), devices=(), selinux=False, missing=(), web=(), notes=()):
        simulated.Machine.__init__(self, runtime, family, early, files, users, selinux, notes=notes)
        self.answers, self.mounted, self.devices = list(answers), dict(mounted), dict(devices)
        self.missing, self.web, self.lines = set(missing), dict(web), []

    def run(self, handler, settings):
        """The end: "ok", or the class of the exception and its text."""
        try:
            self.runtime.drive(handler(settings, self.host), self.perform)
        except (self.runtime.Failed, self.runtime.Skipped, self.runtime.Pending) as fault:
            return "%s: %s" % (type(fault).__name__, fault.args[0])
        return "ok"

    def perform(self, asked):
        facts = ["%s=%s" % (key, shown(key, value)) for key, value in sorted(vars(asked).items()) if value not in (None, (), False)]
        line = re.sub(r"((?:[=\[({]|[,:] ))[bu](?=['\"])", r"\1", "%s %s" % (type(asked).__name__, ", ".join(facts)))
        # Python 2 escapes a slash in a regular expression.
        self.lines.append(line.replace("\\\\/", "/"))
        return simulated.Machine.perform(self, asked)

    def do_Run(self, asked):
        line = " ".join(asked.argv)
        rc, out = 0, ""
        for row in self.answers:
            if re.search(row[0], line):
                rc, out = row[1:] if len(row) == 3 else row[1](self)
                break
        if rc and asked.check:
            raise self.runtime.Failed("%s: exit %d: %s" % (asked.argv[0], rc, out))
        # What is asked for the last of has one stream.
        failed = rc and not asked.last
        return self.runtime.Result(rc=rc, out="" if failed else out, err=out if failed else "", seconds=1.25, left=0)

    def do_Fetch(self, asked):
        if asked.url not in self.web:
            raise self.runtime.Failed("%s: not found" % asked.url)
        return self.put(asked.path, self.web[asked.url], asked.mode)

    def lacks(self, package):
        return package in self.missing

    def do_Install(self, asked):
        done = simulated.Machine.do_Install(self, asked)
        self.missing -= self.packages
        return done

    def do_Mounted(self, asked):
        if asked.path not in self.mounted:
            return None
        device, kind = self.mounted[asked.path]
        return self.runtime.Result(device=device, type=kind)

    def do_Device(self, asked):
        facts = self.devices.get(asked.path)
        if facts is None:
            return None
        whole = dict(path=asked.path, size=1 << 30, readonly=False, partitions=[], holders=[], mounts=[], kind="", uuid="", id="")
        return self.runtime.Result(**dict(whole, **facts))
