"""Runs user-data through one unpacked cloud-init, as its init stage would.

    walk.py PACKAGE < jobs.json > results.json

Each cloud-init needs a process of its own (they share module names), and each
job a fork of it: a walk leaves modules and paths behind. A job is
{"userdata": PATH, "root": EMPTY DIR, "mode": MODE} and may have "vendordata"
(a path), "bundle" (the file that pinned handlers fetch), "urls" ({url: path}, what includes find), and "again": the walk is
done once more as at a later boot, with these files there. MODE says what
becomes of our part-handler on its way into cloud-init's own walker:
  record   its handle_part is replaced by one that writes down each call
  real     it runs, with ROOT below "root" and recording generators as HANDLERS
Nothing of this machine is touched: cloud-init's paths lie below "root", and
no process is started; what would have been started is in the result.
"""
import base64
import copy
import hashlib
import json
import logging
import os
import re
import stat
import subprocess
import sys
import traceback

# Appended to the handler's own source; what it registers stays its own.
RECORD = '''
def handle_part(data, ctype, filename, payload, frequency=None, headers=None):
    import json
    with open(%r, "a") as out:
        out.write(json.dumps([ctype, filename, payload, frequency]) + "\\n")
'''
REAL = '''
def _recorder(name):
    def block(settings, host):
        import json
        with open(%r, "a") as out:
            out.write(json.dumps([name, settings]) + "\\n")
        return
        yield
    return block


for _name in list(HANDLERS):
    HANDLERS[_name] = _recorder(_name)
'''


class Popen:
    """Stands in for subprocess.Popen: writes the command down, starts nothing."""

    started = []
    returncode = 0
    pid = 0

    def __init__(self, args, **kwargs):
        self.args = args
        words = [args] if isinstance(args, (str, bytes)) else args
        Popen.started.append([os.fsdecode(word) for word in words])
        self.text = kwargs.get("universal_newlines") or kwargs.get("text")
        self.stdout = self.stderr = self.stdin = None

    def communicate(self, input=None, timeout=None):
        return ("", "") if self.text else (b"", b"")

    def wait(self, timeout=None):
        return 0

    poll = wait

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


