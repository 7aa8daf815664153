"""The block pilot: the commands of DIRAC, fetched and checked, and a pilot in each slot."""


def pilot(settings, host):
    """Actions for a machine that runs pilots."""
    # What the scheduler reads if nothing below comes to its end.
    yield Write(settings["message"], "500 The machine could not be contextualised\n")
    for command in settings["commands"]:
        yield Fetch(command["url"], command["path"], command["sha256"], mode=0o755)
    service = settings["service"]
    yield written(service)
    if settings["metadata"] == "close":
        closed = yield Run([service["files"][-1][0], "metadata"])
        yield Record("the metadata address", closed.out.strip())
    yield started(service)
