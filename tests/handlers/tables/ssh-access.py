KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIExample"
LINE = "no-pty ssh-ed25519 %s alice" % KEY
PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n"
INCLUDE = "# The daemon's configuration.\n\nInclude /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication yes\n"
OLD = "# An older daemon's.\nPasswordAuthentication yes\nMatch User x\n  X11Forwarding no\n"
CLOSED = [["PermitRootLogin", "without-password"], ["PasswordAuthentication", "no"], ["ChallengeResponseAuthentication", "no"]]
# What `sshd -T` says when it takes them.
TAKEN = ("^/usr/sbin/sshd -T", 0, "Port 22\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n")


def said(users=(), hosts="", keys=(), sshd=()):
    return {"users": list(users), "known-hosts": hosts, "host-keys": list(keys), "sshd": list(sshd)}


def user(name, authorized=(), identities=()):
    return {"name": name, "authorized": list(authorized), "identities": list(identities)}


ALICE = user("alice", [[KEY, LINE]])
HOST_KEY = ["/etc/ssh/ssh_host_ed25519_key", PRIVATE, "ssh-ed25519 AAAA\n"]

SCENARIOS = {
    "authorized": dict(settings=said([ALICE])),
    "broken-home": dict(
        settings=said([ALICE, user("root", [[KEY, LINE]])], keys=[HOST_KEY], sshd=CLOSED),
        machine=dict(files={"/etc/ssh/sshd_config": INCLUDE}, answers=[("^sh -c .* /home/alice", 1, "mkdir: cannot create directory '/home/alice/.ssh': File exists"), TAKEN]),
        ends="Failed: alice: mkdir: cannot create directory '/home/alice/.ssh': File exists"),
    "nobody-got-a-key": dict(
        settings=said([user("carol", [[KEY, LINE]])], keys=[HOST_KEY], sshd=[["PermitRootLogin", "no"]] + CLOSED[1:] + [["HostKey", HOST_KEY[0]]]),
        machine=dict(files={"/etc/ssh/sshd_config": INCLUDE}, answers=[("^/usr/sbin/sshd -T", 0, "hostkey %s\n" % HOST_KEY[0])]),
        ends="Failed: no such user: carol; nobody has got a key, so these wait: PermitRootLogin no, PasswordAuthentication no, ChallengeResponseAuthentication no"),
    "nobody-got-a-key-and-all-waits": dict(
        settings=said([user("carol", [[KEY, LINE]])], sshd=CLOSED[1:]), machine=dict(files={"/etc/ssh/sshd_config": OLD}),
        ends="Failed: no such user: carol; nobody has got a key, so these wait: PasswordAuthentication no, ChallengeResponseAuthentication no"),
    "nobody-got-a-key-of-what-is-closed": dict(
        settings=said([user("carol", [[KEY, LINE]])], sshd=CLOSED),
        machine=dict(files={"/etc/ssh/sshd_config": "# contextc begins\nPasswordAuthentication no\n# contextc ends\n%sChallengeResponseAuthentication no\n" % OLD}, answers=[TAKEN]),
        ends="Failed: no such user: carol; nobody has got a key, so these wait: ChallengeResponseAuthentication no"),
    "no-such-user": dict(
        settings=said([user("carol", [[KEY, LINE]]), ALICE], sshd=CLOSED), machine=dict(files={"/etc/ssh/sshd_config": INCLUDE}, answers=[TAKEN]),
        ends="Failed: no such user: carol"),
    "no-such-user-and-sshd-refuses": dict(
        settings=said([user("carol"), user("dave")], keys=[HOST_KEY], sshd=CLOSED), machine=dict(answers=[("^/usr/sbin/sshd -t", 255, "line\nBad option")]),
        ends="Failed: no such user: carol; no such user: dave; sshd refuses its settings, so /etc/ssh/sshd_config.d/00-contextc.conf is as before: Bad option"),
    "one-user-s-fault-stops-no-other": dict(
        settings=said([user("root", identities=[["id", PRIVATE, "ssh-ed25519 AAAA\n"]]), ALICE], sshd=CLOSED),
        machine=dict(files={"/etc/ssh/sshd_config": INCLUDE}, answers=[("^sh -c .* /root/.ssh/id ", 1, "/root/.ssh/id is another key"), TAKEN]),
        ends="Failed: root: /root/.ssh/id is another key"),
    "identities": dict(settings=said([user("alice", identities=[["id_ed25519", PRIVATE, "ssh-ed25519 AAAA\n"]])])),
    "known-hosts": dict(settings=said(hosts="ce.example.org ssh-ed25519 AAAA\n"), machine=dict(files={"/etc/ssh/ssh_known_hosts": "old line\n"})),
    "host-keys": dict(
        settings=said(keys=[HOST_KEY], sshd=[["HostKey", HOST_KEY[0]]]),
        machine=dict(files={"/etc/ssh/sshd_config": INCLUDE}, answers=[("^/usr/sbin/sshd -T", 0, "HostKey /etc/ssh/ssh_host_ed25519_key\n")])),
    "closed-by-a-drop-in": dict(
        settings=said([ALICE], sshd=CLOSED), machine=dict(files={"/etc/ssh/sshd_config": INCLUDE}, answers=[TAKEN])),
    "closed-without-sshd-config": dict(settings=said(sshd=CLOSED), machine=dict(answers=[TAKEN])),
    "closed-at-the-top": dict(
        settings=said(sshd=CLOSED), machine=dict(family="rpm", files={"/etc/ssh/sshd_config": OLD}, answers=[TAKEN]),
        again=lambda machine: machine.text("/etc/ssh/sshd_config").endswith(OLD) and machine.text("/etc/ssh/sshd_config").count("contextc begins") == 1),
    "include-comes-too-late": dict(
        settings=said(sshd=CLOSED), machine=dict(files={"/etc/ssh/sshd_config": "PasswordAuthentication yes\n" + INCLUDE}, answers=[TAKEN])),
    "sshd-refuses": dict(
        settings=said(sshd=CLOSED), machine=dict(files={"/etc/ssh/sshd_config": INCLUDE}, answers=[("^/usr/sbin/sshd -t", 255, "Bad configuration option: Foo")]),
        ends="Failed: sshd refuses its settings, so /etc/ssh/sshd_config.d/00-contextc.conf is as before: Bad configuration option: Foo"),
    "sshd-refuses-what-was-written": dict(
        settings=said(sshd=CLOSED), machine=dict(files={"/etc/ssh/sshd_config": INCLUDE}, answers=[("^/usr/sbin/sshd -T", 255, "Bad configuration option: Foo")]),
        ends="Failed: sshd refuses its settings, so /etc/ssh/sshd_config.d/00-contextc.conf is as before: Bad"),
    "sshd-refuses-what-was-written-at-the-top": dict(
        settings=said(sshd=CLOSED), machine=dict(files={"/etc/ssh/sshd_config": OLD}, answers=[("^/usr/sbin/sshd -T", 255, "Bad configuration option: Foo")]),
        ends="Failed: sshd refuses its settings, so /etc/ssh/sshd_config is as before: Bad"),
    "another-line-wins": dict(
        settings=said(sshd=CLOSED), machine=dict(files={"/etc/ssh/sshd_config": INCLUDE}, answers=[("^/usr/sbin/sshd -T", 0, "permitrootlogin yes\npasswordauthentication no\n")]),
        ends="Failed: sshd does not take `permitrootlogin without-password`"),
    "sshd-is-not-reloaded": dict(
        settings=said(sshd=CLOSED), machine=dict(files={"/etc/ssh/sshd_config": INCLUDE}, answers=[TAKEN, ("^systemctl reload", 1, "Job failed")]),
        ends="Failed: sshd is not reloaded: Job failed"),
}
