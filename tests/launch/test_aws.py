"""awscli's own parser, up to the request that it would send."""
import base64

import pytest
from awscli import clidriver

from contextc import HOSTILE, Refused, commands, launch


@pytest.fixture
def request_of(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    def parse(words, folder):
        taken = {}
        monkeypatch.chdir(folder)
        monkeypatch.setattr(
            clidriver.CLIOperationCaller, "invoke",
            lambda _, service, operation, parameters, options: taken.update(parameters, operation=operation) or 0,
        )
        assert clidriver.create_clidriver().main(words) == 0
        return taken

    return parse


@pytest.mark.parametrize("envelope", ["plain", "gzip"])
def test_run_instances(tmp_path, request_of, envelope):
    text = launch(tmp_path, "ec2", envelope=envelope, count=3, **HOSTILE)
    [words] = commands(text, tmp_path, "aws")
    taken = request_of(words, tmp_path)
    assert taken == {
        "operation": "RunInstances",
        "ImageId": HOSTILE["image"], "InstanceType": HOSTILE["flavor"], "KeyName": HOSTILE["key"],
        "MinCount": 3, "MaxCount": 3,
        "UserData": (tmp_path / "user-data").read_bytes(),
        "TagSpecifications": [
            {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": HOSTILE["name"]}]}
        ],
    }


def test_the_client_puts_base64_around_it(tmp_path):
    import botocore.handlers

    launch(tmp_path, "ec2", envelope="gzip")
    raw = (tmp_path / "user-data").read_bytes()
    parameters = {"UserData": raw}
    botocore.handlers.base64_encode_user_data(parameters)
    assert base64.b64decode(parameters["UserData"]) == raw


@pytest.mark.parametrize("name", ["a,b", "a]b", "a'b", 'a"b', "a=b", "a}b"])
def test_a_tag_that_would_be_taken_apart_is_refused(tmp_path, name):
    with pytest.raises(Refused, match="has a meaning for it in a tag"):
        launch(tmp_path, "ec2", name=name)