class Log(logging.Handler):
    """Keeps what cloud-init itself would have warned of."""

    def __init__(self):
        logging.Handler.__init__(self, logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append("%s: %s" % (record.levelname, record.getMessage()))


class Reply:
    """What cloud-init's include code needs of a reply."""

    code = 200
    headers = {}

    def __init__(self, url, contents):
        self.url, self.contents = url, contents

    def ok(self, *_, **__):
        return True


def fetch_from(urls):
    """A read_file_or_url that knows these URLs only."""
    from cloudinit.url_helper import UrlError

    def fetch(url, **_):
        if url not in urls:
            raise UrlError(OSError("not in this test"), url=url, code=404)
        return Reply(url, read(urls[url]))
    return fetch


def machine_of(job):
    """The root directory of the machine that the walk is made to see."""
    return os.path.join(job["root"], "machine")


def base_config(machine):
    """What an image's cloud.cfg says, with every path below the scratch machine."""
    cloud = os.path.join(machine, "var/lib/cloud")
    return {
        "system_info": {"distro": "debian", "paths": {
            "cloud_dir": cloud, "run_dir": os.path.join(machine, "run/cloud-init"),
            "templates_dir": os.path.join(cloud, "templates")}},
        "vendor_data": {"enabled": True},
    }


def init_stage(job):
    """cloud-init's Init on a datasource that holds the job's data."""
    from cloudinit import stages, user_data
    from cloudinit.sources.DataSourceNone import DataSourceNone
    base = base_config(machine_of(job))

    class Init(stages.Init):
        """Init that never reads the configuration of this machine."""

        def read_cfg(self, extra_fns=None):
            self._cfg = self._cfg or copy.deepcopy(base)

    user_data.read_file_or_url = fetch_from(job.get("urls", {}))
    init = Init(ds_deps=[])
    init.datasource = DataSourceNone(base, init.distro, init.paths)
    init._reset()  # the paths were made without a datasource
    init.datasource.metadata = {}
    init.datasource.userdata_raw = read(job["userdata"])
    if "vendordata" in job:
        init.datasource.vendordata_raw = read(job["vendordata"])
    for directory in init._initial_subdirs():
        os.makedirs(directory, exist_ok=True)
    os.makedirs(init.paths.run_dir, exist_ok=True)
    with open(os.path.join(init.paths.run_dir, "instance-data-sensitive.json"), "w") as data:
        data.write("{}")  # 25.1 and later warn of a missing one
    init.instancify()
    return init


def run(job):
    """The result of one job."""
    log = Log()
    logging.getLogger().addHandler(log)
    subprocess.Popen = Popen
    init = init_stage(job)
    message = init.datasource.get_userdata()
    result = {"parts": parts_of(message)}
    consume(init, message, job)
    result.update(left_behind(job), warnings=log.lines, started=Popen.started)
    return result


def parts_of(message):
    """The parts as cloud-init's walk hands them to handlers."""
    from cloudinit import handlers
    found = []

    def keep(_, filename, payload, headers):
        found.append(dict(content_type=headers["Content-Type"], filename=filename,
                          **content(encoded(payload))))
    handlers.walk(message, keep, {})
    return found


def consume(init, message, job):
    """Does what the init stage does with processed user-data, our handler prepared."""
    for directory in ("etc", "proc", "tmp", "usr/local/sbin", "var/log"):
        os.makedirs(os.path.join(machine_of(job), directory))
    with open(os.path.join(machine_of(job), "proc/uptime"), "w") as uptime:
        uptime.write("12.34 10.00\n")
    for part in message.walk():
        if part.get_content_type() == "text/part-handler":
            source = prepared(part.get_payload(decode=True).decode("ascii"), job)
            part.set_payload(base64.encodebytes(source.encode("ascii")).decode("ascii"))
            del part["Content-Transfer-Encoding"]
            part["Content-Transfer-Encoding"] = "base64"
    init.update()
    init.consume_data()
    if "again" in job:
        for path in job["again"]:
            open(os.path.join(machine_of(job), path), "w").close()
        init.consume_data("always")


def prepared(source, job):
    """The handler with its effects redirected."""
    if job["mode"] == "record":
        return source + RECORD % calls_of(job)
    if "HANDLERS" not in source and "SHA256=" not in source:
        return source  # what takes parts for other programs, and touches nothing
    source, found = re.subn(r"(?m)^ROOT = .*$", "ROOT = %r" % machine_of(job), source)
    if found != 1:
        raise ValueError("the handler has %d ROOT lines" % found)
    return mirrored(source, job) if "\nSHA256=" in source else source + REAL % blocks_of(job)


def mirrored(source, job):
    """What fetches the bundle, led to a prepared one: the second of two mirrors has it."""
    path = os.path.join(job["root"], "bundle.py")
    bundle = prepared(read(job["bundle"]).decode("ascii"), job).encode("ascii")
    with open(path, "wb") as stream:
        stream.write(bundle)
    given = "URLS=%r\nSHA256=%r\n" % (["file:///nowhere", "file://" + path], hashlib.sha256(bundle).hexdigest())
    return re.sub("(?m)^URLS=.*\nSHA256=.*\n", lambda _: given, source)


def calls_of(job):
    return os.path.join(job["root"], "calls")


def blocks_of(job):
    return os.path.join(job["root"], "blocks")


def left_behind(job):
    """What the walk left: calls and blocks written down, files, modules."""
    cloud = os.path.join(machine_of(job), "var/lib/cloud")
    instance = os.path.join(cloud, "instance")
    return {
        "calls": json_lines(calls_of(job)), "blocks": json_lines(blocks_of(job)),
        "scripts": tree(os.path.join(instance, "scripts")),
        "per_boot": tree(os.path.join(cloud, "scripts/per-boot")),
        "machine": {path: row for path, row in tree(machine_of(job)).items()
                    if not path.startswith(("var/lib/cloud/", "run/cloud-init", "proc/"))},
        "cloud_config": read(os.path.join(instance, "cloud-config.txt")).decode("utf-8"),
        "modules_left": sorted(name for name in sys.modules if name.startswith("part-handler")),
    }


def encoded(payload):
    """A payload's bytes; text payloads hide what is not UTF-8 in surrogates."""
    return payload if isinstance(payload, bytes) else payload.encode("utf-8", "surrogateescape")


def content(data):
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data),
            "body_base64": base64.b64encode(data).decode("ascii")}


def tree(top):
    """{path below top: mode, kind, content} of everything below it."""
    found = {}
    for directory, names, files in os.walk(top):
        for name in names + files:
            path = os.path.join(directory, name)
            mode = os.lstat(path).st_mode
            row = {"mode": "%04o" % stat.S_IMODE(mode), "kind": "file"}
            if stat.S_ISREG(mode):
                row.update(content(read(path)))
            else:
                row["kind"] = "directory" if stat.S_ISDIR(mode) else "other"
            found[os.path.relpath(path, top)] = row
    return found


def json_lines(path):
    if not os.path.exists(path):
        return []
    return [json.loads(line) for line in read(path).splitlines()]


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def forked(job, work):
    """work(job) in a fork, so that no job sees what another left behind."""
    out = os.path.join(job["root"], "result.json")
    os.makedirs(job["root"])
    pid = os.fork()
    if pid == 0:
        try:
            result = work(job)
        except BaseException:
            result = {"crash": traceback.format_exc()}
        with open(out, "w") as stream:
            json.dump(result, stream)
        os._exit(0)
    os.waitpid(pid, 0)
    return json.loads(read(out))


def main(work):
    """Answers each job of standard input with what `work` makes of it, on the package of the first argument."""
    sys.path.insert(0, os.path.join(sys.argv[1], "usr/lib/python3/dist-packages"))
    import cloudinit.sources.DataSourceNone
    import cloudinit.stages
    import cloudinit.distros.debian
    assert cloudinit.stages.__file__.startswith(sys.argv[1])
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what handlers print is no result
    json.dump([forked(job, work) for job in json.load(sys.stdin)], results)
    results.close()


if __name__ == "__main__":
    main(run)
