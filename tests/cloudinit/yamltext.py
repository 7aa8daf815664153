"""Hypothesis strategies that write cloud-config TEXT, in the styles people use.

Values alone would not do: what is to be proved is that a text, however it is
written, means to PyYAML after the compiler what it meant before. A text that
PyYAML refuses proves nothing; the test passes it over.
"""
from hypothesis import strategies as st

# Known cloud-config keys whose values the compiler has no opinion on.
TOP = ("zypper", "fan", "write_files", "apt", "chef", "puppet", "ntp", "landscape",
       "salt_minion", "ssh_keys", "power_state", "phone_home", "yum_repos", "reporting")

WORDS = """yes Yes YES no No NO on On ON off Off OFF y Y n N true True TRUE false False ~ null Null
NULL 0 00 0644 0o644 08 0777 0x1F 0X1f 0b101 1_000 1__0 0_ _1 +1 -1 -0 +0x1f 1. .5 -.5 . .. 1.5 2.10 1.2.3
1e3 1.0e3 1.0e+3 1.e+3 1E5 .inf -.INF +.Inf .nan .NaN 12:30 12:30:45 1:60 0:0 190:20:30 190:20:30.15 -1:30 12:30pm
2001-01-01 2001-1-1 2001-12-14t21:59:43.10-05:00 2001-12-15T02:59:43Z 2001-12-14Z = << < > a:b a#b -a ?a :a -- it's
http://h:80/x c:\\dir a&b a*b a!b a|b a>b a%b a@b a`b 'a' 'it''s' "b" "" '' a'b /x/y.z $x ${x} $(x)
1.000.000 123456789012345678901234567890 0.1 1e400 -1e-400 0b2 0x 0xg 0o8 nan inf None && || #x""".split()
# In a flow collection some of these end it; on their own most are faults.
HOSTILE = """... --- - ? a,b a[b] a{b} {x} {{x}} 1,2 !x @ ` % ! * & | > [] {} [ ] { } , : +""".split()

LETTERS = st.sampled_from("abcxyzABC019 .-_/:#'\"\\,[]{}!&*?|>%@`~=+<$()\t\u00e9\u20ac\u4e16\U0001F600\u00a0")
# Line ends to YAML 1.1, and so to cloud-init, but not to YAML 1.2.
ODD = st.sampled_from(["a\u2028b", "a\u0085b", "\u2029", "a \u2028 # b"])
LINE = st.integers(0, 40).flatmap(lambda n: ODD if n == 40 else st.text(LETTERS, max_size=12))
SAFE = st.text(st.sampled_from("abcxyzAZ019-_/.\u00e9\U0001F600"), min_size=1, max_size=10)
ESCAPES = st.sampled_from(["\\n", "\\t", "\\\"", "\\\\", "\\/", "\\x41", "\\u00e9", "\\U0001F600",
                           "\\0", "\\a", "\\e", "\\_", "\\N", "\\L", "\\P", "\\r", "\\b", "\\ "])
TAGGED = st.sampled_from([
    "!!str 12:30", "!!str yes", "!!str", "!!str 0644", "! 12", "! yes", "!<tag:yaml.org,2002:str> 5",
    "!!int '0x1F'", "!!int \"017\"", "!!int 1_0", "!!float 1", "!!float '12:30'", "!!bool 'on'", "!!bool No",
    "!!null ''", "!!null x", "!!timestamp '2001-01-01'", "!!binary aGVsbG8=", "!!binary |\n          aGVs\n          bG8=",
    "!!set {a, b}", "!!set {a, 1, yes}", "!!seq [a, 1]", "!!map {a: 1}", "!!omap [a: 1, b: 2]", "!!pairs [a: 1, a: 2]"])


