"""The types that one unpacked cloud-init sees in files, in the order of its walk.

    handled.py PACKAGE FILE... > {file: [types] or null, where it stops}
"""
import json
import logging
import os
import sys


def refuse(*args, **kwargs):
    raise IOError("nothing is fetched here")


def types(processor, path):
    with open(path, "rb") as file:
        data = file.read()
    try:
        message = processor(None).process(data)
    except Exception:
        return None
    return [part.get_content_type() for part in message.walk() if part.get_content_maintype() != "multipart"]


def main():
    sys.path.insert(0, os.path.join(sys.argv[1], "usr/lib/python3/dist-packages"))
    from cloudinit import user_data, util
    util.fetch_ssl_details = lambda paths: None
    user_data.read_file_or_url = refuse
    logging.disable(logging.CRITICAL)
    json.dump({path: types(user_data.UserDataProcessor, path) for path in sys.argv[2:]}, sys.stdout)


if __name__ == "__main__":
    main()
