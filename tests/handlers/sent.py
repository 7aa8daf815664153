"""A run file as the compiler writes it, and a machine that it can be sent to: namespaces of its own below a scratch directory, with the programs of
this one, which it cannot change."""
import base64
import gzip
import hashlib
import json
import subprocess
from pathlib import Path

import bundle

TOP = Path(__file__).resolve().parents[2]
SHELL = TOP / "src" / "targets" / "ssh"
PYTHON27 = TOP / "target" / "python2.7"
LATE, FINISH = "00-contextc-late", "zz-contextc-finish"

# Nothing of the host can be written to: its programs are there read-only, the rest is the scratch directory's.
ENTER = r"""
set -e
root=$1; shift
for path in /bin /sbin /lib /lib64; do
    [ ! -L $path ] || [ -L $root$path ] || cp -P $path $root$path
    [ -L $path ] || { mkdir -p $root$path; mount --bind $path $root$path; mount -o remount,bind,ro $root$path; }
done
mount --bind /usr $root/usr; mount -o remount,bind,ro $root/usr
mount --bind $root/local $root/usr/local
[ ! -d "$PYTHON27" ] || { mount --bind "$PYTHON27" $root/opt; mount -o remount,bind,ro $root/opt; }
mount -t proc proc $root/proc
for name in null urandom; do [ -e $root/dev/$name ] || { touch $root/dev/$name; }; mount --bind /dev/$name $root/dev/$name; done
exec chroot $root /usr/bin/env -i PATH=/usr/bin:/bin "$@"
"""


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def packed(sent):
    text = base64.encodebytes(gzip.compress(json.dumps(sent).encode(), mtime=0)).decode().strip()
    loader = (SHELL / "loader.py").read_text().strip().replace("@SHA256@", sha(text))
    run = (SHELL / "run.sh").read_text()
    for word, value in (("VERSION", "0.1.0"), ("DIGEST", sent["digest"][:12]), ("END", "--contextc--"), ("LOADER", loader), ("PAYLOAD", text)):
        run = run.replace("@%s@" % word, value)
    return run


def context(blocks=(), scripts=(), boothooks=(), config=None, outcome=None):
    """What is sent: blocks by name with their settings, the texts of scripts."""
    texts = {LATE: "#!/bin/sh\n", **{"50-%03d-script" % number: text for number, text in enumerate(scripts, 1)}, FINISH: "#!/bin/sh\n"}
    bodies = {name: json.dumps({name: settings}) + "\n" for name, settings in blocks}
    phases = {"run": "late", "ssh-access": "late"}
    digest = sha(json.dumps([bodies, texts, boothooks, config, outcome]))
    plan = {"schema": 1, "version": "0.1.0", "digest": digest, "scripts": [{"name": name, "sha256": sha(text)} for name, text in texts.items()],
            "blocks": [{"name": name, "part": name, "phase": phases.get(name, "early"), "sha256": sha(body)} for name, body in bodies.items()]}
    if outcome:
        plan["outcome"] = outcome
    parts = [["text/contextc-plan", "contextc-plan.ccfg", json.dumps({"contextc-plan": plan}) + "\n"]]
    parts += [["text/cloud-boothook", "boothook-%03d" % number, "#cloud-boothook\n" + text] for number, text in enumerate(boothooks, 1)]
    parts += [["text/%s-config" % name, name, body] for name, body in bodies.items()]
    parts += [["text/x-shellscript", name, text] for name, text in texts.items()]
    return {"handler": handler(list(dict(blocks))), "digest": digest, "parts": parts, "config": config or {}}


def handler(names):
    whole = bundle.source(names)
    footer = whole.index("HANDLERS.update({")
    return whole[:footer] + bundle.text(["_ssh", "_cloud_config"]) + whole[footer:]


class Machine:
    """Its files stay between one sending and the next."""

    def __init__(self, root):
        self.root = root
        for name in ("usr", "proc", "dev", "tmp", "run", "root", "opt", "etc", "local/bin", "local/sbin", "var/lib", "var/log", "var/tmp"):
            (root / name).mkdir(parents=True)
        for name in ("passwd", "group", "ld.so.cache"):
            (root / "etc" / name).write_bytes(Path("/etc", name).read_bytes())
        (root / "etc/debian_version").write_text("12\n")
        (root / "dev/console").touch()

    def python(self, script):
        """In the place of every Python but the platform's."""
        for name in ("python3", "python", "python2"):
            path = self.root / "local/bin" / name
            path.write_text(script)
            path.chmod(0o755)

    def send(self, run, shell=("sh",)):
        return self.enter(*shell, "-s", said=run)

    def enter(self, *words, said=""):
        done = subprocess.run(
            ["unshare", "--mount", "--uts", "--pid", "--net", "--ipc", "--fork", "--propagation", "private", "sh", "-c", ENTER, "enter", str(self.root), *words],
            input=said, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHON27": str(PYTHON27)}, timeout=300)
        return done.returncode, done.stdout

    def read(self, name):
        return (self.root / name).read_text()

    def exists(self, name):
        return (self.root / name).exists()

    def summary(self):
        return json.loads(self.read("var/log/contextc/summary.json"))
