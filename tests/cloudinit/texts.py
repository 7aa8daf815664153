"""Cloud-config texts by hand: what YAML 1.1 and 1.2 read differently, and what writers break."""

# Each a value, alone after `zypper:`, in a list, and in a flow list: every
# one is a plain scalar that some YAML reads as something else than text.
PLAIN = """yes Yes YES no No NO on On ON off Off OFF y Y n N true True TRUE false ~ null Null NULL
0 -0 +1 0644 0o644 08 0777 0x1F 0b101 1_000 1__0 _1 123456789012345678901234567890 1. .5 1.5 2.10 1.2.3 1e3 1.0e3
1.0e+3 .inf -.INF .nan .NaN 12:30 12:30:45 1:60 190:20:30.15 -1:30 2001-01-01 2001-1-1 2001-12-14t21:59:43.10-05:00
2001-12-15T02:59:43Z = << /a/b 10.0.0.1 1.000.000 0o8 08:00 .""".split()

NODES = {
    "timestamp with spaces": "2001-12-14 21:59:43.10 -5",
    "empty": "",
    "tilde": "~",
    "empty single": "''",
    "empty double": '""',
    "single with quotes": "'it''s #1: \"x\"'",
    "single like a number": "'0644'",
    "double like a bool": '"yes"',
    "escapes": r'"\0\a\b\t\n\v\f\r\e\"\/\\\N\_\L\P\x41\u00e9\U0001F600"',
    "tab in quotes": '"a\tb"',
    "tab inside plain": "a\tb",
    "spaces at the ends": '"  a  "',
    "no-break space": "a\u00a0b",
    "next line": '"a\\u0085b"',
    "byte order mark inside": '"a\\uFEFFb"',
    "non-ASCII plain": "\u00fcber \u20ac \u4e16\u754c",
    "emoji plain": "\U0001F600 ok",
    "non-ASCII quoted": '"\u00fcber \U0001F600"',
    "colon inside": "http://host:80/a:b",
    "hash inside": "a#b",
    "comment behind": "0644 # mode",
    "comment behind nothing": "# nothing",
    "quoted then comment": "'a' # b",
    "literal": "|\n    #!/bin/sh\n    echo 'x'\n",
    "literal strip": "|-\n    a\n    b\n\n",
    "literal keep": "|+\n    a\n\n\n",
    "literal that ends without newline": "|\n    a",
    "literal with indentation": "|2\n     three\n    two\n",
    "literal empty": "|\n",
    "literal keep empty": "|+\n\n\n",
    "literal of blank lines": "|\n\n\n    a\n\n    b\n",
    "literal with trailing spaces": "|\n    a  \n    \n      b \t\n",
    "literal with tabs": "|\n    \ta\n    all:\n    \tmake\n",
    "literal with hashes": "|\n    # not a comment\n    a # neither\n",
    "literal non-ASCII": "|\n    \u00fc\n    \U0001F600\n",
    "folded": ">\n    a\n    b\n\n    c\n      more\n    d\n",
    "folded strip": ">-\n    a\n    b\n",
    "folded keep": ">+\n    a\n\n    b\n\n",
    "plain over lines": "a\n    b\n\n    c",
    "double over lines": '"a\n    b\n\n    c"',
    "double continued": '"a\\\n    \\ b \\\n    c"',
    "single over lines": "'a\n    b\n\n    c'",
    "flow": "{a: 1, b: [yes, 'no', \"x\"], c: {d: }, e}",
    "flow over lines": "[a,\n    b, # one\n    {c: d},\n    ]",
    "flow empty": "[{}, [], '', ~]",
    "flow adjacent": "{\"a\":1, 'b':2}",
    "flow question mark behind an anchor": "&a [?a]",
    "flow pairs": "[a: 1, ? b : 2]",
    "json": '{"a": [1, 2.5, null, true, "x\\n\\u00e9"]}',
    "tag str": "!!str 0644",
    "tag str of yes": "!!str yes",
    "tag str of nothing": "!!str",
    "tag int": "!!int '0x1F'",
    "tag float": "!!float 1",
    "tag bool": "!!bool 'on'",
    "tag null": "!!null ''",
    "tag timestamp": "!!timestamp '2001-01-01'",
    "tag binary": "!!binary aGVsbG8=",
    "tag binary literal": "!!binary |\n    aGVs\n    bG8=\n",
    "tag set": "!!set {a, b, 1}",
    "tag set block": "!!set\n    ? a\n    ? b\n",
    "tag omap": "!!omap [a: 1, b: 2]",
    "tag pairs": "!!pairs [a: 1, a: 2]",
    "tag map and seq": "!!map {a: !!seq [1]}",
    "tag bang": "! 12",
    "tag verbatim": "!<tag:yaml.org,2002:str> 5",
    "keys that are no strings": "{yes: 1, on: 2, 0644: 3, 12:30: 4, ~: 5, 1.5: 6, 2001-01-01: 7}",
    "keys quoted": "{'yes': 1, \"on\": 2, '0644': 3}",
    "key empty": "{'': 1}",
    "key null": "\n    : 1\n",
    "key tagged and empty": "\n    !!str : 1\n    a: 2\n",
    "key of the bang tag": "\n    ! : 1\n    a: 2\n",
    "key long": "\n    %s: 1\n" % ("k" * 900),
    "key too long to be simple": "\n    ? %s\n    : 1\n" % ("k" * 1100),
    "key explicit": "\n    ? a\n    : 1\n    ? b\n",
    "key literal": "\n    ? |\n        a\n        b\n    : 1\n",
    "key with colon": "\n    a:b: 1\n    'c: d': 2\n",
    "key non-ASCII": "\n    \u00fc: 1\n    \U0001F600: 2\n",
    "key equals and merge quoted": "\n    '=': 1\n    '<<': 2\n",
    "list of lists": "\n  - - a\n    - - b\n  -\n    - c\n",
    "list of maps": "\n  - a: 1\n    b: 2\n  -\n    c: 3\n  - {d: 4}\n",
    "list flush": "\n- a\n- b\n",
    "comments everywhere": "\n    # one\n  # two\n    a: 1 # three\n# four\n    b: # five\n      # six\n      - c # seven\n",
    "windows line ends": "\r\n  - a\r\n  - |\r\n    b\r\n",
}

