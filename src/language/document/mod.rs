//! The YAML of a context as a tree in which every key and value knows its place. Nothing is interpreted here.
//!
//! This folder is the only place that knows a YAML crate: [`read`] turns text into the tree, [`value`] the tree into the
//! value model that serde decodes blocks from.

mod advice;
mod agreed;
mod joined;
mod read;
pub(crate) mod value;

use super::diagnostic::Report;
use super::path::{Path, Step};
use super::source::{Source, Span};
use super::suggest;
use std::sync::Arc;

pub(crate) use read::CODES;

/// The deepest nesting that is read. A context is a handful of levels deep; deeper is a mistake or an attack.
pub(crate) const MAX_DEPTH: usize = 64;

/// The largest a document may become when its aliases are written out, in bytes: four times the largest file.
pub(crate) const MAX_EXPANDED_BYTES: usize = 16 * 1024 * 1024;

/// How a scalar was written, which decides what it may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes: may be a number, a date, null.
    Plain,
    /// In quotes or as a block (`|`, `>`): always text.
    Quoted,
}

/// The most values that a document has, keys counted: each takes hundreds of bytes before all is done, and more than these are not
/// the settings of a machine.
pub(crate) const MAX_VALUES: usize = 500_000;

/// A node of the tree. Shared where an alias repeats it.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub span: Span,
    /// The tag as written, `!!binary` or `!<...>`.
    pub tag: Option<String>,
    pub kind: Kind,
    /// Bytes that this node takes when aliases are written out, roughly.
    weight: usize,
    /// Levels below and with this node.
    height: usize,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Scalar {
        text: String,
        style: Style,
    },
    Sequence(Vec<Arc<Node>>),
    Mapping(Vec<(Arc<Node>, Arc<Node>)>),
    /// A value about which all has been said: whoever decodes it takes it as not written.
    Faulty,
}

impl Node {
    pub fn new(span: Span, tag: Option<String>, kind: Kind) -> Self {
        let (weight, height) = match &kind {
            Kind::Scalar { text, .. } => (text.len(), 0),
            Kind::Sequence(items) => measure(items.iter()),
            Kind::Mapping(pairs) => measure(pairs.iter().flat_map(|(key, value)| [key, value])),
            Kind::Faulty => (0, 0),
        };
        // 32: what any node costs when it is written out, less in the text than in memory.
        Self { span, tag, kind, weight: weight.saturating_add(32), height: height + 1 }
    }

    /// A scalar that this program wrote, at the place of what it stands for.
    pub fn scalar(span: Span, text: impl Into<String>, style: Style) -> Arc<Self> {
        Arc::new(Self::new(span, None, Kind::Scalar { text: text.into(), style }))
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it is written as nothing: empty, `~` or `null` without quotes.
    pub fn is_null(&self) -> bool {
        let plain = matches!(self.kind, Kind::Scalar { style: Style::Plain, .. });
        plain && self.tag.is_none() && matches!(self.text(), Some("" | "~" | "null" | "Null" | "NULL"))
    }

    /// The pairs of a mapping; none for anything else.
    pub fn pairs(&self) -> &[(Arc<Node>, Arc<Node>)] {
        match &self.kind {
            Kind::Mapping(pairs) => pairs,
            _ => &[],
        }
    }

    /// The key and the value of an entry of a mapping.
    pub fn entry(&self, key: &str) -> Option<(&Arc<Node>, &Arc<Node>)> {
        let found = self.pairs().iter().find(|(name, _)| name.text() == Some(key))?;
        Some((&found.0, &found.1))
    }

    /// The child one step down.
    pub fn child(&self, step: &Step) -> Option<&Arc<Node>> {
        match (step, &self.kind) {
            (Step::Key(key), _) => self.entry(key).map(|(_, value)| value),
            (Step::Index(index), Kind::Sequence(items)) => items.get(*index),
            _ => None,
        }
    }

    /// How many values there are in it, itself counted.
    pub fn values(&self) -> usize {
        1 + match &self.kind {
            Kind::Mapping(pairs) => pairs.iter().map(|(_, value)| 1 + value.values()).sum(),
            Kind::Sequence(items) => items.iter().map(|item| item.values()).sum(),
            _ => 0,
        }
    }

    /// Visits what stands at a path of keys joined by dots, in which `*` is any key or index.
    pub fn at_pattern(self: &Arc<Self>, pattern: &str, visit: &mut impl FnMut(&Arc<Self>)) {
        self.at_steps(pattern, !pattern.contains('.'), visit);
    }

    /// A word in the place of a map or list is perhaps the thing itself, where `near`: below a name of the pattern, or one step off.
    fn at_steps(self: &Arc<Self>, steps: &str, near: bool, visit: &mut impl FnMut(&Arc<Self>)) {
        let Some((step, below)) = steps.split_once('.').or(Some((steps, ""))).filter(|(step, _)| !step.is_empty())
        else {
            return visit(self);
        };
        match &self.kind {
            Kind::Scalar { .. } if near => visit(self),
            // One in a list that should be none is one all the same.
            Kind::Sequence(items) => {
                let (steps, near) = if step == "*" { (below, near) } else { (steps, false) };
                items.iter().for_each(|item| item.at_steps(steps, near, visit));
            }
            _ => {
                // A misspelled name has its secret all the same.
                let alike = |key: &str| suggest::nearest(key, [step]).is_some();
                // Where a secret is may be seen; below `*` stand names.
                let elsewhere = |key: &str| ["file", "env", "age"].contains(&key);
                let meant =
                    |key: &Node| key.text().is_some_and(|key| if step == "*" { !elsewhere(key) } else { alike(key) });
                // One item in the place of their list.
                if step == "*" && !below.is_empty() && !below.starts_with('*') {
                    self.at_steps(below, near, visit);
                }
                let found = self.pairs().iter().filter(|(key, _)| meant(key));
                found.for_each(|(_, value)| value.at_steps(below, near || step != "*", visit));
            }
        }
    }

    /// The same tree without the value at a path: a list loses the element, a map keeps the key with a faulty value.
    pub fn without(self: &Arc<Self>, path: &[Step]) -> Arc<Self> {
        self.with(path, &Kind::Faulty)
    }

    /// The same tree with another value at a path.
    pub fn with(self: &Arc<Self>, path: &[Step], value: &Kind) -> Arc<Self> {
        let Some((step, below)) = path.split_first() else {
            return Arc::new(Self::new(self.span, None, value.clone()));
        };
        let kind = match (step, &self.kind) {
            (Step::Key(name), Kind::Mapping(pairs)) => Kind::Mapping(
                pairs
                    .iter()
                    .map(|(key, child)| {
                        (
                            Arc::clone(key),
                            if key.text() == Some(name) { child.with(below, value) } else { Arc::clone(child) },
                        )
                    })
                    .collect(),
            ),
            (Step::Index(index), Kind::Sequence(items)) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| if at == *index { item.with(below, value) } else { Arc::clone(item) });
                Kind::Sequence(items.filter(|item| !matches!(item.kind, Kind::Faulty)).collect())
            }
            _ => return Arc::clone(self),
        };
        Arc::new(Self::new(self.span, self.tag.clone(), kind))
    }

    /// What a person would call this value in a message.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Scalar { .. } if self.is_null() => "nothing".into(),
            Kind::Scalar { text, .. } => format!("`{}`", shortened(text)),
            Kind::Sequence(_) => "a list".into(),
            Kind::Mapping(_) => "a map".into(),
            Kind::Faulty => "something else".into(),
        }
    }
}

