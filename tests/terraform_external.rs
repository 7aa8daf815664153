//! `contextc terraform-external`: a flat object of texts, or why there is none.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

fn external(folder: &Path, query: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_contextc"))
        .arg("terraform-external")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), query.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn terraform_gets_a_flat_object_of_texts() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("w.yaml"), "variables: {share: 40}\nlocalfs: {parts: {home: \"{{ share }}\"}}\n")
        .unwrap();
    let query =
        r#"{"file": "w.yaml", "target": "openstack", "envelope": "gzip", "set.share": "60", "today": "2026-01-01"}"#;
    let (code, stdout, stderr) = external(folder.path(), query);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let result: std::collections::BTreeMap<String, String> = serde_json::from_str(&stdout).unwrap();
    let keys: Vec<&str> = result.keys().map(String::as_str).collect();
    assert_eq!(keys, ["envelope", "secrets", "sha256", "size", "target", "user_data_base64"]);
    let (_, plain, _) = external(folder.path(), &query.replace("gzip", "plain"));
    let plain: std::collections::BTreeMap<String, String> = serde_json::from_str(&plain).unwrap();
    assert!(plain["user_data"].starts_with("MIME-Version"));
    assert!(plain["user_data"].len() > result["size"].parse().unwrap());
}

#[test]
fn a_query_that_is_not_understood_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("w.yaml"), "localfs: {parts: {home: 60}}\n").unwrap();
    fs::write(folder.path().join("bad.yaml"), "localfs: {parts: {home: 600}}\n").unwrap();
    for (query, code, said) in [
        ("", 2, "not a JSON object"),
        ("[]", 2, "not a JSON object"),
        (r#"{"file": 1}"#, 2, "`file` of the query is not a text"),
        (r#"{"target": "ec2"}"#, 2, "the query has no `file`"),
        (r#"{"file": "w.yaml"}"#, 2, "the query has no `target`"),
        (r#"{"file": "-", "target": "ec2"}"#, 2, "standard input is the query's"),
        (r#"{"file": "w.yaml", "target": "mars"}"#, 2, "`mars` is not a target"),
        (r#"{"file": "w.yaml", "target": "gce", "envelop": "plain"}"#, 2, "`envelop` is no key"),
        (r#"{"file": "w.yaml", "target": "gce", "envelope": "zip"}"#, 2, "`zip` is not an envelope"),
        (r#"{"file": "w.yaml", "target": "gce", "set.x": "1"}"#, 1, "x"),
        (r#"{"file": "none.yaml", "target": "gce"}"#, 2, "cannot be read"),
        (r#"{"file": "bad.yaml", "target": "gce"}"#, 1, "units/percent"),
    ] {
        let (status, stdout, stderr) = external(folder.path(), query);
        assert_eq!((status, stdout.as_str()), (Some(code), ""), "{query}: {stderr}");
        assert!(stderr.contains(said), "{query}: {stderr}");
    }
}
