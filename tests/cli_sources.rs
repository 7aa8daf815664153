//! Where texts and secrets come from, and where they go: the environment, commands, the list of what travels.

use std::process::{Command, Output};

const CONTEXT: &str = "munge:\n  key: {env: MUNGE_KEY}\nrun:\n  commands:\n    - {name: a, command: {command: [echo, echo hello]}}\n    - {name: b, command: 'true', environment: {DB_PASSWORD: hunter2hunter2}}\n";
const KEY: &str = "0123456789abcdefghijklmnopqrstuvwxyz";

fn compile(context: &str, arguments: &[&str], variable: Option<&str>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("node.yaml"), context).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_contextc"));
    command.args(["compile", "node.yaml"]).args(arguments).current_dir(folder.path()).env_remove("MUNGE_KEY");
    command.envs(variable.map(|value| ("MUNGE_KEY", value))).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn texts_come_from_the_environment_and_from_commands() {
    let done = compile(CONTEXT, &[], Some(KEY));
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let message = text(&done.stdout);
    // The key, in base64, as the handler takes it.
    assert!(message.contains("MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6"), "{message}");
    assert!(message.contains(r#"["sh","-c","echo hello\n"]"#), "{message}");
}

#[test]
fn what_travels_is_listed_by_name() {
    let said = text(&compile(CONTEXT, &[], Some(KEY)).stderr);
    assert!(said.contains("which any process of the machine may read: key of munge, DB_PASSWORD of run\n"), "{said}");
    assert!(!said.contains(KEY) && !said.contains("hunter2"));
    let none = compile("hosts: {fqdn: a.example.org}\n", &[], None);
    assert!(!text(&none.stderr).contains("secrets"));
}

#[test]
fn secrets_in_user_data_can_be_denied() {
    let done = compile(CONTEXT, &["--deny-secrets-in-user-data"], Some(KEY));
    let said = text(&done.stderr);
    assert_eq!((done.status.code(), done.stdout.is_empty()), (Some(1), true));
    assert_eq!(said.matches("error[secrets/in-user-data]").count(), 2, "{said}");
    assert!(!said.contains(KEY) && !said.contains("hunter2"), "{said}");
}

#[test]
fn what_cannot_be_had_is_named() {
    let said = text(&compile(CONTEXT, &[], None).stderr);
    assert!(said.contains("the variable `MUNGE_KEY` cannot be read: it is not set"), "{said}");
    for (words, why) in [
        ("[no-such-program, hunter2]", "cannot be run"),
        ("['false', hunter2]", "exit status: 1"),
        ("[cat, /dev/zero]", "more than 4 MiB"),
    ] {
        let done = compile(&format!("munge: {{key: {{command: {words}}}}}\n"), &[], None);
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(1));
        assert!(said.contains(why) && !said.contains("hunter2"), "{said}");
    }
}
