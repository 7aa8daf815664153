//! Settings as a tree to compare and to show: cloud-config, and what our handlers are given.

use super::covering::{HIDDEN, Ours, sight, told};
use super::{PLAN_TYPE, block_of};
use crate::context::hiding::{hide_context, hide_shown};
use crate::context::pyyaml;
use crate::context::resolved::{Resolved, resolved};
use crate::language::diagnostic::Report;
use crate::language::document::{Document, Kind, Node, Style};
use crate::language::hidden::{Places, is_opaque};
use crate::language::source::Source;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// A value: equal to another where it means the same to who reads it.
#[derive(Debug, Clone)]
pub(in crate::desk) enum Tree {
    Scalar {
        /// What it means: never shown.
        meaning: String,
        /// What may be shown of it.
        shown: String,
        /// Whether it is text, which JSON puts in quotes.
        text: bool,
    },
    List(Vec<Tree>),
    /// In the order of the file, which means nothing: no two keys mean the same.
    Map(Vec<(Key, Tree)>),
}

/// A key of a map: two that may not be shown look alike, and are not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::desk) struct Key {
    /// What it means: never shown.
    meaning: String,
    pub shown: String,
}

/// Whose settings they are decides what is a secret in them.
enum Reader {
    Block(Ours),
    /// Somebody else's: where the secrets stand.
    Foreign(Places),
}

impl Tree {
    /// Reads the settings in the part of a type; `None` where their reader on the machine reads no YAML there, or two keys as one: then
    /// nobody knows what they mean.
    pub fn read(text: &str, kind: &str) -> Option<Self> {
        let source = Source::new("", text);
        let mut report = Report::new(&source);
        let document = Document::parse_foreign(&source, &mut report)?;
        let block = block_of(kind);
        let reader = if kind == PLAN_TYPE || block.is_some() {
            Reader::Block(Ours::of(block))
        } else {
            pyyaml::check(&document.root, &mut report);
            hide_shown(&document.root, &mut report);
            Reader::Foreign(report.hidden_places())
        };
        if report.has_errors() { None } else { reader.tree(&document.root, false) }
    }

    /// Reads a context, as it was written.
    pub fn read_context(source: &Source) -> Option<Self> {
        let mut report = Report::new(source);
        let document = Document::parse(source, &mut report).filter(|_| !report.has_errors())?;
        hide_context(&document.root, &mut report);
        Reader::Foreign(report.hidden_places()).tree(&document.root, false)
    }

