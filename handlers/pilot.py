"""The block pilot: the commands of DIRAC, fetched and checked, and a pilot in each slot.

What fails here makes the block fail, and the script is started all the same: it finds why no pilot can be, says so to the scheduler and
powers the machine off where that is asked for. Else it would stay on for ever, and do nothing.
"""


def pilot(settings, host):
    """Actions for a machine that runs pilots."""
    # What the scheduler reads if nothing below comes to its end.
    yield Write(settings["message"], "500 The machine could not be contextualised\n")
    service = settings["service"]
    missing, why = (yield pilot_commands(settings["commands"])), ""
    yield written(service)
    yield Write("/usr/local/lib/contextc/%s.fault" % service["name"], missing and missing + "\n", 0o600)
    if settings["closing"]:
        # The script tries it again, at every boot.
        fault = yield closed(settings["closing"])
        why = fault and "the metadata address stays open: " + fault
    yield started(service)
    if missing:
        yield Record(service["title"], "none")
    if missing or why:
        raise Failed(missing or why)


def pilot_commands(commands):
    """The command files, until one does not come -> why, or an empty text."""
    why = ""
    for command in commands:
        why = why or (yield Pilot_Command(command["url"], command["path"], command["sha256"])).why
    yield Give(why)


@action
def Pilot_Command(host, url, path, sha256, mode=0o755):
    """A command file, as `Fetch` gets it -> why: empty, or what it failed with. `Fetch` itself would end the handler there."""
    try:
        Fetch(url, path, sha256, mode=mode).perform(host)
    except Failed as fault:
        return Result(why=fault.args[0])
    return Result(why="")
