"""Has one unpacked cloud-init read media, as its datasources would on the machine.

    seeds.py PACKAGE < jobs.json > results.json

A process of its own for each cloud-init (see walk.py). A job is {"datasource": NAME, "root": EMPTY DIR, "files": DIR}: the
files of a medium are put where that datasource looks for a seed directory, below "root"; what it finds on a volume it reads
with the same code. Nothing of this machine answers in its place: no disk, no kernel command line, no DMI.
"""
import base64
import json
import logging
import os
import shutil
import sys
import traceback

# {name of ours: module and class, name of the seed directory, what its part of the system's configuration says}
DATASOURCES = {
    "NoCloud": ("DataSourceNoCloud", "nocloud", {"fs_label": None}),
    "ConfigDrive": ("DataSourceConfigDrive", "config_drive", {}),
    # It sources context.sh as `nobody`, by sudo, unless it is told not to.
    "OpenNebula": ("DataSourceOpenNebula", "opennebula", {"parseuser": None}),
}


def isolate():
    """Answers for the machine: it has nothing to say."""
    from cloudinit import dmi, util
    dmi.read_dmi_data = lambda *_: None
    util.get_cmdline = lambda: ""
    util.find_devs_with = lambda *_, **__: []


def encoded(data):
    """Bytes, or the text that a datasource made of them, as JSON can hold them."""
    data = data.encode("utf-8") if isinstance(data, str) else data
    return None if data is None else base64.b64encode(data).decode("ascii")


def by_datasource(job):
    """What the datasource itself has after it has looked."""
    import importlib

    from cloudinit import helpers
    module, seed, configuration = DATASOURCES[job["datasource"]]
    shutil.copytree(job["files"], os.path.join(job["root"], "cloud/seed", seed))
    paths = helpers.Paths({"cloud_dir": job["root"] + "/cloud", "run_dir": job["root"] + "/run"})
    system = {"datasource": {job["datasource"]: configuration}}
    found = getattr(importlib.import_module("cloudinit.sources." + module), module)(system, None, paths)
    return {
        "found": found._get_data(),
        "userdata": encoded(found.userdata_raw),
        "vendordata": encoded(found.vendordata_raw) if not isinstance(found.vendordata_raw, list) else found.vendordata_raw,
        "instance-id": found.get_instance_id(),
        "local-hostname": found.metadata.get("local-hostname"),
        "network": found.network_config if job["datasource"] == "NoCloud" else getattr(found, "network_json", None),
        "dsmode": found.dsmode,
        "version": getattr(found, "version", None),
    }


def by_url(job):
    """What NoCloud fetches from a web server; a URL of a file goes the same way."""
    from cloudinit import util
    metadata, userdata, vendordata = util.read_seeded("file://" + job["files"] + "/")[:3]
    return dict(metadata, userdata=encoded(userdata), vendordata=encoded(vendordata))


def done(job):
    try:
        return by_url(job) if job["datasource"] == "url" else by_datasource(job)
    except Exception:
        return {"crash": traceback.format_exc()}


def main():
    logging.getLogger().addHandler(logging.NullHandler())
    sys.path.insert(0, sys.argv[1] + "/usr/lib/python3/dist-packages")
    isolate()
    json.dump([done(job) for job in json.load(sys.stdin)], sys.stdout, default=repr)


if __name__ == "__main__":
    main()
