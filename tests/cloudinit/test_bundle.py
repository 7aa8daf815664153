"""What is shipped of the handlers: the same program as the sources, and no more."""
import ast
import hashlib
import re

from cases import FARM
from compiler import plan
from layout import ROOT

HANDLERS = ROOT / "handlers"
RUNTIME = ["_patience", "_actions", "_devices", "_network", "_record", "_runtime", "_summary"]
# What blocks share is shipped once, before the first of them.
PARTS = {"pilot": ["_services", "_closing"], "pipeline": ["_services"], "metadata": ["_closing"]}
FOOTER = "HANDLERS.update({%s})\nif __name__ == \"__main__\":\n    sys.exit(main(sys.argv[1:]))\n"


def blocks_in(text):
    """The blocks that the footer names, in its order."""
    footer = re.search(r"^HANDLERS\.update\(\{(.*)\}\)$", text, re.M)
    return re.findall(r'"([^"]+)":', footer.group(1))


def from_sources(blocks, watched, passed):
    """The syntax tree of runtime, handlers, the types that are passed by, and footer, without docstrings."""
    stems = RUNTIME + ["_outcome"] * watched + [stem for name in blocks for stem in PARTS.get(name, []) + [name]]
    sources = [(HANDLERS / (stem + ".py")).read_text() for stem in dict.fromkeys(stems)]
    names = ", ".join('"%s": %s' % (name, name.replace("-", "_")) for name in blocks)
    tree = ast.parse("\n".join(sources + ["PASSED[:] = %r" % passed] * bool(passed) + [FOOTER % names]))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            drop_docstring(node)
    # Between two sources the docstring of the later is a string statement.
    tree.body = [node for node in tree.body if not is_string(node)]
    return tree


def is_string(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) \
        and isinstance(node.value.value, str)


def drop_docstring(node):
    if node.body and is_string(node.body[0]):
        node.body = node.body[1:]
    if not node.body and not isinstance(node, ast.Module):
        node.body = [ast.Pass()]


def proved_equal(text, watched=False, passed=()):
    """The blocks of a bundle, once every statement of it is that of the sources."""
    blocks = blocks_in(text)
    shipped, written = ast.parse(text).body, from_sources(blocks, watched, list(passed)).body
    for ours, theirs in zip(shipped, written):
        assert ast.dump(ours) == ast.dump(theirs), "line %d: %s" % (ours.lineno, ast.unparse(theirs))
    assert len(shipped) == len(written)
    return blocks


def test_the_complete_bundle_is_the_sources(bundle):
    blocks = proved_equal(bundle.read_text("ascii"), watched=True, passed=["text/ucernvm", "text/amiconfig-user-data"])
    assert sorted(blocks) == sorted(path.stem for path in HANDLERS.glob("[!_]*.py"))


def test_the_name_of_the_bundle_is_its_digest(bundle):
    digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert bundle.name == "contextc-handlers-%s.py" % digest[:12]


def test_the_bundle_is_a_part_handler(bundle):
    assert bundle.read_text("ascii").startswith("#part-handler\n")


def test_the_bundle_is_stripped(bundle):
    lines = bundle.read_text("ascii").splitlines()[1:]
    assert [line for line in lines if not line.strip() or line.lstrip().startswith("#")] == []


def test_the_embedded_handler_is_the_sources_of_what_is_used():
    parts = plan(FARM.path, *FARM.options)
    assert parts[0]["content_type"] == "text/part-handler"
    text = parts[0]["body"].decode("ascii")
    assert text.startswith("#part-handler\n")
    used = [part["filename"][:-len("-config.ccfg")] for part in parts
            if part["filename"].endswith("-config.ccfg")]
    assert proved_equal(text) == used


def test_what_fetches_the_bundle_is_its_source(bundle):
    """And three assignments: it takes the complete bundle of this version, from mirrors whose directories are named or whose files are."""
    urls = "https://a.example.org/contextc/", "http://b.example.org/handlers.py"
    parts = plan(FARM.path, *FARM.options, "--handlers", "pinned=" + ",".join(urls))
    assert (parts[0]["content_type"], parts[0]["filename"]) == ("text/part-handler", "contextc-handler.py")
    shipped = ast.parse(parts[0]["body"].decode("ascii")).body
    written = ast.parse("".join((HANDLERS / name).read_text() for name in ("_patience.py", "_pinned.py")))
    for node in ast.walk(written):
        if isinstance(node, (ast.Module, ast.FunctionDef)):
            drop_docstring(node)
    # Between two sources the docstring of the later is a string statement.
    written.body = [node for node in written.body if not is_string(node)]
    assert [ast.dump(node) for node in shipped[:-3]] == [ast.dump(node) for node in written.body]
    given = {node.targets[0].id: ast.literal_eval(node.value) for node in shipped[-3:]}
    assert given == {
        "URLS": [urls[0] + bundle.name, urls[1]],
        "SHA256": hashlib.sha256(bundle.read_bytes()).hexdigest(),
        "TYPES": ["text/contextc-plan"] + [part["content_type"] for part in parts if part["filename"].endswith("-config.ccfg")],
    }


def test_what_follows_the_verdict_is_shipped_where_it_is_asked_for(tmp_path):
    """With both part-handlers; the one that fetches can then be run as the watch."""
    path = tmp_path / "watched.yaml"
    path.write_text("hosts: {hostname: node}\non-failure: [log]\n")
    assert proved_equal(plan(path)[0]["body"].decode("ascii"), watched=True) == ["hosts"]
    shipped = ast.parse(plan(path, "--handlers", "pinned=https://a.example.org/")[0]["body"].decode("ascii")).body
    outcome = ast.parse((HANDLERS / "_outcome.py").read_text())
    [drop_docstring(node) for node in ast.walk(outcome) if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))]
    assert [ast.dump(node) for node in shipped[-4 - len(outcome.body):-4]] == [ast.dump(node) for node in outcome.body]
    assert ast.unparse(shipped[-1]) == "if __name__ == '__main__':\n    watch()"
