//! `contextc diff`: what is different between two files, by meaning.
//!
//! To add a test, add a directory to `tests/diff/cases` with an `old` and a `new` file, contexts with `.yaml` behind their names. What is said
//! of them is compared with a golden file; `INSTA_UPDATE=always cargo test --test diff` writes it: read it before you commit it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contextc::{Compiler, Envelope, Source, diff, inspect};
use serde_json::Value;
use std::fs;
use std::io::Write;
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
        for list in ["warnings", "notes"] {
            for said in json[list].as_array().unwrap() {
                assert!(table.contains(said.as_str().unwrap()), "{name}: {said}");
            }
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

/// What nobody takes off makes a file of the same parts another one: the machine gets nothing.
#[test]
fn a_file_that_arrives_as_nothing_is_another_one() {
    let plain: &[u8] = b"#cloud-config\npackages: [git, make, gcc]\n";
    let base64 = |bytes: &[u8]| STANDARD.encode(bytes).into_bytes();
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let marked = [b"\xef\xbb\xbf", plain].concat();
    let openstack = contextc::target("openstack");
    for (old, new, target, why) in [
        (plain.to_vec(), base64(&base64(plain)), None, "encoded twice"),
        (plain.to_vec(), marked, None, "byte-order mark"),
        (gzip(plain), gzip(&gzip(plain)), None, "gzip of gzip"),
        (gzip(plain), base64(&gzip(plain)), openstack, "nobody decodes it on openstack"),
    ] {
        let read = |bytes: &[u8]| {
            let inspection = inspect::read("user-data", bytes).unwrap();
            target.map_or(inspection.clone(), |target| inspection.for_target(target))
        };
        let (old, new) = (read(&old), read(&new));
        for (difference, which) in [(diff::between(&old, &new), "new"), (diff::between(&new, &old), "old")] {
            let text = difference.table(false);
            assert!(!difference.is_same() && text.contains(why), "{text}");
            assert!(text.contains(&format!("warning: The {which} file arrives as nothing")), "{text}");
            assert!(!text.contains("no difference"), "{text}");
        }
        assert!(diff::between(&new, &new).is_same() && diff::between(&old, &old).is_same());
    }
}

/// A message of ours that was changed on its way, beside the whole one.
#[test]
fn a_damaged_message_is_another_one() {
    let source = Source::new(
        "node.yaml",
        "munge: {key: \"hunter2-hunter2-hunter2-hunter2-hunter2\"}\nhosts: {fqdn: node1.example.org}\n",
    );
    let compiled = Compiler::new().envelope(Envelope::Plain).compile(&source).unwrap();
    let whole = String::from_utf8(compiled.artifact().bytes().to_vec()).unwrap();
    let changed = whole.replace("node1", "node2");
    assert_ne!(whole, changed);
    let read = |text: &str| inspect::read("user-data", text.as_bytes()).unwrap();
    let text = diff::between(&read(&whole), &read(&changed)).table(false);
    assert!(text.contains("warning: The new file is damaged") && !text.contains("no plan"), "{text}");
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
    assert!(!same("a: [{name: b}, {name: c}]\n", "a: [{name: c}, {name: b}]\n"));
    assert!(!same("a: [{name: b}]\n", "a: []\n"));
    assert!(!same("a: 1\n", "a: '1'\n"));
    assert!(!same("a: yes\n", "a: 'yes'\n"));
    assert!(!same("a: !!binary YQ==\n", "a: YQ==\n"));
    assert!(!same("a: {}\n", "a: []\n"));
}

/// Where a machine keeps the user-data of its first boot, nothing happens at the next one.
#[test]
fn a_target_that_keeps_the_first_user_data_needs_a_new_instance() {
    let case = cases().join("blocks");
    for target in ["openstack", "config-drive"] {
        let done = contextc(&case, &["diff", "old.yaml", "new.yaml", "--target", target]);
        let text = String::from_utf8(done.stdout).unwrap();
        assert!(text.contains("different; needs a new instance") && !text.contains("at the next boot"), "{text}");
        assert!(!text.contains("refuses their disk") && text.contains(&format!("Machines on {target} keep")), "{text}");
    }
    let text =
        String::from_utf8(contextc(&case, &["diff", "old.yaml", "new.yaml", "--target", "nocloud"]).stdout).unwrap();
    assert!(text.contains("at the next boot") && !text.contains("Machines on"), "{text}");
}

/// What is done twice or fails comes before the parts.
#[test]
fn warnings_come_first() {
    let (text, _) = said("blocks", &[]);
    let at = |words: &str| text.find(words).unwrap();
    assert!(at("warning: localfs no longer knows") < at("changed contextc-handler.py"), "{text}");
}

/// The same warnings of two contexts are said once.
#[test]
fn the_same_is_not_said_twice() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "cvmfs: {local: {repositories: alice.cern.ch, http-proxy: 'http://squid.example.org:3128', quota-limit: 20}}\n";
    fs::write(folder.path().join("a.yaml"), text).unwrap();
    fs::write(folder.path().join("b.yaml"), text).unwrap();
    let said = String::from_utf8(contextc(folder.path(), &["diff", "a.yaml", "b.yaml"]).stderr).unwrap();
    assert!(said.contains("warning") && said.contains("a.yaml:"), "{said}");
    assert!(said.ends_with("b.yaml: the same warnings\n\n"), "{said}");
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
    assert_eq!(code(&["diff", "a.yaml", "wrong.yaml"]), Some(1));
    let rejected = contextc(folder.path(), &["diff", "wrong.yaml", "a.yaml"]);
    assert!(String::from_utf8(rejected.stderr).unwrap().contains("`wrong.yaml` is rejected: nothing was compared"));
    assert!(rejected.stdout.is_empty());
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
