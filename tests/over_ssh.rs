//! The file for a machine without cloud-init: its form, and what is in it. What it does is tested in `tests/handlers/test_ssh.py` and in real boots.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contextc::{Compiler, FileLoader, Source, target};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

fn compiler() -> Compiler {
    Compiler::new().target(target("ssh").unwrap())
}

fn run_file(text: &str) -> String {
    let compiled = compiler().compile(&Source::new("node.yaml", text)).unwrap();
    String::from_utf8(compiled.artifact().bytes().to_vec()).unwrap()
}

/// What the driver on the machine gets.
fn sent(text: &str) -> Value {
    let run = run_file(text);
    let (_, rest) = run.split_once("<<'--contextc--'\n").unwrap();
    let (payload, _) = rest.split_once("\n--contextc--\n").unwrap();
    let mut json = String::new();
    let packed = STANDARD.decode(payload.replace('\n', "")).unwrap();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut json).unwrap();
    assert!(json.is_ascii());
    serde_json::from_str(&json).unwrap()
}

fn names(sent: &Value) -> Vec<&str> {
    sent["parts"].as_array().unwrap().iter().map(|part| part[1].as_str().unwrap()).collect()
}

#[test]
fn it_is_one_script_that_does_nothing_before_its_last_line() {
    let run = run_file("localfs: {parts: {home: 50}}\n");
    assert!(run.is_ascii() && run.starts_with("#!/bin/sh\n") && run.ends_with("\n}\n# Last, and whole or not at all: of a file that was cut short nothing is done.\n{ apply_context; exit 2; }\n"));
    let commands: Vec<&str> = run.lines().filter(|line| !line.starts_with(['#', '\t', '}', '{'])).collect();
    assert_eq!(commands[0], "apply_context() {");
    assert_eq!(run, run_file("localfs: {parts: {home: 50}}\n"));
}

