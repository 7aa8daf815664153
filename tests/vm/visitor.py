"""What happens from outside while a guest is up: a disk is attached, somebody logs in."""

import json
import re
import socket
import subprocess
import time

PATIENCE = 400


def seen(guest, marker):
    """Whether the console has shown the marker, in the time that a boot may take."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if re.search(marker, guest.text("console")):
            return True
        time.sleep(0.5)
    return False


def attach(guest, path, serial):
    """A disk becomes part of the running machine, as a volume that a cloud attaches."""
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(str(guest.control))
        talk = control.makefile("rw")
        talk.readline()
        for name, words in (("qmp_capabilities", {}),
                            ("blockdev-add", {"driver": "raw", "node-name": serial, "file": {"driver": "file", "filename": str(path)}}),
                            ("device_add", {"driver": "virtio-blk-pci", "drive": serial, "serial": serial, "bus": "latecomers"})):
            talk.write(json.dumps({"execute": name, "arguments": words}) + "\n")
            talk.flush()
            answer = json.loads(talk.readline())
            while "event" in answer:
                answer = json.loads(talk.readline())
            assert "return" in answer, answer


def login(guest, user, key, known_hosts, command, alias, said=subprocess.DEVNULL):
    """(exit code, output) of a first login with strict checking: nobody says yes to an unknown host. `said`: a file that the command reads."""
    options = ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={known_hosts}", f"HostKeyAlias={alias}", "BatchMode=yes",
               "ConnectTimeout=60", "IdentitiesOnly=yes", "GlobalKnownHostsFile=/dev/null"]
    words = ["ssh", "-F", "/dev/null", "-i", str(key), "-p", str(guest.ssh_port), *[word for option in options for word in ("-o", option)]]
    for _ in range(30):
        done = subprocess.run([*words, f"{user}@127.0.0.1", command], stdin=said, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        if not unheard(done):
            break
        time.sleep(2)
    return done.returncode, done.stdout


def unheard(done):
    """Whether nobody listened: sshd that reloads starts itself anew, and for a moment of it the port is closed."""
    return done.returncode == 255 and re.match(r"kex_exchange_identification: |ssh: connect to host ", done.stdout) is not None


def tries():
    """One after the other, a moment apart, for as long as a boot may take."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        yield
        time.sleep(2)
