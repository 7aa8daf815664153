"""The handlers as one module, put together the way the compiler does, from the sources. Python 2.7 and 3."""
import os
import sys
import types

HANDLERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "handlers")
RUNTIME = ["_patience", "_actions", "_devices", "_network", "_record", "_runtime", "_summary", "_outcome"]
PARTS = ["_services", "_closing"]
FOOTER = 'HANDLERS.update({%s})\nif __name__ == "__main__":\n    sys.exit(main(sys.argv[1:]))\n'


def blocks():
    """The blocks that have a handler."""
    return sorted(name[:-3] for name in os.listdir(HANDLERS) if name.endswith(".py") and name[0] != "_")


def text(names):
    made = ""
    for name in names:
        with open(os.path.join(HANDLERS, name + ".py")) as stream:
            made += stream.read()
    return made


def fetcher():
    """What fetches the handlers, without its settings."""
    return text(["_patience", "_pinned", "_outcome"])


def source(names):
    return "#part-handler\n" + text(RUNTIME + PARTS + list(names)) + FOOTER % ", ".join('"%s": %s' % (name, name.replace("-", "_")) for name in names)


def module(names, path="part-handler-000.py"):
    """A fresh module: it shares no state with another one."""
    made = types.ModuleType("part_handler_000")
    made.__file__ = path
    exec(compile(source(names), path, "exec"), vars(made))
    sys.modules["part_handler_000"] = made
    return made
