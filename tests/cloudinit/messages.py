"""Messages in all the shapes that people's tools give them, and in some that no tool does.

`generated(seed)` is always the same file for a seed; `mutated` is one of them
after a slip of bytes or lines.
"""
import base64
import binascii
import email.mime.base
import email.mime.multipart
import email.mime.text
import gzip
import io
import quopri
import random

import yaml

BODIES = [
    "#!/bin/sh\necho hello\n", "#!/usr/bin/env python3\nprint('a=b')\n", "#cloud-config\nhostname: farm\n",
    "#cloud-config\npackages: [a, b]\nlaunch-index: 1\n", "#CLOUD-CONFIG\nhostname: farm\n",
    "\n \t#cloud-config\nhostname: farm\n", "\x1c#cloud-config\nhostname: farm\n", "\ufeff#cloud-config\n",
    "#cloud-boothook\n#!/bin/sh\ntrue\n", "#cloud-boo\u212a\n", "#cloud-bootho\u212a\n#!/bin/sh\n",
    "#part-handler\ndef list_types():\n    return []\n", "## template: jinja\n#cloud-config\na: {{ v1.region }}\n",
    "#cloud-config-jsonp\n- {}\n", "#include\nhttp://a.example/b\n\n# not this\n  https://c.example/d e \n",
    "#include http://a.example/b\n#include-once\nhttp://c.example/d\n#INCLUDE http://e.example/\x0cf\u2028g\n",
    "#include-once http://a.example/b\r\nhttp://c.example/d\r\n", "text/x-shellscript-per-boot\n",
    "Text/X-Shellscript-Per-Instance", "", "\n", "\n\n\n", "plain words", "plain words\n", "hostname: farm\n",
    "a\r\nb\r\n", "a\rb\rc", "caf\u00e9 \u20ac \U0001f404\n", "#!/bin/sh\necho caf\u00e9\n", "#!/bin/sh\necho \u20ac \\u20ac\n",
    "From here on\nbody\n", ": no name\n", " folded\n", "--\n", "--b\nnot a part\n", "--b--\n", "a" * 200 + "\n",
    "#cloud-config-archive\n- '#!/bin/sh\n\n  true'\n", "MIME-Version: 1.0\nContent-Type: text/x-inner\n\nwithin\n",
    "a\x0bb\x0cc\x1cd\x85e\u2028f", "begin 644 a\n#86)C\n`\nend\n", "=3D=\n=20x==41=4", "YWJj", "#", "#!", "\x00\x01",
]
TYPES = [
    "text/plain", "text/cloud-config", "text/x-shellscript", "text/cloud-boothook", "text/part-handler", "text/jinja2",
    "text/x-include-url", "text/x-include-once-url", "text/cloud-config-archive", "text/x-not-multipart",
    "text/cloud-config-jsonp", "text/x-custom", "application/octet-stream", "application/x-custom", "text/html",
    "TEXT/Cloud-Config", "text", "text/a/b", "", "/", "text/", "message/rfc822", "message/delivery-status",
    "message/partial", "multipart/mixed", "multipart/digest", "application/gzip", "application/x-gzip",
    "application/x-compressed", "Application/GZIP", "text/x-shellscript-per-boot", " text/plain ", "\ttext/x-a",
]
# The common ones more often.
COMMON = TYPES[:14]
NAMES = [
    'filename="a.sh"', "filename=a.sh", 'filename=" b.sh "', 'filename=""', "filename=", "filename", 'FileName="c.sh"',
    "filename*=utf-8''caf%C3%A9.sh", "filename*=''x", "filename*=x", "filename*0=a; filename*1=b; filename*2=c",
    "filename*1=b; filename*0=a", "filename*0*=utf-8''a%20; filename*1*=b%2Fc; filename*2=\"d e\"",
    "filename*=a; filename*0=b", "filename*0=a; filename*0=b", "filename*=latin-1'en'caf%E9", "filename*=utf-8''%zz%4",
    "filename*=nosuch'x'a%41", "filename*=us-ascii''%ff", 'filename="a;b.sh"', 'filename="a\\"b.sh"', 'filename="a\\\\',
    'filename="a\\\\b"', "filename=<a.sh>", "filename=a.sh; filename=b.sh", 'filename="\u00e9.sh"', "filename=a=b",
    'x=";"; filename="d"', ';; filename="e"', 'filename="../../etc/passwd"', "filename\t=\tf.sh", 'filename ="g"',
    'filename="h\n i.sh"', "filename*0*=x", "filename*x=1", "filename**=utf-8''z", "filename*=utf-8'a", "*=a", "filename*00=a",
]
HEADERS = [
    "Launch-Index: 1", "Launch-Index: x", "Merge-Type: list(append)+dict(recurse_array)+str()", "X-Merge-Type: dict()",
    "MIME-Version: 1.0", "mime-version:1.0", "X-A:", "X-B: a\n b", "X-C:\n d", ": none", " stray fold", "From nobody",
    "X-Long: " + "x" * 300, "Content-Type: text/x-second", "Content-Disposition: inline; filename=second",
    "Subject: caf\u00e9", "X-\u00e9: a", "X D: a", "content-transfer-encoding: base64", "From:me", "no header at all",
]
ENCODINGS = [
    None, None, None, "7bit", "8bit", "binary", "base64", "base64", "base64", "BASE64", "base64 ", "base64;x", "\n base64",
    "quoted-printable", "Quoted-Printable", "x-uuencode", "uuencode", "uue", "x-uue", "x-unknown", "",
]
BOUNDARIES = ["b", "bb", "MIMEBOUNDARY", "===============123==", "a b", "", "b--", "-", "x'()+_,-./:=?", "b\u00e9", "."]


