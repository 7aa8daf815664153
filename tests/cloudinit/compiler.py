"""Calls of the compiler, and the parts of what it writes."""
import base64
import email
import json
import re
import subprocess

from layout import COMPILER

CLOUD_CONFIG = "cloud-config.yaml"


class Rejected(Exception):
    """The compiler refused the file; `codes` are the codes of its report."""

    def __init__(self, stderr):
        Exception.__init__(self, stderr)
        self.codes = set(re.findall(r"^error\[([a-z0-9/-]+)\]", stderr, re.M))


def contextc(*words):
    """Standard output of one call; Rejected where it is 1, a fault otherwise."""
    done = subprocess.run([str(COMPILER)] + [str(word) for word in words],
                          capture_output=True, timeout=60, check=False)
    stderr = done.stderr.decode("utf-8")
    if done.returncode == 1:
        assert done.stdout == b"", "a refused file must leave nothing"
        raise Rejected(stderr)
    assert done.returncode == 0, (words, done.returncode, stderr)
    return done.stdout


def plan(path, *options):
    """The planned parts, in order, each with its body as bytes."""
    parts = json.loads(contextc("compile", path, "--emit", "plan", *options))["parts"]
    for part in parts:
        part["body"] = base64.b64decode(part["body_base64"])
    return parts


def bodies(userdata):
    """{filename: body} of a compiled message; for a quick look, the proof is walk.py."""
    message = email.message_from_bytes(userdata)
    leaves = (part for part in message.walk() if not part.is_multipart())
    return {part.get_filename(): part.get_payload(decode=True) for part in leaves}


def cloud_config(path, *options):
    """The text of the cloud-config part of a compiled file; empty if it has none."""
    return bodies(contextc("compile", path, *options)).get(CLOUD_CONFIG, b"").decode("utf-8")