fn measure<'a>(children: impl Iterator<Item = &'a Arc<Node>>) -> (usize, usize) {
    children.fold((0, 0), |(weight, height): (usize, usize), child| {
        (weight.saturating_add(child.weight), height.max(child.height))
    })
}

/// The first line of a text, at most 40 characters of it, nothing that a terminal would obey: enough to find it again.
pub(crate) fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(40).collect();
    let whole = short.len() == text.trim_end_matches('\n').len();
    let shown: String =
        short.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect();
    if whole { shown } else { format!("{shown}...") }
}

/// A document, every part of it with its place.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub root: Arc<Node>,
    /// Where what has an anchor begins: with the anchor, or the tag before it. In the order of the text.
    pub anchored: Vec<usize>,
}

impl Document {
    /// Reads a source. `None` where it is not a YAML document at all; the report says why.
    pub fn parse(source: &Source, report: &mut Report) -> Option<Self> {
        read::document(source, read::Twice::Refused, report)
    }

    /// Reads a text of others: its brackets and quotes may go over lines as cloud-init lets them.
    pub fn parse_foreign(source: &Source, report: &mut Report) -> Option<Self> {
        read::foreign(source, read::Twice::Refused, report)
    }

    /// The same, as PyYAML does: a key may be there twice, and both stay.
    pub fn parse_as_pyyaml(source: &Source, report: &mut Report) -> Option<Self> {
        read::foreign(source, read::Twice::Kept, report)
    }
}

/// The place of the node at a path below `root`, or of the nearest node above it: a diagnostic never loses its place.
pub(crate) fn span_at(root: &Arc<Node>, path: &Path) -> Span {
    let mut node = root;
    for step in path.steps() {
        match node.child(step) {
            Some(child) if child.span.start < child.span.end => node = child,
            // An empty value has no extent of its own: its key stands for it.
            Some(child) => return key_span(node, step).unwrap_or(child.span),
            None => return first_line_of(node),
        }
    }
    node.span
}

/// The place of the key that leads to a path.
pub(crate) fn key_span_at(root: &Arc<Node>, path: &Path) -> Span {
    let Some((above, last)) = path.split_last() else { return span_at(root, path) };
    let mut node = root;
    for step in above.steps() {
        match node.child(step) {
            Some(child) => node = child,
            None => return first_line_of(node),
        }
    }
    key_span(node, last).unwrap_or_else(|| span_at(root, path))
}

fn key_span(node: &Arc<Node>, step: &Step) -> Option<Span> {
    match step {
        Step::Key(key) => node.entry(key).map(|(key, _)| key.span),
        Step::Index(_) => None,
    }
}

/// A missing thing is marked at the first key of where it should be, not over the whole of it.
fn first_line_of(node: &Arc<Node>) -> Span {
    node.pairs().first().map_or(node.span, |(key, _)| key.span)
}
