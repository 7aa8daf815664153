"""Metadata services of clouds, imitated on loopback: paths, headers and tokens.

Each class is one cloud as a machine sees it: the names and addresses at which
it answers, what its firmware says (`dmi`), and the pages. What is served is
what that cloud serves of a file that a user has given; what its tools and its
API do to that file before is in `delivery.py`.
A page that is asked for without its header or token is refused, as there.
"""
import base64
import http.server
import json
import socketserver
import threading

LINK_LOCAL = "169.254.169.254"
INSTANCE, HOST = "i-0a1b2c3d", "farm-1"


class Cloud:
    """What answers at a metadata address. `encoding` is what the launch command said beside the file."""

    names = {}  # of the machine's resolver
    addresses = (LINK_LOCAL,)
    dmi = {}
    cmdline = "ro quiet"
    headers = {}  # that each request must have
    settings = {}  # of the datasource, as an image brings them

    def __init__(self, userdata, encoding=None):
        self.userdata, self.encoding = userdata, encoding
        self.found = dict(self.pages())
        self.asked = []  # "GET /path: status", in order

    def pages(self):
        """(path, content) of all that it has."""
        return ()

    def answer(self, method, path, headers):
        """(status, content) for one request; the query is not part of the path."""
        if any(headers.get(name) != value for name, value in self.headers.items()):
            return 401, b""
        if method != "GET" or path not in self.found:
            return 404, b""
        return 200, self.found[path]


def tree(top, files):
    """The pages of a directory in the manner of EC2: a directory lists its names; one level below it."""
    listed = {"": set()}
    for path, content in files.items():
        yield top + path, content
        name, slash, rest = path.partition("/")
        listed[""].add(name + slash)
        if rest:
            listed.setdefault(name + "/", set()).add(rest)
    for path, names in listed.items():
        yield top + path, "\n".join(sorted(names)).encode()


META = {"instance-id": INSTANCE.encode(), "local-hostname": HOST.encode(),
        "placement/availability-zone": b"zone-a"}


class Eucalyptus(Cloud):
    """The EC2 interface without tokens: version 1 of the service, on firmware that cloud-init does not know."""

    dmi = {"sys_vendor": "Eucalyptus"}
    versions = ("2009-04-04", "latest")

    def pages(self):
        identity = json.dumps({"instanceId": INSTANCE, "region": "zone"}).encode()
        for version in self.versions:
            yield from tree("/%s/meta-data/" % version, META)
            yield "/%s/dynamic/instance-identity" % version, b"document"
            yield "/%s/dynamic/instance-identity/document" % version, identity
            yield "/%s/user-data" % version, self.userdata


class Ec2(Eucalyptus):
    """Amazon's, version 2 of the service: a token by PUT, and nothing without it."""

    dmi = {"product_uuid": "ec2e1916-9099-7caf-fd21-012345abcdef",
           "product_serial": "ec2e1916-9099-7caf-fd21-012345abcdef"}
    versions = ("2009-04-04", "2016-09-02", "2018-09-24", "2021-03-23", "latest")
    token_header, token = "X-aws-ec2-metadata-token", "AQAEAtoken=="

    def answer(self, method, path, headers):
        if path == "/latest/api/token":
            asked = method == "PUT" and headers.get(self.token_header + "-ttl-seconds", "").isdigit()
            return (200, self.token.encode()) if asked else (400, b"")
        if headers.get(self.token_header) != self.token:
            return 401, b""
        return Cloud.answer(self, method, path, headers)


class AliYun(Ec2):
    """Alibaba's: its own address, and the same tokens under another name, or none."""

    addresses = ("100.100.100.200",)
    dmi = {"product_name": "Alibaba Cloud ECS"}
    versions = ("2016-01-01", "latest")
    token_header = "X-aliyun-ecs-metadata-token"

    def pages(self):
        yield from Eucalyptus.pages(self)
        everything = json.dumps({"instance-id": INSTANCE, "hostname": HOST}).encode()
        for version in self.versions:
            yield "/%s/meta-data/all" % version, everything

    def answer(self, method, path, headers):
        if path != "/latest/api/token" and self.token_header not in headers:
            return Cloud.answer(self, method, path, headers)
        return Ec2.answer(self, method, path, headers)


