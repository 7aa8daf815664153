//! A file with a fault in it is shown around the place. Whatever stands where a secret belongs is not: `***` in messages, `*` in the text.

use contextc::diagnostics::{Judged, github, json, sarif};
use contextc::{Compiler, Source, check};
use std::path::Path;

const WRONG: &[&str] = &[
    // Misspelled names.
    "munge: {Key: hunter2hunter2}",
    "munge: {keyy: hunter2}",
    "pilot: {credental: hunter2}",
    "pasword: hunter2",
    // Wrong kinds of values.
    "environment: {PASSWORD: [hunter2]}",
    "environment: {TOKEN: {value: hunter2}}",
    "environment: [PASSWORD=hunter2]",
    "munge: hunter2",
    "munge: {key: [hunter2]}",
    "pilot: hunter2",
    "ssh-access: {identities: hunter2}",
    "variables: {db_password: [hunter2]}",
    // Said twice.
    "munge:\n  key: one\n  key: hunter2",
    "environment:\n  PASSWORD: one\n  PASSWORD: hunter2",
    "password: one\npassword: hunter2",
    // Not YAML.
    "munge:\n  key: @hunter2",
    "munge:\n  key: %hunter2",
    "munge:\n  key: *hunter2",
    "munge:\n\tkey: hunter2",
    "munge:\n  key: \"hunter2",
    "password: a: hunter2",
    "passwd: [hunter2",
    "scripts:\n- |\n  -----BEGIN PRIVATE KEY-----\n  hunter2\n",
    // Commands, of which nobody knows what they hold.
    "run: {commands: [{name: a, command: curl -u admin:hunter2 https://example.org -H \"Authorization: Bearer x\"}]}",
    "run: {commands: [{name: a, command: curl https://example.org -H \"Authorization: Bearer hunter2\"}]}",
    "run:\n  commands:\n  - name: a\n    command: curl -H \"X: hunter2\" https://example.org",
    "#cloud-config\nruncmd:\n- curl --user=admin:hunter2 -H \"a: b\" https://example.org\n- mysql -phunter2 -e \"a: b\": c\n",
    "pipeline: mysql -phunter2 -e \"a: b\"",
    "pipeline:mysql -phunter2\na: b: c",
    "a:\n\tpipeline: mysql -phunter2",
    "x-note: tell hunter2 to: him",
    "pipeline: {{ a }} -phunter2",
    "pipeline: {name: p, user: alice, command: 'curl -u me:hunter2 https://example.org', frob: 1}",
    "pipeline: {name: p, user: alice, command: 'curl -H \"Authorization: Bearer hunter2hunter2\" x', frob: 1}",
    "#cloud-config\nruncmd:\n - curl -d \"{\\\"password\\\": \\\"hunter2\\\"}\" h\n",
    "#cloud-config\nruncmd:\n - 'curl -d ''{\"password\": \"hunter2\"}'' h': x\n",
    "#cloud-config\nruncmd:\n- vault login hunter2: x\n- consul agent -encrypt=hunter2: x\n",
    "#cloud-config\nruncmd:\n- SSHPASS=hunter2 sshpass -e ssh h: x\n",
    "#cloud-config\nruncmd:\n- curl -u '' -u me:hunter2 x: y\n- ssh-keygen -N ' ' -P hunter2: x\n",
    "#cloud-config\nruncmd:\n- |\n  cat <<< root:hunter2 | chpasswd\n- {}\n",
    "#cloud-config\nruncmd:\n- |\n  cat > /etc/munge/munge.key <<EOF\n  hunter2\n  EOF\n- {}\n",
    // Of a form that is known.
    "#cloud-config\nfrob: \"machine git.example.org login me password hunter2\"\n",
    "#cloud-config\nruncmd:\n- echo \"machine h login u password hunter2\" > x: y\n",
    "#cloud-config\nruncmd:\n- \"printf 'password hunter2' > x\": y\n",
    "#cloud-config\nfrob: glpat-hunter2\nfrobs: xoxb-1-hunter2\n",
    "#cloud-config\nfrob: https://hooks.slack.com/services/T0/B0/hunter2\n",
    "#cloud-config\nfrob: AKIAIOSFODNN7EXAMPLE:hunter2/hunter2/hunter2\n",
    // In an address.
    "cvmfs: {local: {http-proxy: \"http://me:hunter2@squid\"}, start: 7}",
    "cvmfs: {local: {http-proxy: \"me:hunter2@squid:3128\"}}",
    // Not indented, or below a misspelled block.
    "munge:\nkey: hunter2",
    "certificate:\n  host:\nkey: hunter2",
    "chpasswd:\nlist: root:hunter2",
    "mungee: {key: hunter2}",
    "chpaswd: {list: \"root:hunter2\"}",
    // A key on one line.
    "certificate: {host: {name: \"-----BEGIN RSA PRIVATE KEY-----hunter2\"}}",
];

#[test]
fn nothing_that_is_shown_has_the_secret() {
    for text in WRONG {
        let report = Compiler::new().check(&Source::new("secrets.yaml", *text));
        assert!(!report.diagnostics().is_empty(), "nothing is wrong with {text:?}");
        assert!(!report.to_string().contains("hunter2"), "{report}");
        assert!(!report.shown_text().contains("hunter2"), "{}", report.shown_text());
        let change = report.change().unwrap_or_default();
        assert!(!change.contains("hunter2"), "{change}");
        let judged = [Judged::new("secrets.yaml", std::slice::from_ref(&report))];
        for text in [json(&judged), sarif(&judged), github(&judged)] {
            assert!(text.contains("secrets.yaml") && !text.contains("hunter2"), "{text}");
        }
        assert_eq!(report.shown_text().len(), report.source().text().len(), "places stay what they are");
    }
}

/// Who decodes a line of it reads what stands there: base64 that was damaged is shown nowhere.
#[test]
fn damaged_base64_is_not_shown() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/envelope");
    for name in ["cut-short", "line-spoilt", "text-below", "beginning-spoilt"] {
        let bytes = std::fs::read(folder.join(format!("13-base64-{name}.user-data"))).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let compiled = Compiler::new().check(&Source::new("b64", text.clone()));
        let checked = check("b64", bytes, &Compiler::new());
        let judged = Judged::new("b64", checked.reports());
        let mut shown = vec![json(&[judged]), sarif(&[judged]), github(&[judged])];
        for report in checked.reports().iter().chain([&compiled]) {
            shown.extend([report.to_string(), report.shown_text().into_owned()]);
        }
        for piece in text.lines().filter_map(|line| line.get(4..20)) {
            assert!(shown.iter().all(|shown| !shown.contains(piece)), "{name}: {shown:?}");
        }
    }
}

/// What only names the place of a secret, and what is no secret, is shown: a message must say what it is about.
#[test]
fn what_is_no_secret_is_shown() {
    for (text, seen) in [
        ("munge: {key: {file: keys/munge.key}}", "keys/munge.key"),
        ("ssh-access: {password-authentication: perhaps}", "perhaps"),
        ("pipeline: make all", "make all"),
        ("ssh-access: {identities: {alice: {file: keys/login.pub}}}", "keys/login.pub"),
    ] {
        let report = Compiler::new().check(&Source::new("secrets.yaml", text));
        assert!(
            report.shown_text().contains(seen) || report.to_string().contains(seen),
            "{report}{}",
            report.shown_text()
        );
    }
}
