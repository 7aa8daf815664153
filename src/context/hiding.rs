//! What no message shows of a context: where its secrets stand, or may stand.

use super::keys::{self, Key};
use crate::blocks::{self, BLOCKS, BlockSpec};
use crate::language::diagnostic::Report;
use crate::language::document::{Document, Kind, Node};
use crate::language::hidden::names_a_secret;
use std::collections::HashSet;
use std::sync::Arc;

/// Before anything is said of them.
pub(super) fn hide_secrets(spec: &BlockSpec, block: &Arc<Node>, report: &mut Report) {
    spec.secrets.iter().for_each(|pattern| block.at_pattern(pattern, &mut |secret| hide(secret, report)));
}

/// Settings of cloud-init that hold secrets, beside those whose names say so.
const FOREIGN: &[&str] = &[
    "chpasswd.list",
    "chpasswd.users.*.password",
    "ssh_keys.*",
    "write_files.*.content",
    "wireguard.interfaces.*.content",
];

/// The same in keys of cloud-init.
pub(crate) fn hide_foreign(root: &Arc<Node>, report: &mut Report) {
    FOREIGN.iter().for_each(|pattern| root.at_pattern(pattern, &mut |secret| hide(secret, report)));
    // What all programs are told stands here, and what only one should know, where its block has lost its name.
    root.entry("environment").into_iter().for_each(|(_, variables)| report.cover(variables.span));
    let blocks = |(key, _): &&(Arc<Node>, Arc<Node>)| key.text().is_some_and(|name| blocks::find(name).is_some());
    let foreign = root.pairs().iter().filter(|pair| !blocks(pair));
    foreign.for_each(|(key, value)| match names_a_secret(key.text().unwrap_or_default()) && value.text().is_some() {
        true => hide(value, report),
        false => hide_misplaced(value, report),
    });
}

/// A block below something else, and what stands below a name that says that it is a secret.
fn hide_misplaced(node: &Arc<Node>, report: &mut Report) {
    match &node.kind {
        Kind::Sequence(items) => items.iter().for_each(|item| hide_misplaced(item, report)),
        _ => node.pairs().iter().for_each(|(key, value)| match key.text().unwrap_or_default() {
            "variables" => report.cover(value.span),
            name if names_a_secret(name) => hide(value, report),
            name => match blocks::find(name) {
                Some(spec) => hide_secrets(spec, value, report),
                None => hide_misplaced(value, report),
            },
        }),
    }
}

/// What the settings that hold secrets are called.
pub(crate) fn secret_names() -> Vec<&'static str> {
    let patterns = BLOCKS.iter().flat_map(|spec| spec.secrets).chain(FOREIGN);
    let names = patterns.filter_map(|pattern| pattern.rsplit('.').find(|step| *step != "*"));
    names.chain(["variables"]).collect()
}

/// Settings that are commands or texts: what is a secret in them only who reads them knows.
const COMMANDS: &[&str] =
    &["command", "runcmd", "bootcmd", "script", "scripts", "boothooks", "content", "when-done", "when-failed"];
/// What no message shows of a text with a fault in its YAML, of which only names are known; of one that could not be read, no
/// command either.
pub(crate) fn hide_faulty(document: Option<&Document>, report: &mut Report) {
    match document {
        Some(_) if !report.has_errors() => {}
        Some(_) => report.hide_named(&secret_names()),
        None => report.hide_unread(&[&*secret_names(), COMMANDS].concat()),
    }
}

/// A variable that a secret is made of is one itself, where it is declared.
pub(super) fn hide_variables(root: &Arc<Node>, report: &mut Report) {
    let mut names = HashSet::new();
    for (key, block) in root.pairs() {
        let Key::Block(spec) = keys::classify(key.text().unwrap_or_default()) else { continue };
        for pattern in spec.secrets {
            block.at_pattern(pattern, &mut |secret| {
                let text = secret.text().filter(|text| text.contains("{{")).unwrap_or_default();
                names.extend(text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned));
            });
        }
    }
    let declared = root.entry("variables").map(|(_, variables)| variables.pairs()).unwrap_or_default();
    let used = declared.iter().filter(|(name, _)| name.text().is_some_and(|name| names.contains(name)));
    used.for_each(|(_, value)| report.hide(value.span, value.text()));
    // The others are perhaps of a secret that is not where it should be.
    let Some((_, variables)) = root.entry("variables") else { return };
    report.cover(variables.span);
    if !matches!(variables.kind, Kind::Mapping(_)) {
        report.hide_unknown(variables);
    }
}

/// A map names the file where the secret is, what it is called and where it goes: that may be seen, and nothing else in it.
fn hide(secret: &Arc<Node>, report: &mut Report) {
    match &secret.kind {
        Kind::Mapping(pairs) => {
            let others =
                pairs.iter().filter(|(key, _)| !matches!(key.text(), Some("file" | "env" | "age" | "name" | "path")));
            others.for_each(|(_, value)| {
                report.hide(value.span, value.text());
                // Words of a command, after the program.
                let Kind::Sequence(words) = &value.kind else { return };
                words.iter().skip(1).for_each(|word| report.hide_unknown(word));
            });
        }
        Kind::Sequence(items) => items.iter().for_each(|item| hide(item, report)),
        _ => report.hide(secret.span, secret.text()),
    }
}
