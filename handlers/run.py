"""The block run: commands in their order, each with its result in the summary.

A note stands on the disk while a command runs, and another for one that was ok: so that one is never done again, and a power cut in the middle of
one is known.
"""

RUN_OUTPUT = "/var/lib/contextc/run.out"


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
        yield run_log(name)
        yield Note(done, "interrupted")
        yield Give("interrupted, not repeated")
    env = command["env"]
    if command["user"]:
        account = yield Account(command["user"])
        if not account:
            yield Give("no user " + command["user"])
        env = dict({"HOME": account.home, "USER": account.name, "LOGNAME": account.name}, **env)
    yield Note(doing, True)
    # Into a file and not to us: what a command leaves in the background would hold us up.
    ended = yield Run(
        command["argv"], timeout=command["timeout"], check=False, env=env, user=command["user"], directory=command["directory"], output=RUN_OUTPUT)
    yield run_log(name)
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


def run_log(name):
    """What a command wrote, in lines of its own."""
    text = yield Read(RUN_OUTPUT)
    if text:
        yield Log("\n".join("%s| %s" % (name, line) for line in text.splitlines()))
