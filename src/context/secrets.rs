//! Which secrets travel in the message: whoever can read the user-data, from the cloud's metadata service too, can read them.

use super::config::{Config, UsedBlock};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node, span_at};
use crate::language::hidden::{names_a_secret, opens_an_address};
use crate::language::path::{Path, Step};
use crate::language::source::Span;
use std::sync::Arc;

const CARRIED: Code = Code::new(
    "secrets/in-user-data",
    "Every process of the machine can usually read its user-data from the cloud's metadata service, and many people of the cloud can.",
);

pub(crate) const CODES: &[Code] = &[CARRIED];

/// A secret in the message, by the name of its setting, never by its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Carried {
    /// The block that takes it, or `cloud-config`.
    origin: &'static str,
    setting: String,
    start: usize,
    end: usize,
}

impl Carried {
    pub fn of_block(used: &UsedBlock, at: &Path) -> Self {
        // `do` only holds the deeds of an outcome.
        let setting = at.steps().iter().find_map(|step| match step {
            Step::Key(name) if name != "do" => Some(name.clone()),
            _ => None,
        });
        Self::new(used.spec.name, setting.unwrap_or_default(), span_at(&used.node, at))
    }

    fn new(origin: &'static str, setting: String, span: Span) -> Self {
        Self { origin, setting, start: span.start, end: span.end }
    }

    /// In words: `key of munge`.
    pub fn words(&self) -> String {
        format!("{} of {}", self.setting, self.origin)
    }
}

/// Values of settings that are named as secrets are (variables of programs, passwords in cloud-config), and those that have the form of one. And
/// scripts that somebody has encrypted.
pub(super) fn named(config: &Config) -> Vec<Carried> {
    let mut found = Vec::new();
    for used in &config.blocks {
        walk(used.spec.name, "", &used.node, &mut found);
        addresses(used, &mut found);
    }
    for (key, value) in &config.cloud_config {
        let name = key.text().unwrap_or_default();
        walk("cloud-config", name, value, &mut found);
        if let Some((_, list)) = value.entry("list").filter(|(_, list)| name == "chpasswd" && !list.is_null()) {
            found.push(Carried::new("cloud-config", "list".into(), list.span));
        }
    }
    for (origin, scripts) in [("scripts", &config.scripts), ("boothooks", &config.boothooks)] {
        let encrypted = scripts.iter().filter(|(script, _)| script.0.is_encrypted());
        found.extend(encrypted.map(|(_, node)| Carried::new(origin, "an encrypted text".into(), node.span)));
    }
    found
}

/// Addresses that a block names among its secrets: who knows one may use it.
fn addresses(used: &UsedBlock, found: &mut Vec<Carried>) {
    for pattern in used.spec.secrets {
        let setting = pattern.rsplit('.').find(|step| *step != "*").unwrap_or_default();
        used.node.at_pattern(pattern, &mut |node| {
            if node.text().is_some_and(|text| setting != "environment" && text.contains("://")) {
                found.push(Carried::new(used.spec.name, setting.into(), node.span));
            }
        });
    }
}

fn walk(origin: &'static str, name: &str, node: &Arc<Node>, found: &mut Vec<Carried>) {
    match &node.kind {
        Kind::Mapping(pairs) => {
            pairs.iter().for_each(|(key, value)| walk(origin, key.text().unwrap_or_default(), value, found));
        }
        Kind::Sequence(items) => items.iter().for_each(|item| walk(origin, name, item, found)),
        Kind::Scalar { text, .. } if !node.is_null() && is_secret(name, text) => {
            found.push(Carried::new(origin, name.to_owned(), node.span));
        }
        _ => {}
    }
}

fn is_secret(name: &str, text: &str) -> bool {
    names_a_secret(name) && !text.is_empty() || opens_an_address(text) || text.contains("PRIVATE KEY-----")
}

/// In the order of their places, each once.
pub(super) fn merge(secrets: &mut Vec<Carried>) {
    secrets.sort_by_key(|secret| (secret.start, secret.end));
    secrets.dedup_by(|second, first| (second.start, second.end) == (first.start, first.end));
}

/// Refuses them all.
pub(crate) fn refuse(secrets: &[Carried], report: &mut Report) {
    for secret in secrets {
        let message = format!("the {} would travel in the user-data", secret.words());
        let fault = Diagnostic::error(CARRIED, Span::new(secret.start, secret.end), message);
        report.push(fault.help("bring it another way (the image, a later copy), or allow secrets in user-data"));
    }
}
