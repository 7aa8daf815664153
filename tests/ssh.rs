//! The command `contextc summary` as its user meets it: exit codes, streams, files of every kind, and hosts behind a stand-in for ssh.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

fn machines() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/summary/machines")
}

fn contextc(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contextc"));
    command.current_dir(machines()).arg("summary").args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    contextc(arguments).output().unwrap()
}

fn code(arguments: &[&str]) -> i32 {
    run(arguments).status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_exit_code_says_how_it_is() {
    assert_eq!(code(&["ok", "console.log"]), 0);
    assert_eq!(code(&["ok", "failed"]), 1);
    assert_eq!(code(&["failed", "--fail-on", "unreached"]), 0);
    assert_eq!(code(&["interrupted", "--fail-on", "unreached"]), 1);
    assert_eq!(code(&["nothing"]), 1);
    assert_eq!(code(&["ok", "absent"]), 2);
    for wrong in [
        &["--fail-on", "ok", "ok"][..],
        &["--format", "xml", "ok"],
        &[],
        &["--ssh=-oProxyCommand=x"],
        &["--timeout", "0", "ok"],
    ] {
        assert_eq!(code(wrong), 2, "{wrong:?}");
    }
}

#[test]
fn a_path_that_is_not_there_does_not_hide_the_others() {
    let output = run(&["absent", "ok"]);
    assert!(stdout(&output).contains("ok "), "{}", stdout(&output));
    assert!(stderr(&output).contains("`absent` cannot be read"), "{}", stderr(&output));
}

#[test]
fn a_machine_is_found_from_wherever_its_directory_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("root/var/log/contextc");
    fs::create_dir_all(&logs).unwrap();
    fs::copy(machines().join("ok/contextc/summary.json"), logs.join("summary.json")).unwrap();
    for path in ["root", "root/var/log", "root/var/log/", "root/var/log/contextc", "root/var/log/contextc/summary.json"]
    {
        let path = folder.path().join(path);
        assert_eq!(code(&[path.to_str().unwrap()]), 0, "{path:?}");
    }
    // One level up it is one of several.
    let output = run(&[folder.path().to_str().unwrap()]);
    let name = folder.path().join("root").display().to_string();
    assert!(output.status.success() && stdout(&output).contains(&name), "{}", stdout(&output));
    let all = stdout(&run(&["."]));
    assert!(all.contains("./failed ") && all.contains("./of-an-earlier-life "), "{all}");
    let nothing = all.lines().find(|line| line.starts_with("./nothing ")).unwrap_or_default();
    assert!(nothing.contains("no verdict"), "a copy that failed is not passed over: {all}");
}

#[test]
fn standard_input_is_a_machine_and_json_is_for_programs() {
    let mut child = contextc(&["-", "--format", "json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(machines().join("console.log")).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json[0]["name"].as_str(), json[0]["state"].as_str()), (Some("<stdin>"), Some("ok")));
}

#[test]
fn links_and_pipes_in_a_copied_tree_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    symlink(machines().join("ok/contextc/summary.json"), folder.path().join("summary.json")).unwrap();
    Command::new("mkfifo").arg(folder.path().join("cvmfs.log")).status().unwrap();
    let output = run(&[folder.path().to_str().unwrap()]);
    assert!(stdout(&output).contains("no verdict"), "{}", stdout(&output));
}

/// A stand-in for ssh: the name of a host says how it behaves; a host with a directory runs the command there.
const SSH: &str = r#"#!/bin/sh
[ "$1 $2 $3 $4 $6" = "-T -o BatchMode=yes -o --" ] || exit 99
case $7 in
slow) exec sleep 60 ;;
held) sleep 9 & exit 0 ;;
refused) echo "ssh: connect to host refused: Connection refused" >&2; exit 255 ;;
garbage) head -c 100000 /dev/urandom; exit 0 ;;
flood) exec cat /dev/zero ;;
wordy) head -c 1000000 /dev/zero >&2; printf "\nlast word\r\n" >&2; exit 255 ;;
*) cd "ROOT/$7" && eval "$(printf %s "$8" | sed "s|cd /|cd .|")" ;;
esac
"#;

/// A directory with the stand-in, and machines in directories below it.
fn hosts() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ssh = folder.path().join("ssh");
    let root = folder.path().join("hosts");
    fs::write(&ssh, SSH.replace("ROOT", root.to_str().unwrap())).unwrap();
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    for (host, from, to) in [
        ("failed", "failed", ""),
        ("interrupted", "interrupted", ""),
        ("late", "late-never-ran", ""),
        ("ok", "ok", "var/log"),
        ("lost", "never-arrived", "var/log"),
        ("old", "heritage", "var/log"),
        ("earlier", "of-an-earlier-life", "var/log"),
        ("cut", "cut-summary", "var/log"),
        ("nothing", "nothing", "var/log"),
    ] {
        let to = root.join(host).join(to);
        fs::create_dir_all(&to).unwrap();
        let from = machines().join(from).join(".");
        assert!(Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap().success());
    }
    folder
}

fn ask(folder: &Path, hosts: &[&str], arguments: &[&str]) -> Output {
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let hosts = hosts.iter().flat_map(|host| ["--ssh", host]);
    contextc(&[]).args(hosts).args(arguments).env("PATH", path).output().unwrap()
}

#[test]
fn hosts_are_judged_as_their_directories_are() {
    let folder = hosts();
    let names = ["failed", "interrupted", "late", "ok", "lost", "old", "earlier", "cut", "nothing"];
    let output = ask(folder.path(), &names, &["--format", "json"]);
    let asked: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let paths: Vec<String> =
        names.iter().map(|name| folder.path().join("hosts").join(name).display().to_string()).collect();
    let read = run(&[&paths.iter().map(String::as_str).collect::<Vec<_>>()[..], &["--format", "json"]].concat());
    let read: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    for (at, name) in names.iter().enumerate() {
        assert_eq!(asked[at]["name"], *name);
        for key in ["state", "blocks", "scripts", "modules"] {
            assert_eq!(asked[at][key], read[at][key], "{name}: {key}");
        }
    }
    assert_eq!(asked.as_array().unwrap().len(), names.len());
}

#[test]
fn hosts_that_do_not_answer_are_rows() {
    let folder = hosts();
    let begun = Instant::now();
    let hosts = ["slow", "slow", "slow", "refused", "garbage", "flood", "wordy", "held", "ok"];
    let output = ask(folder.path(), &hosts, &["--timeout", "5"]);
    let table = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{table}");
    assert!(begun.elapsed().as_secs() < 18, "one after the other, or not at all: {:?}", begun.elapsed());
    assert_eq!(table.matches("no answer within 5 s").count(), 4, "{table}");
    for words in
        ["Connection refused", "it printed too much", "last word", "9 machines: 1 ok, 1 no verdict, 7 no answer"]
    {
        assert!(table.contains(words), "{words} is not in\n{table}");
    }
    assert_eq!(stderr(&output), "", "no line of progress where there is no terminal");
}

#[test]
fn without_ssh_there_is_no_work() {
    let output = contextc(&["ok", "--ssh", "node1"]).env("PATH", "/nonexistent").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("`ssh` cannot be run: no such program"), "{}", stderr(&output));
    assert!(stdout(&output).contains("ok "), "what could be read is shown");
}
