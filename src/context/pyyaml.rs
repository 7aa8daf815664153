//! What cloud-init's YAML reader (PyYAML, YAML 1.1) takes otherwise than ours, or not at all.
//!
//! Of a cloud-config that PyYAML cannot read cloud-init drops every key, with a warning in a log. So the user's keys are
//! held against what was seen to differ; the pass-through tests look for more.

mod anchors;
pub(crate) mod constructed;
pub(crate) mod text;

use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node, Style, shortened};
use crate::language::fix::Fix;
use crate::language::source::{Source, Span};

const LINE_SEPARATOR: Code = Code::new(
    "cloud-config/line-separator",
    "PyYAML ends a line at U+0085, U+2028 and U+2029, other readers do not: one text would mean two things.",
);
const FLOW_QUESTION: Code =
    Code::new("cloud-config/question-mark", "Inside brackets PyYAML takes a word that begins with `?` for a key.");
const UNREADABLE: Code = Code::new(
    "cloud-config/unreadable",
    "cloud-init drops every key of a cloud-config with a value that it cannot read.",
);

pub(crate) const CODES: &[Code] = &[LINE_SEPARATOR, FLOW_QUESTION, UNREADABLE];

/// The tags that PyYAML's safe loader constructs (`yaml/constructor.py`, SafeConstructor).
const TAGS: &[&str] = &[
    "!",
    "!!str",
    "!!int",
    "!!float",
    "!!bool",
    "!!null",
    "!!timestamp",
    "!!binary",
    "!!set",
    "!!omap",
    "!!pairs",
    "!!seq",
    "!!map",
];

/// Reports every value below a node that PyYAML would read otherwise.
pub(crate) fn check(node: &Node, report: &mut Report) {
    let source = report.source().clone();
    Walk { source: &source, report }.value(node, false);
}

struct Walk<'a> {
    source: &'a Source,
    report: &'a mut Report,
}

