"""The top-level cloud-config keys of an unpacked cloud-init, read from it.

Nothing of cloud-init is imported: its schema file is JSON, and of its modules
only the source is parsed. 20.4 has no schema file; its modules carry their
schemas as literals in the code.
"""
import ast
import json
import pathlib
import re

PACKAGE = "usr/lib/python3/dist-packages/cloudinit"
SCHEMA = "config/schemas/schema-cloud-config-v1.json"
READERS = ("get", "pop", "setdefault")


def package(suite_dir):
    """The directory of the cloudinit package of one suite."""
    return pathlib.Path(suite_dir) / PACKAGE


def schema_keys(suite_dir):
    """Keys that the shipped schema knows; of a release without one, none."""
    path = package(suite_dir) / SCHEMA
    if not path.exists():
        return set()
    schema = json.loads(path.read_text())
    keys = set(schema.get("properties", {}))
    for part in schema["allOf"]:
        module = schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
        keys |= _properties(module)
    return keys


def _properties(module):
    keys = set(module.get("properties", {}))
    for word in ("allOf", "anyOf", "oneOf"):
        for choice in module.get(word, []):
            keys |= _properties(choice)
    return keys


def module_keys(suite_dir):
    """Keys that the modules' `handle(name, cfg, ...)` read from `cfg` itself."""
    keys = set()
    for path in sorted(package(suite_dir).glob("config/cc_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name == "handle":
                keys |= _read_from(node, node.args.args[1].arg)
    return keys


def _read_from(function, name):
    """Keys read from the mapping `name`, up to where it is bound again."""
    rebound = min([node.lineno for node in ast.walk(function)
                   if isinstance(node, ast.Assign)
                   and any(_is(target, name) for target in node.targets)],
                  default=10 ** 9)
    found = (_key(node, name) for node in ast.walk(function)
             if getattr(node, "lineno", 0) <= rebound)
    return {key for key in found if key}


def _key(node, name):
    """The key that this expression reads from the mapping `name`, or None."""
    if isinstance(node, ast.Subscript) and _is(node.value, name):
        return _literal(node.slice)
    if isinstance(node, ast.Compare) and _is(node.comparators[0], name):
        return _literal(node.left) if isinstance(node.ops[0], (ast.In, ast.NotIn)) else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr in READERS and _is(node.func.value, name):
            return _literal(node.args[0])
        if node.func.attr.startswith("get_cfg_") and _is(node.args[0], name):
            return _literal(node.args[1])
    return None


def _is(node, name):
    return isinstance(node, ast.Name) and node.id == name


def _literal(node):
    """A string, or the first string of a path given as tuple or list."""
    if isinstance(node, (ast.Tuple, ast.List)) and node.elts:
        node = node.elts[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def deprecated(suite_dir):
    """{("", key) or ("users", key): what the schema says of it} of keys that it calls deprecated."""
    definitions = json.loads((package(suite_dir) / SCHEMA).read_text())["$defs"]
    found = {}
    for name, definition in definitions.items():
        home = "users" if name == "users_groups.user" else ""
        if name.startswith("cc_") or home:
            for key, value in definition.get("properties", {}).items():
                if value.get("deprecated"):
                    found[home, key] = value["deprecated_description"]
            # A key may hold settings of its own under both names.
            for inner in definition.get("properties", {}).values():
                for key, value in inner.get("properties", {}).items():
                    if value.get("deprecated"):
                        found.setdefault((home, key), value.get("deprecated_description", ""))
    return found


def words(suite_dir):
    """Every word of the sources: a name that a release reads is one of them."""
    return {word for path in package(suite_dir).rglob("*.py") for word in re.findall(r"\w+", path.read_text())}


def literals(suite_dir):
    """Every string literal of the package: what a known key must be one of."""
    found = set()
    for path in package(suite_dir).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def known(path):
    """The keys of the compiler's list: one a line, `#` lines are comments."""
    lines = pathlib.Path(path).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]
