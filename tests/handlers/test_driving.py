"""How a handler's parts and actions are driven."""
import pytest

from host import Host


def test_a_part_of_a_handler_answers_its_caller(runtime):
    def part(number):
        answer = yield "ask %d" % number
        if answer == "early":
            yield runtime.Give("given early")
        yield runtime.Give(answer + "!")

    def handler():
        first = yield part(1)
        second = yield part(2)
        done.append((first, second, (yield silent())))

    def silent():
        yield "nothing"
    done, asked = [], []

    def perform(action):
        asked.append(action)
        return {"ask 1": "early", "ask 2": "late"}.get(action)
    runtime.drive(handler(), perform)
    assert done == [("given early", "late!", None)]
    assert asked == ["ask 1", "ask 2", "nothing"]


def test_an_unknown_word_of_an_action_is_an_error(runtime):
    with pytest.raises(TypeError):
        runtime.Note("key", "value", colour="red").perform(Host())
