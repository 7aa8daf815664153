//! `contextc inspect`: what finished user-data is made of.
//!
//! To add a test, add a file to `tests/inspect/files`. What is said of it is compared with a golden file;
//! `INSTA_UPDATE=always cargo test --test inspect` writes it: read it before you commit it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contextc::inspect::{self, Inspection};
use contextc::{Compiler, Envelope, FileLoader, Source};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("tests/inspect/files")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn named(name: &str) -> Inspection {
    inspect::read(name, &fs::read(root().join("tests/inspect/files").join(name)).unwrap()).unwrap()
}

fn contextc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contextc")).current_dir(folder).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn what_is_said_of_a_file_is_its_golden_file() {
    assert!(files().len() >= 4);
    for path in files() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let golden = named(name).table();
        insta::with_settings!({snapshot_path => "inspect/golden", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, golden);
        });
    }
}

/// The names of foreign parts, and what stands in them, reach no terminal and no path.
#[test]
fn a_stranger_gives_no_orders() {
    let hostile = named("hostile.mime");
    let shown = hostile.table() + &hostile.json();
    assert!(!shown.contains('\u{1b}') && !shown.contains("hunter2"), "{shown}");
    for part in hostile.parts() {
        let name = part.safe_name();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{name}");
        assert!(name.starts_with(&format!("{:02}-", part.number())), "{name}");
        assert!(!part.shown().unwrap().contains("hunter2"));
    }
}

fn examples() -> Vec<PathBuf> {
    let folders = [root().join("examples"), root().join("examples/blocks")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    paths.sort();
    assert!(paths.len() > 15);
    paths
}

/// What the compiler put in comes out, byte for byte, from any envelope; and what is said of it holds.
#[test]
fn every_body_of_an_example_comes_back() {
    for path in examples() {
        let source = Source::from_bytes(path.to_string_lossy(), fs::read(&path).unwrap());
        let compiler = Compiler::new().loader(FileLoader::new(path.parent().unwrap()));
        let plan: Value = serde_json::from_slice(&compiler.emit(&source, "plan").unwrap()).unwrap();
        let planned = plan["parts"].as_array().unwrap();
        for envelope in Envelope::ALL {
            let compiled = compiler.clone().envelope(*envelope).compile(&source).unwrap();
            let inspection = inspect::read("user-data", compiled.artifact().bytes()).unwrap();
            let said: Value = serde_json::from_str(&inspection.json()).unwrap();
            assert_eq!(
                said["layers"].as_array().unwrap().len(),
                envelope.name().split('+').filter(|name| *name != "plain").count()
            );
            assert_eq!(inspection.parts().count(), planned.len(), "{path:?}, {envelope}");
            for ((part, planned), said) in inspection.parts().zip(planned).zip(said["parts"].as_array().unwrap()) {
                let body = STANDARD.decode(planned["body_base64"].as_str().unwrap()).unwrap();
                assert_eq!(part.body(), body, "{path:?}, {envelope}, {}", part.filename());
                for (ours, theirs) in [
                    ("content_type", "content-type"),
                    ("filename", "filename"),
                    ("sha256", "sha256"),
                    ("size", "bytes"),
                ] {
                    assert_eq!(planned[ours], said[theirs], "{path:?}, {envelope}");
                }
                assert_ne!(said["repeat"], "never", "{path:?}: {said:#}");
            }
        }
    }
}

#[test]
fn bodies_are_extracted_for_the_owner_alone_and_over_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = root().join("tests/inspect/files/hostile.mime");
    let extract = || contextc(folder.path(), &["inspect", hostile.to_str().unwrap(), "--extract", "deep/parts"]);
    let done = extract();
    assert!(done.status.success() && done.stdout.is_empty(), "{}", stderr(&done));
    assert!(stderr(&done).contains("with their secrets"));
    let parts = folder.path().join("deep/parts");
    let mut names: Vec<_> =
        fs::read_dir(&parts).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let wanted: Vec<String> = named("hostile.mime").parts().map(|part| part.safe_name()).collect();
    assert_eq!(names, wanted);
    for part in named("hostile.mime").parts() {
        let path = parts.join(part.safe_name());
        assert_eq!(fs::read(&path).unwrap(), part.body());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = extract();
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("nothing is overwritten"));
}

/// A link that somebody laid there leads nowhere.
#[test]
fn no_link_is_followed_out_of_the_directory() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("parts")).unwrap();
    let name = named("hostile.mime").part(4).unwrap().safe_name();
    symlink("../elsewhere", folder.path().join("parts").join(&name)).unwrap();
    let hostile = root().join("tests/inspect/files/hostile.mime");
    let done = contextc(folder.path(), &["inspect", hostile.to_str().unwrap(), "--extract", "parts"]);
    assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
    assert!(!folder.path().join("elsewhere").exists());
    assert_eq!(fs::read_dir(folder.path().join("parts")).unwrap().count(), 1);
}

