//! `contextc diff`: what is different between two files, by meaning.
//!
//! To add a test, add a directory to `tests/diff/cases` with an `old` and a `new` file, contexts with `.yaml` behind their names. What is said
//! of them is compared with a golden file; `INSTA_UPDATE=always cargo test --test diff` writes it: read it before you commit it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contextc::{Compiler, Envelope, File, Source, diff, inspect};
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

fn between(old: &str, new: &str) -> diff::Difference {
    let read = |text: &str| inspect::read("a", format!("#cloud-config\n{text}").as_bytes()).unwrap();
    diff::between(&read(old), &read(new))
}

/// What PyYAML reads as two things is a difference, wherever it stands and whatever may be shown of it.
#[test]
fn what_means_something_else_is_never_the_same() {
    let one = "aB3dE6gH9jK2mN5pQ8sT";
    let two = "zY8xW5vU2tS9rQ6pO3nM";
    for (old, new) in [
        // Keys that may not be shown.
        (format!("a: {{{one}: 1}}\n"), format!("a: {{{two}: 1}}\n")),
        (format!("a: {{{one}: 1, {two}: 2}}\n"), format!("a: {{{one}: 2, {two}: 1}}\n")),
        (format!("{one}: 1\n"), format!("{two}: 1\n")),
        (format!("users: [{{name: {one}}}]\n"), format!("users: [{{name: {two}}}]\n")),
        // Keys that are no text.
        ("a: {1: x}\n".into(), "a: {'1': x}\n".into()),
        ("a: {yes: x}\n".into(), "a: {'yes': x}\n".into()),
        ("a: {1: x, '1': y}\n".into(), "a: {1: y, '1': x}\n".into()),
        ("a: {1: x, true: y}\n".into(), "a: {true: y, 1: x}\n".into()),
        ("a: {yes: x, on: y}\n".into(), "a: {on: y, yes: x}\n".into()),
        ("a: {1: x, 0x1: y}\n".into(), "a: {0x1: y, 1: x}\n".into()),
        ("a: {b: 1, b: 2}\n".into(), "a: {b: 2, b: 1}\n".into()),
        ("a: {<<: {b: 1}}\n".into(), "a: {'<<': {b: 1}}\n".into()),
        // Words that only look like another.
        ("a: tRUE\n".into(), "a: true\n".into()),
        ("a: nULL\n".into(), "a:\n".into()),
        ("a: oN\n".into(), "a: 'on'\n".into()),
        ("a: 0644\n".into(), "a: '0644'\n".into()),
        ("a: 1:30\n".into(), "a: '1:30'\n".into()),
        ("a: 2001-02-03\n".into(), "a: '2001-02-03'\n".into()),
        ("a: =\n".into(), "a: '='\n".into()),
        // Numbers that no 64 bits tell apart.
        ("a: 123456789012345678901234567890\n".into(), "a: 123456789012345678901234567891\n".into()),
        ("a: 0.1000000000000000000001\n".into(), "a: 0.1000000000000000000002\n".into()),
        // Kinds that only a tag tells.
        ("a: !!set {b, c}\n".into(), "a: {b: , c: }\n".into()),
        ("a: !!omap [b: 1]\n".into(), "a: [b: 1]\n".into()),
        ("a: !!str 1\n".into(), "a: 1\n".into()),
        ("a: !!binary aGk=\n".into(), "a: !!str aGk=\n".into()),
        // What aliases stand for.
        ("a: &x {b: 1}\nc: *x\n".into(), "a: &x {b: 1}\nc: {b: 2}\n".into()),
        // Secrets.
        ("password: a\n".into(), "password: b\n".into()),
        ("runcmd: [mysql -pone]\n".into(), "runcmd: [mysql -ptwo]\n".into()),
    ] {
        for (one, other) in [(&old, &new), (&new, &old)] {
            let difference = between(one, other);
            let text = difference.table(false);
            assert!(!difference.is_same(), "{one}{other}{text}");
            assert!(!text.contains("aB3d") && !text.contains("zY8x"), "{text}");
        }
        assert!(between(&old, &old).is_same() && between(&new, &new).is_same(), "{old}{new}");
    }
}

