"""Commands in their order, with what a repetition and a power cut make of them."""


def command(name, stop=True, **more):
    return dict({"name": name, "argv": ["sh", "-c", "do " + name], "timeout": 600, "stop": stop, "env": {"PATH": "/bin"}, "hidden": [], "user": None, "directory": "/"}, **more)


def settings(*commands):
    return {"commands": list(commands)}


THREE = settings(command("one"), command("two"), command("three"))


def ran(machine):
    return [line for line in machine.lines if line.startswith("Run ")]


SCENARIOS = {
    "ok-is-done-once": dict(
        settings=settings(command("one"), command("words", argv=["echo", "a b", "$c"], timeout=5, directory="/data", env={"PATH": "/bin", "A": "b"})),
        machine={"answers": [("do one", 0, "first\nsecond\n")]},
        again=lambda machine: len(ran(machine)) == 2),
    "a-failure-stops": dict(
        settings=THREE, machine={"answers": [("do two", 3, "")]},
        ends="Failed: not ok: two, three"),
    "a-failure-goes-on": dict(
        settings=settings(command("one", stop=False), command("two")), machine={"answers": [("do one", 1, "")]},
        ends="Failed: not ok: one"),
    "killed-by-a-signal": dict(
        settings=settings(command("one", stop=False), command("two", timeout=1)), machine={"answers": [("do one", -15, ""), ("do two", -9, "")]},
        ends="Failed: not ok: one, two"),
    "the-clock-leaps": dict(
        settings=settings(command("one", timeout=1))),
    "a-power-cut": dict(
        settings=THREE, machine={"notes": {"done one": "ok 0.5 s", "doing two": True}},
        ends="Failed: not ok: two, three"),
    "asked-for-after-a-power-cut": dict(
        settings=THREE, machine={"notes": {"done one": "ok 0.5 s", "done two": "interrupted"}},
        again=lambda machine: len(ran(machine)) == 2),
    "values-of-variables-are-not-logged": dict(
        settings=settings(command("one", env={"PATH": "/bin", "TOKEN": "hunter", "LONGER": "hunter2", "SHORT": "abc", "KEY": "begin\nhalf\nend\n", "NONE": ""}, hidden=["KEY", "LONGER", "NONE", "SHORT", "TOKEN"])),
        machine={"answers": [("do one", 1, "/bin/x: hunter2 hunter abc\nhalf of a key\nend\n")]},
        ends="Failed: not ok: one"),
    "as-a-user": dict(
        settings=settings(command("one", user="alice", env={"PATH": "/bin", "USER": "root"}))),
    "no-such-user": dict(
        settings=settings(command("one", user="bob")),
        ends="Failed: not ok: one"),
}
