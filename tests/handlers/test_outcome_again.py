"""What follows the verdict, over power cuts and later boots, and where the handlers are fetched."""
import json

import pytest

import bundle
from guest import sha
from test_pinned import loader, mirror  # noqa: F401
from watched import LOG, OFF, Cut, Watched, command

DEEDS = [command("one"), LOG, command("two"), OFF]


def boot(guest):
    """What cloud-init and systemd do at a boot."""
    taken = (guest.root / "var/lib/cloud/instance/sem/config_scripts_user").exists()
    guest.walk(frequency="always" if taken else "once-per-instance")
    guest.write("var/lib/cloud/data/result.json", "{}")
    if guest.resumes():
        guest.run("--resume")
    elif not taken:
        guest.final()
    if guest.begins():
        guest.watch()


def test_power_cuts(tmp_path):
    """At every step of a boot that fails: nothing is begun twice, and all is begun."""
    number, cut = 0, True
    while cut:
        number, cut = number + 1, False
        root = tmp_path / str(number)
        root.mkdir()
        guest = Watched(root.resolve(), failure=[dict(deed, delay=2) if deed is OFF else deed for deed in DEEDS])
        guest.behaviour["disk"] = ("Failed", "no")
        guest.cut, off, begun = number, [], 0
        try:
            boot(guest)
        except Cut:
            cut = True
        off, begun = guest.off(), guest.asked()["begun"]["failure"] if (root / "var/lib/contextc/outcome/asked.json").exists() else 0
        told, guest.cut = guest.told(), None
        guest.boot()
        boot(guest)
        names = [argv[0] for argv in guest.started]
        # A mark comes before what it is of: what the cut came between is not done.
        assert names == sorted(set(names)) and len(names) >= 1, number
        assert len(off + guest.off()) == 1 or begun == 4, number
        assert len(told + guest.told()) == 1 or begun == 2, number
        assert guest.asked()["begun"]["failure"] == 4 and guest.verdict() == "failed", number
    assert number > 30


def failed(guest):
    guest.behaviour["disk"] = ("Failed", "no")
    boot(guest)
    return guest


def test_a_later_boot_begins_no_watch(watched):
    guest = failed(watched())
    guest.reboot()
    assert guest.calls == []


def test_a_later_boot_does_what_is_left(watched):
    guest = watched(failure=[command("one")])
    guest.behaviour["disk"] = ("Failed", "no")
    guest.walk()
    guest.final()
    guest.boot()
    boot(guest)
    assert guest.begins() and guest.started == [["one"]]


@pytest.mark.parametrize("change", ["clean", "instance", "context"])
def test_begun_anew_everything_is_done_again(watched, change):
    guest = failed(watched(failure=[command("one")]))
    guest.boot()
    (guest.root / "var/lib/cloud/instance/sem/config_scripts_user").unlink()
    if change == "instance":
        guest.write("var/lib/cloud/data/instance-id", "i-2\n")
    elif change == "context":
        guest.outcome["within"] = 61
    boot(guest)
    assert guest.started == [["one"]] * 2


def test_a_boot_that_hung_is_told_once(watched):
    """cloud-init has no mark of it, and takes the next boot for a first one too."""
    guest = watched(failure=[command("one"), OFF], success=[command("good")])
    guest.walk()
    guest.watch()
    assert len(guest.off()) == 1
    guest.reboot(frequency="once-per-instance")
    guest.watch()
    assert guest.off() == [] and guest.started == [["one"]]
    guest.final()
    guest.watch()
    assert guest.started == [["one"], ["good"]]


def test_contextc_run_after_a_failure(watched):
    guest = failed(watched(failure=[command("bad")], success=[command("good")]))
    """By the watch, which it begins again: it holds nobody up, and its delay can be ended by another contextc-run."""
    for code, done in ((1, [["bad"]]), (0, [["bad"], ["good"]]), (0, [["bad"], ["good"]])):
        guest.calls = []
        assert guest.run() == code and guest.begins()
        guest.watch()
        assert guest.started == done
        guest.behaviour.clear()