class Writer:
    """Draws one document. `draw` is hypothesis's; anchors are usable once written."""

    def __init__(self, draw):
        self.draw = draw
        self.count = 0
        self.anchors = []
        self.maps = []

    def pick(self, *choices):
        return self.draw(st.sampled_from(choices))

    def chance(self, one_in):
        return self.draw(st.integers(1, one_in)) == one_in

    def document(self, alone=True):
        """Top-level keys, each with a node, with what may stand around them."""
        names = self.draw(st.lists(st.sampled_from(TOP), min_size=1, max_size=4, unique=True))
        head = self.pick("", "", "", "---\n", "# head\n\n", "%YAML 1.1\n---\n", "--- # start\n")
        if not alone:
            head = self.pick("", "# head\n")
        body = "".join(self.entry(self.top_key(name), 0, 3) for name in names)
        tail = self.pick("", "", "...\n", "# tail\n", "\n\n", "# no newline")
        return head + body + tail

    def top_key(self, name):
        return self.pick(name, name, name, '"%s"' % name, "'%s'" % name)

    def entry(self, key, indent, depth):
        pad = " " * indent
        colon = self.pick(":", ":", ":", " :", "? ")
        if colon == "? ":
            key, colon = "? " + key + "\n" + pad, ":"
        return self.comment(indent) + pad + key + colon + self.block(indent, depth) + "\n"

    def comment(self, indent):
        if not self.chance(8):
            return ""
        pad = self.pick("", " " * indent, " " * (indent + 3))
        return self.pick("\n", pad + "# a: 'comment [\n", pad + "#\n")

    def block(self, indent, depth):
        """What follows `key:` or `-`, from the space to before the line end."""
        kinds = ["scalar"] * 4 + ["text", "flow", "alias"]
        if depth:
            kinds += ["map", "map", "seq", "seq"]
        kind = self.pick(*kinds)
        if kind == "alias":
            return " *" + self.pick(*self.anchors) if self.anchors else ""
        if not self.chance(4):
            return getattr(self, kind)(indent, depth)
        self.count += 1
        name = "a%d" % self.count
        text = " &" + name + getattr(self, kind)(indent, depth)
        self.anchors.append(name)
        self.maps += [name] if kind == "map" else []
        return text

    def map(self, indent, depth):
        step = indent + self.pick(1, 2, 2, 4)
        merge = self.merge(step) if self.maps and self.chance(2) else ""
        keys = self.keys(self.draw(st.integers(1, 4)))
        rows = [self.entry(key, step, depth - 1) for key in keys]
        return "\n" + (merge + "".join(rows)).rstrip("\n")

    def merge(self, indent):
        names = ["*" + self.pick(*self.maps) for _ in range(self.pick(1, 1, 2))]
        value = names[0] if len(names) == 1 else "[" + ", ".join(names) + "]"
        return " " * indent + "<<: " + value + "\n"

    def seq(self, indent, depth):
        step = indent + self.pick(0, 1, 2) if indent else self.pick(0, 2)
        pad = " " * step
        rows = [self.comment(step) + pad + "-" + self.block(step, depth - 1)
                for _ in range(self.draw(st.integers(1, 4)))]
        return "\n" + "\n".join(rows)

    def keys(self, count):
        """Different ones as a rule: of doubles there is nothing to prove."""
        keys = []
        for _ in range(count):
            key = self.key()
            keys.append("k%d" % len(keys) if key in keys and not self.chance(20) else key)
        return keys

    def key(self):
        if self.chance(4):
            return self.word()
        return self.pick(self.draw(SAFE), self.draw(SAFE), self.quoted(), "k" * 200)

    def word(self):
        return self.draw(st.sampled_from(HOSTILE if self.chance(25) else WORDS))

    def scalar(self, indent, depth):
        note = self.pick("", "", "", "", " # note: [", "   ", "\t" if self.chance(40) else " #")
        if self.chance(8):
            return " " + self.draw(TAGGED) + note
        style = self.pick(self.word, self.word, self.word, self.plain, self.quoted, str)
        return " " + (self.many(indent) if self.chance(8) else style()) + note

    def plain(self):
        return self.draw(SAFE) + self.draw(LINE).strip() if self.chance(2) else self.draw(SAFE)

    def many(self, indent):
        """A plain or quoted scalar over several lines."""
        pad = "\n" + " " * (indent + self.pick(1, 2, 5))
        lines = self.draw(st.lists(SAFE, min_size=2, max_size=4))
        text = (self.pick(pad, "\n" + pad)).join(lines)
        return self.pick(text, '"%s"' % text, "'%s'" % text, '"%s"' % (" \\" + pad).join(lines))

    def quoted(self):
        if self.chance(2):
            return "'" + self.draw(LINE).replace("'", "''") + "'"
        pieces = self.draw(st.lists(st.one_of(SAFE, ESCAPES, st.just(" "), st.just("\t")), max_size=5))
        return '"' + "".join(pieces) + '"'

    def text(self, indent, depth):
        """A literal or folded block, with what goes wrong in them."""
        step = indent + self.pick(1, 2, 4)
        width = self.pick("", "", "", str(step - indent))
        chomp = self.pick("", "", "-", "+")
        head = self.pick("|", "|", ">") + self.pick(width + chomp, chomp + width)
        line = st.one_of(LINE, st.sampled_from(["", "", "  more", "# not a comment", "#!/bin/sh", "\ttab", "end  "]))
        lines = self.draw(st.lists(line, min_size=1, max_size=5))
        pad = " " * step
        return " " + head + self.pick("", " # note") + "\n" + "\n".join(pad + x if x else "" for x in lines)

    def flow(self, indent, depth):
        return " " + self.flow_node(2, indent)

    def flow_node(self, depth, indent):
        kind = self.pick("word", "safe", "quoted", "seq", "map") if depth else "safe"
        if kind == "word":
            return self.word()
        if kind in ("safe", "quoted"):
            return self.draw(SAFE) if kind == "safe" else self.quoted()
        gap = self.pick(", ", ",", " , ", ",\n" + " " * (indent + 2))
        nodes = [self.flow_node(depth - 1, indent) for _ in range(self.draw(st.integers(0, 3)))]
        if kind == "map":
            nodes = [self.pick(self.draw(SAFE), self.quoted()) + ": " + node for node in nodes]
        ends = "[]" if kind == "seq" else "{}"
        return ends[0] + gap.join(nodes) + self.pick("", "", ",")[: len(nodes)] + ends[1]


@st.composite
def documents(draw, alone=True):
    """A cloud-config text; most are such that PyYAML accepts them. Not alone: fit to follow other keys."""
    return Writer(draw).document(alone)