def word(rng, of):
    return of[rng.randrange(len(of))]


def encode(rng, body, encoding):
    """A body in a transfer encoding, now and then with the slips that Python forgives."""
    name = (encoding or "").strip().lower()
    if name == "base64":
        text = word(rng, [base64.b64encode, base64.encodebytes])(body).decode()
        if rng.random() < 0.2:
            text = word(rng, [text.rstrip("=\n"), text + "=", text[:-1], "!" + text, text.replace("A", " A", 1),
                              text + text, text.replace("+", "-").replace("/", "_"), text + "\nx\n", "=" + text])
        return text
    if name == "quoted-printable":
        return quopri.encodestring(body).decode("latin-1")
    if name in ("x-uuencode", "uuencode", "uue", "x-uue") and rng.random() < 0.9:
        lines = [binascii.b2a_uu(body[at:at + 45]).decode() for at in range(0, len(body), 45)]
        head = word(rng, ["begin 644 a\n"] * 6 + ["begin 8 a\n", "begin 6_4 a\n", "begin -1 a\n", "begin 0o7 a\n", ""])
        tail = word(rng, ["`\nend\n", " \nend\n", "end\n", "\nend\n", "", " end \n", "more\n"])
        return head + "".join(lines) + tail
    return body.decode("utf-8", "replace")


def body_of(rng):
    text = word(rng, BODIES)
    if rng.random() < 0.1:
        text += word(rng, BODIES)
    if rng.random() < 0.05:
        return archive(rng).encode()
    return text.encode("utf-8")


def type_line(rng, kind):
    line = "Content-Type:" + word(rng, [" "] * 8 + ["", "\t", "\n ", "  "]) + kind
    if rng.random() < 0.3:
        line += word(rng, ['; charset="utf-8"', ";charset=us-ascii", "; name=n.sh", '; name="n;m.sh"', "; name*=utf-8''%C3%A9",
                           ";\n name=folded", "; x", ";", " ; charset=utf-8", "; charset=latin-1"])
    return line


