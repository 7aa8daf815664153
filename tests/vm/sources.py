"""What scenarios are made of: contents of disks, what the guest can fetch, compiled and damaged user-data."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import images
from machine import GIB
from webserver import HOST

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent


# User-data.

def compiler():
    return Path(os.environ.get("CONTEXTC") or TOP / "target" / "release" / "contextc")


def user_data(run, variables):
    """The scenario's context, compiled by the command as a user runs it."""
    context = run.work / f"{run.scenario.context}.yaml"
    context.write_text(text(run.scenario.context) + run.more)
    target = ["--target", run.scenario.target] if run.scenario.target else []
    settings = [word for key, value in variables.items() if key != "handlers" for word in ("--set", f"{key}={value}")]
    if "handlers" in variables:
        settings += ["--handlers", variables["handlers"]]
    run.compile = [compiler(), "compile", context, *settings]
    run.said = compiled(run, run.work / "user-data", *target)
    return (run.work / "user-data").read_bytes()


def compiled(run, out, *words):
    """The same context for some target; gives what the command said."""
    done = subprocess.run([*run.compile, "-o", out, *words], stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


def text(name):
    if name == "farm":
        return (TOP / "examples" / "virtual-farm.yaml").read_text() + (HERE / "contexts" / "farm-extra.yaml").read_text()
    if name == "farm-over-ssh":
        return text("farm") + text("farm-ssh")
    if name == "farm-off":
        return text("farm") + text("off")
    if name == "site-again":
        return text("site") + text("site-extra")
    return (HERE / "contexts" / f"{name}.yaml").read_text()


def cut_before_finish(data):
    """As if the transport had lost the end of the message: within the part before the finish."""
    return data[:data.index(b'filename="zz-contextc-finish"')]


def cut_before_blocks(data):
    return data[:data.index(b'filename="localfs-config.ccfg"')]


# What the guest can fetch. Each gives the variables of the context.

def packages(run, source="deb ./"):
    """The stand-in packages, built for this server's address, with a key of their own."""
    target = run.work / "www"
    subprocess.run([HERE / "packages" / "build", target, run.server.base], check=True, stdout=subprocess.DEVNULL)
    (run.work / "key.asc").write_bytes((target / "key.asc").read_bytes())
    if run.scenario.context == "cvmfs-release":
        return {"base": run.server.base, "sha256": hashlib.sha256((target / "release.deb").read_bytes()).hexdigest()}
    return {"base": run.server.base, **({"source": source} if run.scenario.context == "cvmfs" else {})}


def lacking(run):
    """The debs that the image "bare" lacks, as a flat repository."""
    debs = run.guest.image / "debs"
    (run.work / "www").rmdir()
    (run.work / "www").symlink_to(debs)
    return {}


def handlers(run):
    """The bundle that `handlers: include` names."""
    return {"handlers": f"include={run.server.base}/{bundle(run).name}"}


def pinned(run, mirrors="down tampered good"):
    """Mirrors of the bundle, in the order in which they are asked: nobody listens, one line is added to it, it is as it should be."""
    path = bundle(run)
    (run.work / "www" / "tampered").mkdir()
    (run.work / "www" / "tampered" / path.name).write_text(path.read_text() + "open('/var/log/evil', 'w')\n")
    (run.work / "www" / "late").mkdir()
    bases = {name: f"{run.server.base}/{name}/" for name in ("tampered", "late")}
    bases.update(down=f"http://{HOST}:1/", good=f"{run.server.base}/")
    return {"handlers": "pinned=" + ",".join(bases[name] for name in mirrors.split())}


def publish(run):
    """The mirror that was empty has the bundle from now on."""
    path = bundle(run)
    (run.work / "www" / "late" / path.name).write_bytes(path.read_bytes())


def bundle(run):
    """The handlers, where the guest can fetch them."""
    subprocess.run([compiler(), "handlers", "-o", run.work / "www"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return next((run.work / "www").glob("contextc-handlers-*.py"))


# Disks.

def with_a_file(path):
    """Somebody's filesystem."""
    _filesystem(path, {"file": "precious\n"})


def without_files(path):
    """What clouds hand out as ephemeral disk. 4 GiB, sparse."""
    _filesystem(path, {})


def _filesystem(path, files):
    content = path.with_suffix(".d")
    content.mkdir(exist_ok=True)
    for name, written in files.items():
        (content / name).write_text(written)
    with open(path, "wb") as disk:
        disk.truncate(GIB if files else 4 * GIB)
    subprocess.run(["mkfs.ext4", "-q", "-d", str(content), str(path)], check=True)


# The early script: what the image of a scenario would hold.

def early(run, words):
    written = "".join((HERE / "early" / f"{name}.sh").read_text() for name in run.scenario.early)
    if words:
        written += (HERE / "early" / "cut.sh").read_text()
    for key, value in {**(words or {}), **run.words, "BASE": run.server.base}.items():
        written = written.replace(f"@{key}@", value)
    assert not re.search("@[A-Z]+@", written), "a word of an early script has no value"
    return written
