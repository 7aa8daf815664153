"""What one unpacked cloud-init makes of values of vendor-data, and of types that a part-handler names.

    rules.py PACKAGE < {"vendor": [VALUE...], "types": [TYPE...]} > {"vendor": [TAKEN...], "types": [TAKEN...]}
"""
import json
import logging
import os
import sys


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


def main():
    sys.path.insert(0, os.path.join(sys.argv[1], "usr/lib/python3/dist-packages"))
    from cloudinit import helpers, sources, user_data
    logging.disable(logging.CRITICAL)
    asked = json.load(sys.stdin)
    json.dump({
        "vendor": [taken(sources, user_data, value) for value in asked["vendor"]],
        "types": [finds(helpers, user_data, kind) for kind in asked["types"]],
    }, sys.stdout)


if __name__ == "__main__":
    main()
