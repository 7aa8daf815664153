"""What a guest may fetch: a directory of this machine, on loopback, for as long as a scenario runs."""

import contextlib
import functools
import ssl
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

# This machine as a guest under user networking sees it.
HOST = "10.0.2.2"


class _Recorder(SimpleHTTPRequestHandler):
    def log_message(self, form, *values):
        self.server.requests.append(f"{self.command} {self.path} {values[1] if len(values) > 1 else ''}")

    def do_POST(self):
        self.server.posted.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        self.requests.append(f"fault {sys.exc_info()[1]}")


@contextlib.contextmanager
def serving(directory, certificate=None):
    """Gives the server: `base` is its address in the guest, `requests` what was asked of it, `posted` what it was told (path, body).

    `certificate`: of TLS, as (certificate, key)."""
    directory.mkdir(parents=True, exist_ok=True)
    handler = functools.partial(_Recorder, directory=str(directory))
    server = _Server(("127.0.0.1", 0), handler)
    server.requests, server.posted = [], []
    server.base = f"http{'s' if certificate else ''}://{HOST}:{server.server_address[1]}"
    if certificate:
        server.socket = _secure(server.socket, certificate)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def _secure(listening, certificate):
    """The handshake is left to each connection's own thread."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context.wrap_socket(listening, server_side=True, do_handshake_on_connect=False)
