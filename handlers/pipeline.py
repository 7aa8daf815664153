"""The block pipeline: supervised commands of users, and their trackers."""


def pipeline(settings, host):
    """Actions for a machine that runs the pipelines which the settings name."""
    for user in settings["users"]:
        if not (yield Account(user)):
            raise Failed("there is no user %s: add it to `users`" % user)
    for service in settings["services"]:
        yield written(service)
        yield started(service)
