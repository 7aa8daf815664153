"""Terraform's side of the protocol of the data source `external`, as its documentation says it."""
import base64
import hashlib
import json
import subprocess

from contextc import COMPILER, CONTEXT


def external(folder, query):
    """The environment is Terraform's, the directory is where it runs, the query is an object of texts."""
    done = subprocess.run([COMPILER, "terraform-external"], cwd=folder, input=json.dumps(query).encode(), capture_output=True)
    if done.returncode:
        return done.returncode, done.stderr.decode()
    result = json.loads(done.stdout)
    assert all(isinstance(value, str) for value in result.values())
    return 0, result


def test_a_plan(tmp_path):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/worker.yaml").write_text(CONTEXT)
    for target, envelope in (("ec2", "plain"), ("ec2", "gzip"), ("hetzner", "gzip+base64")):
        code, result = external(tmp_path, {"file": "modules/worker.yaml", "target": target, "envelope": envelope})
        assert code == 0
        compiled = subprocess.run(
            [COMPILER, "compile", "modules/worker.yaml", "--target", target, "--envelope", envelope], cwd=tmp_path,
            capture_output=True, check=True,
        ).stdout
        assert base64.b64decode(result["user_data_base64"]) == compiled
        assert result.get("user_data") == (None if envelope == "gzip" else compiled.decode())
        assert result["sha256"] == hashlib.sha256(compiled).hexdigest()
        assert (result["size"], result["envelope"], result["target"]) == (str(len(compiled)), envelope, target)


def test_the_same_query_has_the_same_result(tmp_path):
    (tmp_path / "w.yaml").write_text(CONTEXT)
    query = {"file": "w.yaml", "target": "ec2"}
    assert external(tmp_path, query) == external(tmp_path, query)


def test_a_refusal(tmp_path):
    (tmp_path / "w.yaml").write_text("localfs: {parts: {home: 600}}\n")
    code, message = external(tmp_path, {"file": "w.yaml", "target": "ec2"})
    assert code == 1 and "600" in message
    # What Terraform sends where no query is given.
    code, message = external(tmp_path, {})
    assert code == 2 and "`file`" in message and message.count("\n") == 1
