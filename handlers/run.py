"""The block run: commands in their order, each with its result in the summary.

A note stands on the disk while a command runs, and another for one that was ok: so that one is never done again, and a power cut in the middle of
one is known.
"""

# Bytes of what a command wrote: the last of them are kept.
RUN_LAST = 64 << 10


def run(settings, host):
    """Actions that run the commands, up to the first whose failure stops the others."""
    bad, stop = [], False
    for command in settings["commands"]:
        result = "not run"
        if not stop:
            result = yield run_command(command, host)
        yield Record(command["name"], result)
        if result[:2] != "ok":
            bad.append(command["name"])
            stop = stop or command["stop"]
    if bad:
        raise Failed("not ok: " + ", ".join(bad))


def run_command(command, host):
    """Gives what became of a command, now or in an earlier run of the block."""
    name = command["name"]
    doing, done = "doing " + name, "done " + name
    before = host.notes.get(done)
    if before and before[:2] == "ok":
        yield Give(before)
    if host.notes.get(doing):
        yield Note(done, "interrupted")
        yield Give("interrupted, not repeated")
    env = command["env"]
    if command["user"]:
        account = yield Account(command["user"])
        if not account:
            yield Give("no user " + command["user"])
        env = dict({"HOME": account.home, "USER": account.name, "LOGNAME": account.name}, **env)
    yield Note(doing, True)
    ended = yield Run(command["argv"], timeout=command["timeout"], check=False, env=env, user=command["user"], directory=command["directory"], last=RUN_LAST)
    yield run_log(command, ended)
    result = run_result(ended, command["timeout"]) + (", repeated after an interruption" if before else "")
    yield Note(done, result if result[:2] == "ok" else None)
    yield Note(doing, None)
    yield Give(result)


def run_result(ended, timeout):
    # Not by the time alone: while a machine boots its clock may leap.
    if ended.rc == -signal.SIGKILL and ended.seconds >= timeout:
        return "killed after %d s" % timeout
    if ended.rc:
        return "exit %d" % ended.rc if ended.rc > 0 else "signal %d" % -ended.rc
    return "ok %.1f s" % ended.seconds


def run_log(command, ended):
    """What a command wrote, in lines of its own. Of the last that a failed one wrote the summary has a few, for all to read, and its variables may
    be secrets: line by line, for a part of one may have been written."""
    text = ended.out
    lines = [line.strip() for name in command["hidden"] for line in command["env"][name].splitlines()]
    for line in sorted(lines, key=len, reverse=True):
        if len(line) > 3:
            text = text.replace(line, "***")
    lines = text.strip().splitlines()
    if ended.left:
        # The first of them is the rest of one, and may be of a secret.
        lines[:1] = ["(%d bytes and the rest of a line are left out)" % ended.left]
    if lines:
        yield Log("\n".join("%s| %s" % (command["name"], line) for line in lines))
