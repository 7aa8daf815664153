"""A web server on loopback, for as long as a test runs: what it answers is the test's, what it never ends is here."""
import contextlib
import http.server
import ssl
import threading
import time


@contextlib.contextmanager
def serving(answer, certificate=None):
    """Gives the server, with TLS where there is a certificate. `answer(handler)` answers one request, or gives "head" or "body": that one then comes byte by byte until `dripping` is False."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            part = answer(self)
            if part:
                self.wfile.write(b"HTTP/1.0 200 OK\r\nX: " + b"\r\n\r\n" * (part == "body"))
                while self.server.dripping:
                    self.wfile.write(b"x")
                    time.sleep(0.05)

        do_POST = do_GET

        def log_message(self, *_):
            pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.daemon_threads, made.dripping = True, True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            made.socket = context.wrap_socket(made.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.dripping = False
        made.shutdown()
        thread.join()