impl Walk<'_> {
    fn value(&mut self, node: &Node, in_brackets: bool) {
        self.tag(node);
        let in_brackets = in_brackets || self.is_in_brackets(node);
        let inner = |child: &Node| in_brackets && is_within(child, node);
        match &node.kind {
            Kind::Scalar { text, style } => self.scalar(node, text, *style, in_brackets),
            Kind::Sequence(items) => items.iter().for_each(|item| self.value(item, inner(item))),
            Kind::Mapping(pairs) => {
                for (key, value) in pairs {
                    match is_merge(key) {
                        true => self.merged(value),
                        false => {
                            self.long_key(key);
                            self.value(key, inner(key));
                        }
                    }
                    self.tab_after(key, value);
                    self.value(value, inner(value));
                }
            }
            Kind::Faulty => {}
        }
    }

    /// What begins with `!` is perhaps a password without quotes: it is not shown.
    fn tag(&mut self, node: &Node) {
        let Some(tag) = node.tag.as_deref() else { return };
        if !TAGS.contains(&tag) {
            let message = "cloud-init does not know the tag that YAML sees in the word with `!`";
            self.unreadable(node.span, message.into(), "put the text in quotes, or remove the tag");
        } else if !constructed::takes(tag, node) {
            let message = format!("cloud-init cannot read what stands behind `{tag}`");
            self.unreadable(node.span, message, "remove the tag, or write what it says");
        }
    }

    /// A key is in one line with its colon, and PyYAML looks for that no further than so many characters (`yaml/scanner.py`).
    /// In brackets one may stand without a colon.
    fn long_key(&mut self, key: &Node) {
        const FURTHEST: usize = 1024;
        let rest = self.source.text().get(key.span.end..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start().len();
        let written = self.written(Span::new(key.span.start, key.span.end + blank));
        let has_colon = rest.get(blank..).is_some_and(|rest| rest.starts_with(':'));
        let too_long = written.contains(['\n', '\r']) || written.chars().count() > FURTHEST;
        if has_colon && too_long && !self.is_explicit(key) {
            let message = format!("cloud-init cannot read the key `{}`", shortened(written));
            self.unreadable(key.span, message, "write the key in one line, and shorter");
        }
    }

    /// A key after `?`; a block is one always.
    fn is_explicit(&self, key: &Node) -> bool {
        self.before(key).0.ends_with('?') || self.is_block(key)
    }

    /// The text before a node, its anchor, and its tag; and whether it has one of them.
    fn before(&self, node: &Node) -> (&str, bool) {
        let text = self.source.text().get(..node.span.start).unwrap_or_default().trim_end();
        // No anchor has a bracket or a comma: nothing is looked at twice where many nodes stand in one line.
        let ends = |c: char| c.is_whitespace() || ",[]{}".contains(c);
        let mut before = text;
        while let Some((at, _)) = before.rmatch_indices(ends).next() {
            let word = before.get(at + 1..).unwrap_or_default();
            if !word.starts_with(['&', '!']) {
                break;
            }
            before = before.get(..at).unwrap_or_default().trim_end();
        }
        (before, before.len() < text.len())
    }

    /// A text written as a block (`|`, `>`).
    fn is_block(&self, node: &Node) -> bool {
        let quoted = matches!(node.kind, Kind::Scalar { style: Style::Quoted, .. });
        let written = self.written(node.span);
        quoted && !written.get(properties(written).1..).unwrap_or_default().starts_with(['"', '\''])
    }

    /// `<<` is at home as a key, of a map or of a list of maps.
    fn merged(&mut self, value: &Node) {
        let is_map = |node: &Node| matches!(node.kind, Kind::Mapping(_));
        let sound = match &value.kind {
            Kind::Sequence(items) => items.iter().all(|item| is_map(item)),
            _ => is_map(value),
        };
        if !sound {
            self.unreadable(
                value.span,
                format!("`<<` merges maps, not {}", value.describe()),
                "write an alias of a map",
            );
        }
    }

    /// Whether a collection is written in brackets; an anchor and a tag may stand before them. A list that is not indented begins where its
    /// first item does: then the bracket is that item's.
    fn is_in_brackets(&self, node: &Node) -> bool {
        let written = self.written(node.span);
        let at = properties(written).1;
        if !written.get(at..).unwrap_or_default().starts_with(['[', '{']) {
            return false;
        }
        let first = match &node.kind {
            Kind::Sequence(items) => items.first(),
            Kind::Mapping(pairs) => pairs.first().map(|(key, _)| key),
            _ => return false,
        };
        first.is_none_or(|first| !is_within(first, node) || first.span.start > node.span.start + at)
    }

    fn scalar(&mut self, node: &Node, text: &str, style: Style, in_brackets: bool) {
        if !text.is_ascii() && self.written(node.span).contains(['\u{85}', '\u{2028}', '\u{2029}']) {
            let fault = Diagnostic::error(
                LINE_SEPARATOR,
                node.span,
                "this text holds a line separator that readers disagree on",
            );
            self.report
                .push(fault.help("write it in double quotes, as `\\N`, `\\L` or `\\P`, or as a plain line break"));
        }
        self.tabs(node, style);
        if style == Style::Quoted {
            return;
        }
        if in_brackets && text.starts_with('?') {
            let fault =
                Diagnostic::error(FLOW_QUESTION, node.span, format!("`{text}` begins with `?` inside brackets"));
            self.report.push(fault.help(format!("write `\"{text}\"`")).fix(Fix::quotes(node.span, text)));
        }
        let no_value = matches!(text, "=" | "<<") || constructed::is_impossible(text);
        if node.tag.is_none() && no_value || text.starts_with(['|', '>', '&', '*', '!', '%', '@', '`']) {
            let message = format!("cloud-init cannot read `{}`", shortened(text));
            self.unreadable(node.span, message, &format!("write `\"{}\"`", shortened(text)));
        }
    }

    /// Between values PyYAML knows no tab at all, not even before a comment; in quotes and in blocks it does.
    fn tabs(&mut self, node: &Node, style: Style) {
        if self.is_block(node) {
            return;
        }
        let written = self.written(node.span);
        let all = self.source.text();
        let before = all.get(..node.span.start).unwrap_or_default();
        let after = all.get(node.span.start + written.trim_end().len()..).unwrap_or_default();
        let blank = |c: char| c == ' ' || c == '\t';
        let before = before.get(before.trim_end_matches(blank).len()..).unwrap_or_default();
        let after = after.get(..after.len() - after.trim_start_matches(blank).len()).unwrap_or_default();
        let within = style == Style::Plain && written.contains('\t');
        if within || before.contains('\t') || after.contains('\t') {
            let message = "cloud-init cannot read the tab in or beside this value";
            self.unreadable(node.span, message.into(), "write spaces in place of the tab");
        }
    }

    /// The same after a key whose value begins in another line, or is not there: a block, or a comment alone.
    fn tab_after(&mut self, key: &Node, value: &Node) {
        let Kind::Scalar { text, .. } = &value.kind else { return };
        if !self.is_block(value) && !text.is_empty() {
            return;
        }
        let end = key.span.start + self.written(key.span).trim_end().len();
        let rest = self.source.text().get(end..).unwrap_or_default();
        let marks = |c: char| "| >+-:\t".contains(c) || c.is_ascii_digit();
        let head = rest.get(..rest.len() - rest.trim_start_matches(marks).len()).unwrap_or_default();
        if head.contains('\t') {
            let message =
                format!("cloud-init cannot read the tab after `{}`", shortened(key.text().unwrap_or_default()));
            self.unreadable(key.span, message, "write spaces in place of the tab");
        }
    }

    fn unreadable(&mut self, span: Span, message: String, help: &str) {
        self.report.push(Diagnostic::error(UNREADABLE, span, message).help(help));
    }

    fn written(&self, span: Span) -> &str {
        self.source.text().get(span.start..span.end).unwrap_or_default()
    }
}

/// Whether a node is written inside another: an alias stands for what was written elsewhere.
fn is_within(inner: &Node, outer: &Node) -> bool {
    outer.span.start <= inner.span.start && inner.span.end <= outer.span.end
}

/// What stands before a node, its anchor and its tag, each with its place; and where the node itself begins. Comments may stand between.
fn properties(text: &str) -> (Vec<(usize, &str)>, usize) {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    loop {
        let at = text.len() - rest.len();
        let end = match rest.chars().next() {
            Some('!') if rest.starts_with("!<") => rest.find('>').map_or(rest.len(), |at| at + 1),
            // In brackets many stand in one line: none is looked for beyond its own end.
            Some('&' | '!') => rest.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(rest.len()),
            Some('#') => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            _ => return (found, at),
        };
        let (word, after) = rest.split_at(end);
        found.extend((!word.starts_with('#')).then_some((at, word)));
        rest = after.trim_start();
    }
}

pub(crate) fn is_merge(key: &Node) -> bool {
    matches!(key.kind, Kind::Scalar { style: Style::Plain, .. }) && key.text() == Some("<<")
}
