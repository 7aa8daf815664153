//! What PyYAML refuses in a text that it reads itself, where our own parser goes on (`yaml/scanner.py`, `yaml/parser.py`). What we
//! write for cloud-init has none of it.

use super::{UNREADABLE, Walk, anchors, is_merge, is_within, properties, shortened};
use crate::language::diagnostic::{Diagnostic, Report};
use crate::language::document::{Document, Kind, Node, Style};
use crate::language::fix::Fix;
use crate::language::source::{Source, Span};

/// Reports what PyYAML would not read in the text of a whole document.
pub(crate) fn check(document: &Document, report: &mut Report) {
    let (source, root) = (report.source().clone(), &document.root);
    Walk { source: &source, report }.words(root, false);
    anchors::check(&source, &document.anchored, report);
    control(&source, report);
    version(&source, report);
    let told = report.diagnostics().iter().any(|fault| fault.code() == UNREADABLE);
    if let Some(at) = stray(&source, root).filter(|_| !told) {
        let (what, help) = match source.text().as_bytes().get(at) {
            Some(b'\t') => ("a tab", "write spaces in place of the tab"),
            _ => ("a byte-order mark", "remove it: a file has one at its beginning, or none"),
        };
        let fault = Diagnostic::error(UNREADABLE, Span::new(at, at + 1), format!("cloud-init cannot read {what} here"));
        report.push(fault.help(help));
    }
}

impl Walk<'_> {
    /// Words and keys as PyYAML tells them apart.
    fn words(&mut self, node: &Node, in_brackets: bool) {
        let in_brackets = in_brackets || self.is_in_brackets(node);
        let inner = |child: &Node| in_brackets && is_within(child, node);
        match &node.kind {
            Kind::Scalar { text, style: Style::Plain } if in_brackets => self.word_in_brackets(node.span, text),
            Kind::Scalar { .. } if in_brackets && self.is_block(node) => {
                self.unreadable(node.span, "cloud-init reads no block inside brackets".into(), "write it in quotes");
            }
            Kind::Sequence(items) => items.iter().for_each(|item| self.words(item, inner(item))),
            Kind::Mapping(pairs) => {
                for (key, value) in pairs {
                    self.empty_key(key);
                    if !is_merge(key) {
                        self.words(key, inner(key));
                    }
                    self.words(value, inner(value));
                }
            }
            _ => {}
        }
    }

    /// Inside brackets a word ends before `?`, and none begins with `:`.
    fn word_in_brackets(&mut self, span: Span, text: &str) {
        if text.starts_with(':') || text.chars().skip(1).any(|c| c == '?') {
            let message = format!("cloud-init cannot read `{}` inside brackets", shortened(text));
            let fault = Diagnostic::error(UNREADABLE, span, message).help("write it in quotes");
            self.report.push(fault.fix(Fix::quotes(span, text)));
        }
    }

    /// A key of nothing has a `?`, an anchor or a tag before it.
    fn empty_key(&mut self, key: &Node) {
        let nothing = key.tag.is_none() && key.text() == Some("") && key.is_null();
        let (before, has_properties) = self.before(key);
        if nothing && !has_properties && !before.ends_with('?') {
            self.unreadable(
                key.span,
                "cloud-init cannot read a value without a key".into(),
                "write the key, or `\"\"`",
            );
        }
    }
}

/// The first character that PyYAML takes in no text, not even in a comment (`yaml/reader.py`, NON_PRINTABLE).
fn control(source: &Source, report: &mut Report) {
    let taken = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{85}' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    };
    if let Some((at, c)) = source.text().char_indices().find(|(_, c)| !taken(*c)) {
        let message = format!("cloud-init cannot read the character U+{:04X} here", u32::from(c));
        let fault = Diagnostic::error(UNREADABLE, Span::new(at, at + c.len_utf8()), message);
        report.push(fault.help("remove it, or write it in double quotes: `\\x1b` is ESC"));
    }
}

