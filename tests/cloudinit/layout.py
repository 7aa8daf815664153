"""Where things lie: the checkout, the compiler, the unpacked packages."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEYS_FILE = ROOT / "src/context/cloud_config_keys.txt"
OLDER_FILE = ROOT / "src/context/cloud_config_older.txt"
UNPACKED = ROOT / "target/cloudinit"
COMPILER = pathlib.Path(os.environ.get("CONTEXTC", ROOT / "target/release/contextc"))
ALL_FEATURES = pathlib.Path(os.environ.get("CONTEXTC_ALL_FEATURES", ROOT / "target/debug/contextc"))


def versions():
    """{suite: version}, of the packages that `packages` has unpacked."""
    lines = (UNPACKED / "versions").read_text().splitlines()
    rows = (line.split() for line in lines)
    return {suite: version for suite, name, version in rows if name == "cloud-init"}


SUITES = sorted(versions())


def suite_dir(suite):
    """The root of the unpacked package of one suite."""
    return UNPACKED / suite
