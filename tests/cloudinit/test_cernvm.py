"""The programs of a CernVM image that read user-data by themselves, by the rules of each: the message is one text to them."""
import gzip
import re
import subprocess

import pytest

from cases import CASES

BOOTLOADER, AGENT = "text/ucernvm", "text/amiconfig-user-data"
NAMED = [(case.name, envelope) for case in CASES for envelope in case.envelopes
         if re.search("ucernvm|amiconfig", case.name)]
WORDS = {"yes": "1", "on": "1", "true": "1", "no": "0", "off": "0", "false": "0"}


def received(case, envelope):
    data = case.files[envelope].read_bytes()
    return (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode("ascii")


def part(case, kind):
    bodies = [part["body"].decode("ascii") for part in case.parts if part["content_type"] == kind]
    return bodies[0] if bodies else ""


def bootloader(text):
    """The lines that the bootloader makes of what stands between its markers: `_UCONTEXT_KEY=value`."""
    lines, inside = text.split("\n")[:-1], False
    for line in lines:
        if line == "[ucernvm-end]":
            return
        if line == "[ucernvm-begin]":
            inside = True
        elif inside and "=" in line:
            key, value = line.split("=", 1)
            yield "_UCONTEXT_%s=%s\n" % (key.upper(), WORDS.get(value.lower(), value))


def sourced(lines):
    """The variables after a shell has read them."""
    script = "".join(lines) + "set | grep -a ^_UCONTEXT_\n"
    shown = subprocess.run(["sh", "-euc", script], stdout=subprocess.PIPE, check=True).stdout.decode("ascii")
    return dict(re.match("([A-Z_]+)='(.*)'$", line).groups() for line in shown.splitlines())


def agent(text):
    """The sections of ConfigParser 2.7, of all lines from the first section on that are a section or an option."""
    sections, current = {}, None
    for line in text.split("\n"):
        header, option = re.match(r"\[([^]]+)\]", line), re.match(r"([^:=\s][^:=]*)\s*[:=]\s*(.*)$", line)
        if header:
            current = sections.setdefault(header.group(1), {})
        elif option and current is not None and line[0] not in "#;":
            value = re.split(r"\s;", option.group(2))[0].strip()
            current[option.group(1).rstrip().lower()] = "" if value == '""' else value
    return sections


def test_there_are_cases():
    assert len(NAMED) >= 10


@pytest.mark.parametrize("name, envelope", NAMED)
def test_the_bootloader_finds_its_block(compiled, name, envelope):
    case = compiled[name]
    wanted = part(case, BOOTLOADER).splitlines()[1:-1]
    lines = list(bootloader(received(case, envelope)))
    assert len(lines) == len(wanted)
    if wanted:
        found = sourced(lines)
        for key, value in (line.split("=", 1) for line in wanted):
            plain = value[1:-1] if value.startswith('"') else WORDS.get(value, value)
            assert found["_UCONTEXT_" + key.upper()] == plain


@pytest.mark.parametrize("name, envelope", NAMED)
def test_the_agent_finds_its_sections_and_nothing_else_in_them(compiled, name, envelope):
    case = compiled[name]
    found, section, wanted = agent(received(case, envelope)), None, {}
    for line in part(case, AGENT).splitlines():
        if line.startswith("["):
            section = wanted.setdefault(line[1:-1], {})
        else:
            key, value = line.split("=", 1)
            section[key.lower()] = value
    wanted.pop("contextc-end", None)
    assert {name: found.get(name) for name in wanted} == wanted
