"""What a guest may fetch: a directory of this machine, on loopback, for as long as a scenario runs."""

import contextlib
import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

# This machine as a guest under user networking sees it.
HOST = "10.0.2.2"


class _Recorder(SimpleHTTPRequestHandler):
    def log_message(self, form, *values):
        self.server.requests.append(f"{self.command} {self.path} {values[1] if len(values) > 1 else ''}")


@contextlib.contextmanager
def serving(directory):
    """Gives the server: `base` is its address in the guest, `requests` what was asked of it."""
    directory.mkdir(parents=True, exist_ok=True)
    handler = functools.partial(_Recorder, directory=str(directory))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.requests = []
    server.base = f"http://{HOST}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
