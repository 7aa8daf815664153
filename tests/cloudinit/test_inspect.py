"""`inspect` on messages of other tools: the parts that went in come out, with the types that cloud-init gives them.

The tools are the real ones: cloud-init's own `make-mime`, and `write-mime-multipart` of cloud-image-utils, both unpacked and never installed.
A message in the manner of Terraform (a fixed boundary, 7bit whatever is in it) and one in that of Heat (multiparts within each other) are made
here by the rules of their sources.
"""
import base64
import email.mime.base
import email.mime.multipart
import email.mime.text
import gzip
import hashlib
import importlib.machinery
import importlib.util
import json
import subprocess

import jsonschema
import pytest

from layout import COMPILER, ROOT

BODIES = {
    "one.cfg": ("text/cloud-config", b"#cloud-config\npackages: [git]\n"),
    "two.sh": ("text/x-shellscript", b"#!/bin/sh\n# a tab\tand \xc3\xa9\necho two\n"),
    "hook": ("text/cloud-boothook", b"#cloud-boothook\n#!/bin/sh\n"),
    "handler.py": ("text/part-handler", b"#part-handler\ndef list_types():\n    return ['text/x-mine']\n"),
    "urls": ("text/x-include-url", b"#include\nhttps://example.org/a\n"),
}
ENVELOPES = {"plain": lambda data: data, "gzip": gzip.compress, "base64": base64.b64encode,
             "wrapped base64": base64.encodebytes, "gzip+base64": lambda data: base64.b64encode(gzip.compress(data))}


def peers():
    """tests/cloudinit/peers, as a module."""
    loader = importlib.machinery.SourceFileLoader("peers", str(ROOT / "tests/cloudinit/peers"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("peers", loader))
    loader.exec_module(module)
    return module


def made_by(tool, directory):
    for name, (_, body) in BODIES.items():
        (directory / name).write_bytes(body)
    # make-mime names a part by the whole path that it is given.
    parts = [(name, kind) for name, (kind, _) in BODIES.items()]
    done = subprocess.run(getattr(peers(), tool)(parts), cwd=directory, capture_output=True, check=True, timeout=60)
    return done.stdout


def terraform(_):
    """hashicorp/cloudinit: every part 7bit, a boundary that is never looked for in the bodies."""
    text = "Content-Type: multipart/mixed; boundary=\"MIMEBOUNDARY\"\nMIME-Version: 1.0\r\n\r\n"
    for name, (kind, body) in BODIES.items():
        head = ["Content-Disposition: attachment; filename=\"%s\"" % name, "Content-Transfer-Encoding: 7bit", "Content-Type: " + kind, "Mime-Version: 1.0"]
        # What is not ASCII is the fault of who does this, and another test's.
        body = body.replace(b"\xc3\xa9", b"e").decode("ascii")
        text += "--MIMEBOUNDARY\r\n%s\r\n\r\n%s\r\n" % ("\r\n".join(head), body)
    return (text + "--MIMEBOUNDARY--\r\n").encode("ascii")


def heat(_):
    """OS::Heat::MultipartMime: what is itself a multipart stays one within the other."""
    outer, inner = email.mime.multipart.MIMEMultipart(), email.mime.multipart.MIMEMultipart()
    for number, (name, (kind, body)) in enumerate(BODIES.items()):
        part = email.mime.text.MIMEText(body.decode("utf-8"), kind.split("/")[1], "utf-8")
        part.add_header("Content-Disposition", "attachment", filename=name)
        (inner if number > 2 else outer).attach(part)
    outer.attach(inner)
    return outer.as_bytes()


MESSAGES = {"cloud-init devel make-mime": lambda directory: made_by("make_mime", directory),
            "write-mime-multipart": lambda directory: made_by("write_mime_multipart", directory),
            "terraform": terraform, "heat": heat}


@pytest.fixture(scope="module", params=sorted(MESSAGES))
def message(request, tmp_path_factory):
    return request.param, MESSAGES[request.param](tmp_path_factory.mktemp("bodies"))


def inspect(data, *words):
    done = subprocess.run([str(COMPILER), "inspect", "-"] + list(words), input=data, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8")
    return done.stdout


@pytest.mark.parametrize("envelope", sorted(ENVELOPES))
def test_the_parts_of_other_tools_are_read(message, envelope, tmp_path):
    tool, plain = message
    data = ENVELOPES[envelope](plain)
    found = json.loads(inspect(data, "--format", "json"))
    schema = json.loads((ROOT / "schemas/inspection.schema.json").read_text())
    jsonschema.validate(found, schema)
    assert "+".join(layer["kind"] for layer in reversed(found["layers"])) == envelope.replace("plain", "")
    wanted = {name: (kind, sent(tool, body)) for name, (kind, body) in BODIES.items()}
    said = {part["filename"]: (part["content-type"], part["sha256"]) for part in found["parts"]}
    assert said == {name: (kind, hashlib.sha256(body).hexdigest()) for name, (kind, body) in wanted.items()}
    assert [part["filename"] for part in found["parts"]] == list(BODIES)
    inspect(data, "--extract", str(tmp_path / "parts"))
    files = sorted((tmp_path / "parts").iterdir())
    assert [path.read_bytes() for path in files] == [body for _, body in wanted.values()]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)


def sent(tool, body):
    """The body as the tool sends it."""
    return body.replace(b"\xc3\xa9", b"e") if tool == "terraform" else body


def test_what_is_said_of_a_difference_has_its_schema(tmp_path):
    schema = json.loads((ROOT / "schemas/difference.schema.json").read_text())
    cases = sorted((ROOT / "tests/diff/cases").iterdir())
    assert cases
    for case in cases:
        done = subprocess.run([str(COMPILER), "diff", "--format", "json"] + [str(path) for path in sorted(case.iterdir(), reverse=True)],
                              capture_output=True, timeout=60, check=False)
        assert done.returncode in (0, 1), done.stderr
        jsonschema.validate(json.loads(done.stdout), schema)
