"""The JSON syntax of OpenTofu and Terraform, as they document it, and the texts that their templates would give."""
import json
import re

import jsonschema
import pytest

from contextc import HOSTILE, Refused, launch, run

# "JSON Configuration Syntax" and "Resources" of the documentation of OpenTofu 1.x.
IDENTIFIER = "^[A-Za-z_][A-Za-z0-9_-]*$"
SCHEMA = {
    "type": "object",
    "required": ["terraform", "resource"],
    "additionalProperties": False,
    "properties": {
        "terraform": {"type": "object", "additionalProperties": False, "properties": {"required_providers": {
            "type": "object", "patternProperties": {"^[a-z][a-z0-9-]*$": {
                "type": "object", "required": ["source"], "additionalProperties": False,
                "properties": {"source": {"type": "string", "pattern": "^[A-Za-z0-9-]+/[a-z0-9-]+$"}, "version": {"type": "string"}},
            }}, "additionalProperties": False, "minProperties": 1, "maxProperties": 1,
        }}},
        "variable": {"type": "object", "propertyNames": {"pattern": IDENTIFIER}, "additionalProperties": {"const": {"type": "string"}}},
        "resource": {"type": "object", "minProperties": 1, "propertyNames": {"pattern": IDENTIFIER}, "additionalProperties": {
            "type": "object", "propertyNames": {"pattern": IDENTIFIER}, "additionalProperties": {"$ref": "#/$defs/body"},
        }},
    },
    "$defs": {"body": {"type": "object", "properties": {"count": {"anyOf": [{"type": "integer"}, {"pattern": "^[0-9]+$"}]}},
                       "additionalProperties": {"$ref": "#/$defs/value"}},
              "value": {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"$ref": "#/$defs/value"}},
                                  {"type": "array", "items": {"$ref": "#/$defs/value"}}]}},
}
TARGETS = [row["name"] for row in json.loads(run("targets", "--format", "json", folder="."))]


def with_tofu():
    return [target for target in TARGETS if target not in (
        "generic", "eucalyptus", "config-drive", "heat", "stratuslab", "nocloud", "nocloud-net", "maas", "occi", "vagrant", "cernvm", "ssh")]


def value_of(template):
    """What a template gives that has quoted texts in `${...}`, and literals; nothing where it has anything else."""
    pieces = re.split(r'\$\{"([$%])"\}', template)
    return None if re.search(r"[$%]\{", "\0".join(pieces[::2])) else "".join(pieces)


def options(folder, target, values):
    """The options that the target has places for."""
    given = {}
    for name, value in values.items():
        try:
            launch(folder, target, "tofu", **given, **{name: value})
            given[name] = value
        except Refused as refused:
            assert "has no place in" in str(refused)
    return given


@pytest.mark.parametrize("target", with_tofu())
@pytest.mark.parametrize("count", [1, 3])
def test_the_syntax_and_the_values(tmp_path, target, count):
    given = options(tmp_path, target, HOSTILE)
    root = json.loads(launch(tmp_path, target, "tofu", count=count, **given))
    jsonschema.validate(root, SCHEMA)
    texts = list(scalars(root["resource"]))
    for name in set(given) - {"name"}:
        assert given[name] in [value_of(text) for text in texts], name
    references = {name for text in texts for name in re.findall(r"\$\{var\.([a-z_]+)\}", text)}
    assert references == set(root.get("variable", {}))
    machines = [body["vm"] for body in root["resource"].values() if body["vm"].get("count")]
    assert bool(machines) == (count > 1)
    assert any("/user-data" in text and re.search(r"(file|filebase64)?\(?\"\$\{path\.module\}/user-data\"", text) for text in texts)


def scalars(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item)
    else:
        yield str(value)


def test_a_missing_value_is_a_variable_without_a_default(tmp_path):
    root = json.loads(launch(tmp_path, "gce", "tofu"))
    assert sorted(root["variable"]) == ["flavor", "image", "zone"]