class OpenStack(Eucalyptus):
    """Nova's service, and the EC2 interface beside it."""

    dmi = {"product_name": "OpenStack Nova"}

    def pages(self):
        yield from Eucalyptus.pages(self)
        versions = ("2012-08-10", "2018-08-27", "latest")
        yield "/openstack", "\n".join(versions).encode()
        meta = json.dumps({"uuid": INSTANCE, "hostname": HOST, "name": HOST}).encode()
        for version in versions:
            yield "/openstack/%s/meta_data.json" % version, meta
            yield "/openstack/%s/user_data" % version, self.userdata


class CloudStack(Cloud):
    """The virtual router, found by its name. Its password server has nothing to say."""

    names = {"data-server": "10.1.1.1", "data-server.": "10.1.1.1"}
    addresses = ("10.1.1.1",)
    dmi = {"product_name": "CloudStack KVM Hypervisor"}

    def pages(self):
        yield from tree("/latest/meta-data/", META)
        yield "/latest/user-data", self.userdata
        yield "/", b"saved_password"


class Exoscale(Cloud):
    """Exoscale's, with the password server at another port of the same address."""

    dmi = {"product_name": "Exoscale Compute Platform"}

    def pages(self):
        yield from tree("/1.0/meta-data/", META)
        yield "/1.0/user-data", self.userdata
        yield "/1.0/", b"saved_password"


class Gce(Cloud):
    """Google's: attributes are values of a JSON object, so texts."""

    names = {"metadata.google.internal": LINK_LOCAL, "metadata.google.internal.": LINK_LOCAL}
    dmi = {"product_name": "Google Compute Engine"}
    headers = {"Metadata-Flavor": "Google"}

    def pages(self):
        attributes = {"user-data": as_text(self.userdata)}
        if self.encoding == "base64":
            attributes["user-data-encoding"] = "base64"
        top = "/computeMetadata/v1/"
        yield top + "instance/id", b"4567"
        yield top + "instance/zone", b"projects/1/zones/zone-a"
        yield top + "instance/hostname", HOST.encode()
        yield top + "instance/attributes/", json.dumps(attributes).encode()
        yield top + "project/attributes/", b"{}"


class Azure(Cloud):
    """The instance metadata service, asked beside the disk."""

    dmi = {"chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77",
           "product_uuid": "2e1916aa-9099-7caf-fd21-012345abcdef"}
    headers = {"Metadata": "true"}

    def pages(self):
        yield "/metadata/instance", b'{"compute": {}, "network": {"interface": []}}'


class Oracle(Cloud):
    """Version 2 of Oracle's: the user-data stands in JSON, in base64 as the API took it."""

    dmi = {"chassis_asset_tag": "OracleCloud.com", "product_uuid": "1-2-3"}
    headers = {"Authorization": "Bearer Oracle"}

    def pages(self):
        user_data = base64.b64encode(self.userdata).decode("ascii")
        instance = {"id": INSTANCE, "hostname": HOST, "displayName": HOST, "ociAdName": "ad",
                    "metadata": {"user_data": user_data}}
        yield "/opc/v2/instance/", json.dumps(instance).encode()
        yield "/opc/v2/vnics/", b"[]"


class Hetzner(Cloud):
    """Hetzner's: hands on what the API got."""

    dmi = {"sys_vendor": "Hetzner", "product_serial": "4567"}

    def pages(self):
        top = "/hetzner/v1/"
        meta = {"instance-id": "4567", "hostname": HOST, "public-keys": [], "network-config": {}}
        yield top + "metadata", json.dumps(meta).encode()
        yield top + "metadata/instance-id", b"4567"
        yield top + "metadata/private-networks", b"[]"
        yield top + "userdata", self.userdata


