//! Settings as a tree to compare and to show: cloud-config, and what our handlers are given.

use super::{PLAN_TYPE, block_of};
use crate::blocks::BlockSpec;
use crate::context::hiding::secret_names;
use crate::desk::shown::covered;
use crate::language::diagnostic::Report;
use crate::language::document::{Document, Kind, Node, Style};
use crate::language::hidden::{is_opaque, names_a_secret, opens_an_address};
use crate::language::source::Source;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What stands for a secret.
pub(in crate::desk) const HIDDEN: &str = "***";

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
    /// In the order of the file, which means nothing.
    Map(Vec<(String, Tree)>),
}

/// Whose settings they are decides what is a secret in them.
struct Reader {
    names: Vec<&'static str>,
    /// Texts of several lines are files, and may hold any of the block's secrets.
    files: bool,
}

impl Tree {
    /// Reads the settings in the part of a type; `None` where they cannot be read as YAML.
    pub fn read(text: &str, kind: &str) -> Option<Self> {
        let source = Source::new("", text);
        let mut report = Report::new(&source);
        let document = Document::parse(&source, &mut report).filter(|_| !report.has_errors())?;
        let block = block_of(kind);
        let reader = Reader { names: secret_names(), files: block.is_some_and(|spec| !spec.secrets.is_empty()) };
        let reader = if kind == PLAN_TYPE { Reader { files: true, ..reader } } else { reader };
        Some(reader.tree(&document.root, false))
    }

    /// The text of a key of a map, where it may be shown.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        let Self::Map(pairs) = self else { return None };
        match pairs.iter().find(|(known, _)| known == key) {
            Some((_, Self::Scalar { shown, .. })) if shown != HIDDEN && !shown.is_empty() => Some(shown),
            _ => None,
        }
    }

    /// A list of words that may be shown.
    pub fn words<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let word = |word: &str| Self::Scalar { meaning: word.to_owned(), shown: word.to_owned(), text: true };
        Self::List(words.map(word).collect())
    }

    /// What it means, for comparing: the order of keys means nothing, that of lists something. Never shown.
    pub fn meaning(&self) -> String {
        match self {
            Self::Scalar { meaning, .. } => format!("{meaning:?}"),
            Self::List(items) => format!("[{}]", items.iter().map(Tree::meaning).collect::<Vec<_>>().join(",")),
            Self::Map(pairs) => {
                let mut pairs: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("{key:?}:{}", value.meaning())).collect();
                pairs.sort();
                format!("{{{}}}", pairs.join(","))
            }
        }
    }

    /// Whether two mean the same.
    pub fn is_same(&self, other: &Tree) -> bool {
        self.meaning() == other.meaning()
    }

    /// What may be shown of it, as JSON.
    pub fn shown_json(&self) -> Value {
        match self {
            Self::Scalar { shown, text: true, .. } => Value::from(shown.as_str()),
            Self::Scalar { shown, .. } => serde_json::from_str(shown).unwrap_or_else(|_| Value::from(shown.as_str())),
            Self::List(items) => items.iter().map(Tree::shown_json).collect(),
            Self::Map(pairs) => {
                Value::Object(pairs.iter().map(|(key, value)| (key.clone(), value.shown_json())).collect::<Map<_, _>>())
            }
        }
    }
}

impl Reader {
    /// `secret`: a name above says that all below is one.
    fn tree(&self, node: &Node, secret: bool) -> Tree {
        match &node.kind {
            Kind::Mapping(pairs) => Tree::Map(
                pairs
                    .iter()
                    .map(|(key, value)| {
                        let key = key.text().unwrap_or_default();
                        let shown = if is_opaque(key) { HIDDEN } else { key };
                        (shown.to_owned(), self.tree(value, secret || self.is_secret(key)))
                    })
                    .collect(),
            ),
            Kind::Sequence(items) => Tree::List(self.list(items, secret)),
            Kind::Scalar { text, style } => Tree::Scalar {
                meaning: meaning(node, text, *style),
                shown: self.shown(text, secret),
                text: *style == Style::Quoted || serde_json::from_str::<Value>(text).is_err(),
            },
            Kind::Faulty => Tree::Scalar { meaning: String::new(), shown: String::new(), text: true },
        }
    }

