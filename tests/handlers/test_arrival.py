"""Parts and scripts that did not arrive, or not whole."""
import pytest

from guest import FINISH, LATE


def test_a_damaged_block_is_not_acted_on(guest):
    parts = guest.parts()
    guest.walk([parts[0], (parts[1][0], parts[1][1], parts[1][2].replace("1", "2")), parts[2]])
    assert guest.final()[1] == 1
    rows = guest.summary()["blocks"]
    assert [(row["state"], row["reason"]) for row in rows] == [("unreached", "did not arrive whole"), ("ok", None)]
    assert guest.did == ["soft"]
    assert guest.summary()["machine"] == "unreached"


def test_no_part_of_a_block(guest):
    guest.walk(guest.parts()[:2])
    assert guest.final()[1] == 1
    assert guest.states() == {"disk": "ok", "soft": "unreached"}


def test_a_part_that_is_in_no_plan_is_left_alone(guest):
    guest.walk(guest.parts() + [("text/other-config", "x", "{}")])
    assert guest.did == ["disk"]


def test_blocks_without_a_plan_are_not_acted_on(guest, caplog):
    """Truncated before the plan, or tampered with."""
    guest.walk(guest.parts()[1:])
    assert guest.did == []
    summary = guest.summary()
    assert (summary["machine"], summary["digest"], summary["blocks"]) == ("unreached", None, [])
    assert [record.getMessage() for record in caplog.records] == ["contextc: no plan arrived"]


def test_a_finished_context_survives_user_data_without_a_plan(guest):
    guest.walk()
    guest.final()
    guest.reboot([])
    assert guest.summary()["machine"] == "ok"


@pytest.mark.parametrize("lost", [LATE, FINISH, "50-001-hello"])
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_truncated_scripts(guest, lost, how, called):
    """The verdict comes even when its own script did not."""
    scripts = dict(guest.scripts)
    del scripts[lost]
    if how == "damaged":
        scripts[lost] = "#!/b"
    guest.walk(scripts=scripts)
    assert guest.resumes() == (lost != "50-001-hello")
    assert guest.run("--resume") == 1
    assert called[0] == []
    assert guest.did == ["disk", "soft"]
    assert guest.summary()["machine"] == "unreached"
    assert {"name": lost, "state": "unreached", "reason": "did not arrive whole"} in guest.summary()["scripts"]
    assert not guest.resumes()
