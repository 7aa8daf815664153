"""The block metadata: who reaches the metadata of the cloud, when the blocks before it are done."""


def metadata(settings, host):
    """Actions that close it to all but root, or leave it as it is."""
    if not settings["closing"]:
        raise Skipped("it is left open")
    fault = yield closed(settings["closing"])
    if fault:
        raise Failed("the metadata stays open: " + fault)