def test_two_watches(watched):
    """The second leaves it to the first, which is at it."""
    guest = watched(failure=[OFF])
    guest.meanwhile[20] = guest.watch
    failed(guest)
    assert len(guest.off()) == 1


class Pinned(Watched):
    """With the real handlers, from a mirror; `first` is called before one is asked."""

    def __init__(self, root, server, **given):
        self.server, self.first = server, None
        Watched.__init__(self, root, **given)
        self.blocks = self.blocks[:1]

    def fetcher(self):
        made = loader(self.root, ["http://127.0.0.1:%d/a" % self.server.server_port], bundle.source([]).encode(), [])
        self.write("part-handler-000.py", "# what fetches\n")
        self.double(made)
        made.URLS[0] += "?first=%d" % self.boots
        within = made.within
        made.within = lambda *given: (self.first and self.first()) or within(*given)
        return made

    def boot(self):
        Watched.boot(self)
        self.runtime = self.fetcher()

    def watch(self):
        made = self.fetcher()
        try:
            made.watch()
        except BaseException as fault:
            assert type(fault).__name__ == "Endless"


@pytest.fixture
def pinned(tmp_path, mirror):  # noqa: F811
    return lambda **given: Pinned(tmp_path.resolve(), mirror, **given)


def test_refused(pinned):
    guest = pinned(failure=[command("bad")])
    seen = []
    guest.first = lambda: seen.append(guest.begins())
    guest.walk()
    assert seen[0] and guest.verdict() == "unreached" and guest.summary()["machine"] == "unreached"
    guest.watch()
    assert guest.started == [["bad"]]
    # The next boot asks again, and is watched again; what was done is not repeated.
    guest.reboot()
    guest.watch()
    assert guest.begins() and guest.started == [["bad"]]


def test_refused_without_a_console(pinned):
    guest = pinned()
    (guest.root / "dev/console").unlink()
    (guest.root / "dev").rmdir()
    guest.walk()
    assert guest.verdict() == "unreached"


def test_overdue_while_mirrors_are_asked(pinned):
    guest = pinned()

    def overdue():
        if not guest.told():
            guest.watch()
            guest.now = 10.0
    guest.first = overdue
    guest.walk()
    assert guest.told()[0].startswith("machine unreached; disk unreached: the handlers did not arrive: ")
    assert "not yet there" in guest.told()[0]


@pytest.mark.parametrize("code", [0, 1])
def test_overdue_when_the_handlers_are_there(pinned, code):
    """They say what is done; where they cannot, an older summary is not taken for it."""
    guest = pinned()
    guest.walk()
    path = guest.root / "var/lib/contextc/handler.py"
    path.write_text(bundle.source([]))
    assert sha(path.read_bytes()) == guest.fetcher().SHA256
    (guest.root / "var/lib/contextc/outcome/verdict").unlink()
    (guest.root / "var/log/contextc/summary.json").write_text(json.dumps({"machine": "failed", "blocks": [], "scripts": [], "modules": []}))
    guest.calls, guest.codes["/usr/local/sbin/contextc-run"] = [], code
    guest.watch()
    assert guest.calls[0] == ["/usr/local/sbin/contextc-run", "--overdue"]
    assert guest.told() == ["machine failed"] if not code else "machine unreached; disk unreached" in guest.told()[0]


def test_fetched_late_nothing_is_repeated(pinned):
    """The handlers come at the second boot, and their block fails: that is told at the first already."""
    guest = pinned(failure=[command("bad")], success=[command("good")])
    guest.walk()
    guest.watch()
    guest.server.files["/a?first=2"] = bundle.source([]).encode()
    guest.reboot()
    guest.watch()
    assert (guest.root / "var/lib/contextc/handler.py").exists() and guest.started == [["bad"]]
    assert guest.asked()["begun"]["failure"] == 1