/// Headers by which cloud-init does another thing with the same body.
#[test]
fn a_header_that_means_something_is_a_difference() {
    let message = |kind: &str, header: &str, body: &str| {
        let text = format!(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/{kind}\n{header}\n{body}\n--b--\n"
        );
        inspect::read("message", text.as_bytes()).unwrap()
    };
    let config = |header: &str| message("cloud-config", header, "#cloud-config\na: 1\n");
    let script = |header: &str| message("x-shellscript", header, "#!/bin/sh\n");
    for (old, new, said) in [
        (config(""), config("Merge-Type: list(append)\n"), "header Merge-Type: added \"list(append)\""),
        (config("X-Merge-Type: a\n"), config("X-Merge-Type: b\n"), "header X-Merge-Type: \"a\" -> \"b\""),
        (config("Launch-Index: 1\n"), config(""), "header Launch-Index: removed \"1\""),
        (script("launch-index: 0\n"), script("Launch-Index: 1\n"), "header Launch-Index: \"0\" -> \"1\""),
    ] {
        let difference = diff::between(&old, &new);
        let text = difference.table(false);
        assert!(!difference.is_same() && text.contains(said), "{text}");
        assert!(!text.contains("it is the same"), "{text}");
        assert!(diff::between(&old, &old).is_same() && diff::between(&new, &new).is_same());
    }
    // Who merges is not told by others, and how it was sent makes no difference.
    assert!(diff::between(&script(""), &script("Merge-Type: a\nX-Own: b\n")).is_same());
    assert!(diff::between(&config(""), &config("X-Own: b\n")).is_same());
    assert!(diff::between(&config("launch-index: 1\n"), &config("Launch-Index: 1\n")).is_same());
}

/// What each change needs, in their order.
fn effects(difference: &diff::Difference) -> Vec<String> {
    let json: Value = serde_json::from_str(&difference.json()).unwrap();
    let changes = json["changes"].as_array().unwrap().iter();
    changes.map(|change| change["consequence"]["effect"].as_str().unwrap().to_owned()).collect()
}

