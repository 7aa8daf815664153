"""A machine in memory that any handler can act on: files, accounts, packages and services. Python 2.7 and 3.

Nothing of the machine that this runs on is read or changed. `contextc simulate` answers handlers with it, and so do the tests of the handlers, each
with the commands that it knows. `changes` counts what was not so before.
"""
import os
import re


class Machine(object):
    def __init__(self, runtime, family="deb", early=False, files=(), users=("root",), selinux=False, packages=(), notes=(), tag="contextc_12345678"):
        self.runtime = runtime
        self.files = dict((path, (text, 0o644, None, None)) for path, text in dict(files).items())
        self.folders, self.users, self.enabled, self.packages = {}, list(users), [], set(packages)
        # Whether packages and files can be fetched, and whether there is anything to install packages with.
        self.network, self.manager = True, True
        self.results, self.changes, self.waited = [], 0, 0
        # What a look at the machine would tell beside what the handlers say.
        self.remarks = []
        self.host = runtime.Result(family=family, early=early, selinux=selinux, tag=tag, notes=dict(notes), results=self.results)

    def perform(self, asked):
        return getattr(self, "do_" + type(asked).__name__)(asked)

    def text(self, path):
        return self.files[path][0] if path in self.files else ""

    def put(self, path, text, mode=0o644, owner=None, group=None):
        changed = self.files.get(path) != (text, mode, owner, group)
        self.files[path] = (text, mode, owner, group)
        self.changes += changed
        return self.runtime.Result(changed=changed)

    def command(self, asked):
        """What a command answers: its exit code, or that and what it writes to its output, and to its errors where it does. The method of its name knows."""
        name = re.sub(r"\W", "_", re.sub(r"^mkfs\..*", "mkfs", os.path.basename(asked.argv[0])))
        return getattr(self, "run_" + name, self.unknown)(asked.argv)

    def unknown(self, argv):
        """A command that has no method is taken to do what is asked of it, and to say nothing."""
        return 0

    def do_Run(self, asked):
        answer = self.command(asked)
        rc, out, err = ((answer if isinstance(answer, tuple) else (answer or 0,)) + ("", ""))[:3]
        if rc and asked.check:
            raise self.runtime.Failed("%s: exit %d: %s" % (asked.argv[0], rc, (err.strip() or out.strip()).rpartition("\n")[2]))
        return self.runtime.Result(rc=rc, out=out, err=err, seconds=0.0, left=0)

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
        if not self.network:
            raise self.runtime.Failed("%s: no network" % re.sub("//[^/]*@|[?].*", "", asked.url))
        return self.put(asked.path, "what the address gives\n", asked.mode)

    def do_Pilot_Command(self, asked):
        try:
            self.do_Fetch(asked)
        except self.runtime.Failed as fault:
            return self.runtime.Result(why=fault.args[0])
        return self.runtime.Result(why="")

    def do_Install(self, asked):
        tool = {"rpm": "dnf"}.get(self.host.family, "apt-get")
        names = asked.rpm if self.host.family == "rpm" else asked.deb
        missing = [name for name in names if self.lacks(name)]
        fault = "" if self.manager else "[Errno 2] No such file or directory: '%s'" % tool
        if missing and (fault or not self.network):
            raise self.runtime.Failed("cannot install %s (%s): bake it into the image" % (" ".join(missing), "no network" if self.host.early and not self.network else fault or "no network"))
        self.packages.update(missing)
        self.changes += len(missing)
        return self.runtime.Result(changed=bool(missing))

    def lacks(self, package):
        return package not in self.packages

    def do_Refresh(self, asked):
        pass
