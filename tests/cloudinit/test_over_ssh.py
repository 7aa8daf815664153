"""What the target ssh makes of cloud-config is what cloud-init's own functions make of it."""
import base64
import gzip
import json
import re
import subprocess
import sys

import pytest

from compiler import cloud_config, contextc
from layout import SUITES, suite_dir

TEXT = r"""
fqdn: node1.example.org
bootcmd:
  - echo "a  b" 'c' $HOME
  - [echo, "it's", "a b", '$HOME', 7, -1, "", "é"]
runcmd:
  - |
    if true; then
      echo yes
    fi
  - [sh, -xc, "echo 'x' \"y\""]
write_files:
  - {path: /a, content: "text\n", permissions: 0640}
  - {path: /b, content: text, permissions: '0755', owner: alice}
  - {path: /c, content: "bW9yZQo=", encoding: b64, owner: "alice:staff", permissions: "0o600"}
  - {path: /d, content: "H4sIAAAAAAACA8tJLEnlAgBHS92yBQAAAA==", encoding: gz+base64, owner: ":adm", append: true}
  - path: /e
    encoding: text/plain
    content: |
      café
yum_repos:
  Some-Site: {name: A site, baseurl: "https://example.org/$releasever", enabled: yes, gpgcheck: false, priority: 10}
"""

# With the package's own modules: functions without an effect.
ASKED = r"""
import base64, json, sys
sys.path.insert(0, sys.argv[1])
import yaml
from cloudinit import util
from cloudinit.config import cc_write_files as files, cc_yum_add_repo as yum
config = yaml.safe_load(sys.stdin.buffer.read().decode())
def text(data):
    return data.decode() if isinstance(data, bytes) else data
rows = []
for row in config["write_files"]:
    data = files.extract_contents(row["content"], files.canonicalize_extraction(row.get("encoding")))
    user, group = util.extract_usergroup(row.get("owner", "root:root"))
    rows.append([row["path"], text(data), "%o" % files.decode_perms(row.get("permissions"), 0o644), user, group, util.get_cfg_option_bool(row, "append", False)])
repos = {}
for name, repo in config["yum_repos"].items():
    name = yum._canonicalize_id(name)
    repos[name] = text(yum._format_repository_config(name, repo))
name = util.get_hostname_fqdn(config, None)
print(json.dumps({"bootcmd": text(util.shellify(config["bootcmd"])), "runcmd": text(util.shellify(config["runcmd"])), "files": rows, "yum": repos, "hostname": [name[0], name[1]]}))
"""


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    path = tmp_path_factory.mktemp("ssh") / "node.yaml"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def settings(context):
    run = contextc("compile", "--target", "ssh", context).decode("ascii")
    payload = re.search(r"<<'--contextc--'\n(.*?)\n--contextc--\n", run, re.S).group(1)
    return json.loads(gzip.decompress(base64.b64decode(payload)))["config"]


def content(row):
    data = base64.b64decode(row["content"]) if row["base64"] else row["content"].encode()
    return (gzip.decompress(data) if row["gzip"] else data).decode()


@pytest.mark.parametrize("suite", SUITES)
def test_the_same_as_cloud_init(context, settings, suite):
    packages = suite_dir(suite) / "usr/lib/python3/dist-packages"
    done = subprocess.run([sys.executable, "-c", ASKED, str(packages)], input=cloud_config(context), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (settings["bootcmd"], settings["runcmd"]) == (said["bootcmd"], said["runcmd"])
    rows = [[row["path"], content(row), "%o" % int(row["mode"], 8), row["owner"], row["group"], row["append"]] for row in settings["write_files"]]
    assert rows == said["files"]
    assert [settings["hostname"]["hostname"], settings["hostname"]["fqdn"]] == said["hostname"]
    # Up to 20.4 it changed the name.
    lines = {name.replace("some_site", "Some-Site"): sorted(line.replace(" = ", "=") for line in text.splitlines() if "=" in line and line[0] != "#") for name, text in said["yum"].items()}
    assert {name: sorted(lines) for name, lines in settings["yum"].items()} == lines
