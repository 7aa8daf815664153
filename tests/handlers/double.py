"""A machine that any handler can act on in tests: files, accounts and mounts in memory, commands answered from a table. Python 2.7 and 3.

Every command is accepted, with exit code 0 and no output, unless `answers` says otherwise: rows of (regular expression for the whole
command line, exit code, output) or (regular expression, function of the machine), the first that fits. What was done stands in `lines`;
`changes` counts what was not so before.
"""
import os
import re


def shown(key, value):
    """The same under every Python: before 3.7 patterns are escaped more than they must be, and dicts have no order."""
    if isinstance(value, dict):
        return "{%s}" % ", ".join("%r: %r" % item for item in sorted(value.items()))
    return repr(re.sub(r"\\([/=])", r"\1", value) if key == "key" else value)


class Double(object):
    def __init__(self, runtime, family="deb", early=False, answers=(), files=(), users=("root", "alice"), mounted=(), devices=(), selinux=False, missing=(), web=(), notes=()):
        self.runtime, self.answers, self.mounted, self.devices = runtime, list(answers), dict(mounted), dict(devices)
        self.files = dict((path, (text, 0o644, None, None)) for path, text in dict(files).items())
        self.folders, self.users, self.enabled, self.missing, self.web = {}, list(users), [], set(missing), dict(web)
        self.lines, self.results, self.changes, self.waited = [], [], 0, 0
        self.host = runtime.Result(family=family, early=early, selinux=selinux, tag="contextc_12345678", notes=dict(notes), results=self.results)

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
        return getattr(self, "do_" + type(asked).__name__)(asked)

    def text(self, path):
        return self.files[path][0] if path in self.files else ""

    def put(self, path, text, mode=0o644, owner=None, group=None):
        changed = self.files.get(path) != (text, mode, owner, group)
        self.files[path] = (text, mode, owner, group)
        self.changes += changed
        return self.runtime.Result(changed=changed)

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

    def do_Write(self, asked):
        return self.put(asked.path, asked.text, asked.mode, asked.owner, asked.group)

    def do_Trial(self, asked):
        before, changes = dict(self.files), self.changes
        done = self.do_Run(self.runtime.Run(asked.first, check=False))
        if done.rc:
            return done
        self.put(asked.path, asked.text, asked.mode)
        done = self.do_Run(self.runtime.Run(asked.then, check=False))
        if done.rc:
            self.files, self.changes = before, changes
        return done

    def do_Line(self, asked):
        lines = ["#" + line if line != asked.text and re.match(asked.key, line) else line for line in self.text(asked.path).splitlines()]
        return self.put(asked.path, "\n".join(lines + [asked.text] * (asked.text not in lines)) + "\n")

    def do_Section(self, asked):
        begin, end = ["# contextc %s %s\n" % (asked.name, word) for word in ("begins", "ends")]
        rest = re.sub("(?s)" + re.escape(begin) + ".*?" + re.escape(end), "", self.text(asked.path))
        return self.put(asked.path, rest + (begin + asked.text.rstrip("\n") + "\n" + end if asked.text else ""))

    def do_Mkdir(self, asked):
        facts = asked.mode, asked.owner, asked.group
        changed = self.folders.get(asked.path) != facts
        self.folders[asked.path] = facts
        self.changes += changed
        return self.runtime.Result(changed=changed)

    def do_Read(self, asked):
        return self.text(asked.path).strip()

    def do_Wait(self, asked):
        self.waited += asked.seconds

    def do_Note(self, asked):
        self.host.notes[asked.key] = asked.value

    def do_Log(self, asked):
        pass

    def do_Record(self, asked):
        self.results[:] = [row for row in self.results if row["name"] != asked.name] + [{"name": asked.name, "result": asked.result}]

    def do_Account(self, asked):
        if asked.user not in self.users:
            return None
        home = "/root" if asked.user == "root" else "/home/" + asked.user
        uid = 1000 + self.users.index(asked.user) if asked.user != "root" else 0
        return self.runtime.Result(name=asked.user, uid=uid, gid=uid, group=asked.user, home=home)

    def do_Restorecon(self, asked):
        pass

    def do_Enable(self, asked):
        if (asked.service, asked.start) not in self.enabled:
            self.enabled.append((asked.service, asked.start))
            self.changes += 1

    def do_Fetch(self, asked):
        if asked.url not in self.web:
            raise self.runtime.Failed("%s: not found" % asked.url)
        return self.put(asked.path, self.web[asked.url], asked.mode)

    def do_Pilot_Command(self, asked):
        try:
            self.do_Fetch(asked)
        except self.runtime.Failed as fault:
            return self.runtime.Result(why=fault.args[0])
        return self.runtime.Result(why="")

    def do_Install(self, asked):
        wanted = set(asked.rpm if self.host.family == "rpm" else asked.deb) & self.missing
        self.missing -= wanted
        self.changes += len(wanted)
        return self.runtime.Result(changed=bool(wanted))

    def do_Refresh(self, asked):
        pass

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
