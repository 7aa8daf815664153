#!/usr/bin/env python3
"""The largest contexts in many shapes: what the command takes of time and memory for each, the most first.

    cargo build --release --locked && benches/limits.py [SHAPE...]

The time is the processor's (user and system), so that a machine with other work gives nearly the figures of an idle one. The
bounds are 2 s and 300 MB; what is over them is marked, and the exit code is 1 then.
"""
import os
import resource
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMMAND = os.environ.get("CONTEXTC", os.path.join(ROOT, "target/release/contextc"))
LIMIT = 4 * 1024 * 1024
SECONDS, MEGABYTES = 2.0, 300

# Seconds after which a run is ended: exit -9 or -24.
ENOUGH = 15

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILYcuN6bzYWU7F0Xi/wRPwtvU3wu56tto+QRyTIxmFHc"


def fill(head, unit, tail="", most=LIMIT):
    """`unit` (its `?` is a number) again and again between `head` and `tail`, up to the limit."""
    out, size, number = [head], len(head.encode()) + len(tail.encode()), 0
    while True:
        text = unit.replace("?", str(number))
        size += len(text.encode())
        if size > most:
            return "".join(out) + tail
        out.append(text)
        number += 1


def steps(depth, indent=0):
    return "".join("%sa:\n" % (" " * (indent + level)) for level in range(depth))


def nested(brackets, depth):
    return brackets[0] * depth + brackets[1] * depth


def long_variable(count):
    """4 MiB are 41 of these."""
    return "variables: {a: %s}\nenvironment:\n" % ("b" * 100000) + "".join("  A%d: '{{ a }}'\n" % number for number in range(count))


