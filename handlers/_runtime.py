"""The runtime: the only file that touches the machine.

A handler is a generator ``<block>(settings, host)``. It yields actions and gets each action's result back; it may also yield another
generator of its own file (``answer = yield block_part(...)``), which hands its answer over with ``yield Give(value)`` as its last step
(Python 2.7 has no ``yield from``). A failed action ends the handler: an action that may fail takes ``check=False`` and gives its ``rc``.
A handler ends by returning (ok) or by raising `Failed`, `Refused` (failed, and nothing was touched) or `Skipped`, with the reason as text.

``host`` has: ``family`` ("deb", "rpm" or ""), ``release`` (the dict of os-release), ``arch`` (uname -m), ``early`` (bool), ``selinux`` (bool),
``tag`` ("contextc_<digest8>"), ``notes`` (dict: what `Note` recorded for this block, kept over a power cut and a repetition).
"""
import errno
import fnmatch
import fcntl
import glob
import grp
import hashlib
import json
import logging
import os
import pwd
import re
import signal
import subprocess
import sys
import threading
import time
import traceback

# Tests put a scratch directory here; on a machine it stays empty.
ROOT = ""
HANDLERS = {}
LOG = logging.getLogger("contextc")
handler_version = 2
frequency = "always"


class Failed(Exception):
    """The block cannot be done; the text is its reason."""


class Refused(Failed):
    """The block must not be done (there is something to lose); nothing was touched."""


class Skipped(Exception):
    """There is nothing to do here; the text says why."""


class Result(object):
    """What an action found or did. Its attributes are named at each action."""

    def __init__(self, **facts):
        vars(self).update(facts)


class Give(Result):
    """Yielded last by a part of a handler: ``value`` is the answer to its caller."""

    def __init__(self, value):
        self.value = value


class Action(object):
    """Something that should be true. Safe to repeat; carried out by `perform`, which only the runtime calls."""

    def keep(self, given):
        given.pop("self")
        vars(self).update(given)


class Run(Action):
    """Run a command without a shell -> rc, out, err (text).

    Fails unless rc is 0 (``check=False``: never). ``destructive``: the state is on disk before and after. ``secret``: neither the
    words nor the output are logged. ``timeout`` in seconds, then the whole process group is killed (rc -9). PATH is fixed, LC_ALL=C; ``env``
    adds to them. Not repeated safely by itself: ask first (`Read`, `Device`, `Run(check=False)`), then run.
    """

    def __init__(self, argv, stdin=None, timeout=300, check=True, env=None, destructive=False, secret=False):
        self.keep(locals())


class Write(Action):
    """The file has this text, mode, owner and group -> changed.

    Written beside its place with mode 0600, then renamed: never half, never widened. The same content is left alone (changed is
    False). The directory must exist. Owner and group are names; None leaves root. The text is never logged.
    """

    def __init__(self, path, text, mode=0o644, owner=None, group=None):
        self.keep(locals())


class Line(Action):
    """One line of a file -> changed. ``key`` is a regular expression for the start of all lines that this one stands for.

    The file gets the line once, in the place of the first that matches; other matches are dropped if ``contextc`` is in them, else kept as
    comments. A missing file is made, mode 0644.
    """

    def __init__(self, path, text, key):
        self.keep(locals())


class Mkdir(Action):
    """The directory exists, with its parents -> changed. ``mode``, ``owner``, ``group`` are set when given (parents: 0755 root)."""

    def __init__(self, path, mode=None, owner=None, group=None):
        self.keep(locals())


class Remove(Action):
    """The file (never a directory) is gone -> changed."""

    def __init__(self, path):
        self.keep(locals())


class Read(Action):
    """The text of a file, or None. (The result is the text itself.)"""

    def __init__(self, path):
        self.keep(locals())


class Exists(Action):
    """Whether there is anything of that name, a dangling link included -> bool."""

    def __init__(self, path):
        self.keep(locals())


class Mounted(Action):
    """What is mounted at a directory, topmost -> None, or device (real path or source), type."""

    def __init__(self, path):
        self.keep(locals())


class Device(Action):
    """A block device, links followed -> None if there is none, or path, serial, size, readonly, partitions, holders, mounts (list of
    directories, "swap" among them), kind ("" for blank, else the type of filesystem, table or member), uuid, id (serial or path, and size)."""

    def __init__(self, path):
        self.keep(locals())


class Disks(Action):
    """Every whole disk as `Device` gives it, and ``named``: whether ``name`` (path, link, by-id name or serial) means it -> list."""

    def __init__(self, name):
        self.keep(locals())


class Wait(Action):
    """Let seconds pass."""

    def __init__(self, seconds):
        self.keep(locals())


class Note(Action):
    """Remember a value for this block (None forgets it): in ``host.notes`` at once and, when it returns, on the disk. Before a step that a power
    cut could leave half done."""

    def __init__(self, key, value):
        self.keep(locals())


class Install(Action):
    """The packages of this machine's family are installed -> changed. Names, ``name=version`` (deb) or ``name-version`` (rpm), or paths of files.

    Only what is missing is asked for. Waits up to 60 s for another's package lock. Early: only with a default route and 120 s in all. Else
    fails, naming what to bake into the image. Signatures are always checked. The package lists are renewed when a first attempt
    fails, or before it with ``refresh`` (set it when a repository has just been written).
    """

    def __init__(self, deb=(), rpm=(), refresh=False):
        self.keep(locals())


class Enable(Action):
    """The service is enabled, and runs now unless ``start`` is False."""

    def __init__(self, service, start=True):
        self.keep(locals())


class Fetch(Action):
    """The file holds what the URL gives, with that sha256 -> changed. TLS is verified. A file that has the sha256 already is left alone;
    otherwise it is replaced whole, after the check. Network faults are retried, with growing pauses."""

    def __init__(self, url, path, sha256, timeout=60, retries=3):
        self.keep(locals())


class Restorecon(Action):
    """SELinux labels below the paths are the policy's; nothing where SELinux is off."""

    def __init__(self, *paths):
        self.paths = list(paths)


class Log(Action):
    """A line in the block's log. Never a secret."""

    def __init__(self, message, level="INFO"):
        self.keep(locals())
