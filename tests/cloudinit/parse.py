"""What one unpacked cloud-init sees in many files.

    parse.py PACKAGE < files > answers

On standard input each file with its length before it (four bytes, the least
first), on standard output a line of JSON for each: the list of its parts, each
[content type, filename, sha256 of the payload, addresses], or a text with what
cloud-init died of. An include is not fetched: in its place stands a part of
type "include" with the addresses that would have been. The last walk is that
of cloud-init's handlers.
"""
import hashlib
import json
import logging
import os
import struct
import sys

INCLUDE = "include"


def processor():
    """cloud-init's own, with nothing of a machine below it, and no network."""
    from cloudinit import user_data

    class Processor(user_data.UserDataProcessor):
        """Keeps what it would have fetched."""

        def __init__(self):
            self.paths, self.ssl_details, self.addresses = None, {}, []

        def _do_include(self, content, append_msg):
            self.addresses = []
            user_data.UserDataProcessor._do_include(self, content, append_msg)
            part = user_data.MIMEBase("text", INCLUDE)
            part.set_payload(encoded(content))
            part.addresses = self.addresses
            append_msg.attach(part)

        def _get_include_once_filename(self, entry):
            return "/nonexistent/include-once"

    class Nothing:
        """A reply without content: cloud-init goes on to the next address."""

        contents = None

        def ok(self, *_, **__):
            return True

    def fetch(url, **_):
        # What no UTF-8 is, contextc shows as U+FFFD.
        one.addresses.append(encoded(url).decode("utf-8", "replace"))
        return Nothing()

    one = Processor()
    user_data.read_file_or_url = fetch
    user_data.util.write_file = lambda *_, **__: None
    return one


def encoded(payload):
    if payload is None:
        return b""
    if isinstance(payload, bytes):
        return payload
    return str(payload).encode("utf-8", "surrogateescape")


def parts_of(message):
    from cloudinit import handlers, util
    found, rows = [], []
    handlers.walk(message, lambda _, *part: found.append(part), {})
    marks = [getattr(part, "addresses", None) for part in message.walk()
             if part.get_content_maintype() != "multipart"]
    for (filename, payload, headers), addresses in zip(found, marks):
        kind = headers["Content-Type"] if addresses is None else INCLUDE
        rows.append([kind, filename, hashlib.sha256(encoded(payload)).hexdigest(), addresses])
    return rows


def files(stream):
    while True:
        length = stream.read(4)
        if len(length) < 4:
            return
        yield stream.read(struct.unpack("<I", length)[0])


def answer(one, blob):
    try:
        return parts_of(one.process(blob))
    except Exception as error:  # whatever it is, cloud-init's stage fails of it
        return "%s: %s" % (type(error).__name__, error)


def main():
    package = os.path.join(sys.argv[1], "usr/lib/python3/dist-packages")
    sys.path.insert(0, package)
    logging.disable(logging.CRITICAL)
    import cloudinit.user_data
    assert cloudinit.user_data.__file__.startswith(sys.argv[1])
    one = processor()
    for blob in files(sys.stdin.buffer):
        print(json.dumps(answer(one, blob)))


if __name__ == "__main__":
    main()
