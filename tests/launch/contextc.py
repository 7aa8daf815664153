"""The compiler, and what a shell makes of what it prints."""
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
COMPILER = Path(os.environ.get("CONTEXTC", ROOT / "target/release/contextc")).absolute()
LAUNCH = ROOT / "target/launch"



def found(pattern):
    """What tests/launch/packages unpacked; or this machine's own, which apt then had no need to fetch."""
    for root in (LAUNCH / "root", Path("/")):
        for path in sorted(root.glob(pattern)):
            return path
    raise FileNotFoundError(f"{pattern}: neither unpacked nor on this machine")


# Small enough for every target: the machine fetches the handlers.
CONTEXT = "handlers: {pinned: {urls: [https://farm.example.org/handlers.py]}}\nlocalfs: {parts: {home: 60}}\n"

# What every reader is to give back. No tool splits these.
PLAIN = {"image": "debian-13", "flavor": "m1.small", "key": "farm", "name": "worker"}
HOSTILE = {
    "image": "im 'a' $(id) `id` \"b\" ${HOME} %{if} {{ 7*7 }} {% raw %} \\ é",
    "flavor": "f\"; rm -rf / #$${x}%%{y}",
    "key": "k'\\''&& true",
    "name": "w o$r`k`er",
}


class Refused(Exception):
    pass


def run(*words, folder, stdin=None):
    done = subprocess.run([COMPILER, *words], cwd=folder, input=stdin, capture_output=True)
    if done.returncode:
        raise Refused(done.stderr.decode())
    return done.stdout


def launch(folder, target, form="shell", **options):
    """What is printed; the context and its user-data are in the folder."""
    (folder / "worker.yaml").write_text(CONTEXT)
    envelope = options.pop("envelope", None)
    more = ["--envelope", envelope] if envelope else []
    path = folder / options.get("user_data", "user-data")
    path.write_bytes(run("compile", "worker.yaml", "--target", target, *more, folder=folder))
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return run("launch", "worker.yaml", "--target", target, "--format", form, *more, *words, folder=folder).decode()


def commands(text, folder, *tools, **variables):
    """The words of each command of the tools that a real shell runs."""
    stubs = folder / "stubs"
    stubs.mkdir(exist_ok=True)
    words = folder / "words"
    words.unlink(missing_ok=True)
    for tool in tools:
        stub = stubs / tool
        stub.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\" >> \"$WORDS\"\nprintf '\\1\\0' >> \"$WORDS\"\n")
        stub.chmod(0o755)
    environment = {"PATH": f"{stubs}:/usr/bin:/bin", "WORDS": str(words), "HOME": str(folder), **variables}
    subprocess.run(["sh", "-c", text], cwd=folder, env=environment, check=True, capture_output=True)
    read = words.read_bytes().decode().split("\1\0")[:-1]
    return [command.split("\0")[:-1] for command in read]
