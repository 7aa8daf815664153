"""/etc/hosts: a section of ours, everything else as it was."""
LINES = "192.0.2.1 head.example.org head\n"
SYSTEM = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n192.0.2.77 printer\n"


def machine(text=SYSTEM, name="node1", **more):
    return dict(files={"/etc/hosts": text, "/proc/sys/kernel/hostname": name + "\n"}, early=True, **more)


def kept(there):
    """What is not ours stands where it stood, and ours is there once."""
    text = there.text("/etc/hosts")
    return text.startswith(SYSTEM) and text.count("head.example.org") == 1


SCENARIOS = {
    "named": dict(settings={"lines": "127.0.1.1 node1.example.org node1\n" + LINES, "named": True}, machine=machine(), again=kept),
    "named-by-the-cloud": dict(
        settings={"lines": LINES, "named": False}, machine=machine(), again=lambda there: "127.0.1.1 node1\n" in there.text("/etc/hosts") and kept(there)),
    "listed-itself": dict(
        settings={"lines": LINES, "named": False}, machine=machine(name="HEAD"), again=lambda there: "127.0.1.1" not in there.text("/etc/hosts") and kept(there)),
    "cloud-gave-no-name": dict(
        settings={"lines": LINES, "named": False}, machine=machine(name="localhost"), again=lambda there: "127.0.1.1" not in there.text("/etc/hosts")),
    "image-without-localhost": dict(
        settings={"lines": LINES, "named": True}, machine=machine("# nothing here but 127.0.0.1 mylocalhost\n", selinux=True),
        again=lambda there: there.text("/etc/hosts").count("\n127.0.0.1 localhost\n") == 1),
}