def headers_of(rng, kind, encoding):
    lines = []
    if kind is not None:
        lines.append(type_line(rng, kind))
    if encoding is not None:
        lines.append("Content-Transfer-Encoding: " + encoding)
    if rng.random() < 0.7:
        lines.append("Content-Disposition: attachment; " + word(rng, NAMES[:2] if rng.random() < 0.5 else NAMES))
    while rng.random() < 0.25:
        lines.insert(rng.randrange(len(lines) + 1), word(rng, HEADERS))
    if rng.random() < 0.1:
        rng.shuffle(lines)
    return lines


def part(rng, depth):
    """The lines of one part, headers and body."""
    if depth and rng.random() < 0.15:
        return multipart(rng, depth - 1)
    kind = word(rng, COMMON if rng.random() < 0.6 else TYPES)
    kind = None if rng.random() < 0.08 else kind
    encoding = word(rng, ENCODINGS)
    body = body_of(rng)
    if kind and "message/" in kind and rng.random() < 0.7:
        return "\n".join(headers_of(rng, kind, None)) + "\n\n" + part(rng, max(depth - 1, 0))
    if kind and ("gzip" in kind.lower() or "compress" in kind):
        encoding = "base64" if rng.random() < 0.9 else encoding
        if rng.random() < 0.9:
            body = gzip.compress(body, mtime=0)
            body = body[:-rng.randrange(1, 12)] if rng.random() < 0.15 else body
            body += word(rng, [b"", b"", b"", b"", b"\0\0", b"x", gzip.compress(b"more", mtime=0)])
    separator = "\n" if rng.random() < 0.04 else "\n\n"
    return "\n".join(headers_of(rng, kind, encoding)) + separator + encode(rng, body, encoding)


def multipart(rng, depth, first=()):
    boundary = word(rng, BOUNDARIES[:4] if rng.random() < 0.8 else BOUNDARIES)
    quoted = word(rng, ['"%s"'] * 8 + ["%s", '" %s "', "<%s>"]) % boundary
    kind = word(rng, ["multipart/mixed"] * 9 + ["multipart/digest", "multipart/alternative", "Multipart/Mixed", "multipart/"])
    lines = list(first)
    lines.append("Content-Type: %s%s%s" % (kind, word(rng, ["; ", ";", ";\n "]), "boundary=" + quoted))
    if rng.random() < 0.03:
        lines[-1] = "Content-Type: " + kind
    if rng.random() < 0.05:
        lines.append("Content-Type: text/plain")
    while rng.random() < 0.15:
        lines.insert(rng.randrange(len(lines) + 1), word(rng, HEADERS))
    text = "\n".join(lines) + "\n\n"
    text += word(rng, ["", "", "", "\n", "preamble\n", "This is a message.\n\n", "--\n"])
    for _ in range(rng.randrange(0, 5)):
        text += delimiter(rng, boundary) + part(rng, depth) + word(rng, ["\n"] * 6 + ["", "\n\n"])
    if rng.random() < 0.85:
        text += "--%s--" % boundary + word(rng, ["\n", "", "\nepilogue\n", "x\n", " \n", "\n\n--%s\n\nafter\n" % boundary])
    return text


def delimiter(rng, boundary):
    line = "--%s%s\n" % (boundary, word(rng, [""] * 12 + [" ", "\t ", "x", "-", " x"]))
    return line * (2 if rng.random() < 0.03 else 1)


def by_hand(rng):
    """A message whose every line is drawn."""
    first = ["MIME-Version: 1.0"] if rng.random() < 0.95 else []
    if rng.random() < 0.03:
        first.insert(0, "From nobody Fri Jan 11 07:00:00 2019")
    if rng.random() < 0.15:
        text = "\n".join(first + [part(rng, 1)])
    else:
        text = multipart(rng, 3, first)
    ends = rng.random()
    if ends < 0.12:
        text = text.replace("\n", "\r\n")
    elif ends < 0.14:
        text = text.replace("\n", "\r")
    return text.encode("utf-8")


