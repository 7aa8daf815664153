"""Metadata as EC2 serves it (version 2 of its service: with a token). Runs in the guest: ec2.py USER-DATA INSTANCE MAC"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "stand-in-token"


def tree(instance, mac):
    """What a small machine has, by path."""
    card = "network/interfaces/macs/%s/" % mac
    texts = {
        "ami-id": "ami-00000000", "instance-id": instance, "instance-type": "t3.micro", "local-hostname": "delivered",
        "placement/availability-zone": "nowhere-1a", card + "device-number": "0", card + "interface-id": "eni-00000000",
        card + "local-ipv4s": "10.0.2.15", card + "mac": mac, card + "subnet-ipv4-cidr-block": "10.0.2.0/24",
    }
    found = {"meta-data/" + path: text for path, text in texts.items()}
    found["dynamic/instance-identity/document"] = json.dumps({"instanceId": instance, "region": "nowhere-1"})
    return found


def listing(texts, path):
    """The names in a folder; those of folders end in a slash."""
    folder = path.rstrip("/") + "/"
    below = [name[len(folder):] for name in texts if name.startswith(folder)]
    return "\n".join(sorted({name.split("/")[0] + "/" * ("/" in name) for name in below}))


class Metadata(BaseHTTPRequestHandler):
    def answer(self, body, code=200):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        known = self.path == "/latest/api/token"
        self.answer(TOKEN.encode() if known else b"", 200 if known else 404)

    def do_GET(self):
        if self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            return self.answer(b"", 401)
        _, _, path = self.path.lstrip("/").partition("/")
        if path == "user-data":
            return self.answer(self.server.user_data)
        text = self.server.texts.get(path) or listing(self.server.texts, path)
        self.answer(text.encode(), 200 if text else 404)


if __name__ == "__main__":
    data, instance, mac = sys.argv[1:]
    server = ThreadingHTTPServer(("169.254.169.254", 80), Metadata)
    server.texts = tree(instance, mac)
    with open(data, "rb") as source:
        server.user_data = source.read()
    server.serve_forever()
