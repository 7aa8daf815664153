//! Values of cloud-config against a schema of cloud-init's kind: the words, and the places in the text. That the verdicts are
//! cloud-init's own is shown with its real schema (tests/cloudinit/test_schema.py).
#![cfg(feature = "cloud-init-schema")]

use contextc::{CloudInitSchema, Compiler, ErrorKind, Severity, Source};

/// Written for this test, with what cloud-init's schema is made of: draft 4, `allOf` of modules, `oneOf`, notes of deprecation.
const SCHEMA: &str = r##"{
    "$schema": "http://json-schema.org/draft-04/schema#",
    "$defs": {
        "runcmd": {"properties": {"runcmd": {"type": "array", "minItems": 1, "items": {
            "oneOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}, {"type": "null"}]
        }}}},
        "users": {"properties": {"users": {"type": "array", "items": {"oneOf": [
            {"type": "string"},
            {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
                "name": {"type": "string"}, "shell": {"type": "string"}, "expiredate": {"type": "string", "format": "date"},
                "lock-passwd": {"type": "boolean", "deprecated": true, "deprecated_version": "22.3",
                    "deprecated_description": "Use **lock_passwd** instead."}
            }}
        ]}}}},
        "groups": {"properties": {"groups": {"type": ["string", "object"], "$ref": "#/$defs/members"}}},
        "members": {"patternProperties": {"^.+$": {"type": ["string", "array"]}}},
        "ntp": {"properties": {"ntp": {"type": ["null", "object"], "properties": {
            "enabled": {"type": "boolean"}, "servers": {"type": "array", "uniqueItems": true, "items": {"type": "string"}}
        }, "additionalProperties": false}}},
        "hosts": {"properties": {"manage_etc_hosts": {"oneOf": [
            {"enum": [true, false, "localhost"]},
            {"enum": ["template"], "deprecated": true, "deprecated_version": "22.3", "deprecated_description": "Use `true`."}
        ]}}}
    },
    "allOf": [{"$ref": "#/$defs/runcmd"}, {"$ref": "#/$defs/users"}, {"$ref": "#/$defs/ntp"}, {"$ref": "#/$defs/groups"}, {"$ref": "#/$defs/hosts"}],
    "properties": {"runcmd": {}, "users": {}, "ntp": {}, "manage_etc_hosts": {}, "packages": {}, "groups": {}},
    "additionalProperties": false
}"##;

fn compiler() -> Compiler {
    Compiler::new().cloud_init_schema(CloudInitSchema::parse("schema.json", SCHEMA).unwrap())
}

/// `line:column severity message; help` of what the schema says.
fn found(text: &str) -> Vec<String> {
    let report = compiler().check(&Source::new("cc.yaml", text));
    let line = |fault: &contextc::Diagnostic| {
        let before = &text[..fault.span().start];
        let (line, column) =
            (before.matches('\n').count() + 1, before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1);
        let severity = if fault.severity() == Severity::Error { "error" } else { "warning" };
        format!("{line}:{column} {severity} {}; {}", fault.message(), fault.help_texts().join("; "))
    };
    let ours = |fault: &&contextc::Diagnostic| {
        ["cloud-config/schema", "cloud-config/deprecated"].contains(&fault.code().as_str())
    };
    report.diagnostics().iter().filter(ours).map(line).collect()
}