/// A limit of the process ends the writing in the middle, where the files are larger than it.
fn extract_limited(folder: &Path, file: &str, into: &str) -> Output {
    let command = format!("ulimit -f 4; trap '' XFSZ; exec \"$0\" inspect {file} --extract {into}");
    Command::new("bash").args(["-c", &command, env!("CARGO_BIN_EXE_contextc")]).current_dir(folder).output().unwrap()
}

/// Every name below a folder.
fn all_below(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn all_bodies_are_extracted_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("#!/bin/sh\n# {}\n", "x".repeat(20_000));
    let parts = [("a.sh", "#!/bin/sh\n"), ("b.sh", script.as_str()), ("c.sh", "#!/bin/sh\n")];
    let message: String = parts
        .iter()
        .map(|(name, body)| {
            format!(
                "--b\nContent-Type: text/x-shellscript\nContent-Disposition: attachment; filename={name}\n\n{body}\n"
            )
        })
        .collect();
    let message = format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{message}--b--\n");
    fs::write(folder.path().join("message"), message).unwrap();
    fs::create_dir(folder.path().join("there")).unwrap();
    fs::write(folder.path().join("there/mine"), "mine").unwrap();
    for into in ["new", "deep/er/new", "there"] {
        let done = extract_limited(folder.path(), "message", into);
        assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
        assert!(stderr(&done).contains("cannot be written, and nothing was"), "{}", stderr(&done));
        assert_eq!(all_below(folder.path()), ["message", "there"]);
        assert_eq!(all_below(&folder.path().join("there")), ["mine"]);
    }
    for (into, wanted) in [("deep/er/new", 3), ("there", 4)] {
        let done = contextc(folder.path(), &["inspect", "message", "--extract", into]);
        assert!(done.status.success(), "{}", stderr(&done));
        assert_eq!(all_below(&folder.path().join(into)).len(), wanted);
    }
    assert_eq!(fs::read(folder.path().join("there/mine")).unwrap(), b"mine");
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("deep/er/new"), mode("there/02-b.sh")), (0o700, 0o600));
    fs::write(folder.path().join("file"), "").unwrap();
    assert_eq!(contextc(folder.path(), &["inspect", "message", "--extract", "file"]).status.code(), Some(2));
    assert_eq!(all_below(folder.path()), ["deep", "file", "message", "there"]);
}

const SECRET: &str = "munge: {key: 'hunter2, and the other words of a key'}\npassword: hunter2hunter2\nscripts: [\"#!/bin/sh\\nexport DB_PASSWORD=hunter2hunter2\\n\"]\n";

#[test]
fn a_part_is_shown_without_its_secrets_unless_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("node.yaml"), SECRET).unwrap();
    let base64 = STANDARD.encode("hunter2, and the other words of a key");
    let mut whole = 0;
    for number in ["1", "2", "3", "4", "5", "6", "7", "8"] {
        let covered = contextc(folder.path(), &["inspect", "node.yaml", "--part", number]);
        if number == "8" {
            assert_eq!(covered.status.code(), Some(2));
            assert!(stderr(&covered).contains("the parts are 1 to 7"), "{}", stderr(&covered));
            continue;
        }
        let text = stdout(&covered);
        assert!(!text.is_empty() && !text.contains("hunter2") && !text.contains(&base64), "{number}: {text}");
        let raw = contextc(folder.path(), &["inspect", "node.yaml", "--part", number, "--show-secrets"]);
        // Our own code holds nothing of a context.
        assert!(number != "1" || stdout(&raw) == text, "{text}");
        let found = stdout(&raw).contains("hunter2") || stdout(&raw).contains(&base64);
        whole += usize::from(found);
        // What only looks like a secret is covered too: lines of a program.
        let said = stderr(&covered).contains("secrets are covered");
        assert!(said || !found, "{number}: {}", stderr(&covered));
        assert_eq!(stdout(&raw) == text, !said, "{number}");
    }
    assert_eq!(whole, 3, "munge's, the cloud-config and the script");
}