class DigitalOcean(Cloud):
    """DigitalOcean's: everything in one JSON object, so the user-data is a text."""

    dmi = {"sys_vendor": "DigitalOcean", "product_serial": "4567"}

    def pages(self):
        whole = {"droplet_id": 4567, "hostname": HOST, "user_data": as_text(self.userdata)}
        yield "/metadata/v1.json", json.dumps(whole).encode()


class Scaleway(Cloud):
    """Scaleway's: hands on the value of the key cloud-init."""

    addresses = ("169.254.42.42",)
    dmi = {"sys_vendor": "Scaleway"}

    def pages(self):
        yield "/", b"cloud-init waits for any answer here"
        yield "/conf", json.dumps({"id": INSTANCE, "hostname": HOST, "public_ips": []}).encode()
        yield "/user_data/cloud-init", self.userdata


class Maas(Cloud):
    """MAAS: the address and the keys are in the image's settings; every request is signed."""

    names = {"maas.example": "10.2.2.2"}
    addresses = ("10.2.2.2",)
    settings = {"metadata_url": "http://maas.example:5240/MAAS/metadata/",
                "consumer_key": "a", "token_key": "b", "token_secret": "c"}

    def pages(self):
        top = "/MAAS/metadata/2012-03-01/"
        for name, content in META.items():
            yield top + "meta-data/" + name, content
        yield top + "user-data", self.userdata

    def answer(self, method, path, headers):
        signed = headers.get("Authorization", "").startswith("OAuth ")
        return Cloud.answer(self, method, path, headers) if signed else (401, b"")


class WebServer(Cloud):
    """Any web server with the files of a seed, named on the kernel's command line."""

    names = {"seed.example": "10.3.3.3"}
    addresses = ("10.3.3.3",)
    cmdline = "ro ds=nocloud;s=http://seed.example/farm/"

    def pages(self):
        yield "/farm/meta-data", b"instance-id: i-0a1b2c3d\n"
        yield "/farm/user-data", self.userdata


class FullWebServer(WebServer):
    """The same with all four files, two of them empty."""

    def pages(self):
        yield from WebServer.pages(self)
        yield "/farm/vendor-data", b""
        yield "/farm/network-config", b""


class OldWebServer(WebServer):
    """The same under the older name."""

    cmdline = "ro ds=nocloud-net;s=http://seed.example/farm/"


class Lxd(Cloud):
    """The socket in the container: a configuration is YAML, so texts."""

    addresses = ()

    def pages(self):
        key = "/1.0/config/cloud-init.user-data"
        yield "/1.0/meta-data", b"#cloud-config\ninstance-id: i-0a1b2c3d\nlocal-hostname: farm-1\n"
        yield "/1.0/config", json.dumps([key]).encode()
        yield key, self.userdata
        yield "/1.0/devices", b"{}"


def as_text(userdata):
    """A JSON string holds characters: what is not UTF-8 is lost."""
    return userdata.decode("utf-8", "replace")


class Handler(http.server.BaseHTTPRequestHandler):
    """Hands each request to the server's cloud."""

    def do_GET(self):
        cloud, path = self.server.cloud, self.path.split("?")[0]
        status, content = cloud.answer(self.command, path, self.headers)
        cloud.asked.append("%s %s: %d" % (self.command, path, status))
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_PUT = do_GET

    def log_message(self, *_):
        """Says nothing."""


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def get_request(self):
        connection, _ = self.socket.accept()
        return connection, ("local", 0)


def serve(cloud, address=("127.0.0.1", 0)):
    """Answers for a cloud until the process ends; returns where."""
    server = (UnixServer if isinstance(address, str) else TcpServer)(address, Handler)
    server.cloud = cloud
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address
