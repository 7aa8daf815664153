"""The action `Install`, with a stand-in for the package tools."""
import pytest

import bundle
from host import Host


class Tools:
    """Stands for the package tools: which packages are there, and what each call answers."""

    def __init__(self, runtime, monkeypatch, there=(), answers=()):
        self.there, self.answers, self.calls, self.env = list(there), list(answers), [], {}
        outer = self

        class Run(object):
            def __init__(self, argv, stdin=None, timeout=300, check=True, env=None):
                self.argv, self.env, self.timeout = list(argv), env, timeout

            def perform(self, host):
                if self.argv[0] in ("dpkg-query", "rpm"):
                    return runtime.Result(rc=0, out="installed" if self.argv[-1] in outer.there else "", err="")
                outer.calls.append(self.argv)
                outer.env, outer.timeout = self.env, self.timeout
                rc, err = outer.answers.pop(0) if outer.answers else (0, "")
                return runtime.Result(rc=rc, out="", err=err)
        monkeypatch.setattr(runtime, "Run", Run)
        self.slept = []
        monkeypatch.setattr(runtime.time, "sleep", self.slept.append)


APT = ["apt-get", "-qy", "--no-install-recommends", "--allow-downgrades", "-o", "Dpkg::Options::=--force-confold", "install"]


def test_install_asks_only_for_what_is_missing(runtime, monkeypatch):
    tools = Tools(runtime, monkeypatch, ["a"])
    assert not runtime.Install(deb=["a"]).perform(Host()).changed
    assert tools.calls == []
    assert runtime.Install(deb=["a", "b"]).perform(Host()).changed
    assert tools.calls == [APT + ["b"]]
    assert tools.env == {"DEBIAN_FRONTEND": "noninteractive"}


def test_install_renews_the_lists_when_needed(runtime, monkeypatch):
    tools = Tools(runtime, monkeypatch, [], [(100, "E: Unable to locate package b")])
    runtime.Install(deb=["b"]).perform(Host())
    assert tools.calls == [APT + ["b"], ["renew"], APT + ["b"]]


def test_install_refreshes_when_told(runtime, monkeypatch):
    tools = Tools(runtime, monkeypatch)
    runtime.Install(deb=["b"], refresh=True).perform(Host())
    assert tools.calls == [["renew"], APT + ["b"]]


def test_install_on_the_rpm_family(runtime, monkeypatch):
    tools = Tools(runtime, monkeypatch, ["a"])
    runtime.Install(deb=["no"], rpm=["a", "b-1.2"]).perform(Host("rpm"))
    assert tools.calls == [["dnf", "-y", "install", "b-1.2"]]


def test_install_waits_for_a_lock(runtime, monkeypatch):
    locked = (100, "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt-get)")
    tools = Tools(runtime, monkeypatch, [], [locked, locked])
    runtime.Install(deb=["b"]).perform(Host())
    assert tools.calls == [APT + ["b"]] * 3
    assert tools.slept == [3, 3]


def test_install_names_what_to_bake(runtime, monkeypatch):
    Tools(runtime, monkeypatch, [], [(100, "E: x\nE: last")] * 3)
    with pytest.raises(runtime.Failed) as fault:
        runtime.Install(deb=["b", "c"]).perform(Host())
    assert str(fault.value) == "cannot install b c (E: last): bake it into the image"


def test_install_early_without_a_route(runtime, scratch, monkeypatch):
    tools = Tools(runtime, monkeypatch)
    with pytest.raises(runtime.Failed) as fault:
        runtime.Install(deb=["lvm2"]).perform(Host(early=True))
    assert str(fault.value) == "cannot install lvm2 (no network): bake it into the image"
    assert tools.calls == []


ROUTE4 = "Iface\tDestination\tGateway\tFlags\neth0\t0002000A\t00000000\t0001\n"
LOOP6 = "0" * 32 + " 00 " + "0" * 32 + " 00 " + "0" * 32 + " ffffffff 00000001 00000000 00200200       lo\n"


@pytest.mark.parametrize("four, six, there", [
    (ROUTE4, LOOP6, False),
    (ROUTE4 + "eth0\t00000000\t0202000A\t0003\n", "", True),
    (ROUTE4, LOOP6 + LOOP6.replace("      lo", "    eth0"), True),
])
def test_install_early_with_a_route(runtime, scratch, monkeypatch, four, six, there):
    (scratch / "proc/net").mkdir(parents=True)
    (scratch / "proc/net/route").write_text(four)
    (scratch / "proc/net/ipv6_route").write_text(six)
    tools = Tools(runtime, monkeypatch)
    try:
        runtime.Install(deb=["lvm2"]).perform(Host(early=True))
    except runtime.Failed:
        pass
    assert bool(tools.calls) == there
    if there:
        # A service that a package starts would wait for the boot, which waits for us.
        assert tools.env["SYSTEMD_OFFLINE"] == "1"
        assert tools.timeout <= 120


def test_signatures_are_never_switched_off():
    text = bundle.source(bundle.blocks())
    for word in ("nogpgcheck", "allow-unauth", "gpgcheck=0", "trusted=yes", "AllowInsecure", "insecure", "_create_unverified"):
        assert word not in text