#[test]
fn a_fault_has_its_place_and_says_what_is_taken_instead() {
    for (text, said) in [
        ("runcmd: reboot\n", vec!["1:9 error `runcmd` takes a list, not `reboot`; write a list"]),
        ("runcmd: []\n", vec!["1:9 error `runcmd` has too few items; write 1 or more"]),
        (
            "runcmd:\n- date\n- yes\n",
            vec![
                "3:3 error an item of `runcmd` takes a list, text or nothing, not the switch `yes`; put it in quotes: `\"yes\"`",
            ],
        ),
        (
            "runcmd: [[date, 12:30]]\n",
            vec!["1:17 error an item of `runcmd` takes text, not the number `12:30`; put it in quotes: `\"12:30\"`"],
        ),
        (
            "users:\n- name: alice\n  shel: /bin/sh\n",
            vec!["3:3 error `shel` is not known in an item of `users`; did you mean `shell`?"],
        ),
        ("users: [{shell: x}]\n", vec!["1:9 error an item of `users` has no `name`; add `name: ...`"]),
        (
            "users: [{name: a, expiredate: 2032-09-01}]\n",
            vec!["1:31 error `expiredate` takes text, not the date `2032-09-01`; put it in quotes: `\"2032-09-01\"`"],
        ),
        (
            "users: [{name: a, expiredate: '2032-13-01'}]\n",
            vec!["1:31 error `expiredate` is no date: `2032-13-01`; write a date, like `2027-01-31`"],
        ),
        // What stands beside `$ref` holds, too.
        ("groups: 5\n", vec!["1:9 error `groups` takes text or a map, not the number `5`; put it in quotes: `\"5\"`"]),
        (
            "groups: {a: 5}\n",
            vec!["1:13 error `a` takes text or a list, not the number `5`; put it in quotes: `\"5\"`"],
        ),
        ("ntp: {enabled: on}\n", vec![]),
        (
            "ntp: {enabled: 'on'}\n",
            vec!["1:16 error `enabled` takes `true` or `false`, not `on`; write `true` or `false`"],
        ),
        ("ntp: {servers: [a, b, a]}\n", vec!["1:16 error `servers` has an item twice; remove one of the two"]),
        (
            "ntp:\n  <<: {enabled: 5}\n",
            vec!["2:17 error `enabled` takes `true` or `false`, not the number `5`; write `true` or `false`"],
        ),
        (
            "manage_etc_hosts: localhos\n",
            vec![
                "1:19 error `manage_etc_hosts` takes `true`, `false`, `localhost` or `template`, not `localhos`; did you mean `localhost`?",
            ],
        ),
        (
            "timezone: UTC\n",
            vec![
                "1:1 error `timezone` is not known in cloud-init's schema; known here: `groups`, `manage_etc_hosts`, `ntp`, `packages`, `runcmd`, `users`",
            ],
        ),
    ] {
        // The same in a cloud-config, two lines further down in a context.
        assert_eq!(found(text), said, "{text}");
        let lower = said.iter().map(|line| {
            let (number, rest) = line.split_once(':').unwrap();
            format!("{}:{rest}", number.parse::<usize>().unwrap() + 2)
        });
        assert_eq!(found(&format!("#cloud-config\n\n{text}")), lower.clone().collect::<Vec<_>>(), "{text}");
        assert_eq!(
            found(&format!("munge:\n  generate: yes\n{text}").replacen(
                "munge:\n  generate: yes\n",
                "#contextc\n\n",
                1
            )),
            lower.collect::<Vec<_>>()
        );
    }
}

#[test]
fn what_is_deprecated_is_a_warning_beside_faults() {
    let text = "users: [{name: a, lock-passwd: no}]\nmanage_etc_hosts: template\nntp: {enabled: 1}\n";
    assert_eq!(
        found(text),
        [
            "1:19 warning `lock-passwd` is deprecated in cloud-init since 22.3; Use lock_passwd instead",
            "2:1 warning `manage_etc_hosts` is deprecated in cloud-init since 22.3; Use `true`",
            "3:16 error `enabled` takes `true` or `false`, not the number `1`; write `true` or `false`",
        ]
    );
}

/// What passes unchecked is newer than this program, not than the schema that is given.
#[test]
fn keys_below_cloud_config_are_judged_and_our_own_are_not() {
    assert_eq!(found("localfs: {parts: {home: 50}}\nx-note: [1]\ncloud-config:\n  runcmd: x\n").len(), 1);
    assert_eq!(found("cloud-config: {runcmds: [x]}\n").len(), 1);
    // A key that nobody knows has been told of, under its own code.
    assert_eq!(found("#cloud-config\nruncmds: [x]\nlocalfs: {}\n"), Vec::<String>::new());
}

#[test]
fn no_secret_of_a_value_is_shown() {
    let report =
        compiler().check(&Source::new("cc.yaml", "#cloud-config\nusers: [{name: a, passwd: [hunter2hunter2]}]\n"));
    assert!(report.has_errors() && !report.to_string().contains("hunter2"), "{report}");
}

#[test]
fn what_is_no_schema_of_cloud_init_is_refused() {
    for text in [
        "",
        "[]",
        "{}",
        "{\"properties\": {\"a\": {\"type\": 5}}}",
        "{\"allOf\": [{\"$ref\": \"https://example.org/x.json\"}]}",
    ] {
        let error = CloudInitSchema::parse("x.json", text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreadable, "{text}");
        assert!(error.to_string().starts_with("`x.json`: "), "{error}");
    }
}

#[test]
fn the_command_takes_the_schema_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (schema, file) = (folder.path().join("schema.json"), folder.path().join("cc.yaml"));
    std::fs::write(&schema, SCHEMA).unwrap();
    std::fs::write(&file, "#cloud-config\ngroups: 5\n").unwrap();
    let check = |schema: &std::path::Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_contextc"));
        command.arg("check").arg("--cloud-init-schema").arg(schema).arg(&file).output().unwrap()
    };
    let done = check(&schema);
    assert_eq!(done.status.code(), Some(1));
    assert!(
        String::from_utf8(done.stderr).unwrap().contains("error[cloud-config/schema]: `groups` takes text or a map")
    );
    assert_eq!(check(std::path::Path::new("none")).status.code(), Some(0));
    assert_eq!(check(&folder.path().join("missing.json")).status.code(), Some(2));
    std::fs::write(&schema, "no JSON").unwrap();
    assert_eq!(check(&schema).status.code(), Some(2));
}
