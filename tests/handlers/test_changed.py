"""Other user-data under the same instance-id: what `contextc diff` says of the next boot."""


def test_a_changed_plan_is_done_again_as_a_whole(guest, called):
    """All blocks, not the changed one alone, and the user's scripts: the old ones that are still there, too."""
    guest.walk()
    guest.final()
    assert guest.states() == {"disk": "ok", "soft": "ok"}
    guest.reboot()
    assert (guest.did, called[0], guest.resumes()) == (["disk", "soft"], [], False)
    guest.blocks[1] = ("soft", "late", {"password": "other"})
    guest.scripts["50-001-other"] = guest.scripts.pop("50-001-hello")
    guest.reboot()
    assert guest.did == ["disk", "soft", "disk"] and guest.resumes()
    assert guest.run("--resume") == 0
    assert guest.did == ["disk", "soft", "disk", "soft"]
    assert called[0] == ["50-001-hello", "50-001-other"]
    guest.reboot()
    assert not guest.resumes() and len(guest.did) == 4


def test_a_changed_handler_alone_does_nothing(guest):
    guest.walk()
    guest.final()
    guest.handler.write_text(guest.handler.read_text() + "\n# another\n")
    guest.reboot()
    assert guest.did == ["disk", "soft"] and not guest.resumes()
