"""The handlers as one module: it parses everywhere, is plain ASCII, and no name is taken twice."""
import ast
import builtins
import io
import tokenize
from pathlib import Path

import pytest

import bundle

SOURCES = sorted(Path(bundle.HANDLERS).glob("*.py"))
# What fetches the bundle is no part of it, nor what stands in its place where there is no block for it.
ALONE = ["_pinned", "_passed"]
# What takes the place of the runtime's where cloud-init is not there.
REPLACED = {"_ssh": {"SCRIPTS", "consumed", "instance", "judge", "logged", "main", "work"}}


def names(path):
    """What a file defines at its top level."""
    found = []
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found += [name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_rules_that_the_compiler_relies_on(path):
    text = path.read_bytes().decode("ascii")
    for rule in ("\t", "\f", "\r", "\\\n"):
        assert rule not in text
    assert ";" not in [token.string for token in tokenize.generate_tokens(io.StringIO(text).readline)]
    assert all((len(line) - len(line.lstrip())) % 4 == 0 for line in text.splitlines())


@pytest.mark.parametrize("stems", [[path.stem for path in SOURCES if path.stem not in ALONE], ["_patience", "_pinned", "_outcome"]], ids=["bundle", "fetcher"])
def test_no_name_is_taken_twice(stems):
    taken = {}
    for path in sorted((path for path in SOURCES if path.stem in stems), key=lambda path: path.stem in REPLACED):
        for name in names(path):
            replaced = name in REPLACED.get(path.stem, ())
            assert (name in taken) == replaced, "%s is in %s and in %s" % (name, taken.get(name), path)
            assert not hasattr(builtins, name)
            taken[name] = path


@pytest.mark.parametrize("block", bundle.blocks())
def test_the_names_of_a_block_begin_with_it(block):
    path = Path(bundle.HANDLERS) / (block + ".py")
    function = block.replace("-", "_")
    for name in names(path):
        assert name == function or name.lower().lstrip("_").startswith(function + "_"), name
    assert function in names(path)


def test_handlers_touch_nothing():
    """Only the runtime opens files and starts processes."""
    for block in bundle.blocks():
        tree = ast.parse((Path(bundle.HANDLERS) / (block + ".py")).read_text())
        used = {node.value.id + "." + node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)}
        assert not [name for name in used if name.split(".")[0] in ("os", "subprocess", "shutil", "sys") and not name.startswith("os.path")]
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("open", "eval", "exec")]


@pytest.mark.parametrize("blocks", [[], bundle.blocks()] + [[block] for block in bundle.blocks()])
def test_the_module_is_made_of_any_blocks(blocks):
    made = bundle.module(blocks)
    assert made.list_types() == ["text/contextc-plan"] + ["text/%s-config" % block for block in blocks]


def test_functions_are_short():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 80, node.name
