//! What no simulation shows unless it is asked for.

use super::{context, said, simulate, text};

const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==";

#[test]
fn secrets_are_not_shown_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let text_of = "munge: {key: {file: munge.key}}\nenvironment: {MY_TOKEN: hunter2hunter2}\n\
        run: {commands: [{name: a, command: [tool, --password, hunter3hunter3]}]}\npassword: hunter4hunter4\n";
    std::fs::write(folder.path().join("munge.key"), KEY).unwrap();
    let path = context(&folder, text_of);
    for format in ["text", "json"] {
        let output = simulate(&path, &["--format", format, "--verbose"]);
        let shown = text(&output);
        assert_eq!(output.status.code(), Some(0), "{shown}{}", said(&output));
        for secret in [KEY, "hunter2", "hunter3", "hunter4"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }
    let output = simulate(&path, &["--show-secrets"]);
    assert!(text(&output).contains("hunter3hunter3"), "{}", text(&output));
}

/// As `inspect` shows the same settings: what an option tells of, what nobody made up, what opens an address, a secret of `environment`; and a
/// script in several lines, of which nobody knows what is in it.
#[test]
fn words_of_commands_are_covered_as_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("[tool, --password, hunter22]", "hunter22", "tool --password ***"),
        ("[tool, --db-token, '12345']", "12345", "tool --db-token ***"),
        ("[tool, aB3dE5gH7jK9mN1pQ, plain]", "aB3dE5gH7jK9mN1pQ", "tool *** plain"),
        ("[tool, 'https://me:hunter24@example.org/']", "hunter24", "tool ***"),
        ("[tool, --user, 'me:hunter25', plain]", "hunter25", "tool --user *********** plain"),
        ("[tool, --as=hunter22, plain]", "hunter22", "tool --as=*** plain"),
        ("[tool, hunt, plain]", " hunt ", "tool *** plain"),
        ("[tool, hunted, /a/hunter22/b]", "hunter22", "tool hunted /a/***/b"),
        ("[sh, -c, \"a=1\\nb hunter23\"]", "hunter23", "sh -c ***"),
        ("[sh, -c, 'PW=hunter23 psql']", "hunter23", "sh -c 'PW=*** ***"),
    ];
    let commands = cases.iter().enumerate().map(|(number, (command, ..))| {
        format!(
            "    - {{name: n{number}, command: {command}, environment: {{A_TOKEN: hunter22, B_PASSWORD: hunt, C_SECRET: /data, D_TOKEN: 'true'}}}}\n"
        )
    });
    let path = context(&folder, &format!("run:\n  commands:\n{}", commands.collect::<String>()));
    let asked = text(&simulate(&path, &["--show-secrets"]));
    for format in ["text", "json"] {
        let output = simulate(&path, &["--format", format, "--verbose"]);
        let all = text(&output);
        assert_eq!(output.status.code(), Some(0), "{all}{}", said(&output));
        for (command, secret, shown) in cases {
            assert!(!all.contains(secret) && all.contains(shown), "{command}: {all}");
            assert!(asked.contains(secret), "{command}: {asked}");
        }
    }
}

/// A variable may have any word for its value: it is covered where it is set, and the other blocks stay readable.
#[test]
fn a_variable_hides_no_word_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = context(
        &folder,
        "localfs: {volumes: [{name: data, size: rest, mount: /data}]}\n\
        run: {commands: [{name: a, command: [tool, aB3dE5gH7jK9mN1pQr, x], environment: {WHERE: data, ID: aB3dE5gH7jK9mN1pQr, AT: only-here}}]}\n",
    );
    for format in ["text", "json"] {
        let output = simulate(&path, &["--disk", "vdb=10G", "--format", format, "--verbose"]);
        let shown = text(&output);
        assert_eq!(output.status.code(), Some(0), "{shown}{}", said(&output));
        assert!(shown.contains("-n data") && shown.contains("/data") && shown.contains("tool *** x"), "{shown}");
        assert!(!shown.contains("aB3dE5gH7jK9mN1pQr") && !shown.contains("only-here"), "{shown}");
    }
}

#[test]
fn commands_of_pipelines_are_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = context(
        &folder,
        "pipeline: {name: a, user: alice, environment: {API: hunter22}, command: 'tool --password hunter23 -x'}\nusers: [{name: alice}]\n",
    );
    for format in ["text", "json"] {
        let output = simulate(&path, &["--format", format, "--verbose"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let shown = text(&output);
        assert!(shown.contains("contextc-pipeline-a") && !shown.contains("hunter2"), "{shown}");
    }
}

/// A digest of a short secret can be guessed.
#[test]
fn digests_of_secrets_are_for_those_who_ask() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("munge.key"), KEY).unwrap();
    let path = context(
        &folder,
        "munge: {key: {file: munge.key}}\nrun: {commands: [{name: a, command: [tool, word], environment: {A: hunter22}}]}\n",
    );
    let shown = text(&simulate(&path, &["--format", "json"]));
    assert!(!shown.contains("sha256:") && shown.contains("\"argv\": \"***\""), "{shown}");
    let found: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let mut seen = 0;
    for action in found["blocks"].as_array().unwrap().iter().flat_map(|block| block["actions"].as_array().unwrap()) {
        for key in
            ["stdin", "env", "url"].iter().filter(|key| action["with"].get(**key).is_some_and(|one| !one.is_null()))
        {
            assert_eq!(action["with"][key], "***", "{action}");
            seen += 1;
        }
    }
    assert!(seen >= 2, "{shown}");
    assert!(text(&simulate(&path, &["--format", "json", "--show-secrets"])).contains("sha256:"));
}

/// Where a replay differs in what is covered, that it does so is seen.
#[test]
fn a_difference_in_a_secret_is_told_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, "run: {commands: [{name: a, command: [tool, hunter22]}]}\n");
    let found: serde_json::Value =
        serde_json::from_str(&text(&simulate(&farm, &["--format", "json", "--show-secrets", "--verbose"]))).unwrap();
    let mut actions: Vec<serde_json::Value> = Vec::new();
    for action in found["blocks"][0]["actions"].as_array().unwrap() {
        let mut with = action["with"].clone();
        if action["action"] == "Run" {
            with["argv"] = format!("sha256:{}", "0".repeat(64)).into();
        }
        actions.push(serde_json::json!([action["action"], with, null]));
    }
    let actions: Vec<String> = actions.iter().map(ToString::to_string).collect();
    let record = super::record_of(&folder, &farm, "run", &actions.join(","));
    let output = simulate(&farm, &["--record", record.to_str().unwrap()]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}{}", said(&output));
    assert!(shown.contains("\"argv\": \"***\"") && shown.contains("(with another secret)"), "{shown}");
    assert!(!shown.contains("sha256:"), "{shown}");
}