    fn list(&self, items: &[Arc<Node>], secret: bool) -> Vec<Tree> {
        let told = told(items.iter().map(|item| item.text().unwrap_or_default()));
        items.iter().zip(told).map(|(item, told)| self.tree(item, secret || told)).collect()
    }

    fn is_secret(&self, key: &str) -> bool {
        names_a_secret(key) || self.names.contains(&key) || matches!(key, "env" | "failure" | "success") && self.files
    }

    /// The texts below names of secrets.
    fn gather<'v>(&self, value: &'v Value, secret: bool, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(map) => {
                map.iter().for_each(|(key, value)| self.gather(value, secret || self.is_secret(key), found));
            }
            Value::Array(items) => {
                let told = told(items.iter().map(|item| item.as_str().unwrap_or_default()));
                items.iter().zip(told).for_each(|(item, told)| self.gather(item, secret || told, found));
            }
            Value::String(text) if secret && !is_harmless(text) => found.push(text),
            _ => {}
        }
    }

    fn shown(&self, text: &str, secret: bool) -> String {
        let several = text.trim_end_matches('\n').contains('\n');
        let opens = text.contains("PRIVATE KEY") || opens_an_address(text);
        match secret && !is_harmless(text) || opens || several && self.files {
            true => HIDDEN.into(),
            false if is_public_key(text) => text.to_owned(),
            false if text.split_whitespace().any(is_opaque) => HIDDEN.into(),
            false => covered(text),
        }
    }
}

/// What follows an option is perhaps told by it: `[mysql, --password, WORD]`.
fn told<'w>(words: impl Iterator<Item = &'w str>) -> impl Iterator<Item = bool> {
    let tells = |word: &str| word.starts_with('-') && names_a_secret(word.trim_start_matches('-'));
    std::iter::once(false).chain(words.map(tells))
}

/// The words of a command as the settings of a block would show them. `files`: whether those may hold secrets of theirs in any text of several
/// lines.
pub(in crate::desk) fn shown_words(words: &[String], files: bool) -> Vec<String> {
    let reader = Reader { names: Vec::new(), files };
    let told = told(words.iter().map(String::as_str));
    words.iter().zip(told).map(|(word, told)| reader.shown(word, told)).collect()
}

/// The texts in the settings of a block that their names say are secrets.
pub(in crate::desk) fn secret_texts<'v>(settings: &'v Value, spec: &BlockSpec) -> Vec<&'v str> {
    let (names, mut found) = (secret_names(), Vec::new());
    Reader { names, files: !spec.secrets.is_empty() }.gather(settings, false, &mut found);
    found
}

/// Said of a secret without saying it.
fn is_harmless(text: &str) -> bool {
    matches!(text, "" | "null" | "~" | "true" | "false" | "log" | "notify" | "poweroff")
}

fn is_public_key(text: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"].iter().any(|kind| text.starts_with(kind)) && !text.contains('\n')
}

/// What PyYAML makes of it, as far as two may be compared: text is text however it is written, and a plain word may be more.
fn meaning(node: &Node, text: &str, style: Style) -> String {
    if let Some(tag) = &node.tag {
        return format!("{tag} {text}");
    }
    let truth = || match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some("true"),
        "false" | "no" | "off" => Some("false"),
        "" | "null" | "~" => Some("null"),
        _ => None,
    };
    let number = || text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    match style {
        Style::Quoted => format!("\"{text}"),
        Style::Plain => match truth() {
            Some(word) => word.to_owned(),
            None if number() => text.to_owned(),
            None => format!("\"{text}"),
        },
    }
}