SHAPES = {
    # Large scalars.
    "one plain scalar": lambda: fill("x-a: ", "word "),
    "one quoted scalar": lambda: fill('x-a: "', "\\u00e9", '"'),
    "one literal": lambda: fill("final_message: |\n", "  a line of text\n"),
    "one literal of empty lines": lambda: fill("final_message: |\n  a\n", "\n", "  b\n"),
    "one folded": lambda: fill("final_message: >\n", "  a line\n\n"),
    "one quoted value of control characters": lambda: fill('final_message: "', "\\0", '"'),
    "one script": lambda: fill("scripts:\n- |\n  #!/bin/sh\n", "  echo\n"),
    "one script, not ASCII": lambda: fill("scripts:\n- |\n  #!/bin/sh\n", "  \u00e9\n"),
    "one boothook": lambda: fill("boothooks:\n- |\n  #!/bin/sh\n", "  echo\n"),
    "one command": lambda: fill("run:\n  commands:\n  - name: a\n    command: |\n", "      echo\n"),
    "one command, not ASCII": lambda: fill("run:\n  commands:\n  - name: a\n    command: |\n", "      \u00e9\u00e9\u00e9\u00e9\n"),
    "one munge key": lambda: fill("munge: {key: ", "abcdefgh", "}\n"),
    "one munge key in lines": lambda: fill("munge:\n  key: |\n", "    a\n"),
    "comments": lambda: fill("hostname: a\n", "#\n"),
    "empty lines": lambda: fill("hostname: a\n", "\n"),
    # Many small things.
    "packages, block": lambda: fill("packages:\n", "- a\n"),
    "packages, flow": lambda: fill("packages: [a", ",a", "]\n"),
    "flow, empty maps": lambda: fill("x-a: [", "{},", "]\n"),
    "flow, empty lists": lambda: fill("runcmd: [", "[],", "]\n"),
    "flow, pairs": lambda: fill("x-a: [", "a: b,", "]\n"),
    "flow, nulls": lambda: fill("x-a: {", "?,", "}\n"),
    "keys of a map": lambda: fill("x-a:\n", "  ?:\n"),
    "keys of cloud-config": lambda: fill("cloud-config:\n", "  k?: 1\n"),
    "same keys": lambda: fill("x-a:\n", "  a:\n"),
    "same keys, flow": lambda: fill("x-a: {", "a,", "}\n"),
    "same top-level keys": lambda: fill("", "a: 1\n"),
    "notes at the top": lambda: fill("", "x-?: 1\n"),
    "unknown keys at the top": lambda: fill("", "k?:\n"),
    "unknown keys like known ones": lambda: fill("", "hostnam?: a\n"),
    "unknown keys of a block": lambda: fill("localfs:\n", "  k?:\n"),
    "unknown long keys": lambda: fill("", "k" * 900 + "?: 1\n"),
    "one very long key": lambda: fill("? ", "k", "\n: 1\n"),
    "tags": lambda: fill("x-a: [", "!a b,", "]\n"),
    "quoted strings": lambda: fill("runcmd: [", "'',", "]\n"),
    "tiny nested maps": lambda: fill("runcmd:\n", "- a: b\n"),
    "lists in lists": lambda: fill("runcmd:\n", "- - a\n"),
    "lists 60 deep": lambda: fill("x-a: [", nested("[]", 60) + ",", "]\n"),
    "maps 60 deep": lambda: fill("x-a: [", "{a: " * 60 + "b" + "}" * 60 + ",", "]\n"),
    "blocks 60 deep": lambda: fill("", "x-?:\n" + steps(60, 1)),
    "cloud-config 60 deep": lambda: fill("cloud-config:\n", "  k?: " + "{a: " * 55 + "b" + "}" * 55 + "\n"),
    "numbers": lambda: fill("runcmd: [", "1,", "]\n"),
    "floats": lambda: fill("runcmd: [", "1.5e3,", "]\n"),
    "texts that PyYAML reads as numbers": lambda: fill("runcmd: [", "1:2,", "]\n"),
    "dates": lambda: fill("runcmd: [", "2001-01-01,", "]\n"),
    "bytes not ASCII": lambda: fill("runcmd: [", "\u00e9,", "]\n"),
    "long lines of one list": lambda: fill("x-a: [", "a" * 80 + ",", "]\n"),
    # Anchors and aliases.
    "anchors": lambda: fill("x-a: [", "&a? b,", "]\n"),
    "aliases of one": lambda: fill("x-a: [&a b", ",*a", "]\n"),
    "anchors and aliases": lambda: fill("x-a: [", "&a? b,*a?,", "]\n"),
    "aliases up to the bound": lambda: "x-a: &a [%s]\npackages: [%s]\n" % (fill("a", ",a", most=LIMIT // 2), ",".join(["*a"] * 2)),
    "aliases of a list of small things": lambda: "x-a: &a [%s]\nruncmd: [%s]\n" % (",".join("a" * 1000), ",".join(["*a"] * 3900)),
    "aliases of lists of nothing": lambda: "x-a: &a [%s]\nruncmd: [%s]\n" % (",".join(["[]"] * 1000), ",".join(["*a"] * 3000)),
    "merge keys": lambda: fill("x-a: &a {b: c}\nwrite_files:\n", "- <<: *a\n"),
    # Faults.
    "wrong types": lambda: fill("packages: 1\nscripts:\n", "- 1\n"),
    "scripts that are not there": lambda: fill("scripts:\n", "- a?\n"),
    "scripts without interpreter": lambda: fill("scripts:\n", "- \"a\\nb\"\n"),
    "control characters in keys": lambda: fill("", "\"\\0?\": 1\n"),
    "open brackets": lambda: fill("x-a: ", "["),
    "open quotes": lambda: fill("x-a: \"", "a\n "),
    "closing brackets": lambda: fill("", "]"),
    "colons": lambda: fill("", "a: "),
    "question marks": lambda: fill("", "? a\n"),
    "tags without end": lambda: fill("", "!a "),
    "anchors without end": lambda: fill("", "&a "),
    "dashes": lambda: fill("", "-\n"),
    "documents": lambda: fill("", "---\n"),
    "tabs": lambda: fill("a:\n", "\t"),
    "percent signs": lambda: fill("", "%a\n"),
    "logins beside a fault": lambda: fill("key: x\nx-a: |\n  ", "a:b@c "),
    "logins in one word beside a fault": lambda: fill("key: x\nx-a: |\n  ", "a:@"),
    "addresses beside a fault": lambda: fill("key: x\nx-a: [", "http://a:b@c/,", "]\n"),
    "keys in PEM beside a fault": lambda: fill("key: x\nx-a: |\n", "  -----BEGIN PRIVATE KEY-----\n"),
    "passwords beside a fault": lambda: fill("key: x\nx-a:\n", "  - password: hunter?\n"),
    "one long line with a fault": lambda: fill("x-a: [", "a,", "]\nk: 1\n"),
    "one long line of faults": lambda: fill("{", "k?: 1,", "}\n"),
    "one long line, not ASCII, of faults": lambda: fill("{", "\u00e9?: 1,", "}\n"),
    "secrets of a cloud-config": lambda: fill("x-b: 1\ncloud-config:\n  chpasswd:\n    users:\n", "    - {password: a}\n"),
    # Variables.
    "variables": lambda: fill("variables:\n", "  a?: b\n"),
    "one variable many times": lambda: fill("variables: {a: b}\nenvironment:\n", "  A?: '{{ a }}'\n"),
    "a long variable many times": lambda: fill("variables: {a: %s}\nenvironment:\n" % ("b" * 100000), "  A?: '{{ a }}'\n"),
    "a long variable up to the bound": lambda: long_variable(40),
    "a long variable up to the bound, beside many values": lambda: fill(long_variable(40), "  B?: b\n", most=3100000),
    "a long variable many times in one value": lambda: fill("variables: {a: %s}\nenvironment:\n  A: '" % ("b" * 100000), "{{ a }}", "'\n"),
    "a long variable 2 times 500": lambda: "variables: {a: %s}\nenvironment:\n%s" % ("b" * 1000000, "".join("  A%d: '{{ a }}'\n" % number for number in range(1000))),
    "braces without end": lambda: fill("environment: {A: '", "{{ ", "'}\n"),
    "placeholders where none is filled": lambda: fill("variables: {a: b}\nx-a: [", "'{{ a }}',", "]\n"),
    "runcmd with placeholders": lambda: fill("variables: {a: b}\nruncmd: ['", "{{ a }}", "']\n"),
    # Blocks.
    "hosts": lambda: fill("hosts:\n  names:\n", "    h?: 192.0.2.1\n"),
    "hosts with addresses": lambda: fill("hosts:\n  names:\n    a: [", "192.0.2.1,", "]\n"),
    "hosts with IPv6": lambda: fill("hosts:\n  names:\n", "    h?: ['2001:db8::?']\n"),
    "nfs exports": lambda: fill("nfs:\n  exports:\n", "    - {path: /a?, clients: ['*']}\n"),
    "nfs clients": lambda: fill("nfs:\n  exports:\n    - path: /a\n      clients: [", "h?.example.org,", "]\n"),
    "nfs options": lambda: fill("nfs:\n  exports:\n    - path: /a\n      clients: ['*']\n      options: [", "rw,", "]\n"),
    "nfs mounts": lambda: fill("nfs:\n  mounts:\n", "    - {server: a, path: /a, mount: /m?}\n"),
    "run commands": lambda: fill("run:\n  commands:\n", "    - {name: a?, command: 'true'}\n"),
    "run commands without names": lambda: fill("run:\n  commands:\n", "    - 'true'\n"),
    "run words": lambda: fill("run:\n  commands:\n    - name: a\n      command: [", "a,", "]\n"),
    "run environment": lambda: fill("run:\n  environment:\n", "    A?: b\n"),
    "environment": lambda: fill("environment:\n", "  A?: b\n"),
    "environment, secrets": lambda: fill("environment:\n", "  PASSWORD?: hunter2\n"),
    "ssh keys of one user": lambda: fill("ssh-access:\n  authorized:\n    alice:\n", "      - %s a?\n" % ED25519),
    "ssh keys of many users": lambda: fill("ssh-access:\n  authorized:\n", "    u?: ['%s']\n" % ED25519),
    "ssh keys in one text": lambda: fill("ssh-access:\n  authorized:\n    alice: |\n", "      %s\n" % ED25519),
    "ssh options": lambda: fill("ssh-access:\n  authorized:\n    alice:\n      - key: %s\n        options: [" % ED25519, "no-pty,", "]\n"),
    "known hosts": lambda: fill("ssh-access:\n  known-hosts:\n", "    - h?.example.org %s\n" % ED25519),
    "host names": lambda: fill("ssh-access:\n  host-names: [", "h?.example.org,", "]\n"),
    "disks": lambda: fill("disks:\n", "  - {label: a?, mount: /m?}\n"),
    "localfs parts": lambda: fill("localfs:\n  parts:\n", "    a?: 0.0001\n"),
    "localfs volumes": lambda: fill("localfs:\n  volumes:\n", "    - {name: a?, size: 1G, mount: /m?}\n"),
    "localfs mounts": lambda: fill("localfs:\n  mounts:\n", "    - [vdc, /m?, ext4, defaults, 0, 0]\n"),
    "cvmfs repositories": lambda: fill("cvmfs:\n  local:\n    http-proxy: DIRECT\n    repositories: [", "r?.example.org,", "]\n"),
    "cvmfs repositories in one text": lambda: fill("cvmfs:\n  local:\n    http-proxy: DIRECT\n    repositories: a.cern.ch", ",r?.example.org", "\n"),
    "cvmfs proxies": lambda: fill("cvmfs:\n  local:\n    repositories: a.cern.ch\n    http-proxy: DIRECT", ";http://a?:3128", "\n"),
    "cvmfs extra": lambda: fill("cvmfs:\n  extra:\n", "    - {name: a?.example.org, server: 'http://a/@fqrn@', key: k}\n"),
    "software packages": lambda: fill("software:\n  packages: [", "a?,", "]\n"),
    "software repositories": lambda: fill("software:\n  repositories:\n", "    - {name: a?, deb: 'http://a.example.org/ b main', key: k}\n"),
    "a bundle of authorities": lambda: fill("certificate:\n  ca:\n    bundle: |\n", authority()),
    "signing policies": lambda: fill("certificate:\n  ca:\n    bundle: |\n%s    signing-policies: |\n" % authority(), "      access_id_CA X509 '/CN=a?'\n"),
    "proxies": lambda: fill("certificate:\n  proxies:\n", "    u?: a\n"),
    "pipeline needs": lambda: fill("pipeline:\n  name: p\n  user: alice\n  command: a\n  needs:\n    mounts: [", "/m?,", "]\n"),
    "pipeline trackers": lambda: fill("pipeline:\n  name: p\n  user: alice\n  command: a\n  trackers:\n", "    - {name: t?, command: a}\n"),
    "scripts": lambda: fill("scripts:\n", "- \"#!a\\n\"\n"),
    "999 scripts": lambda: "scripts:\n" + "".join("- \"#!a\\n%s\"\n" % ("a" * 4150) for _ in range(999)),
    "boothooks": lambda: fill("boothooks:\n", "- \"#!a\\n\"\n"),
    "include": lambda: fill("include:\n", "- http://a/?\n"),
    "include of handlers": lambda: fill("hosts: {hostname: a}\ninclude:\n", "- http://a/?.py\n"),
    "pinned mirrors": lambda: fill("hosts: {hostname: a}\nhandlers: {pinned: {urls: [", "http://a/?,", "]}}\n"),
    "mounts of cloud-init": lambda: fill("mounts:\n", "- [a, /m?]\n"),
    "mounts of cloud-init beside disks": lambda: "disks:\n" + "".join("  - {label: a%d, mount: /n%d}\n" % (n, n) for n in range(1000)) + fill("mounts:\n", "- [a, /m?]\n", most=LIMIT - 60000),
    "users": lambda: fill("users:\n", "- {name: a?, ssh_authorized_keys: ['%s']}\n" % ED25519),
    "keys of users": lambda: fill("ssh_authorized_keys:\n", "- %s\n" % ED25519),
    "write_files": lambda: fill("write_files:\n", "- {path: /a?, content: b}\n"),
    "plain cloud-config": lambda: fill("#cloud-config\npackages:\n", "- a\n"),
    "plain cloud-config, keys": lambda: fill("#cloud-config\n", "k?: 1\n"),
    # What a small context brings in.
    "one large file 999 times as scripts": lambda: "scripts: [%s]\n" % ", ".join(["large.sh"] * 999),
    "one large file in many commands": lambda: "run:\n  commands:\n" + "".join("    - {name: a%d, command: {file: large.sh}}\n" % n for n in range(100)),
    "one large file of keys for many users": lambda: "ssh-access:\n  authorized:\n" + "".join("    u%d: [{file: keys}]\n" % n for n in range(100)),
    "one large key of munge": lambda: "munge: {key: {file: large.sh}}\n",
}


def authority():
    with open(os.path.join(ROOT, "tests/cases/files/x509/ca.pem")) as file:
        return "".join("      " + line for line in file)


def measured(folder, arguments):
    """Exit code, processor time in seconds, peak memory in MB."""
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        sink = os.open(os.devnull, os.O_RDWR)
        resource.setrlimit(resource.RLIMIT_CPU, (ENOUGH, ENOUGH))
        for number in range(3):
            os.dup2(sink, number)
        os.execv(COMMAND, [COMMAND] + arguments)
    _, status, usage = os.wait4(pid, 0)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    return code, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def over(row):
    code, seconds, memory = row[:3]
    return seconds > SECONDS or memory > MEGABYTES or code not in (0, 1)


def line(row):
    code, seconds, memory, size, name, way = row
    return "%s %4d %8.2f %6.0f %8.1f  %s, %s" % ("!" if over(row) else " ", code, seconds, memory, size / 1048576, name, way)


def main(names):
    unknown = [name for name in names if name not in SHAPES]
    if unknown:
        sys.exit("no such shape: %s" % ", ".join(unknown))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, unit in (("large.sh", "echo\n"), ("keys", ED25519 + "\n")):
            with open(os.path.join(folder, name), "w") as file:
                file.write(fill("#!/bin/sh\n" if name == "large.sh" else "", unit))
        for name in names or SHAPES:
            text = SHAPES[name]().encode()
            assert len(text) <= LIMIT, name
            with open(os.path.join(folder, "a.yaml"), "wb") as file:
                file.write(text)
            ways = (["compile", "a.yaml"], ["compile", "a.yaml", "--envelope", "gzip"], ["check", "a.yaml"])
            for way in ways:
                rows.append((*measured(folder, way), len(text), name, "gzip" if len(way) > 2 else way[0]))
                print(line(rows[-1]), file=sys.stderr, flush=True)
    print("  exit  seconds     MB  size MB  shape, command")
    for row in sorted(rows, key=lambda row: -max(row[1] / SECONDS, row[2] / MEGABYTES)):
        print(line(row))
    return int(any(map(over, rows)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
