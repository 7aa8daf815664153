"""A stand-in for the runtime's `Host`, with which an action is performed."""


class Host:
    """Keeps what a real one would log and save."""

    def __init__(self, family="deb", early=False):
        self.family, self.early, self.selinux, self.tool = family, early, False, "dnf"
        self.renewal = [["renew"]]
        self.lines, self.notes, self.saved = [], {}, []

    def log(self, level, text):
        self.lines += ["%s %s" % (level, line) for line in text.splitlines()]

    def note(self, key, value):
        self.saved.append((key, value))
        self.notes[key] = value