# Whole documents.
TEXTS = {
    "anchors": "x-a: &a [1, yes]\nzypper: *a\nruncmd:\n  - *a\n  - &b two\n  - *b\n",
    "merge": "x-base: &base {mode: 0644, owner: root}\nwrite_files:\n  - <<: *base\n    path: /a\n    owner: me\n",
    "merge list": "x-a: &a {p: 1, q: 2}\nx-b: &b {q: 3, r: 4}\napt:\n  z: 0\n  <<: [*a, *b]\n",
    "merge of merge": "x-a: &a {p: yes}\nx-b: &b\n  <<: *a\n  q: on\napt:\n  <<: *b\n",
    "merge inline": "apt:\n  <<: {p: 1}\n  p: 2\n",
    "merge inside an anchor": "apt: &a\n  k: {p: 12:30}\n  l: &l\n    m: 1\n  n:\n    <<: *l\nchef: *a\n",
    "alias as a key": "x-a: &a name\napt:\n  *a : 1\n",
    "document start": "---\nzypper: [yes]\n",
    "document start with comment": "--- # here\nzypper: [yes]\n...\n",
    "directive": "%YAML 1.1\n---\nzypper: [yes]\n",
    "tag directive": "%TAG !y! tag:yaml.org,2002:\n---\nzypper: [!y!str 1]\n",
    "comment lines first": "# a\n\n  # b\nzypper: [yes]\n",
    "no newline at the end": "zypper: [yes]",
    "no newline after a comment": "zypper: [yes]\n# end",
    "no newline after an empty value": "zypper:",
    "one flow map": "{zypper: [yes, 0644], hostname: '12:30'}",
    "json document": '{"zypper": ["yes"], "hostname": "a"}\n',
    "cloud-config keys quoted": "\"zypper\": [yes]\n'hostname': on\n",
    "indented document": "  zypper: [a]\n  hostname: b\n",
    "windows line ends": "zypper:\r\n  - a\r\nhostname: b\r\n",
    "unchecked keys": "cloud-config:\n  brand_new: {0644: yes}\n  other: 12:30\n",
    "nulls": "zypper:\nhostname: ~\npackages: null\n",
    "a cloud-init document": """\
hostname: node-01
users:
  - default
  - name: admin
    sudo: ALL=(ALL) NOPASSWD:ALL
    lock_passwd: no
    ssh_authorized_keys: ["ssh-ed25519 AAAA admin@host"]
write_files:
  - path: /etc/motd
    permissions: '0644'
    content: |
      Welcome to $HOST: use "it" # wisely

        indented
  - {path: /etc/x, permissions: 0644, encoding: b64, content: aGk=}
ntp: {enabled: yes, servers: [0.pool, 1.pool]}
power_state: {mode: reboot, delay: +1, timeout: 30, condition: on}
""",
}
# Every node once, all in one document.
TEXTS["all nodes"] = "cloud-config:\n" + "".join(
    "  k%d:\n    - %s\n" % (number, node.replace("\n", "\n      "))
    for number, (name, node) in enumerate(NODES.items())
    if name not in ("tab inside plain", "key null", "flow question mark behind an anchor"))