/// What a config drive has the machine write is not in its user-data, and is written once.
#[test]
fn what_a_config_drive_writes_is_compared() {
    const META_DATA: &str =
        r#"{"uuid": "a", "name": "b", "files": [{"content_path": "/content/0000", "path": "/etc/motd"}]}"#;
    let drive = |meta_data: &str, motd: &str, more: &[(&str, &str)]| {
        let files = [
            ("openstack/latest/user_data", "#cloud-config\na: 1\n"),
            ("openstack/latest/meta_data.json", meta_data),
            ("openstack/content/0000", motd),
        ];
        let files: Vec<File> = files.iter().chain(more).map(|(path, text)| File::new(path, text.as_bytes())).collect();
        inspect::read_directory("drive", &files).unwrap()
    };
    let old = drive(META_DATA, "hunter2\n", &[("openstack/content/a/b", "c")]);
    assert!(diff::between(&old, &old).is_same());
    let difference = diff::between(&old, &drive(META_DATA, "hunter3\n", &[("openstack/content/b/b", "c")]));
    let text = difference.table(true);
    assert!(!difference.is_same() && !text.contains("hunter"), "{text}");
    for said in ["changed openstack/content/0000", "added openstack/content/b/b", "removed openstack/content/a/b"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert_eq!(effects(&difference), ["new-instance"; 3]);
    let old = drive(META_DATA, "", &[]);
    for (meta_data, more, effect) in [
        (META_DATA.replace("\"b\"", "\"c\""), &[][..], "next-boot"),
        (META_DATA.replace("\"a\"", "\"c\""), &[], "new-instance"),
        (META_DATA.replace("motd", "issue"), &[], "new-instance"),
        (META_DATA.into(), &[("openstack/latest/network_data.json", "{}")], "new-instance"),
    ] {
        assert_eq!(effects(&diff::between(&old, &drive(&meta_data, "", more))), [effect], "{meta_data}");
    }
}

/// A seed is more than its user-data.
#[test]
fn what_lies_beside_the_user_data_is_compared() {
    let seed = |files: &[(&str, &str)]| {
        let files: Vec<File> = files.iter().map(|(path, text)| File::new(path, text.as_bytes())).collect();
        inspect::read_directory("seed", &files).unwrap()
    };
    let user = ("user-data", "#cloud-config\na: 1\n");
    let one = seed(&[user, ("meta-data", "instance-id: a\n"), ("network-config", "version: 2\n")]);
    let two = seed(&[user, ("meta-data", "instance-id: b\n"), ("vendor-data", "#cloud-config\n")]);
    let difference = diff::between(&one, &two);
    let text = difference.table(false);
    assert!(!difference.is_same() && text.contains("different; some of it needs a new instance"), "{text}");
    for said in ["changed meta-data (seed)", "removed network-config (seed)", "added vendor-data (seed)"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert_eq!(effects(&difference), ["new-instance", "next-boot", "new-instance"]);
    let meta_data = |text: &str| seed(&[user, ("meta-data", text)]);
    let renamed =
        diff::between(&meta_data("{\"instance-id\": \"a\"}"), &meta_data("instance-id: a\nlocal-hostname: b\n"));
    assert_eq!(effects(&renamed), ["next-boot"]);
    assert!(diff::between(&one, &one).is_same());
    let bare = inspect::read("user-data", user.1.as_bytes()).unwrap();
    let text = diff::between(&bare, &one).table(false);
    assert!(text.contains("What lies beside the user-data in the seed is not compared."), "{text}");
}

/// Of two contexts, what was written comes first, in its own words.
#[test]
fn contexts_are_told_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let old = "localfs: {parts: {home: 50, scratch: 20, scratch-mount: /scratch}}\nmunge: {key: 'hunter2, and the other words of a key'}\nhostname: a\n";
    write("old.yaml", old);
    write("new.yaml", &old.replace("50", "60").replace("hunter2", "hunter3").replace("hostname: a", "hostname: b"));
    let text = |arguments: &[&str]| String::from_utf8(contextc(folder.path(), arguments).stdout).unwrap();
    let said = text(&["diff", "old.yaml", "new.yaml"]);
    let written = "\nas written\n    localfs.parts.home: 50 -> 60\n    munge.key: changed, a secret\n    hostname: \"a\" -> \"b\"\n\n";
    assert!(said.contains(written) && !said.contains("hunter"), "{said}");
    let json: Value = serde_json::from_str(&text(&["diff", "old.yaml", "new.yaml", "--format", "json"])).unwrap();
    assert_eq!(
        (&json["written"][0]["path"], &json["written"][1]["secret"]),
        (&"localfs.parts.home".into(), &true.into())
    );
    assert!(!text(&["diff", "old.yaml", "old.yaml"]).contains("as written"));
    // A context beside a finished file was written in other words than that.
    fs::write(folder.path().join("user-data"), contextc(folder.path(), &["compile", "new.yaml"]).stdout).unwrap();
    let said = text(&["diff", "old.yaml", "user-data"]);
    assert!(said.contains("different") && !said.contains("as written"), "{said}");
}

/// What two values have in common does not hide that they differ, and only a secret is called one.
#[test]
fn a_change_that_may_be_shown_is_shown() {
    for (old, new, shown) in [
        ("a: 0644", "a: '0644'", "a: 0644 -> \"0644\""),
        ("a: yes", "a: 'yes'", "a: yes -> \"yes\""),
        ("a: tRUE", "a: true", "a: \"tRUE\" -> true"),
        ("a: 123456789012345678901234567890", "a: 123456789012345678901234567891", "7890 -> 1"),
        ("a: !!binary aGk=", "a: aGk=", "a: \"!!binary aGk=\" -> \"aGk=\""),
        ("a: 10.0.0.1", "a: 10.0.0.2", "\"10.0.0.1\" -> \"10.0.0.2\""),
        ("a: https://me:hunter2@one.example.org/", "a: https://me:hunter2@two.example.org/", "***@one.example.org/"),
        ("a: https://example.org/Release-10", "a: https://example.org/Release-11", "Release-10"),
    ] {
        let text = between(old, new).table(false);
        assert!(text.contains(shown) && !text.contains("secret") && !text.contains("hunter2"), "{text}");
    }
    let long = |end: &str| format!("a: {}{end}", "word ".repeat(100));
    let text = between(&long("one"), &long("two")).table(false);
    assert!(text.contains("word one\" -> \"...") || text.contains("word one\" -> ..."), "{text}");
    assert!(between("a: 10.0.0.1", "a: '10.0.0.1'").is_same());
}

/// A secret is said to have changed, and nothing more.
#[test]
fn a_secret_is_shown_by_no_setting_and_no_command() {
    let mut seen = Vec::new();
    for line in SECRETS.lines() {
        let (old, new) = (line.replace("HUNTER", "hunter2"), line.replace("HUNTER", "hunter3"));
        let difference = between(&old, &new);
        let text = difference.table(true) + &difference.json();
        assert!(!difference.is_same(), "{line}: {text}");
        seen.extend(text.contains("hunter").then(|| format!("diff: {line}")));
        let body = format!("#cloud-config\n{old}\n");
        let shown = inspect::read("a", body.as_bytes()).unwrap().part(1).unwrap().shown().unwrap();
        seen.extend(shown.contains("hunter").then(|| format!("inspect: {line}")));
    }
    assert_eq!(seen, [""; 0]);
}

/// The same commands in a script.
#[test]
fn a_secret_is_shown_in_no_script() {
    let mut seen = Vec::new();
    for line in SECRETS.lines().filter(|line| line.starts_with("runcmd") || line.starts_with("bootcmd")) {
        let settings: serde_yaml::Value = serde_yaml::from_str(line).unwrap();
        let Some((_, serde_yaml::Value::Sequence(commands))) = settings.as_mapping().and_then(|map| map.iter().next())
        else {
            panic!("{line}")
        };
        let Some(command) = commands[0].as_str() else { continue };
        let script = |secret: &str| {
            let text = format!("#!/bin/sh\nset -e\n{}\necho done\n", command.replace("HUNTER", secret));
            inspect::read("script", text.as_bytes()).unwrap()
        };
        let (old, new) = (script("hunter2"), script("hunter3"));
        let text = diff::between(&old, &new).table(true) + &old.part(1).unwrap().shown().unwrap();
        assert!(
            text.contains("a secret in it has changed") && text.contains("set -e") && text.contains("done"),
            "{text}"
        );
        seen.extend(text.contains("hunter").then(|| command.to_owned()));
    }
    assert_eq!(seen, [""; 0]);
}

/// A line each: where people put secrets in cloud-config, by cloud-init's own schema and by what commands are told.
const SECRETS: &str = include_str!("diff/secrets.txt");

/// What is not listed is counted, and its consequence is that of the part.
#[test]
fn more_keys_than_are_listed_are_counted() {
    let many = |word: &str, last: &str| {
        let pairs: String = (0..1500).map(|number| format!("  k{number}: {word}\n")).collect();
        format!("frobnicate:\n{pairs}{last}: [{word}]\n")
    };
    for (last, effect, said) in [
        ("packages", "new-instance", "needs a new instance"),
        ("bootcmd", "next-boot", "at the next boot"),
        ("nonsense", "no-effect", "no effect on a running machine"),
    ] {
        let difference = between(&many("a", last), &many("b", last));
        let json: Value = serde_json::from_str(&difference.json()).unwrap();
        let change = &json["changes"][0];
        let listed = change["keys"].as_array().unwrap().len();
        assert_eq!(listed as u64 + change["unlisted-keys"].as_u64().unwrap(), 1501);
        assert_eq!((&json["effect"], &change["consequence"]["effect"]), (&effect.into(), &effect.into()));
        let text = difference.table(false);
        assert!(
            text.contains(" keys more, which are not listed")
                && text.contains(&format!("different; {}", said.replace("at the", "takes effect at the"))),
            "{text}"
        );
        assert_eq!(text.contains(&format!("{last}[0]: \"a\"")), last != "nonsense", "{text}");
    }
    let one = |word: &str| (0..1001).map(|number| format!("k{number}: {word}\n")).collect::<String>();
    assert!(between(&one("a"), &one("b")).table(false).contains("and 1 key more, which is not listed"));
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
