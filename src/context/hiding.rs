//! What no message shows of a context: where its secrets stand, or may stand.

use super::keys::{self, Key};
use super::resolved::resolved;
use crate::blocks::{self, BLOCKS, BlockSpec};
use crate::language::diagnostic::Report;
use crate::language::document::{Document, Kind, Node, Style};
use crate::language::hidden::{holds_secret, is_opaque, names_a_secret, secret_words};
use std::collections::HashSet;
use std::sync::Arc;

/// Before anything is said of them.
pub(super) fn hide_secrets(spec: &BlockSpec, block: &Arc<Node>, report: &mut Report) {
    spec.secrets.iter().for_each(|pattern| block.at_pattern(pattern, &mut |secret| hide(secret, report)));
}

/// Settings of cloud-init that hold secrets, or may hold any, beside those whose names say so: after its own schema of 26.2, key by key.
/// What is a text or a command is looked through for what has the form of a secret.
const FOREIGN: &[&str] = &[
    "ansible.setup_controller.run_ansible.*.extra_vars",
    "apt.debconf_selections.*",
    "autoinstall.storage.config.*.key",
    "chef.initial_attributes",
    "chef.validation_cert",
    "chef.validation_key",
    "chpasswd.list",
    "chpasswd.users.*.password",
    "datasource.*.consumer_key",
    "landscape.client.registration_key",
    "lxd.preseed",
    "mcollective.conf.private-cert",
    "puppet.csr_attributes",
    "random_seed.data",
    "reporting.*.consumer_key",
    "rh_subscription.activation-key",
    "rh_subscription.activation_key",
    "spacewalk.activation_key",
    "ssh_keys.*",
    "wireguard.interfaces.*.content",
    "write_files.*.content",
    "write_files.*.source.headers.*",
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

/// The same, and what looks like a secret in any value: where a whole text is shown, and not one place of it.
pub(crate) fn hide_shown(root: &Arc<Node>, report: &mut Report) {
    hide_foreign(root, report);
    hide_texts(root, report);
}

/// The same of a context, as it was written.
pub(crate) fn hide_context(root: &Arc<Node>, report: &mut Report) {
    hide_variables(root, report);
    for (key, block) in root.pairs() {
        if let Key::Block(spec) = keys::classify(key.text().unwrap_or_default()) {
            hide_secrets(spec, block, report);
        }
    }
    hide_shown(root, report);
}

fn hide_texts(node: &Arc<Node>, report: &mut Report) {
    match &node.kind {
        Kind::Sequence(items) => items.iter().for_each(|item| hide_texts(item, report)),
        Kind::Mapping(pairs) => {
            pairs.iter().flat_map(|(key, value)| [key, value]).for_each(|each| hide_texts(each, report))
        }
        Kind::Scalar { text, .. } if !is_public_key(text) => {
            // Of an address only the parts that open something are covered.
            let opaque = |word: &str| is_opaque(word) && !word.contains("://");
            if text.split_whitespace().any(opaque) || !is_as_written(node, text, report) && holds_secret(text) {
                report.cover(node.span);
            }
        }
        _ => {}
    }
}

/// Whether a text stands in the file as it is, where it is looked through: no escapes, no lines that become one.
fn is_as_written(node: &Node, text: &str, report: &Report) -> bool {
    let source = report.source().text();
    let written = source.get(node.span.start..node.span.end).unwrap_or_default();
    written.starts_with('|') || written.contains(text)
}

/// Whether a text is a public key of SSH, which is long and mixed, and no secret: a type that is known, and the Base64 of its length.
pub(crate) fn is_public_key(text: &str) -> bool {
    let bare = |name: &str| name.split('@').next().unwrap_or_default().trim_end_matches("-cert-v01").to_owned();
    let (kind, key) = text.split_once(' ').unwrap_or_default();
    key.starts_with("AAAA") && !text.contains('\n') && blocks::ssh_key_types().any(|known| bare(known) == bare(kind))
}

/// A block below something else, and what stands below a name that says that it is a secret.
fn hide_misplaced(node: &Arc<Node>, report: &mut Report) {
    match &node.kind {
        Kind::Sequence(items) => {
            hide_words(items, report);
            items.iter().for_each(|item| hide_misplaced(item, report));
        }
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

/// A command in words: what a program takes for a secret by the words before it.
fn hide_words(items: &[Arc<Node>], report: &mut Report) {
    let words: Vec<&str> = items.iter().map(|item| item.text().unwrap_or_default()).collect();
    let secrets = secret_words(&words);
    items.iter().zip(secrets).filter(|(_, secret)| *secret).for_each(|(item, _)| report.hide(item.span, item.text()));
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
        // Whether there is one may be seen: `lock_passwd: true`.
        Kind::Scalar { text, style: Style::Plain } if resolved(text).is_switch() => {}
        _ => report.hide(secret.span, secret.text()),
    }
}