/// On any text that a context may bring.
#[test]
fn shells_read_it() {
    let run = run_file(
        "scripts: [\"#!/bin/sh\\necho 'it is' \\\"$x\\\" `y` @END@ --contextc--\\n--contextc--\\n# caf\\u00e9\\n\"]\n",
    );
    let mut shell = Command::new("sh").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(run.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
}

#[test]
fn the_parts_are_those_of_the_message_without_what_is_done_in_its_place() {
    let text = "localfs: {parts: {home: 50}}\nrun: {commands: [{name: a, command: date}]}\nboothooks: [\"#!/bin/sh\\n\"]\nscripts: [\"#!/bin/sh\\ndate\\n\"]\nruncmd: [date]\n";
    let sent = sent(text);
    let wanted = [
        "contextc-plan.ccfg",
        "boothook-001",
        "localfs-config.ccfg",
        "run-config.ccfg",
        "00-contextc-late",
        "50-001-script",
        "zz-contextc-finish",
    ];
    assert_eq!(names(&sent), wanted);
    let plan: Value =
        serde_json::from_slice(&Compiler::new().emit(&Source::new("node.yaml", text), "plan").unwrap()).unwrap();
    assert_eq!(sent["digest"], plan["digest"], "a machine is the same context on every target");
    let handler = sent["handler"].as_str().unwrap();
    assert!(handler.contains("def localfs(") && !handler.contains("def cvmfs(") && handler.contains("def send("));
    assert!(
        handler.rfind("def send(") < handler.find("HANDLERS.update({"),
        "the driver is behind the handlers and before the start"
    );
}

#[test]
fn a_context_without_blocks_has_a_plan_too() {
    let sent = sent("scripts: [\"#!/bin/sh\\ndate\\n\"]\n");
    assert_eq!(names(&sent), ["contextc-plan.ccfg", "50-001-script"]);
    let plan: Value = serde_json::from_str(sent["parts"][0][2].as_str().unwrap()).unwrap();
    assert_eq!(plan["contextc-plan"]["digest"], sent["digest"]);
    assert_eq!(plan["contextc-plan"]["scripts"][0]["name"], "50-001-script");
    assert_eq!(sent["config"], json!({}));
}

#[test]
fn keys_of_cloud_config_become_settings_of_the_driver() {
    let sent = sent(concat!(
        "hosts: {fqdn: node1.example.org}\n",
        "write_files:\n  - {path: /a, content: \"text\\n\", permissions: 0640, owner: \"root:adm\", append: yes}\n",
        "  - {path: /b, content: dGV4dA==, encoding: b64, defer: true}\n",
        "bootcmd: [[echo, \"it's\", 7], date]\nruncmd: [null, date]\n",
        "packages: [git, [curl, \"8.0\"]]\npackage_update: true\n",
        "apt: {preserve_sources_list: true, sources: {site: {source: \"deb http://a/ ./\"}}}\n",
        "yum_repos: {a-site: {baseurl: \"http://a\", enabled: yes, priority: 5}}\n",
        "users: [default, bob, {name: alice, uid: 2000, groups: \"a, b\", shell: /bin/sh, sudo: \"ALL=(ALL) ALL\", lock_passwd: true}]\n",
        "ssh_keys: {ed25519_private: text}\nssh_deletekeys: true\n",
    ));
    let file = |path, content, more: Value| {
        let mut row = json!({"path": path, "content": content, "base64": false, "gzip": false, "mode": "0644", "owner": "root", "group": "root", "append": false, "defer": false});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let wanted = json!({
        "hostname": {"hostname": "node1", "fqdn": "node1.example.org", "prefer_fqdn": null},
        "write_files": [file("/a", "text\n", json!({"mode": "0640", "group": "adm", "append": true}))],
        "deferred": [file("/b", "dGV4dA==", json!({"base64": true, "defer": true}))],
        "bootcmd": "#!/bin/sh\n'echo' 'it'\\''s' '7'\ndate\n",
        "runcmd": "#!/bin/sh\ndate\n",
        "packages": {"names": [["git", null], ["curl", "8.0"]], "update": true, "upgrade": false},
        "apt": {"site.list": "deb http://a/ ./"},
        "yum": {"a-site": ["baseurl=http://a", "enabled=1", "priority=5"]},
        "users": [
            {"name": "bob", "options": ["-m"], "groups": [], "primary_group": null, "sudo": []},
            {"name": "alice", "options": ["--uid", "2000", "--shell", "/bin/sh", "--groups", "a,b", "-m"], "groups": ["a", "b"],
             "primary_group": null, "sudo": ["ALL=(ALL) ALL"]},
        ],
        "ssh": {"delete": true, "keys": {"ed25519_private": "text"}, "types": ["rsa", "ecdsa", "ed25519"]},
    });
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(&sent["config"][name], value, "{name}");
    }
    assert_eq!(sent["config"].as_object().unwrap().len(), wanted.as_object().unwrap().len());
}

/// A machine that has no host key any more lets nobody in.
#[test]
fn deleted_host_keys_are_made_anew() {
    for (text, types) in [
        ("ssh_deletekeys: true\n", json!(["rsa", "ecdsa", "ed25519"])),
        ("ssh_deletekeys: true\nssh_keys: {}\n", json!(["rsa", "ecdsa", "ed25519"])),
        ("ssh_deletekeys: true\nssh_genkeytypes: [ed25519]\n", json!(["ed25519"])),
    ] {
        assert_eq!(sent(text)["config"]["ssh"], json!({"delete": true, "keys": {}, "types": types}), "{text}");
    }
}

/// What blocks leave to cloud-init is done without it, whatever they ask for. Two are for other programs, which nobody stands for.
#[test]
fn every_example_of_a_block_is_accepted() {
    let refused = ["amiconfig", "ucernvm"];
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/blocks")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        if refused.iter().any(|name| path.file_stem().is_some_and(|stem| stem == *name)) {
            continue;
        }
        let compiler = compiler().loader(FileLoader::new(path.parent().unwrap()));
        let source = Source::new("example.yaml", std::fs::read_to_string(&path).unwrap());
        let report = compiler.check(&source);
        let needs = report.diagnostics().iter().filter(|fault| fault.code().as_str().starts_with("ssh/"));
        assert_eq!(needs.count(), 0, "{}: {report}", path.display());
        assert!(!report.has_errors(), "{}: {report}", path.display());
    }
}

/// It goes to one machine, and not where others look.
#[test]
fn secrets_in_it_are_no_user_data() {
    let source = Source::new("node.yaml", "munge: {key: {file: key}}\nruncmd: [\"echo hunter2hunter2\"]\n");
    struct Key;
    impl contextc::Loader for Key {
        fn load(&self, _: &str) -> Result<Vec<u8>, contextc::LoadError> {
            Ok((0..1024_u32).flat_map(|number| (number.wrapping_mul(2_654_435_761)).to_be_bytes()).take(1024).collect())
        }
    }
    let compiled = compiler().loader(Key).deny_secrets().compile(&source).unwrap();
    assert!(compiled.secrets().is_empty());
    assert!(Compiler::new().loader(Key).deny_secrets().compile(&source).is_err());
}