def by_package(rng):
    """As `cloud-init devel make-mime` and `write-mime-multipart` do it: with Python's own writer."""
    message = email.mime.multipart.MIMEMultipart()
    for number in range(rng.randrange(1, 5)):
        body, kind = body_of(rng), word(rng, COMMON)
        if rng.random() < 0.2:
            piece = email.mime.base.MIMEBase("application", word(rng, ["gzip", "x-gzip", "octet-stream"]))
            piece.set_payload(gzip.compress(body, mtime=0))
            email.encoders.encode_base64(piece)
        else:
            piece = email.mime.text.MIMEText(body.decode("utf-8"), kind.split("/")[1], word(rng, ["utf-8", None]))
        if rng.random() < 0.8:
            piece.add_header("Content-Disposition", "attachment", filename=word(rng, ["a.sh", "b c.sh", "\u00e9.sh", "x;y"]))
        message.attach(piece)
    return message.as_bytes()


def by_terraform(rng):
    """As Terraform's cloudinit provider: a fixed boundary, CRLF around, the bodies as they are."""
    text = 'Content-Type: multipart/mixed; boundary="MIMEBOUNDARY"\nMIME-Version: 1.0\r\n\r\n'
    for _ in range(rng.randrange(1, 5)):
        text += "--MIMEBOUNDARY\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: %s\r\nMime-Version: 1.0\r\n" % word(rng, COMMON)
        if rng.random() < 0.7:
            text += 'Content-Disposition: attachment; filename="%s"\r\n' % word(rng, ["a.sh", "b.yaml", "c d"])
        text += "\r\n" + body_of(rng).decode("utf-8") + "\r\n"
    return (text + "--MIMEBOUNDARY--\r\n").encode("utf-8")


def by_heat(rng):
    """As OpenStack Heat's: the multipart's type first, 7bit parts with their names, a part of its own type."""
    boundary = "===============%019d==" % rng.randrange(10 ** 18)
    text = 'Content-Type: multipart/mixed; boundary="%s"\nMIME-Version: 1.0\n' % boundary
    kinds = [("text/cloud-config", "cloud-config"), ("text/cloud-boothook", "boothook.sh"), ("text/part-handler", "part-handler.py"),
             ("text/x-cfninitdata", "cfn-userdata"), ("text/x-cfninitdata", "loguserdata.py")]
    for kind, name in kinds:
        text += '\n--%s\nContent-Type: %s; charset="us-ascii"\nMIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\n' % (boundary, kind)
        text += 'Content-Disposition: attachment; filename="%s"\n\n%s' % (name, body_of(rng).decode("utf-8"))
    return (text + "\n--%s--\n" % boundary).encode("utf-8")


def entry(rng):
    """One entry of an archive: what there is, and what somebody may write."""
    body = word(rng, BODIES[:36])
    body = "".join(c for c in body if c.isprintable() or c == "\n")
    if rng.random() < 0.3:
        return body
    if rng.random() < 0.04:
        return word(rng, [5, None, True, ["a"], 1.5, {}])
    made = {"content": body}
    if rng.random() < 0.7:
        made["type"] = word(rng, COMMON if rng.random() < 0.8 else TYPES)
    if rng.random() < 0.5:
        made["filename"] = word(rng, ["a.sh", "b c", "\u00e9", 5, 0o17, True, None, "", "x;y", 'q"r', "back\\slash", " pad "])
    if rng.random() < 0.1:
        made["launch-index"] = word(rng, [1, "1", "x"])
    if rng.random() < 0.1:
        made[word(rng, ["Merge-Type", "X-A", "Content-Transfer-Encoding", "Content-Type"])] = \
            word(rng, ["dict()", "base64", "b"])
    if rng.random() < 0.02:
        made["content"] = word(rng, [5, None, b"\xff\x00", b"abc", ["a"], [], False])
    if rng.random() < 0.02:
        made["type"] = word(rng, [5, None, "", "no-slash", ["text/plain"]])
    if rng.random() < 0.02:
        made["X-Number"] = 5
    return made


