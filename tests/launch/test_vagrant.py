"""Ruby reads the Vagrantfile; a double of Vagrant writes down what it is told."""
import json
import os
import subprocess

from contextc import commands, found, launch

LIBRARIES = found("usr/lib/*/libruby-*.so.*").parent
RUBY = found("usr/bin/ruby[0-9].[0-9]")
DOUBLE = """
class Recorder
  def initialize(told) @told = told end
  def vm; self end
  def box=(box) @told << ["box", box] end
  def disk(kind, **words) @told << ["disk", kind, words] end
  def define(name) @told << ["define", name] end
end
module Vagrant
  def self.configure(version)
    told = []
    yield Recorder.new(told)
    STDOUT.write(told.map { |row| row.map { |word| word.is_a?(Hash) ? word.map { |k, v| "#{k}=#{v}" }.join("\\1") : word.to_s }.join("\\0") }.join("\\2"))
  end
end
load ARGV[0]
"""


def told(folder):
    (folder / "double.rb").write_text(DOUBLE)
    done = subprocess.run(
        [RUBY, "--disable=gems", "double.rb", folder / "Vagrantfile"], cwd=folder, capture_output=True,
        env={"LD_LIBRARY_PATH": str(LIBRARIES), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr.decode()
    return [row.split("\0") for row in done.stdout.decode().split("\2")]


def test_a_vagrantfile(tmp_path):
    box, seed = "b'o\\x #{1+1} \"$(id)\"", "s'ee\\d.iso"
    text = launch(tmp_path, "vagrant", image=box, name="w'#{2}", count=2, user_data=seed)
    assert commands(text, tmp_path, "vagrant") == [["up"]]
    assert told(tmp_path) == [
        ["box", box], ["disk", "dvd", f"name=cidata\1file={seed}"], ["define", "w'#{2}-1"], ["define", "w'#{2}-2"],
    ]


def test_a_vagrantfile_that_is_there_stays(tmp_path):
    (tmp_path / "Vagrantfile").write_text("mine")
    text = launch(tmp_path, "vagrant", image="b")
    assert subprocess.run(["sh", "-c", text], cwd=tmp_path, capture_output=True).returncode != 0
    assert (tmp_path / "Vagrantfile").read_text() == "mine"
