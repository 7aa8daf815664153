"""Plays run by the real ansible-playbook, against modules that write down what they get; and the real modules' own
documentation, which their argument specifications are tested against by their authors."""
import json
import os
import subprocess
import sys
import zipfile

import pytest
import yaml

from contextc import HOSTILE, LAUNCH, Refused, launch

MODULES = {
    "ec2": "amazon.aws.ec2_instance",
    "openstack": "openstack.cloud.server",
    "gce": "google.cloud.gcp_compute_instance",
    "azure": "azure.azcollection.azure_rm_virtualmachine",
    "hetzner": "hetzner.hcloud.server",
    "digitalocean": "community.digitalocean.digital_ocean_droplet",
    "vmware": "community.vmware.vmware_guest",
    "lxd": "community.general.lxd_container",
}
# Where the user-data is in the arguments.
USER_DATA = {
    "ec2": lambda a: a["user_data"],
    "openstack": lambda a: a["userdata"],
    "gce": lambda a: a["metadata"]["user-data"],
    "azure": lambda a: a["custom_data"],
    "hetzner": lambda a: a["user_data"],
    "digitalocean": lambda a: a["user_data"],
    "vmware": lambda a: a["advanced_settings"][0]["value"],
    "lxd": lambda a: a["config"]["cloud-init.user-data"],
}
RECORDER = """\
#!/usr/bin/python3
# WANT_JSON
import json, sys
arguments = json.load(open(sys.argv[1]))
with open(arguments.pop("_record"), "a") as out:
    out.write(json.dumps({k: v for k, v in arguments.items() if not k.startswith("_ansible")}) + "\\n")
print(json.dumps({"changed": True}))
"""
BIN = os.path.dirname(sys.executable)
MISSING = ["vm_project", "vm_zone", "vm_region", "vm_resource_group", "vm_admin_username", "vm_datacenter", "vm_folder"]


def names(target):
    """The places that the play of a target has."""
    return {
        "vmware": ["image", "name"], "lxd": ["image", "name"], "gce": ["image", "flavor", "name"],
    }.get(target, list(HOSTILE))


def played(folder, target, text, **variables):
    """What the module is given, one row for each time that it runs."""
    space, collection, module = MODULES[target].split(".")
    modules = folder / "collections/ansible_collections" / space / collection / "plugins/modules"
    modules.mkdir(parents=True, exist_ok=True)
    (modules / (module + ".py")).write_text(RECORDER)
    (folder / "play.yaml").write_text(text.replace(MODULES[target] + ":", f"{MODULES[target]}:\n        _record: {folder}/record"))
    (folder / "record").unlink(missing_ok=True)
    extra = [word for name, value in variables.items() for word in ("-e", json.dumps({name: value}))]
    done = subprocess.run(
        [f"{BIN}/ansible-playbook", "play.yaml", *extra], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"), "ANSIBLE_HOME": str(folder / "home"),
             "ANSIBLE_LOCALHOST_WARNING": "0", "LC_ALL": "C.UTF-8", "PATH": f"{BIN}:{os.environ['PATH']}"},
    )
    if done.returncode:
        raise Refused(done.stdout + done.stderr)
    return [json.loads(line) for line in (folder / "record").read_text().splitlines()]


@pytest.mark.parametrize("target", MODULES)
def test_a_module_gets_the_values_as_they_are(tmp_path, target):
    values = {name: HOSTILE[name] for name in names(target)}
    text = launch(tmp_path, target, "ansible", count=2, user_data="u 'd' {{ 1 }}", **values)
    rows = played(tmp_path, target, text, **{name: name for name in MISSING})
    given = (tmp_path / "u 'd' {{ 1 }}").read_bytes().decode()
    assert all(USER_DATA[target](row) == given for row in rows)
    if target == "ec2":
        assert len(rows) == 1 and int(rows[0]["count"]) == 2
    else:
        assert [row["name"] for row in rows] == [values["name"] + "-1", values["name"] + "-2"]
    for name in set(values) - {"name"}:
        assert values[name] in json.dumps(rows[0], ensure_ascii=False).encode().decode("utf-8") or any(
            values[name] == value for value in flat(rows[0])
        ), name


def flat(value):
    if isinstance(value, dict):
        return [scalar for item in value.values() for scalar in flat(item)]
    if isinstance(value, list):
        return [scalar for item in value for scalar in flat(item)]
    return [value]


def test_a_missing_value_stops_the_play(tmp_path):
    with pytest.raises(Refused, match="vm_image"):
        played(tmp_path, "hetzner", launch(tmp_path, "hetzner", "ansible"))


@pytest.fixture(scope="session")
def documented():
    """What the real modules say of their options."""
    [wheel] = (LAUNCH / "ansible").glob("ansible-*.whl")
    folder = LAUNCH / "collections"
    wanted = [name.split(".") for name in MODULES.values()]
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            for space, collection, module in wanted:
                begin = f"ansible_collections/{space}/{collection}/"
                # ansible-doc imports what a module imports of its own collection.
                parts = [f"plugins/modules/{module}.py", "plugins/doc_fragments/", "plugins/module_utils/", "MANIFEST.json"]
                if name.startswith(tuple(begin + part for part in parts)):
                    archive.extract(name, folder)
    done = subprocess.run(
        [f"{BIN}/ansible-doc", "--json", *MODULES.values()], capture_output=True, check=True,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(folder), "LC_ALL": "C.UTF-8"},
    )
    return json.loads(done.stdout)


def wrong(arguments, options, where=""):
    """Arguments that a module does not know, and required ones that it is not given."""
    known = set(options) | {alias for option in options.values() for alias in option.get("aliases", [])}
    faults = [where + name for name in arguments if name not in known]
    faults += [where + name for name, option in options.items() if option.get("required") and name not in arguments]
    for name, value in arguments.items():
        inner = options.get(name, {}).get("suboptions")
        for item in value if isinstance(value, list) else [value]:
            if inner and isinstance(item, dict):
                faults += wrong(item, inner, f"{where}{name}.")
    return faults


@pytest.mark.parametrize("target", MODULES)
def test_the_real_module_knows_the_arguments(tmp_path, target, documented):
    values = {name: "x" for name in names(target)}
    [task] = yaml.safe_load(launch(tmp_path, target, "ansible", **values))[0]["tasks"]
    options = documented[MODULES[target]]["doc"]["options"]
    # Credentials are the environment's.
    assert [fault for fault in wrong(task[MODULES[target]], options) if fault != "api_token"] == []
