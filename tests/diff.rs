//! `contextc diff`: what is different between two files, by meaning.
//!
//! To add a test, add a directory to `tests/diff/cases` with an `old` and a `new` file, contexts with `.yaml` behind their names. What is said
//! of them is compared with a golden file; `INSTA_UPDATE=always cargo test --test diff` writes it: read it before you commit it.

use contextc::{Compiler, Envelope, Source, diff, inspect};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff/cases")
}

fn names() -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(cases()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 8);
    names
}

/// The two files of a case, by their names in it.
fn files(name: &str) -> [&'static str; 2] {
    let is_context = cases().join(name).join("old.yaml").exists();
    if is_context { ["old.yaml", "new.yaml"] } else { ["old", "new"] }
}

fn contextc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contextc")).current_dir(folder).args(arguments).output().unwrap()
}

fn said(name: &str, more: &[&str]) -> (String, Option<i32>) {
    let done = contextc(&cases().join(name), &[&["diff"], &files(name)[..], more].concat());
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "", "{name}");
    (String::from_utf8(done.stdout).unwrap(), done.status.code())
}

/// Sizes change with every handler.
fn without_sizes(text: &str) -> String {
    let sized = |line: &str| match (line.starts_with("old: ") || line.starts_with("new: "), line.split_once(" bytes")) {
        (true, Some((before, after))) => format!("{} SIZE bytes{after}\n", before.rsplit_once(' ').unwrap().0),
        _ => format!("{line}\n"),
    };
    text.lines().map(sized).collect()
}

#[test]
fn what_is_said_of_two_files_is_the_golden_file() {
    for name in names() {
        let (text, code) = said(&name, &["--verbose"]);
        assert_eq!(code, Some(i32::from(!name.starts_with("same"))), "{name}: {text}");
        assert!(
            !text.contains("hunter") && !text.contains("nobody knows") && !text.contains("secret$"),
            "{name}: {text}"
        );
        let golden = without_sizes(&text);
        insta::with_settings!({snapshot_path => "diff/golden", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, golden);
        });
    }
}

#[test]
fn json_says_the_same() {
    for name in names() {
        let (text, code) = said(&name, &["--format", "json"]);
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["same"], code == Some(0));
        assert!(!text.contains("hunter") && !text.contains("nobody knows"), "{name}: {text}");
        let (table, _) = said(&name, &[]);
        let changes = json["changes"].as_array().unwrap();
        assert_eq!(changes.is_empty(), code == Some(0));
        for change in changes {
            assert!(table.contains(change["filename"].as_str().unwrap()), "{name}: {change:#}");
            for key in change["keys"].as_array().unwrap() {
                assert!(table.contains(key["path"].as_str().unwrap()), "{name}: {key:#}");
                assert!(key["secret"] == false || key["old"].is_null() && key["new"].is_null(), "{name}: {key:#}");
            }
        }
        for note in json["notes"].as_array().unwrap() {
            assert!(table.contains(note.as_str().unwrap()), "{name}: {note}");
        }
    }
}

/// What is only wrapped otherwise is the same to a machine; and everything is the same as itself.
#[test]
fn the_envelope_makes_no_difference() {
    let source =
        Source::new("node.yaml", "hosts: {fqdn: node1.example.org}\npackages: [git]\nscripts: [\"#!/bin/sh\\n\"]\n");
    let wrapped = |envelope: Envelope| {
        let compiled = Compiler::new().envelope(envelope).compile(&source).unwrap();
        inspect::read(envelope.name(), compiled.artifact().bytes()).unwrap()
    };
    for old in Envelope::ALL {
        for new in Envelope::ALL {
            let difference = diff::between(&wrapped(*old), &wrapped(*new));
            let text = difference.table(false);
            assert!(difference.is_same(), "{old} {new}: {text}");
            assert_eq!(text.contains("envelope has changed"), old != new, "{old} {new}: {text}");
        }
    }
}

/// Order is a difference where the machine sees one, and nowhere else.
#[test]
fn the_order_of_keys_means_nothing_and_that_of_lists_something() {
    let same = |old: &str, new: &str| {
        let read = |text: &str| inspect::read("a", format!("#cloud-config\n{text}").as_bytes()).unwrap();
        diff::between(&read(old), &read(new)).is_same()
    };
    assert!(same("a: 1\nb: {c: 2, d: 3}\n", "b:\n  d: 3\n  c: 2\na: 1 # one\n"));
    assert!(same("a: yes\nb: ~\nc: text\n", "a: true\nb:\nc: 'text'\n"));
    assert!(!same("a: [1, 2]\n", "a: [2, 1]\n"));
    assert!(!same("a: 1\n", "a: '1'\n"));
    assert!(!same("a: yes\n", "a: 'yes'\n"));
    assert!(!same("a: !!binary YQ==\n", "a: YQ==\n"));
    assert!(!same("a: {}\n", "a: []\n"));
}

#[test]
fn the_exit_code_is_0_1_or_2() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("a.yaml", "packages: [git]\n"),
        ("b.yaml", "packages: [make]\n"),
        ("wrong.yaml", "localfs: {parts: {a: 500}}\n"),
        ("c.cfg", "#cloud-config\npackages: [git]\n"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let code = |arguments: &[&str]| contextc(folder.path(), arguments).status.code();
    assert_eq!(code(&["diff", "a.yaml", "a.yaml"]), Some(0));
    assert_eq!(code(&["diff", "a.yaml", "b.yaml"]), Some(1));
    assert_eq!(code(&["diff", "a.yaml", "wrong.yaml"]), Some(2));
    assert_eq!(code(&["diff", "a.yaml", "absent"]), Some(2));
    assert_eq!(code(&["diff", "-", "-"]), Some(2));
    // A context and what it is to become: the one is compiled.
    assert_eq!(code(&["diff", "a.yaml", "c.cfg"]), Some(0));
}

#[test]
fn a_very_long_text_is_counted_and_not_shown() {
    let script = |word: &str| {
        let lines: String = (0..50_000).map(|number| format!("echo {word} {number}\n")).collect();
        inspect::read(word, format!("#!/bin/sh\n{lines}").as_bytes()).unwrap()
    };
    let difference = diff::between(&script("one"), &script("two"));
    let json: Value = serde_json::from_str(&difference.json()).unwrap();
    let lines = &json["changes"][0]["lines"];
    assert_eq!((&lines["added"], &lines["removed"], &lines["unified"]), (&50_000.into(), &50_000.into(), &"".into()));
}