#[test]
fn what_is_no_text_is_given_only_when_asked_for() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_contextc"))
        .args(["inspect", "-", "--part", "1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&[0xfe, 0xff, 0, 1, 2, 3]).unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!((done.status.code(), done.stdout.len()), (Some(2), 0));
    assert!(stderr(&done).contains("--show-secrets"));
}

#[test]
fn a_context_is_compiled_first() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("node.yaml"), "localfs: {parts: {home: 50}}\n").unwrap();
    fs::write(folder.path().join("wrong.yaml"), "localfs: {parts: {home: 500}}\n").unwrap();
    fs::write(folder.path().join("plain.cfg"), "#cloud-config\nhostname: a\n").unwrap();
    let code = |arguments: &[&str]| contextc(folder.path(), arguments).status.code();
    let table =
        stdout(&contextc(folder.path(), &["inspect", "node.yaml", "--target", "openstack", "--envelope", "gzip"]));
    for words in
        ["node.yaml, compiled for openstack", "gzip: ", "cloud-init takes it off", "block localfs, early", "every boot"]
    {
        assert!(table.contains(words), "{words}: {table}");
    }
    assert!(!stdout(&contextc(folder.path(), &["inspect", "plain.cfg"])).contains("compiled"));
    assert_eq!(code(&["inspect", "plain.cfg"]), Some(0));
    assert_eq!(code(&["inspect", "wrong.yaml"]), Some(1));
    assert_eq!(code(&["inspect", "absent"]), Some(2));
    assert_eq!(code(&["inspect", "node.yaml", "--target", "ec2,openstack"]), Some(2));
    assert_eq!(code(&["inspect", "node.yaml", "--part", "1", "--extract", "parts"]), Some(2));
}

#[test]
fn an_image_and_its_directory_are_seen_through() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("node.yaml"), SECRET).unwrap();
    for (medium, path) in [("iso", "seed.iso"), ("vfat", "seed.img"), ("dir", "seed")] {
        let made =
            contextc(folder.path(), &["compile", "node.yaml", "--target", "nocloud", "--medium", medium, "-o", path]);
        assert!(made.status.success(), "{}", stderr(&made));
        let said: Value =
            serde_json::from_slice(&contextc(folder.path(), &["inspect", path, "--format", "json"]).stdout).unwrap();
        assert_eq!(
            (&said["seed"]["reader"], &said["parts"][1]["filename"]),
            (&"NoCloud".into(), &"contextc-plan.ccfg".into())
        );
    }
}

#[test]
fn a_damaged_file_is_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let done = contextc(folder.path(), &["inspect", "empty"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains("without user-data"), "{}", stderr(&done));
}

/// What PyYAML cannot read has no keys, and no module runs for it.
#[test]
fn a_cloud_config_that_nobody_can_read_is_dropped() {
    let fate = |text: &str| {
        let inspection = inspect::read("user-data", text.as_bytes()).unwrap();
        let document: Value = serde_json::from_str(&inspection.json()).unwrap();
        document["parts"][0].to_string()
    };
    let dropped = "cloud-init cannot read it, and drops all of its keys";
    for text in [
        "users:\n\t- a\n",
        "users:\n  - a\n b: 1\n",
        "x: [\n",
        "runcmd: [a]\n---\nruncmd: [b]\n",
        "runcmd: !secret a\n",
        "runcmd: [a?b]\n",
        "hostname: {{ name }}\n",
    ] {
        let part = fate(&format!("#cloud-config\n{text}"));
        assert!(part.contains(dropped) && part.contains("\"never\"") && !part.contains("\"module\""), "{text}{part}");
    }
    assert!(fate("#cloud-config\n- a\n").contains("no map of keys: cloud-init drops it"));
    for text in ["", "# only this\n", "~\n"] {
        let part = fate(&format!("#cloud-config\n{text}"));
        assert!(part.contains("nothing is in it") && part.contains("\"never\""), "{text}{part}");
    }
    // Of two equal keys PyYAML takes the last.
    for text in ["runcmd: [a]\nruncmd: [b]\n", "runcmd: [a]\n"] {
        let part = fate(&format!("#cloud-config\n{text}"));
        assert!(part.contains("merged with what else is cloud-config"), "{text}{part}");
    }
}

/// An option that nothing comes of is an error, not a silence.
#[test]
fn what_is_finished_is_not_compiled() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cloud.yaml"), "#cloud-config\nruncmd: [date]\n").unwrap();
    let context = "variables: {size: 10}\nlocalfs: {parts: {home: \"{{ size }}\"}}\nx-tagged: !a {b: 1}\n";
    fs::write(folder.path().join("worker.yaml"), context).unwrap();
    for option in ["--set=a=b", "--envelope=gzip", "--handlers=embed", "--deny-secrets-in-user-data"] {
        let output = contextc(folder.path(), &["inspect", "cloud.yaml", option]);
        let name = option.split('=').next().unwrap();
        assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{output:?}");
        assert!(stderr(&output).contains(&format!("`{name}` is for a context")), "{output:?}");
    }
    let output = contextc(folder.path(), &["inspect", "cloud.yaml", "--target=openstack", "--today=2026-01-01"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = contextc(folder.path(), &["inspect", "worker.yaml", "--set=size=20"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