/// A `%YAML` of another version than 1 (`yaml/parser.py`, process_directives).
fn version(source: &Source, report: &mut Report) {
    let text = source.text();
    let head = text.find("\n---").and_then(|end| text.get(..end)).unwrap_or_default();
    let mut lines = head.split_inclusive('\n').scan(0, |at, line| {
        *at += line.len();
        Some((*at - line.len(), line.trim_end()))
    });
    let other = |line: &str| line.strip_prefix("%YAML ").is_some_and(|version| !version.trim_start().starts_with("1."));
    if let Some((at, line)) = lines.find(|(_, line)| other(line)) {
        let message = format!("cloud-init cannot read `{}`", shortened(line));
        report.push(Diagnostic::error(UNREADABLE, Span::new(at, at + line.len()), message).help("remove the line"));
    }
}

/// Where tabs may stand in a scalar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tabs {
    Nowhere,
    Anywhere,
    /// Behind the indentation, which has none.
    NotFirst,
}

/// The first tab or byte-order mark that is in no quotes, no block and no comment.
fn stray(source: &Source, root: &Node) -> Option<usize> {
    let text = source.text();
    if !text.contains(['\t', '\u{feff}']) {
        return None;
    }
    let mut known = Vec::new();
    scalars(text, root, &mut known);
    known.sort_unstable();
    let mut at = 0;
    for (start, end, tabs) in known {
        if let Some(stray) = stray_between(text, at, start).or_else(|| stray_within(text, start, end, tabs)) {
            return Some(stray);
        }
        at = at.max(end);
    }
    stray_between(text, at, text.len())
}

fn stray_between(text: &str, start: usize, end: usize) -> Option<usize> {
    let mut comment = false;
    text.get(start..end)?.char_indices().map(|(at, c)| (start + at, c)).find_map(|(at, c)| {
        comment = (comment || c == '#') && c != '\n' && c != '\r';
        let mark = c == '\u{feff}' && at > 0;
        ((c == '\t' || mark) && !comment).then_some(at)
    })
}

fn stray_within(text: &str, start: usize, end: usize, tabs: Tabs) -> Option<usize> {
    let word = text.get(start..end)?;
    match tabs {
        Tabs::Anywhere => None,
        Tabs::Nowhere => word.find('\t').map(|at| start + at),
        Tabs::NotFirst => word.find("\n\t").map(|at| start + at + 1),
    }
}

/// The place between quotes, or behind the first line of a block, which says only that it is one.
fn quoted(written: &str, start: usize, end: usize) -> (usize, usize, Tabs) {
    let at = properties(written).1;
    let content = written.get(at..).unwrap_or_default();
    match content.chars().next() {
        Some(quote @ ('"' | '\'')) => (start + at, start + at + closed(content, quote), Tabs::Anywhere),
        Some('|' | '>') => (start + at + content.find('\n').unwrap_or_default(), end, Tabs::NotFirst),
        _ => (start, end, Tabs::NotFirst),
    }
}

/// Where a text in quotes ends: a comment behind it is no part of it.
fn closed(content: &str, quote: char) -> usize {
    let mut skipped = false;
    let end = content.char_indices().skip(1).find(|(at, c)| {
        let escaped = std::mem::take(&mut skipped);
        let twice = quote == '\'' && content.get(at + 1..).is_some_and(|rest| rest.starts_with(quote));
        skipped = !escaped && (quote == '"' && *c == '\\' || *c == quote && twice);
        *c == quote && !escaped && !twice
    });
    end.map_or(content.len(), |(at, _)| at + 1)
}

/// Where scalars begin and end, and what tabs they may have.
fn scalars(text: &str, node: &Node, found: &mut Vec<(usize, usize, Tabs)>) {
    let Span { start, end } = node.span;
    match &node.kind {
        Kind::Scalar { style, .. } => {
            let written = text.get(start..end).unwrap_or_default();
            found.push(match style {
                Style::Plain => (start, start + written.trim_end().len(), Tabs::Nowhere),
                Style::Quoted => quoted(written, start, end),
            });
        }
        Kind::Sequence(items) => items.iter().for_each(|item| scalars(text, item, found)),
        Kind::Mapping(pairs) => {
            pairs.iter().flat_map(|(key, value)| [key, value]).for_each(|node| scalars(text, node, found))
        }
        Kind::Faulty => {}
    }
}
