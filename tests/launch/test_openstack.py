"""openstack's own parsers, and heatclient's reader of templates."""
import pytest
import yaml
from heatclient.common import template_format, template_utils
from heatclient.common.utils import format_all_parameters
from openstackclient.shell import OpenStackShell

from contextc import HOSTILE, PLAIN, Refused, commands, launch


def parsed(words):
    app = OpenStackShell()
    for group in ("openstack.compute.v2", "openstack.orchestration.v1"):
        app.command_manager.add_command_group(group)
    factory, name, rest = app.command_manager.find_command(words)
    return factory(app, None, cmd_name=name).get_parser(name).parse_args(rest)


@pytest.mark.parametrize("count", [1, 4])
def test_server_create(tmp_path, count):
    text = launch(tmp_path, "openstack", count=count, user_data="-u d", **HOSTILE)
    [words] = commands(text, tmp_path, "openstack")
    taken = parsed(words)
    got = {"image": taken.image, "flavor": taken.flavor, "key": taken.key_name, "name": taken.server_name}
    assert got == HOSTILE
    assert taken.user_data == "./-u d"
    assert (taken.min, taken.max) == (count, count)


@pytest.mark.parametrize("values", [PLAIN, {**HOSTILE, "flavor": "f$${x}"}], ids=["plain", "hostile"])
@pytest.mark.parametrize("target", ["heat", "openstack"])
@pytest.mark.parametrize("count", [1, 3])
def test_a_template_of_heat(tmp_path, target, count, values):
    text = launch(tmp_path, target, "heat", envelope="plain", count=count, **values)
    (tmp_path / "stack.yaml").write_text(text)
    files, template = template_utils.get_template_contents(str(tmp_path / "stack.yaml"))
    assert template_format.parse(text).keys() == template.keys()
    resource = template["resources"]["vm"]
    if count > 1:
        assert (resource["type"], resource["properties"]["count"]) == ("OS::Heat::ResourceGroup", {"get_param": "count"})
        assert template["parameters"].pop("count") == {"type": "number", "default": count}
        resource = resource["properties"]["resource_def"]
    server = resource["properties"]
    assert server["user_data_format"] == "RAW"
    [content] = files.values()
    assert (content if isinstance(content, bytes) else content.encode()) == (tmp_path / "user-data").read_bytes()
    assert server["user_data"] == {"get_file": list(files)[0]}
    assert server["name"] == (values["name"] if count == 1 else values["name"] + "-%index%")
    defaults = {name: parameter["default"] for name, parameter in template["parameters"].items()}
    assert defaults == {name: values[name] for name in ("image", "flavor", "key")}


def test_a_missing_value_is_a_parameter_without_a_default(tmp_path):
    template = yaml.safe_load(launch(tmp_path, "heat", "heat"))
    assert template["parameters"] == {"image": {"type": "string"}, "flavor": {"type": "string"}}


def test_stack_create(tmp_path):
    values = {**HOSTILE, "flavor": "f$${x}"}
    text = launch(tmp_path, "heat", count=3, **values)
    [words] = commands(text, tmp_path, "openstack")
    taken = parsed(words)
    assert (taken.name, taken.template) == (values["name"], "stack.yaml")
    parameters = {name: values[name] for name in ("image", "flavor", "key")}
    assert format_all_parameters(taken.parameter, None) == {**parameters, "count": "3"}
    with pytest.raises(Refused, match="heat splits parameters there"):
        launch(tmp_path, "heat", image="a;b")
