"""The images of the guests: built from the archive, kept outside the checkout, keyed by their recipe."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUITES = ("bullseye", "bookworm", "trixie", "sid")
MOVING = "sid"
SUBSTITUTE = "testing"
# A variant that is made of another one, by a program of its own.
DERIVED = {"ssh": ("full", "without-cloud-init")}
RECIPE = ("image", "guest/95-guest.cfg", "guest/vm-check", "guest/vm-early.service", "guest/vm-final.service")


class CannotBuild(Exception):
    """The archive or this machine does not give the image."""


def cache():
    """Where images live: never in the checkout, so that a clean checkout does not rebuild them."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "contextc" / "vm"
    path = Path(os.environ.get("CONTEXTC_VM_CACHE") or default)
    path.mkdir(parents=True, exist_ok=True)
    return path


def mirror():
    """The Debian archive that this machine's own apt uses; none is written down here."""
    chosen = os.environ.get("CONTEXTC_VM_MIRROR")
    if chosen:
        return chosen.rstrip("/")
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in listed.splitlines():
        label, _, uri = line.partition(" ")
        if label == "Debian":
            return uri.rstrip("/")
    raise CannotBuild("apt on this machine names no Debian archive (set CONTEXTC_VM_MIRROR)")


def recipe_hash(suite, variant):
    """Changes with every file that decides what is in the image."""
    digest = hashlib.sha256(f"{suite} {variant}\n".encode())
    base, program = DERIVED.get(variant, (None, None))
    if base:
        digest.update(recipe_hash(suite, base).encode())
    for name in [program] if program else RECIPE:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()[:12]


def image(suite, variant="full"):
    """The directory with root.img, vmlinuz and initrd; built now when the recipe is new."""
    wanted = cache() / f"{suite}-{variant}-{recipe_hash(suite, variant)}"
    if wanted.exists():
        return wanted
    if variant in DERIVED:
        image(suite, DERIVED[variant][0])
    with open(cache() / f"{suite}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():
            _build(suite, variant, wanted)
    return wanted


def _build(suite, variant, wanted):
    """Built under another name and renamed, so that a half-made image is never used."""
    began = time.monotonic()
    print(f"vm: building {wanted.name} ...", file=sys.stderr, flush=True)
    unfinished = cache() / f"{wanted.name}.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    log = cache() / f"{suite}-{variant}.log"
    with open(log, "w") as out:
        code = subprocess.run(
            [str(word) for word in _recipe(suite, variant, unfinished)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT).returncode
    if code != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        raise CannotBuild(f"image {suite}/{variant} could not be built ({log}):\n{tail}")
    _remove_older(suite, variant)
    unfinished.rename(wanted)
    print(f"vm: built {wanted.name} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _recipe(suite, variant, out):
    if variant in DERIVED:
        base, program = DERIVED[variant]
        return [HERE / program, image(suite, base), out]
    return [HERE / "image", suite, variant, mirror(), cache() / "debs" / suite, out]


def _remove_older(suite, variant):
    for old in cache().glob(f"{suite}-{variant}-" + "?" * 12):
        shutil.rmtree(old, ignore_errors=True)


def prepare(wanted):
    """Builds what is missing of a set of (suite, variant), two at a time; one suite's are built one after another."""
    suites = sorted({suite for suite, _ in wanted})
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda suite: [image(*one) for one in sorted(wanted) if one[0] == suite], suites))


def guests(variants):
    """The suites of this run and what stands in for what, as {name: suite or None}.

    `variants` are the ones of sid that the run needs. sid moves: in CI a day on which its images cannot
    be built must not stop everything. By hand it is required, and the exception passes through."""
    chosen = {suite: suite for suite in SUITES}
    try:
        prepare({(MOVING, variant) for variant in variants})
    except CannotBuild as why:
        if os.environ.get("CI") != "true":
            raise
        chosen[MOVING] = _substitute(variants, why)
    return chosen


def _substitute(variants, why):
    print(f"vm: WARNING: {MOVING} cannot be built today: {why}", file=sys.stderr, flush=True)
    try:
        prepare({(SUBSTITUTE, variant) for variant in variants})
    except CannotBuild as also:
        print(f"vm: WARNING: NOTHING takes the place of {MOVING}: {also}", file=sys.stderr, flush=True)
        return None
    print(f"vm: WARNING: {SUBSTITUTE} takes the place of {MOVING}", file=sys.stderr, flush=True)
    return SUBSTITUTE
