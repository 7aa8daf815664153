"""The machine in memory that `contextc simulate` has: what is simulated is what the handlers are tested against. Python 2.7 and 3."""
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "desk", "simulate")

for _name in ("machine", "storage", "image"):
    with open(os.path.join(FOLDER, _name + ".py")) as _stream:
        # One module, as it travels to the interpreter.
        exec(compile(_stream.read(), _name + ".py", "exec"))
