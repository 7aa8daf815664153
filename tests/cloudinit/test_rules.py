"""Rules of the judge that no message shows, held against each cloud-init's own functions."""
import json
import re
import subprocess
import sys

import pytest

from layout import COMPILER, SUITES, suite_dir

RULES = __file__.replace("test_rules.py", "rules.py")
SCRIPT = "#!/bin/sh\n:\n"
VENDOR = [
    None, False, True, 0, 0.0, 7, "", SCRIPT, [], [SCRIPT], [SCRIPT, SCRIPT], ["", SCRIPT], [None, SCRIPT], [SCRIPT, 7], [SCRIPT, True],
    [[SCRIPT]], [{"a": 1}], {}, {"nova": 1}, {"cloud-init": SCRIPT}, {"cloud-init": [SCRIPT]}, {"cloud-init": None},
    {"cloud-init": {}}, {"cloud-init": {"runcmd": []}}, {"cloud-init": 7}, {"cloud-init": [7]}, {"cloud-init": 0},
]
MODES = ["0644", "644", " 644 ", "0o644", "+0644", "0_6_4", "0o_7", "7", "", " ", "0888", "rwxr-xr-x", "u=rw", "0x1A", "_7", "7_", "7__7", "0o", "o7",
         "+", "+_7", "0b11", "6.44", "0644\n",
         "-0644", "7777777777777", "17777777777", "20000000000", "100644", "07777"]
BARE_MODES = ["0644", "0o644", "0888", "rwxr-xr-x", "08", "u=rw", "1e3", "yes", "true", "No", "0.5", "644.0", "-1.5", "6.2e+2", "+644", "6_44",
              "644", "888", "420", "400", "7", "-644", "1:30", "1:30.5", "0x1ff", "0b11", "-0644", ".inf", ".nan", "null", "99999999999", "2147483647", "[6]", "{a: 1}",
              "2001-02-03", "!!str 0888", "!!str 0755", "!!int 644", "!!int '644'", "!!float 6", "!!bool Yes", "!!binary NjQ0", "! '644'", "! rw", "!!null x", "!!timestamp 2001-02-03"]
TYPES = ["text/x-site", "text/X-Site", "Text/x-site"]


def judged(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    output = subprocess.run([str(COMPILER), "check", "--format", "json", str(folder)], stdout=subprocess.PIPE, check=False).stdout
    return {found["code"]: found for file in json.loads(output)["files"] for found in file["diagnostics"]}


def mode_said(found):
    """The mode that is told, and whether it is said to be read; None where cloud-init is said to fail, the mode None where nothing is told."""
    found = found.get("cloud-config/no-mode") or found.get("cloud-config/decimal-mode")
    if found is None:
        return [None, True]
    told = re.search(r"mode 0644|(?:will be|file gets) ([0-7]{4})", found["message"])
    return told and [told.group(1) or "0644", told.group(1) is not None]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rules")
    vendor = []
    for number, value in enumerate(VENDOR):
        files = {"user_data": SCRIPT, "meta_data.json": '{"uuid": "a"}', "vendor_data.json": json.dumps(value)}
        files = {"openstack/latest/" + name: text for name, text in files.items()}
        vendor.append("envelope/vendor-data" not in judged(folder / str(number), files))
    types = []
    for number, kind in enumerate(TYPES):
        handler = "#part-handler\ndef list_types():\n return ['%s']\ndef handle_part(*a):\n pass\n" % kind
        parts = "--b\nContent-Type: text/part-handler\n\n%s--b\nContent-Type: %s\n\nx\n--b--\n" % (handler, kind)
        message = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n" + parts
        types.append("envelope/unknown-type" not in judged(folder / ("types%d" % number), {"user-data": message, "meta-data": ""}))
    modes = []
    for number, mode in enumerate([json.dumps(mode) for mode in MODES] + BARE_MODES):
        text = "#cloud-config\nwrite_files: [{path: /a, content: a, permissions: %s}]\n" % mode
        modes.append(mode_said(judged(folder / ("mode%d" % number), {"user-data": text, "meta-data": ""})))
    return {"vendor": vendor, "types": types, "modes": modes}


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_said_to_be_taken_is_taken(said, suite):
    modes = [json.dumps(mode) for mode in MODES] + BARE_MODES
    asked = json.dumps({"vendor": VENDOR, "types": TYPES, "modes": modes})
    output = subprocess.run(
        [sys.executable, "-B", RULES, str(suite_dir(suite))], input=asked, check=True, stdout=subprocess.PIPE, universal_newlines=True)
    found = json.loads(output.stdout)
    assert dict(zip(map(str, VENDOR), said["vendor"])) == dict(zip(map(str, VENDOR), found["vendor"]))
    assert said["types"] == found["types"]
    # Of a mode that is read as it was meant nothing is told.
    made = [made if told is None or told[0] else made and [None, made[1]] for told, made in zip(said["modes"], found["modes"])]
    assert list(zip(modes, said["modes"])) == list(zip(modes, made))
    assert True in said["types"] and False in said["types"] and said["vendor"].count(False) >= 8
    assert None in said["modes"] and len([told for told in said["modes"] if told and told[0]]) >= 30
