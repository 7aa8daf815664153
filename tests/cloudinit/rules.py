"""What one unpacked cloud-init makes of values of vendor-data, of types that a part-handler names, and of modes of files.

    rules.py PACKAGE < {"vendor": [VALUE...], "types": [TYPE...], "modes": [YAML...]} > the same keys, and whether each is taken, or what it becomes
"""
import json
import logging
import os
import stat
import sys
import tempfile

import yaml


def taken(sources, user_data, value):
    try:
        text = sources.convert_vendordata(value)
        user_data.UserDataProcessor(None).process(text)
    except Exception:
        return False
    return True


class Handler:
    def __init__(self, kind):
        self.kind = kind

    def list_types(self):
        return [self.kind]


def finds(helpers, user_data, kind):
    """Whether a part that declares the type is one for a handler that names it so."""
    registered = helpers.ContentHandlers()
    registered.register(Handler(kind))
    message = user_data.convert_string("MIME-Version: 1.0\nContent-Type: %s\n\nx\n" % kind)
    return message.get_content_type() in registered


def decoded(write_files, mode):
    """The mode that a file gets, and whether it was read, or the default put in its place; None where cloud-init fails."""
    mode = yaml.safe_load(mode)
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0o644)
        try:
            write_files.util.chmod(file.name, write_files.decode_perms(mode, 0o644))
            taken = mode is None or write_files.decode_perms(mode, None) is not None
        except OverflowError:
            return None
        return ["%04o" % stat.S_IMODE(os.stat(file.name).st_mode), taken]


def main():
    sys.path.insert(0, os.path.join(sys.argv[1], "usr/lib/python3/dist-packages"))
    from cloudinit import helpers, sources, user_data
    from cloudinit.config import cc_write_files
    logging.disable(logging.CRITICAL)
    asked = json.load(sys.stdin)
    json.dump({
        "vendor": [taken(sources, user_data, value) for value in asked["vendor"]],
        "types": [finds(helpers, user_data, kind) for kind in asked["types"]],
        "modes": [decoded(cc_write_files, mode) for mode in asked["modes"]],
    }, sys.stdout)


if __name__ == "__main__":
    main()