def archive(rng):
    entries = [entry(rng) for _ in range(rng.randrange(0, 4))]
    style = rng.random() < 0.3
    return "#cloud-config-archive\n" + yaml.safe_dump(entries, default_flow_style=style, allow_unicode=rng.random() < 0.5)


def wrapped(rng, data):
    """The layers that transports and people put around: the bytes, and what they are, from the outside in."""
    draw = rng.random()
    if draw < 0.72:
        return data, []
    if draw < 0.86:
        return gzip.compress(data, mtime=0), ["gzip"]
    if draw < 0.88:
        half = len(data) // 2
        return gzip.compress(data[:half], mtime=0) + gzip.compress(data[half:], mtime=0), ["gzip"]
    if draw < 0.89:
        out = io.BytesIO()
        with gzip.GzipFile("name", "wb", 9, out, 5) as stream:
            stream.write(data)
        return out.getvalue() + b"\0" * 3, ["gzip"]
    if draw < 0.92:
        return base64.b64encode(gzip.compress(data, mtime=0)), ["base64", "gzip"]
    if draw < 0.94:
        return base64.encodebytes(gzip.compress(data, mtime=0)), ["base64", "gzip"]
    if draw < 0.95:
        return gzip.compress(gzip.compress(data, mtime=0), mtime=0), ["gzip", "gzip"]
    if draw < 0.97:
        packed = gzip.compress(data, mtime=0)
        return word(rng, [packed + b"x", packed[:-1], packed[:20], packed[:-8] + b"abcdefgh", packed[:9], packed + b"\x1f\x8b"]), None
    return word(rng, [b"\xef\xbb\xbf", b"\n", b"\r\n\r\n", b" \n", b"\n \n"]) + data, None


MAKERS = [by_hand] * 10 + [by_package, by_terraform, by_heat] + [lambda rng: archive(rng).encode()] + [body_of] * 2


def generated(seed):
    """(file, its layers as a list, or None where it is left open)."""
    rng = random.Random(seed)
    data = word(rng, MAKERS)(rng)
    if rng.random() < 0.35:
        for _ in range(word(rng, [1, 1, 1, 2, 5])):
            data = mutated(rng, data)
    return wrapped(rng, data)


def mutated(rng, data):
    """One slip: of a byte, or of a line."""
    if rng.random() < 0.5 or data.count(b"\n") < 2:
        at = rng.randrange(len(data) + 1)
        byte = bytes([word(rng, [rng.randrange(256), 9, 10, 13, 32, 34, 39, 42, 45, 58, 59, 61, 92, 0, 255])])
        slip = rng.randrange(4)
        if slip == 0:
            return data[:at] + byte + data[at:]
        if slip == 1:
            return data[:at] + data[at + rng.randrange(1, 4):]
        if slip == 2:
            return data[:at] + byte + data[at + 1:]
        return data[:at]
    lines = data.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    slip = rng.randrange(7)
    if slip == 0:
        del lines[at]
    elif slip == 1:
        lines.insert(at, lines[other])
    elif slip == 2:
        lines[at], lines[other] = lines[other], lines[at]
    elif slip == 3:
        lines.insert(at, word(rng, [b"", b" ", b"--", b"From x", b": y", b" folded", b"X-A: b", b"--b", b"--b--", b"\r"]))
    elif slip == 4:
        lines[at] = word(rng, [lines[at].upper(), lines[at].lower(), lines[at] + b" ", b" " + lines[at], lines[at] + b"\r",
                               lines[at].replace(b"-", b""), lines[at].replace(b'"', b"")])
    elif slip == 5:
        lines[at:at + 1] = word(rng, HEADERS).encode("utf-8").split(b"\n")
    else:
        lines[at:at + 1] = type_line(rng, word(rng, TYPES)).encode("utf-8").split(b"\n")
    return b"\n".join(lines)