    /// The text of a key of a map, where it may be shown.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        let Self::Map(pairs) = self else { return None };
        match pairs.iter().find(|(known, _)| known.shown == key) {
            Some((_, Self::Scalar { shown, .. })) if shown != HIDDEN && !shown.is_empty() => Some(shown),
            _ => None,
        }
    }

    /// A list of words that may be shown.
    pub fn words<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        Self::List(words.map(Self::word).collect())
    }

    /// A text that may be shown.
    pub fn word(word: &str) -> Self {
        Self::Scalar { meaning: word.to_owned(), shown: word.to_owned(), text: true }
    }

    /// What it means, for comparing: the order of keys means nothing, that of lists something. Never shown.
    pub fn meaning(&self) -> String {
        match self {
            Self::Scalar { meaning, .. } => format!("{meaning:?}"),
            Self::List(items) => format!("[{}]", items.iter().map(Tree::meaning).collect::<Vec<_>>().join(",")),
            Self::Map(pairs) => {
                let mut pairs: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("{:?}:{}", key.meaning, value.meaning())).collect();
                pairs.sort();
                format!("{{{}}}", pairs.join(","))
            }
        }
    }

    /// Whether two mean the same.
    pub fn is_same(&self, other: &Tree) -> bool {
        self.meaning() == other.meaning()
    }

    /// What may be shown of it, as JSON, numbers and words without quotes as they are written.
    pub fn shown(&self) -> String {
        let listed = |parts: Vec<String>| parts.join(",");
        match self {
            Self::Scalar { shown, text: false, .. } if shown.is_empty() => "null".into(),
            Self::Scalar { shown, text: false, .. } if shown != HIDDEN => shown.clone(),
            Self::Scalar { shown, .. } => quoted(shown),
            Self::List(items) => format!("[{}]", listed(items.iter().map(Tree::shown).collect())),
            Self::Map(pairs) => {
                let pair = |(key, value): &(Key, Tree)| format!("{}:{}", quoted(&key.shown), value.shown());
                format!("{{{}}}", listed(pairs.iter().map(pair).collect()))
            }
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

impl Reader {
    /// `secret`: a name above says that all below is one.
    fn tree(&self, node: &Node, secret: bool) -> Option<Tree> {
        Some(match &node.kind {
            // A set is no map, and pairs in an order are no list.
            Kind::Mapping(_) | Kind::Sequence(_) if node.tag.is_some() => return None,
            Kind::Mapping(pairs) => Tree::Map(self.map(pairs, secret)?),
            Kind::Sequence(items) => Tree::List(self.list(items, secret)?),
            Kind::Scalar { text, style } => Tree::Scalar {
                meaning: meaning(node, text, *style),
                shown: match (&node.tag, self.shown(node, text, secret)) {
                    (Some(tag), shown) if shown != HIDDEN => format!("{tag} {shown}"),
                    (_, shown) => shown,
                },
                text: *style == Style::Quoted || node.tag.is_some() || resolved(text) == Resolved::Text,
            },
            Kind::Faulty => return None,
        })
    }

    fn map(&self, pairs: &[(Arc<Node>, Arc<Node>)], secret: bool) -> Option<Vec<(Key, Tree)>> {
        if may_meet(pairs) {
            return None;
        }
        let pair = |(key, value): &(Arc<Node>, Arc<Node>)| {
            let Kind::Scalar { text, style } = &key.kind else { return None };
            let below = secret || self.is_secret(text);
            Some((
                Key { meaning: meaning(key, text, *style), shown: self.shown_key(key, text) },
                self.tree(value, below)?,
            ))
        };
        let pairs = pairs.iter().map(pair).collect::<Option<Vec<_>>>()?;
        let meanings: HashSet<&str> = pairs.iter().map(|(key, _)| key.meaning.as_str()).collect();
        (meanings.len() == pairs.len()).then_some(pairs)
    }

    fn list(&self, items: &[Arc<Node>], secret: bool) -> Option<Vec<Tree>> {
        let told = told(items.iter().map(|item| item.text().unwrap_or_default()));
        items.iter().zip(told).map(|(item, told)| self.tree(item, secret || told)).collect()
    }

    fn is_secret(&self, key: &str) -> bool {
        matches!(self, Self::Block(ours) if ours.is_secret(key))
    }

    fn shown_key(&self, key: &Node, text: &str) -> String {
        let hidden = match self {
            Self::Block(_) => is_opaque(text),
            Self::Foreign(places) => places.touch(key.span),
        };
        if hidden { HIDDEN.into() } else { text.to_owned() }
    }

    fn shown(&self, node: &Node, text: &str, secret: bool) -> String {
        match self {
            Self::Block(ours) => ours.shown(text, secret),
            Self::Foreign(places) => sight(text, places.touch(node.span)),
        }
    }
}

/// Whether two keys may be one to Python, to which `1`, `1.0`, `0x1` and `true` are: of two that are no text, one that is not written as numbers
/// are.
fn may_meet(pairs: &[(Arc<Node>, Arc<Node>)]) -> bool {
    let no_text = |key: &&Arc<Node>| match &key.kind {
        Kind::Scalar { style: Style::Quoted, .. } => key.tag.is_some(),
        Kind::Scalar { text, .. } => key.tag.is_some() || resolved(text) != Resolved::Text,
        _ => true,
    };
    let number = |key: &Arc<Node>| {
        let digits = key.text().unwrap_or_default();
        let plain = key.tag.is_none() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain && (digits == "0" || !digits.starts_with('0'))
    };
    let odd: Vec<&Arc<Node>> = pairs.iter().map(|(key, _)| key).filter(no_text).collect();
    odd.len() > 1 && !odd.into_iter().all(number)
}

/// What PyYAML makes of it, as far as two may be compared: text is text however it is written, and a plain word may be more. Numbers are
/// not counted: no two of other digits are the same here.
fn meaning(node: &Node, text: &str, style: Style) -> String {
    if let Some(tag) = &node.tag {
        return format!("{tag} {text}");
    }
    let kind = if style == Style::Quoted { Resolved::Text } else { resolved(text) };
    match kind {
        Resolved::Null => "null".into(),
        Resolved::True => "true".into(),
        Resolved::False => "false".into(),
        Resolved::Other => text.to_owned(),
        Resolved::Text => format!("\"{text}"),
    }
}
