"""Where the secrets of a context are on a booted machine: in the user-data and in their files, unreadable to others, and nowhere else."""

import base64
import json
import re
import shlex

# All files that were changed since the boot began, and what the running programs were called with: mode, owner, path, which secret.
SEARCH = r"""
import base64, json, os, stat, time
secrets = {name: [base64.b64decode(form) for form in forms] for name, forms in json.loads(base64.b64decode("@SECRETS@")).items()}
began = time.time() - float(open("/proc/uptime").read().split()[0]) - 60
def paths():
    for where, names, files in os.walk("/"):
        names[:] = [name for name in names if os.path.join(where, name) not in ("/proc", "/sys", "/contextc-check")]
        for name in files:
            yield os.path.join(where, name)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) != os.getpid():
            yield "/proc/%s/cmdline" % pid
for path in paths():
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_ctime < began or found.st_size > 1 << 27:
            continue
        text = open(path, "rb").read()
    except OSError:
        continue
    for name, forms in secrets.items():
        if any(form in text for form in forms):
            print("%o %d %s %s" % (stat.S_IMODE(found.st_mode), found.st_uid, path, name))
"""
# What cloud-init keeps of the user-data, and the medium that brought it.
CLOUD_INIT = (r"/var/lib/cloud/instances/[^/]+/(user-data\.txt(\.i)?|obj\.pkl|cloud-config\.txt|scripts/[^/]+|combined-cloud-config\.json)"
              r"|/run/cloud-init/(combined-cloud-config|instance-data-sensitive)\.json")
# Each secret's file.
FILES = {
    "munge": r"/etc/munge/munge\.key",
    "host_key": r"/etc/ssh/ssh_host_ed25519_key",
    "login": r"/home/alice/\.ssh/id_ed25519",
    "hostkey.pem": r"/etc/grid-security/hostkey\.pem",
    # A proxy below /tmp is made again from our copy at every boot; what is to follow the verdict stands in the plan, too.
    "userkey.pem": r"/tmp/x509up_u\d+|/var/lib/contextc/proxy-alice",
    "token": r"/var/lib/contextc/(outcome/asked|state)\.json",
}


def forms(run):
    """{secret: each form that it may take}, of the run's keys and of the token in the context."""
    found = {}
    for name in ("host_key", "login", "hostkey.pem", "userkey.pem"):
        if (run.work / name).exists():
            found[name] = [(run.work / name).read_bytes().splitlines()[3]]
    if (run.work / "munge.key").exists():
        key = (run.work / "munge.key").read_bytes()
        found["munge"] = [key, base64.b64encode(key)[:60], key.hex().encode()[:60]]
    token = re.search(rb"token=(\w+)", run.user_data)
    if token:
        found["token"] = [token.group(1)]
    return found


def search(run):
    """The probe. The secrets in it are encoded, so that it does not find itself."""
    secrets = {name: [base64.b64encode(form).decode() for form in forms] for name, forms in forms(run).items()}
    words = base64.b64encode(json.dumps(secrets).encode()).decode()
    return "python3 -c " + shlex.quote(SEARCH.replace("@SECRETS@", words))


def kept(names, run):
    """Each secret is found in its own file; whatever holds one is closed to all but its owner; the console has none."""
    rows = [line.split(" ", 3) for line in run.boot.out("secrets").splitlines()]
    places = {name: {path for *_, path, secret in rows if secret == name} for name in names}
    for name, found in places.items():
        own = {path for path in found if re.fullmatch(FILES[name], path)}
        assert own, (name, found)
        assert all(re.fullmatch(CLOUD_INIT, path) for path in found - own), (name, found - own)
    assert not [row for row in rows if int(row[0], 8) & 0o077], rows
    for name, written in forms(run).items():
        assert not [form for form in written if form in run.boot.console.encode("utf-8", "replace")], name
