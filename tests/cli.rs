//! The command as its user meets it: exit codes, streams, and what is left on the disk.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SOUND: &str = "localfs: {parts: {home: 50}}\n";
const WRONG: &str = "localfs: {parts: {home: 500}}\n";

fn contextc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contextc")).current_dir(folder).args(arguments).output().unwrap()
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_exit_code_is_0_1_or_2() {
    let folder = folder_with(&[("good.yaml", SOUND), ("bad.yaml", WRONG)]);
    let code = |arguments: &[&str]| contextc(folder.path(), arguments).status.code();
    assert_eq!(code(&["compile", "good.yaml"]), Some(0));
    assert_eq!(code(&["compile", "bad.yaml"]), Some(1));
    assert_eq!(code(&["compile", "absent.yaml"]), Some(2));
    assert_eq!(code(&["compile", "good.yaml", "--target", "nowhere"]), Some(2));
    assert_eq!(code(&["compile", "good.yaml", "--no-such-option"]), Some(2));
    assert_eq!(code(&["check", "good.yaml"]), Some(0));
    assert_eq!(code(&["check", "good.yaml", "bad.yaml"]), Some(1));
    assert_eq!(code(&["check", "bad.yaml", "absent.yaml"]), Some(2));
}

#[test]
fn the_result_goes_to_stdout_and_words_to_stderr() {
    let folder = folder_with(&[("good.yaml", SOUND), ("bad.yaml", WRONG)]);
    let good = contextc(folder.path(), &["compile", "good.yaml"]);
    assert!(good.stdout.starts_with(b"MIME-Version: 1.0\r\n"));
    assert_eq!(stderr(&good), "");
    let bad = contextc(folder.path(), &["compile", "bad.yaml"]);
    assert!(bad.stdout.is_empty());
    let text = stderr(&bad);
    for piece in ["error[units/percent]", "bad.yaml:1:25", "home: 500", "^^^", "help: write a whole number"] {
        assert!(text.contains(piece), "{piece} is not in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "no colour where there is no terminal");
    let coloured = contextc(folder.path(), &["compile", "bad.yaml", "--color", "always"]);
    assert!(stderr(&coloured).contains('\u{1b}'));
}

#[test]
fn a_rejected_context_leaves_the_old_result_alone() {
    let folder = folder_with(&[("bad.yaml", WRONG), ("user-data", "old")]);
    let output = contextc(folder.path(), &["compile", "bad.yaml", "-o", "user-data"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_to_string(folder.path().join("user-data")).unwrap(), "old");
    let output = contextc(folder.path(), &["compile", "bad.yaml", "-o", "new"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(names(folder.path()), ["bad.yaml", "user-data"]);
}

#[test]
fn a_result_is_private_and_replaces_the_old_one_whole() {
    let folder = folder_with(&[("good.yaml", SOUND), ("user-data", "old")]);
    let path = folder.path().join("user-data");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let output = contextc(folder.path(), &["compile", "good.yaml", "-o", "user-data"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read(&path).unwrap(), contextc(folder.path(), &["compile", "good.yaml"]).stdout);
    assert_eq!(names(folder.path()), ["good.yaml", "user-data"], "nothing else is left behind");
}

#[test]
fn a_symbolic_link_is_followed() {
    let folder = folder_with(&[("good.yaml", SOUND), ("real", "old")]);
    symlink("real", folder.path().join("link")).unwrap();
    symlink("later", folder.path().join("dangling")).unwrap();
    for link in ["link", "dangling"] {
        assert_eq!(contextc(folder.path(), &["compile", "good.yaml", "-o", link]).status.code(), Some(0));
        assert!(fs::symlink_metadata(folder.path().join(link)).unwrap().is_symlink());
    }
    assert!(fs::read(folder.path().join("real")).unwrap().starts_with(b"MIME-Version"));
    assert!(fs::read(folder.path().join("later")).unwrap().starts_with(b"MIME-Version"));
}

#[test]
fn a_fifo_is_written_to_and_stays_one() {
    let folder = folder_with(&[("good.yaml", SOUND)]);
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let reader = Command::new("timeout").arg("60").arg("cat").arg(&fifo).stdout(Stdio::piped()).spawn().unwrap();
    assert_eq!(contextc(folder.path(), &["compile", "good.yaml", "-o", "fifo"]).status.code(), Some(0));
    assert!(reader.wait_with_output().unwrap().stdout.starts_with(b"MIME-Version"));
    assert!(!fs::metadata(&fifo).unwrap().is_file());
}

#[test]
fn a_result_is_never_written_over_what_it_is_made_from() {
    let context = "scripts: [hello.sh]\n";
    let folder = folder_with(&[("worker.yaml", context), ("hello.sh", "#!/bin/sh\n")]);
    for path in ["worker.yaml", "./hello.sh"] {
        assert_eq!(contextc(folder.path(), &["compile", "worker.yaml", "-o", path]).status.code(), Some(2));
    }
    assert_eq!(fs::read_to_string(folder.path().join("worker.yaml")).unwrap(), context);
    assert_eq!(fs::read_to_string(folder.path().join("hello.sh")).unwrap(), "#!/bin/sh\n");
}

#[test]
fn a_dash_is_standard_output() {
    let folder = folder_with(&[("good.yaml", SOUND)]);
    let output = contextc(folder.path(), &["compile", "good.yaml", "-o", "-"]);
    assert!(output.stdout.starts_with(b"MIME-Version"));
    assert_eq!(names(folder.path()), ["good.yaml"]);
}

#[test]
fn a_directory_is_no_place_for_one_file() {
    let folder = folder_with(&[("good.yaml", SOUND)]);
    let output = contextc(folder.path(), &["compile", "good.yaml", "-o", "."]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("is a directory"), "{}", stderr(&output));
}

#[test]
fn standard_input_is_a_context_too() {
    let folder = folder_with(&[("hello.sh", "#!/bin/sh\necho hello\n")]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_contextc"));
    let command =
        command.current_dir(folder.path()).args(["compile", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"scripts: [hello.sh]\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        String::from_utf8(output.stdout).unwrap().contains("echo hello"),
        "a path is relative to the current directory"
    );
}

#[test]
fn a_path_in_a_context_is_relative_to_the_context() {
    let folder = folder_with(&[]);
    fs::create_dir(folder.path().join("site")).unwrap();
    fs::write(folder.path().join("site/worker.yaml"), "scripts: [hello.sh]\n").unwrap();
    fs::write(folder.path().join("site/hello.sh"), "#!/bin/sh\n").unwrap();
    assert_eq!(contextc(folder.path(), &["compile", "site/worker.yaml"]).status.code(), Some(0));
}

#[test]
fn options_win_over_the_context() {
    let text = "target: generic\nhandlers: embed\nvariables: {share: 10}\nlocalfs: {parts: {home: \"{{ share }}\"}}\n";
    let folder = folder_with(&[("worker.yaml", text)]);
    let run =
        |arguments: &[&str]| contextc(folder.path(), &[&["compile", "worker.yaml", "-o", "out"], arguments].concat());
    assert!(stderr(&run(&[])).contains("plain, for generic"));
    assert!(stderr(&run(&["--target", "aws"])).contains("of 16384 bytes before base64"));
    assert!(stderr(&run(&["--target", "EC2"])).contains("did you mean `ec2`?"));
    assert!(stderr(&run(&["--target", "nowhere"])).contains("`contextc targets` lists them"));
    let said = stderr(&run(&["--target", "ec2", "--envelope", "plain"]));
    assert!(said.contains("leave out `--envelope`: as gzip it fits"), "{said}");
    assert!(stderr(&run(&["--envelope", "gzip+base64"])).contains("gzip+base64, for generic"));
    run(&["--set", "share=77"]);
    assert!(fs::read_to_string(folder.path().join("out")).unwrap().contains("{\"percent-vg\":77}"));
    run(&["--handlers", "include=https://example.org/h.py"]);
    let included = fs::read_to_string(folder.path().join("out")).unwrap();
    assert!(included.contains("filename=\"include_modules.txt\"\r\n\r\n#include-once\nhttps://example.org/h.py\n"));
    assert!(!included.contains("#part-handler"));
    assert_eq!(run(&["--set", "shrae=77"]).status.code(), Some(1));
    run(&["--handlers", "pinned=https://a.example.org/,http://b.example.org/h.py"]);
    let pinned = fs::read_to_string(folder.path().join("out")).unwrap();
    assert!(pinned.contains("URLS=[\"https://a.example.org/contextc-handlers-"));
    assert_eq!(run(&["--handlers", "pinned"]).status.code(), Some(2));
    assert_eq!(run(&["--handlers", "embed=https://example.org/"]).status.code(), Some(2));
}

#[test]
fn handlers_are_written_under_the_name_of_their_digest() {
    let folder = folder_with(&[]);
    let output = contextc(folder.path(), &["handlers", "-o", "www"]);
    assert_eq!(output.status.code(), Some(0));
    let bundle = contextc::handlers();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{}  www/{}\n", bundle.sha256(), bundle.name()));
    let path = folder.path().join("www").join(bundle.name());
    assert_eq!(fs::read_to_string(&path).unwrap(), bundle.text());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644, "a web server reads it");
}

/// Finished user-data is not compiled again; that it is judged, `tests/check.rs` shows.
#[test]
fn compile_names_the_layers_of_finished_user_data() {
    let folder = folder_with(&[("worker.yaml", SOUND)]);
    let layers = [
        ("plain", "this is finished user-data, not a context"),
        ("gzip", "this looks like gzip of user-data:"),
        ("base64", "this looks like base64 of user-data:"),
        ("gzip+base64", "this looks like base64 of gzip of user-data:"),
    ];
    for (envelope, message) in layers {
        contextc(folder.path(), &["compile", "worker.yaml", "--envelope", envelope, "-o", "user-data"]);
        let output = contextc(folder.path(), &["compile", "user-data"]);
        assert_eq!(output.status.code(), Some(1), "{envelope}");
        let text = stderr(&output);
        assert!(text.contains("error[envelope/not-evaluated]") && text.contains(message), "{envelope}: {text}");
    }
}

#[test]
fn who_does_not_read_to_the_end_is_no_failure_and_a_full_device_is_exit_code_2() {
    let folder = folder_with(&[("good.yaml", SOUND), ("bad.yaml", WRONG)]);
    // The reader is gone before the first byte is written.
    let unread = |arguments: &str| {
        let script =
            format!("set -o pipefail; {{ sleep 0.2; {} {arguments}; }} | true", env!("CARGO_BIN_EXE_contextc"));
        Command::new("bash").current_dir(folder.path()).args(["-c", &script]).output().unwrap()
    };
    for arguments in ["compile good.yaml", "check good.yaml good.yaml", "schema", "explain", "targets", "handlers -o ."]
    {
        let output = unread(arguments);
        assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{arguments}");
    }
    assert_eq!(unread("check good.yaml bad.yaml 2>/dev/full").status.code(), Some(1));
    for arguments in ["compile", "check", "check --format json", "summary"] {
        let script = format!("{} {arguments} good.yaml >/dev/full", env!("CARGO_BIN_EXE_contextc"));
        let output = Command::new("bash").current_dir(folder.path()).args(["-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {output:?}");
        assert!(stderr(&output).contains("standard output: "), "{arguments}: {output:?}");
    }
}

#[test]
fn help_says_what_the_exit_codes_mean_and_check_takes_one_target() {
    let folder = folder_with(&[("good.yaml", SOUND)]);
    for command in ["check", "explain", "init", "simulate"] {
        let help = contextc(folder.path(), &[command, "--help"]);
        assert!(String::from_utf8(help.stdout).unwrap().contains("Exit codes: 0 "), "{command}");
    }
    let several = contextc(folder.path(), &["check", "--target", "ec2,openstack", "good.yaml"]);
    assert_eq!(several.status.code(), Some(2));
    assert!(stderr(&several).contains("takes one target"), "{}", stderr(&several));
    #[cfg(not(feature = "cloud-init-schema"))]
    {
        let help = contextc(folder.path(), &["check", "--help"]);
        assert!(
            String::from_utf8(help.stdout).unwrap().contains("no validator"),
            "the help of an option that is not there"
        );
    }
}

#[test]
fn certificates_are_judged_by_the_day() {
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/files/x509/");
    let text =
        format!("certificate: {{host: {{certificate: {{file: {files}ec.pem}}, key: {{file: {files}ec.key}}}}}}\n");
    let folder = folder_with(&[("a.yaml", &text)]);
    let code = |arguments: &[&str]| contextc(folder.path(), arguments).status.code();
    for command in ["compile", "check"] {
        assert_eq!(code(&[command, "a.yaml", "--today", "2030-01-01"]), Some(0));
        assert_eq!(code(&[command, "a.yaml", "--today", "2500-01-01"]), Some(1));
        assert_eq!(code(&[command, "a.yaml", "--today", "2030-02-30"]), Some(2));
    }
    let told = contextc(folder.path(), &["check", "a.yaml", "--today", "2500-01-01"]);
    assert!(stderr(&told).contains("error[certificate/expired]"));
}

#[test]
fn no_secret_is_shown_with_the_fault_that_it_has() {
    let text = "ssh-access:\n  host-keys: [topsecretone]\n  identities: {alice: topsecrettwo, bob: [{key: topsecretthree}]}\n\
                certificate:\n  host: {certificate: x, key: topsecretfour}\n  proxies: {alice: topsecretfive, bob: {proxy: topsecretsix}}\n";
    let one = "ssh-access: {host-keys: topsecretseven}\n";
    let variable = "variables: {k: topsecreteight, list: [1]}\nmunge: {key: '{{ k }}'}\n";
    let address = "cvmfs: {repository: {url: 'https://topsecretnine@example.org/deb bookworm', key: x}}\n";
    let folder = folder_with(&[("a.yaml", text), ("b.yaml", one), ("c.yaml", variable), ("d.yaml", address)]);
    let told = contextc(folder.path(), &["check", "a.yaml", "b.yaml", "c.yaml", "d.yaml"]);
    assert_eq!(told.status.code(), Some(1));
    let words = stderr(&told);
    for code in ["ssh-access/private-key", "certificate/key", "context/variable", "cvmfs/package-repository"] {
        assert!(words.contains(code), "{code}: {words}");
    }
    assert!(!words.contains("topsecret"), "{words}");
}

#[cfg(not(feature = "cloud-init-schema"))]
#[test]
fn a_build_without_a_validator_says_so() {
    let asked = std::process::Command::new(env!("CARGO_BIN_EXE_contextc"))
        .args(["check", "--cloud-init-schema", "schema.json", "examples/worker-node.yaml"])
        .output()
        .unwrap();
    assert_eq!(asked.status.code(), Some(2));
    let said = String::from_utf8(asked.stderr).unwrap();
    assert!(said.contains("no validator") && said.contains("--features cloud-init-schema"), "{said}");
}
