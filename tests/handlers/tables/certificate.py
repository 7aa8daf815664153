CERTIFICATE = "-----BEGIN CERTIFICATE-----\ncertificate\n-----END CERTIFICATE-----\n"
OTHER = "-----BEGIN CERTIFICATE-----\nother\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"
POLICY = "access_id_CA X509 '/CN=Other'\npos_rights globus CA:sign\ncond_subjects globus '\"*\"'\n"
FOLDER = "/etc/grid-security/certificates"
CVMFS = "/cvmfs/grid.cern.ch/etc/grid-security/certificates"


def said(host=None, ca=None, proxies=()):
    return {"host": host, "ca": ca, "proxies": list(proxies)}


def linked(machine):
    """`ln` makes the link that `readlink` shows from then on."""
    made = any(line.startswith("Run argv=['ln'") for line in machine.lines)
    return (0, CVMFS + "\n") if made else (1, "")


HOST = {"certificate": CERTIFICATE, "key": KEY}
PROXY = {"user": "alice", "proxy": CERTIFICATE + KEY, "path": None}

SCENARIOS = {
    "host": dict(settings=said(HOST)),
    "ca-directory": dict(
        settings=said(ca={"directory": CVMFS, "certificates": []}), machine=dict(answers=[("^readlink", linked)]),
        again=lambda machine: sum("'ln'" in line for line in machine.lines) == 1),
    "ca-directory-is-full": dict(
        settings=said(ca={"directory": CVMFS, "certificates": []}),
        machine=dict(answers=[("^readlink", 1, ""), ("^rmdir", 1, "not empty"), ("^ln", 1, "cannot overwrite directory")]),
        ends="Failed: ln: exit 1: cannot overwrite directory"),
    "ca-bundle": dict(
        settings=said(ca={"directory": None, "certificates": [[CERTIFICATE, None], [OTHER, POLICY]]}),
        machine=dict(answers=[("^openssl", 0, "0a1b2c3d\n")], missing=["openssl"], files={FOLDER + "/0a1b2c3d.0": "the image's own\n"}),
        again=lambda machine: machine.text(FOLDER + "/0a1b2c3d.0") == "the image's own\n" and machine.text(FOLDER + "/0a1b2c3d.2") == OTHER),
    "proxy": dict(settings=said(proxies=[PROXY])),
    "proxy-elsewhere": dict(settings=said(proxies=[dict(PROXY, path="/home/alice/.globus/proxy")])),
    "proxy-without-a-home": dict(
        settings=said(proxies=[dict(PROXY, path="/home/alice/.globus/proxy"), dict(PROXY, user="root")]),
        machine=dict(answers=[("^sh -c .* /home/alice", 1, "mkdir: cannot create directory '/home/alice': Permission denied")]),
        ends="Failed: alice: mkdir: cannot create directory"),
    "proxy-outside-the-home": dict(settings=said(proxies=[dict(PROXY, path="/srv/proxies/alice")])),
    "proxy-of-nobody": dict(settings=said(HOST, proxies=[dict(PROXY, user="carol")]), ends="Failed: no such user: carol"),
}
