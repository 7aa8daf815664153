//! The real command: what it prints, what it writes, and who may read that.

use super::canaries::{Canary, canaries, example, unique};
use super::{every_nth, mutations};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// A directory with a context and the files that contexts name.
fn folder(context: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("canary.yaml"), context).unwrap();
    for name in ["hostcert.pem", "alice-proxy.pem"] {
        std::fs::write(folder.path().join(name), example(name)).unwrap();
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contextc"));
    command.args(arguments).current_dir(folder).output().unwrap()
}

fn sound() -> impl Iterator<Item = Canary> {
    canaries().into_iter().filter(|canary| !canary.name.starts_with("refused"))
}

#[test]
fn the_artefact_has_it_and_is_the_owners_alone() {
    for canary in sound() {
        let folder = folder(&canary.context);
        for envelope in ["plain", "gzip", "base64", "gzip+base64"] {
            let done = run(folder.path(), &["compile", "canary.yaml", "-o", "user-data", "--envelope", envelope]);
            assert!(done.status.success(), "{}: {}", canary.name, String::from_utf8_lossy(&done.stderr));
            canary.assert_not_in(&[done.stdout, done.stderr].concat(), "what is printed beside the artefact");
            let mode = std::fs::metadata(folder.path().join("user-data")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let printed = run(folder.path(), &["compile", "canary.yaml"]);
        assert!(canary.found(&printed.stdout).is_some());
        canary.assert_not_in(&printed.stderr, "standard error");
    }
}

#[test]
fn nothing_else_has_it() {
    for canary in sound() {
        let folder = folder(&canary.context);
        for arguments in [
            &["check", "canary.yaml"][..],
            &["compile", "canary.yaml", "--deny-secrets-in-user-data"],
            &["compile", "canary.yaml", "--target", "ec2", "-o", "/no/such/folder/user-data"],
            &["compile", "canary.yaml", "-o", "canary.yaml"],
            &["compile", "canary.yaml", "--set", "frobnicate=1"],
            &["compile", "canary.yaml", "--emit", "document"],
            &["compile", "canary.yaml", "--emit", "config"],
            &["summary", "canary.yaml"],
            &["launch", "canary.yaml", "--target", "openstack"],
            &["launch", "canary.yaml", "--target", "openstack", "--format", "heat"],
            &["launch", "canary.yaml", "--target", "openstack", "--format", "tofu"],
            &["launch", "canary.yaml", "--target", "openstack", "--format", "ansible"],
            &["launch", "canary.yaml", "--target", "nocloud", "--format", "libvirt", "--image", "disk.img"],
            &["compile", "canary.yaml", "--target", "nocloud", "--medium", "vfat", "-o", "seed.img"],
            &["compile", "canary.yaml", "--target", "stratuslab", "--medium", "iso"],
            &["compile", "canary.yaml", "--target", "ssh", "-o", "context.run"],
        ] {
            let done = run(folder.path(), arguments);
            let printed = [done.stdout, done.stderr].concat();
            // What is denied is the artefact where nothing was found to deny.
            if !(arguments.contains(&"--deny-secrets-in-user-data") && done.status.success()) {
                canary.assert_not_in(&printed, &arguments.join(" "));
            }
        }
    }
}

/// What is shown of a finished file, part by part, and of what it is different from.
#[test]
fn a_look_into_the_artefact_does_not_show_it() {
    for canary in sound() {
        let folder = folder(&canary.context);
        std::fs::write(folder.path().join("other.yaml"), other(&canary)).unwrap();
        let compiled = run(folder.path(), &["compile", "canary.yaml", "-o", "user-data"]);
        assert!(compiled.status.success());
        for arguments in [
            &["inspect", "user-data"][..],
            &["inspect", "user-data", "--format", "json"],
            &["inspect", "user-data", "--extract", "parts"],
            &["diff", "user-data", "other.yaml", "--verbose"],
            &["diff", "other.yaml", "user-data", "--verbose"],
            &["diff", "other.yaml", "user-data", "--format", "json"],
        ] {
            let done = run(folder.path(), arguments);
            assert_ne!(done.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
            canary.assert_not_in(&[done.stdout, done.stderr].concat(), &arguments.join(" "));
        }
        let bytes = std::fs::read(folder.path().join("user-data")).unwrap();
        let inspection = contextc::inspect::read("user-data", &bytes).unwrap();
        for part in inspection.parts() {
            canary.assert_not_in(part.shown().unwrap().as_bytes(), &format!("part {}", part.number()));
        }
        let carries = inspection.parts().filter(|part| canary.found(part.body()).is_some()).count();
        assert!(carries > 0, "{}: it is in no part", canary.name);
        let done = run(folder.path(), &["inspect", "user-data", "--part", "2"]);
        canary.assert_not_in(&[done.stdout, done.stderr].concat(), "part 2");
    }
}

/// The same context with another secret, where that is one; else one that has nothing of it.
fn other(canary: &Canary) -> String {
    let changed = canary.context.replace(&canary.secret, &unique(2000));
    match changed == canary.context || canary.context.contains("-----BEGIN") {
        true => "hosts: {fqdn: other.example.org}\n".into(),
        false => changed,
    }
}

#[test]
fn of_the_files_for_clouds_only_those_that_carry_it_have_it() {
    for canary in sound() {
        let folder = folder(&canary.context);
        let done =
            run(folder.path(), &["compile", "canary.yaml", "--target", "generic,nocloud,openstack", "-o", "out"]);
        canary.assert_not_in(&[done.stdout, done.stderr].concat(), "what is printed beside the files");
        let mut carried = 0;
        for path in [
            "manifest.json",
            "nocloud/launch.sh",
            "openstack/launch.sh",
            "openstack/main.tf.json",
            "nocloud/user-data",
            "nocloud/seed.iso",
        ] {
            // What is too large for a cloud is refused for all of them.
            let Ok(bytes) = std::fs::read(folder.path().join("out").join(path)) else { continue };
            let mode = std::fs::metadata(folder.path().join("out").join(path)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{path}");
            match path.ends_with("user-data") || path.ends_with("seed.iso") {
                true => carried += usize::from(canary.found(&bytes).is_some()),
                false => canary.assert_not_in(&bytes, path),
            }
        }
        assert!(carried == 2 || !done.status.success(), "{}: {carried} files have it", canary.name);
    }
}

/// Nobody knows what a script or a file holds, nor a variable whose name does not say it.
#[test]
fn every_secret_is_listed_and_denied() {
    let unknown = |canary: &Canary| {
        ["include:", "scripts:", "write_files:", "handlers:", "sig=", "FARM:"]
            .iter()
            .any(|word| canary.context.contains(word))
    };
    for canary in sound().filter(|canary| !unknown(canary)) {
        let folder = folder(&canary.context);
        let done = run(folder.path(), &["compile", "canary.yaml", "--deny-secrets-in-user-data"]);
        assert_eq!(done.status.code(), Some(1), "{}: {}", canary.name, canary.context);
        assert!(done.stdout.is_empty() && String::from_utf8_lossy(&done.stderr).contains("secrets/in-user-data"));
    }
}

#[test]
fn a_broken_context_is_rendered_without_it() {
    for canary in canaries() {
        let folder = folder("");
        let mut files = vec!["check".to_owned(), "--color".into(), "always".into()];
        for (number, (_, text)) in mutations::all(&canary).into_iter().step_by(every_nth() * 3).enumerate() {
            files.push(format!("{number}.yaml"));
            std::fs::write(folder.path().join(files.last().unwrap()), text).unwrap();
        }
        let done = run(folder.path(), &files.iter().map(String::as_str).collect::<Vec<_>>());
        canary.assert_not_in(&[done.stdout, done.stderr].concat(), "what is said of broken contexts");
    }
}

/// A secret that comes from elsewhere; what a command says on standard error is the user's own to see.
#[test]
fn a_source_that_fails_says_nothing_of_it() {
    let canary = Canary::new(99, "a source", "munge: {key: CANARY}\n");
    let secret = unique(99);
    for source in [
        format!("{{command: [sh, -c, 'printf {secret}; exit 3']}}"),
        format!("{{command: [no-such-program, {secret}]}}"),
        format!("{{command: [printf, '\\377{secret}']}}"),
        format!("{{command: [cat, /dev/zero, {secret}]}}"),
        format!("{{command: [printf, {secret}], env: A}}"),
        "{env: CANARY_NOT_SET}".to_owned(),
    ] {
        for block in [
            "munge: {key: SOURCE}",
            "ssh-access: {identities: {alice: SOURCE}}",
            "certificate: {proxies: {alice: SOURCE}}",
        ] {
            let folder = folder(&block.replace("SOURCE", &source));
            for stage in ["document", "config"] {
                let done = run(folder.path(), &["compile", "canary.yaml", "--emit", stage]);
                canary.assert_not_in(&[done.stdout, done.stderr].concat(), &format!("{stage} of {source}"));
            }
            let done = run(folder.path(), &["compile", "canary.yaml", "--deny-secrets-in-user-data"]);
            canary.assert_not_in(&[done.stdout, done.stderr].concat(), &source);
        }
    }
}

/// What logs of a machine may hold of it, whatever wrote it there.
#[test]
fn a_summary_shows_nothing_of_what_logs_hold() {
    let canary = Canary::new(98, "a log", "munge: {key: CANARY}\n");
    let secret = unique(98);
    let said = [
        format!("fetch https://me:{secret}@p.example.org/x: refused"),
        format!("get https://p.example.org/x?token={secret}: 403"),
        format!("DB_PASSWORD={secret} is wrong"),
        format!("run --token {secret} ended with 3"),
        format!("'password': '{secret}'"),
        format!("-----BEGIN PRIVATE KEY-----\\n{secret}"),
        format!("chpasswd: line root:{secret}@x"),
        format!("usermod -p $6${secret} alice"),
        format!("cannot decode {secret}{secret}"),
    ];
    for line in said {
        let stamp = "2026-11-21T12:00:00Z";
        let log = format!(
            "{stamp} INFO == begin munge 12345678\n{stamp} DEBUG {line}\n{stamp} ERROR {line}\n{stamp} INFO == end munge failed\n"
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("contextc")).unwrap();
        std::fs::write(folder.path().join("contextc/munge.log"), log).unwrap();
        let stamps =
            serde_json::json!({"started": stamp, "ended": stamp, "finished": stamp, "duration": 1, "phase": "late"});
        let with = |row: serde_json::Value| {
            let mut row = row;
            row.as_object_mut().unwrap().extend(stamps.as_object().unwrap().clone());
            row
        };
        let block = with(
            serde_json::json!({"name": "munge", "state": "failed", "reason": line, "log": [line], "results": [{"name": "x", "result": line}]}),
        );
        let summary = with(
            serde_json::json!({"schema": 1, "machine": "failed", "digest": null, "contextc": "0.1.0", "instance-id": "i-1", "cloud-init": null, "python": "3",
            "blocks": [block], "scripts": [{"name": "50-001-x", "state": "failed", "reason": line}], "modules": [{"name": "x", "reason": line}]}),
        );
        std::fs::write(folder.path().join("console"), format!("boot\ncontextc-summary: {summary}\n")).unwrap();
        for arguments in [
            ["summary", ".", "--verbose"],
            ["summary", ".", "--format=json"],
            ["summary", "console", "--verbose"],
            ["summary", "console", "--format=json"],
        ] {
            let done = run(folder.path(), &arguments);
            assert!(
                String::from_utf8_lossy(&done.stdout).contains("munge"),
                "{arguments:?}: {}",
                String::from_utf8_lossy(&done.stdout)
            );
            canary.assert_not_in(&[done.stdout, done.stderr].concat(), &format!("the summary of {line}"));
        }
    }
}
