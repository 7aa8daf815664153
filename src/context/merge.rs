//! The cloud-config of the blocks and of the user as one: maps deep, lists ours first, and no word of either lost.

use super::cloud_config::Pairs;
use super::config::UsedBlock;
use super::pyyaml::is_merge;
use crate::blocks::Payload;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node, Style, shortened};
use crate::language::source::Span;
use serde_json::{Map, Value};
use std::sync::Arc;

const CONFLICT: Code = Code::new(
    "cloud-config/conflict",
    "A block and the cloud-config beside it set one key to different values, and cloud-init takes only one.",
);

pub(crate) const CODES: &[Code] = &[CONFLICT];

/// The keys of all blocks, then the user's merged into them; last the defaults that nobody sets.
pub(super) fn merged(lowered: &[(&UsedBlock, Payload)], user: &Pairs, report: &mut Report) -> Pairs {
    let mut pairs = Pairs::new();
    for (used, payload) in lowered {
        pairs = merge_pairs(&pairs, &from_map(&payload.cloud_config, used.node.span), report);
    }
    let mut pairs = merge_pairs(&pairs, user, report);
    for (key, value) in lowered.iter().flat_map(|(_, payload)| &payload.defaults) {
        if !pairs.iter().any(|(name, _)| name.text() == Some(key)) {
            pairs.push((Node::scalar(Span::default(), *key, Style::Plain), from_json(value, Span::default())));
        }
    }
    pairs
}

/// What is in both is merged in the first's place; what only the second has comes after.
fn merge_pairs(first: &Pairs, second: &[(Arc<Node>, Arc<Node>)], report: &mut Report) -> Pairs {
    let entry = |key: &Node| second.iter().find(|(name, _)| name.text().is_some() && name.text() == key.text());
    let mut pairs = Pairs::new();
    for (key, value) in first {
        if entry(key).is_none() {
            refuse_hidden(key, value, second, report);
        }
        let value = entry(key).map_or_else(|| Arc::clone(value), |(_, other)| merge(key, value, other, report));
        pairs.push((Arc::clone(key), value));
    }
    let new = |key: &Node| !first.iter().any(|(name, _)| name.text() == key.text());
    pairs.extend(second.iter().filter(|(key, _)| new(key)).cloned());
    pairs
}

fn merge(key: &Node, first: &Arc<Node>, second: &Arc<Node>, report: &mut Report) -> Arc<Node> {
    let kind = match (&first.kind, &second.kind) {
        _ if second.is_null() => return Arc::clone(first),
        (Kind::Mapping(ours), Kind::Mapping(theirs)) if plain_map(second) => {
            Kind::Mapping(merge_pairs(ours, theirs, report))
        }
        (Kind::Sequence(ours), Kind::Sequence(theirs)) if second.tag.is_none() => {
            Kind::Sequence(ours.iter().chain(theirs).cloned().collect())
        }
        _ if same(first, second) => return Arc::clone(second),
        _ => {
            report.push(conflict(key, first, second));
            return Arc::clone(second);
        }
    };
    Arc::new(Node::new(second.span, None, kind))
}

fn conflict(key: &Node, first: &Node, second: &Node) -> Diagnostic {
    let name = shortened(key.text().unwrap_or_default());
    let message = format!("`{name}` is set here and by a block, and not to the same value");
    let fault = Diagnostic::error(CONFLICT, second.span, message).label(format!("{} here", second.describe()));
    fault
        .also(first.span, format!("{} by this block", first.describe()))
        .help(format!("remove `{name}` here, or set it in the block"))
}

fn plain_map(node: &Node) -> bool {
    matches!(node.tag.as_deref(), None | Some("!!map"))
}

/// Scalars that PyYAML surely reads alike. What is only perhaps the same is a conflict that the user can see and end.
fn same(first: &Node, second: &Node) -> bool {
    let (Kind::Scalar { text, style }, Kind::Scalar { text: other, style: written }) = (&first.kind, &second.kind)
    else {
        return false;
    };
    let bare_word = || other.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') && truth(other).is_none();
    match style {
        _ if second.tag.is_some() => false,
        Style::Plain if *written == Style::Plain => {
            text == other || truth(text).is_some() && truth(text) == truth(other)
        }
        Style::Quoted => text == other && (*written == Style::Quoted || bare_word()),
        Style::Plain => false,
    }
}

/// YAML 1.1's words for true, false and nothing (PyYAML, `resolver.py`).
fn truth(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some("true"),
        "false" | "no" | "off" => Some("false"),
        "null" | "~" => Some("null"),
        _ => None,
    }
}

/// A key that the user's map gets through `<<` would be hidden by ours.
fn refuse_hidden(key: &Node, value: &Node, user: &[(Arc<Node>, Arc<Node>)], report: &mut Report) {
    let merges = user.iter().filter(|(name, _)| is_merge(name)).map(|(_, merged)| merged);
    let maps = merges.flat_map(|merged| match &merged.kind {
        Kind::Sequence(items) => items.iter().collect(),
        _ => vec![merged],
    });
    let hidden = maps.into_iter().find_map(|map| map.entry(key.text()?));
    if let Some((_, other)) = hidden {
        report.push(conflict(key, value, other).help("`<<` would lose to what the block sets: write its keys out"));
    }
}

fn from_map(map: &Map<String, Value>, place: Span) -> Pairs {
    let bare = |key: &str| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && truth(key).is_none();
    let style = |key: &str| if bare(key) { Style::Plain } else { Style::Quoted };
    let pair =
        |(key, value): (&String, &Value)| (Node::scalar(place, key.as_str(), style(key)), from_json(value, place));
    map.iter().map(pair).collect()
}

fn from_json(value: &Value, place: Span) -> Arc<Node> {
    let kind = match value {
        Value::String(text) => return Node::scalar(place, text.as_str(), Style::Quoted),
        Value::Array(items) => Kind::Sequence(items.iter().map(|item| from_json(item, place)).collect()),
        Value::Object(map) => Kind::Mapping(from_map(map, place)),
        plain => return Node::scalar(place, plain.to_string(), Style::Plain),
    };
    Arc::new(Node::new(place, None, kind))
}
