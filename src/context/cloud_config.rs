//! The one cloud-config part: the user's keys as their own text, and the defaults of the blocks.
//!
//! What a scalar means is left to PyYAML on the machine. So it is written from the marked tree, never from values: a plain
//! scalar leaves as its own plain text, any other in double quotes, tags stay, aliases are written out, `<<` stays a key.

use super::{commands, continued, empty, modes, public_keys, pyyaml, spelling};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node, Style};
use crate::language::yaml::quoted;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

const TWICE: Code = Code::new(
    "cloud-config/twice",
    "A key of cloud-init stands either at the top or below `cloud-config:`, or one would be lost.",
);
const NO_SCRIPTS: Code = Code::new(
    "cloud-config/no-scripts-user",
    "The late phase, the user's scripts and the summary run in cloud-init's module scripts-user, so a list of final modules needs it.",
);

const NO_PER_BOOT: Code = Code::new(
    "cloud-config/no-scripts-per-boot",
    "What a power cut interrupted goes on at the next boot in cloud-init's module scripts-per-boot.",
);

pub(crate) const CODES: &[Code] = &[TWICE, NO_SCRIPTS, NO_PER_BOOT];

/// The longest key that PyYAML reads without an explicit `?`, less room for its punctuation (1024 in its scanner).
const MAX_SIMPLE_KEY: usize = 1000;

pub(crate) type Pairs = Vec<(Arc<Node>, Arc<Node>)>;

/// Rules about the user's keys that cloud-init would not tell.
pub(crate) fn check(pairs: &Pairs, scripts_needed: bool, report: &mut Report) {
    spelling::check(pairs, report);
    let mut seen = HashMap::new();
    for (key, value) in pairs {
        let name = key.text().unwrap_or_default();
        pyyaml::check(key, report);
        pyyaml::check(value, report);
        empty::check(key, value, report);
        commands::check(name, value, report);
        modes::check(name, value, report);
        continued::check(value, report);
        public_keys::check(name, value, report);
        if let Some(first) = seen.insert(name, key.span) {
            let fault = Diagnostic::error(TWICE, key.span, format!("`{name}` is given twice"));
            report.push(fault.also(first, "first here").help("put both into one place"));
        }
        if name == "cloud_final_modules" && scripts_needed {
            check_modules(key, value, report);
        }
    }
}

fn check_modules(key: &Node, modules: &Node, report: &mut Report) {
    if !runs(modules, "scripts-user") {
        let fault = Diagnostic::error(NO_SCRIPTS, key.span, "this list of final modules has no `scripts-user`");
        report.push(fault.help("add `scripts-user` to it"));
    } else if !runs(modules, "scripts-per-boot") {
        let message = "this list of final modules has no `scripts-per-boot`";
        report.push(
            Diagnostic::warning(NO_PER_BOOT, key.span, message).help("add `scripts-per-boot` before `scripts-user`"),
        );
    }
}

/// A module is listed by its name, or as `[name, frequency]`; `_` and `-` are the same to cloud-init.
fn runs(modules: &Node, wanted: &str) -> bool {
    let Kind::Sequence(items) = &modules.kind else { return false };
    let name = |item: &Node| match &item.kind {
        Kind::Sequence(fields) => fields.first().and_then(|field| field.text()).map(str::to_owned),
        _ => item.text().map(str::to_owned),
    };
    items.iter().any(|item| name(item).is_some_and(|name| name.replace('_', "-") == wanted))
}

/// The body of the part.
pub(crate) fn body(pairs: &Pairs) -> String {
    let mut out = String::from("#cloud-config\n");
    mapping(pairs, 0, &mut out);
    out
}

fn mapping(pairs: &[(Arc<Node>, Arc<Node>)], indent: usize, out: &mut String) {
    for (key, value) in pairs {
        let key = match (inline(key), key.text()) {
            (empty, _) if empty.is_empty() => "~".into(),
            // Without the space the colon would become part of the tag.
            (tag, Some("")) if tag.starts_with('!') => tag + " ",
            (written, _) => written,
        };
        spaces(indent, out);
        match key.len() > MAX_SIMPLE_KEY {
            true => {
                let _ = writeln!(out, "? {key}");
                spaces(indent, out);
            }
            false => out.push_str(&key),
        }
        out.push(':');
        below(value, indent, out);
    }
}

/// What follows `key:` or `-`: a scalar in the line, a collection in the lines below.
fn below(node: &Node, indent: usize, out: &mut String) {
    let text = inline(node);
    if !text.is_empty() {
        out.push(' ');
        out.push_str(&text);
    }
    out.push('\n');
    match &node.kind {
        Kind::Mapping(pairs) => mapping(pairs, indent + 2, out),
        Kind::Sequence(items) => {
            for item in items {
                spaces(indent + 2, out);
                out.push('-');
                below(item, indent + 2, out);
            }
        }
        Kind::Scalar { .. } | Kind::Faulty => {}
    }
}

fn spaces(count: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// What stands in the line itself: the tag, the scalar, or the brackets of an empty collection.
fn inline(node: &Node) -> String {
    let text = match &node.kind {
        Kind::Sequence(items) if items.is_empty() => "[]".into(),
        Kind::Mapping(pairs) if pairs.is_empty() => "{}".into(),
        Kind::Sequence(_) | Kind::Mapping(_) | Kind::Faulty => String::new(),
        Kind::Scalar { text, style: Style::Plain } if one_plain_line(text) => text.clone(),
        Kind::Scalar { text, .. } => quoted(text),
    };
    match &node.tag {
        Some(tag) if text.is_empty() => tag.clone(),
        Some(tag) => format!("{tag} {text}"),
        None => text,
    }
}

/// Plain text that is ASCII and on one line stays as it is. Any other is a string to PyYAML too: none of its resolvers
/// matches a line break or a character beyond ASCII.
fn one_plain_line(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}
