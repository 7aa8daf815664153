//! YAML text to a tree of marked nodes, with what is wrong about the text itself.

use super::advice;
use super::agreed::agrees;
use super::joined::{folded, joined, joined_word};
use super::{Document, Kind, MAX_DEPTH, MAX_EXPANDED_BYTES, MAX_VALUES, Node, Style};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::{MAX_SOURCE_BYTES, NotUtf8, Source, Span};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use std::collections::HashMap;
use std::sync::Arc;

const TOO_LARGE: Code = Code::new("source/too-large", "A context is at most 4 MiB: every cloud takes far less.");
const NOT_UTF8: Code = Code::new(
    "source/not-utf8",
    "A context is UTF-8 text, as cloud-init reads it; other encodings and binary files are not read.",
);
const EMPTY: Code = Code::new("yaml/empty", "A file without a document says nothing about a machine.");
const TOO_DEEP: Code = Code::new(
    "yaml/too-deep",
    "A context is at most 64 levels deep: nobody means more, and deeper ones exhaust the stack of programs that read them.",
);
const TOO_MANY: Code = Code::new(
    "yaml/too-many-values",
    "A context has at most 500000 values: memory and time grow with them, not with bytes.",
);
const ALIAS_BOMB: Code = Code::new(
    "yaml/alias-bomb",
    "Aliases are written out for the machine, and may not swell a document beyond 16 MiB.",
);
const ALIAS_LOOP: Code =
    Code::new("yaml/alias-loop", "A value cannot contain itself: written out for the machine it would have no end.");
const DUPLICATE_KEY: Code = Code::new("yaml/duplicate-key", "Of two equal keys one would silently win.");
const SEVERAL_DOCUMENTS: Code =
    Code::new("yaml/several-documents", "A context is one document; what follows a second `---` would be lost.");
const KEY_NOT_SCALAR: Code =
    Code::new("yaml/key-not-scalar", "A key is a word or a number; cloud-init cannot read a list or a map as a key.");

pub(crate) const CODES: &[Code] = &[
    TOO_LARGE,
    NOT_UTF8,
    EMPTY,
    TOO_DEEP,
    TOO_MANY,
    ALIAS_BOMB,
    ALIAS_LOOP,
    DUPLICATE_KEY,
    SEVERAL_DOCUMENTS,
    KEY_NOT_SCALAR,
    advice::SYNTAX,
    advice::TAB,
    advice::PLACEHOLDER_UNQUOTED,
];

/// What becomes of the second of two equal keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Twice {
    Refused,
    Kept,
}

pub(super) fn document(source: &Source, twice: Twice, report: &mut Report) -> Option<Document> {
    if let Some(diagnostic) = unreadable(source) {
        report.push(diagnostic);
        return None;
    }
    match Reader::new(source, None, twice, report).read() {
        Ok(Some(document)) if !document.root.is_null() => Some(document),
        Ok(_) => {
            report.push(
                Diagnostic::error(EMPTY, Span::default(), "there is no document in this file")
                    .help("write at least one key and its value"),
            );
            None
        }
        Err(diagnostic) => {
            report.push(diagnostic);
            None
        }
    }
}

/// What is asked of a text of others: where it is none, it is read with its brackets and quotes in one line each, as cloud-init reads it, if
/// another reader finds the same in it.
pub(super) fn foreign(source: &Source, twice: Twice, report: &mut Report) -> Option<Document> {
    let before = report.diagnostics().len();
    let strict = document(source, twice, report);
    let mut codes = report.diagnostics().iter().skip(before).map(Diagnostic::code);
    let is_syntax = codes.any(|code| [advice::SYNTAX, advice::TAB].contains(&code));
    let Some(text) = is_syntax.then(|| joined(source.text())).flatten() else { return strict };
    // With all keys, as the other reader sees them.
    let all = Reader::new(source, Some(&text), Twice::Kept, &mut Report::new(source)).read();
    if !all.is_ok_and(|all| all.is_some_and(|all| agrees(source.text(), &all.root))) {
        return strict;
    }
    // What was found before the fault is found again.
    report.take_back(before);
    Reader::new(source, Some(&text), twice, report).read().ok().flatten()
}

fn unreadable(source: &Source) -> Option<Diagnostic> {
    if source.size() > MAX_SOURCE_BYTES {
        let message = "the file is larger than 4 MiB";
        return Some(Diagnostic::error(TOO_LARGE, Span::default(), message).help("is this the right file?"));
    }
    let NotUtf8 { at, byte, line, advice, .. } = source.not_utf8()?;
    let message = format!("the byte {byte} in line {line} is not UTF-8 text (byte {at} of the file)");
    let help = advice.unwrap_or("save it as UTF-8; or was it compressed, or is it an image?");
    Some(Diagnostic::error(NOT_UTF8, Span::default(), message).help(help))
}

type Built = Result<Arc<Node>, Diagnostic>;

struct Reader<'s, 'r> {
    source: &'s Source,
    twice: Twice,
    is_joined: bool,
    parser: Parser<'s, saphyr_parser::StrInput<'s>>,
    report: &'r mut Report,
    /// The parser counts characters; places are bytes. Empty for ASCII, where both are the same.
    byte_of_char: Vec<usize>,
    /// By anchor id. An anchor that is still being read has no node yet.
    anchors: HashMap<usize, Arc<Node>>,
    /// Where what has an anchor begins.
    anchored: Vec<usize>,
    expanded: usize,
    values: usize,
}

impl<'s, 'r> Reader<'s, 'r> {
    /// `joined`: the text of the source, joined.
    fn new(source: &'s Source, joined: Option<&'s str>, twice: Twice, report: &'r mut Report) -> Self {
        let written = source.text();
        let byte_of_char = match written.is_ascii() {
            true => Vec::new(),
            false => written.char_indices().map(|(at, _)| at).chain([written.len()]).collect(),
        };
        let (is_joined, parser) = (joined.is_some(), Parser::new_from_str(joined.unwrap_or(written)));
        let (anchors, anchored) = (HashMap::new(), Vec::new());
        Self { source, twice, is_joined, parser, report, byte_of_char, anchors, anchored, expanded: 0, values: 0 }
    }

    fn read(mut self) -> Result<Option<Document>, Diagnostic> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::DocumentStart(_) if root.is_some() => {
                    self.several_documents(span);
                    break;
                }
                Event::StreamEnd => break,
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
                event => root = self.node(event, span, 1).map(Some)?,
            }
        }
        let mut anchored = self.anchored;
        anchored.sort_unstable();
        Ok(root.map(|root| Document { root, anchored }))
    }

    fn several_documents(&mut self, span: Span) {
        let diagnostic = Diagnostic::error(SEVERAL_DOCUMENTS, span, "a second document begins here");
        let (number, _) = self.source.line_column(span.start);
        // Behind an end of a document the next begins without a mark.
        let mark = if self.source.line(number).starts_with("---") { "---" } else { "..." };
        self.report.push(diagnostic.help(format!("put it into a file of its own, or remove the `{mark}`")));
    }

    fn next(&mut self) -> Result<(Event<'s>, Span), Diagnostic> {
        match self.parser.next_event() {
            None => Ok((Event::StreamEnd, Span::default())),
            Some(Ok((event, span))) => {
                Ok((event, Span::new(self.byte(span.start.index()), self.byte(span.end.index()))))
            }
            Some(Err(error)) => Err(self.syntax(&error)),
        }
    }

    fn byte(&self, index: usize) -> usize {
        match self.byte_of_char.last() {
            None => index,
            Some(end) => *self.byte_of_char.get(index).unwrap_or(end),
        }
    }

    fn node(&mut self, event: Event<'s>, span: Span, depth: usize) -> Built {
        if depth > MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.values += 1;
        if self.values > MAX_VALUES {
            let message = format!("this is one value more than {MAX_VALUES}");
            return Err(Diagnostic::error(TOO_MANY, span, message).help("is this the right file?"));
        }
        let (anchor, node) = match event {
            Event::Alias(anchor) => return self.alias(anchor, span, depth),
            Event::Scalar(text, style, anchor, tag) => (anchor, self.scalar(&text, style, tag.as_deref(), span)?),
            Event::SequenceStart(anchor, tag) => (anchor, self.sequence(tag.as_deref(), span, depth)?),
            Event::MappingStart(anchor, tag) => (anchor, self.mapping(tag.as_deref(), span, depth)?),
            // The parser gives no other event inside a document; null keeps us total.
            _ => (0, Node::new(span, None, Kind::Scalar { text: String::new(), style: Style::Plain })),
        };
        let node = Arc::new(node);
        if anchor != 0 {
            self.anchored.push(span.start);
            self.anchors.insert(anchor, Arc::clone(&node));
        }
        Ok(node)
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Node, Diagnostic> {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            _ => Style::Quoted,
        };
        // The parser gives `~` for a value that is not there at all; under a tag the two are different things.
        let missing = style == Style::Plain && span.start == span.end;
        let text = match missing {
            true => String::new(),
            false if self.is_joined && style == Style::Quoted => folded(text),
            false if self.is_joined => self.word(text, span)?,
            false => text.to_owned(),
        };
        Ok(Node::new(span, written(tag), Kind::Scalar { text, style }))
    }

    /// A word that was joined, as it was written: a comment, which is blanks now, ends it.
    fn word(&self, text: &str, span: Span) -> Result<String, Diagnostic> {
        let written = self.source.text().get(span.start..span.end).unwrap_or_default().trim_end();
        match joined_word(written) {
            _ if !written.contains(['\n', '\r']) => Ok(text.to_owned()),
            Some(word) => Ok(word),
            None => Err(Diagnostic::error(advice::SYNTAX, span, "a comment ends this word")),
        }
    }

    fn alias(&mut self, anchor: usize, span: Span, depth: usize) -> Built {
        let Some(node) = self.anchors.get(&anchor).map(Arc::clone) else {
            let diagnostic = Diagnostic::error(ALIAS_LOOP, span, "this alias refers to the value that contains it");
            return Err(diagnostic.help("write the value out at one of the two places"));
        };
        self.expanded = self.expanded.saturating_add(node.weight);
        if self.expanded > MAX_EXPANDED_BYTES {
            let message = "with its aliases written out, this document is larger than 16 MiB";
            return Err(Diagnostic::error(ALIAS_BOMB, span, message).help("use fewer aliases of aliases"));
        }
        if depth + node.height > MAX_DEPTH + 1 {
            return Err(too_deep(span));
        }
        Ok(node)
    }

    fn sequence(&mut self, tag: Option<&Tag>, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        let mut items = Vec::new();
        loop {
            let (event, inner) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Node::new(whole(span, inner), written(tag), Kind::Sequence(items)));
            }
            items.push(self.node(event, inner, depth + 1)?);
        }
    }

    fn mapping(&mut self, tag: Option<&Tag>, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        let mut pairs: Vec<(Arc<Node>, Arc<Node>)> = Vec::new();
        let mut seen = HashMap::new();
        loop {
            let (event, inner) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Node::new(whole(span, inner), written(tag), Kind::Mapping(pairs)));
            }
            let key = self.node(event, inner, depth + 1)?;
            let (event, inner) = self.next()?;
            let value = self.node(event, inner, depth + 1)?;
            match self.first_of(&mut seen, &key) {
                Some(true) => pairs.push((key, value)),
                Some(false) if self.twice == Twice::Kept => pairs.push((key, value)),
                Some(false) => self.report.hide_unknown(&value),
                None => return Err(self.key_not_scalar(&key, span)),
            }
        }
    }

    /// Whether this key is new in its mapping. `None` where it is no key at all.
    fn first_of(&mut self, seen: &mut HashMap<(String, bool), Span>, key: &Arc<Node>) -> Option<bool> {
        let Kind::Scalar { text, style } = &key.kind else { return None };
        let text_key = *style == Style::Quoted || is_plain_text(text);
        let Some(first) = seen.insert((text.clone(), text_key), key.span) else { return Some(true) };
        if self.twice == Twice::Kept {
            return Some(false);
        }
        let diagnostic = Diagnostic::error(DUPLICATE_KEY, key.span, format!("`{text}` is written twice"));
        self.report.push(diagnostic.label("here again").also(first, "first here").help("remove one of the two"));
        Some(false)
    }

    fn key_not_scalar(&self, key: &Arc<Node>, span: Span) -> Diagnostic {
        let line = self.source.line(self.source.line_column(span.start).0);
        if line.contains("{{") {
            return advice::unquoted(self.source, span, line);
        }
        Diagnostic::error(KEY_NOT_SCALAR, key.span, format!("{} cannot be a key", key.describe()))
            .help("write the key as a word; text with `{`, `[` or `:` goes in quotes")
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        if error.info().contains("recursion limit") {
            let at = self.byte(error.marker().index());
            return too_deep(Span::new(at, at + 1));
        }
        advice::on_syntax(self.source, self.byte(error.marker().index()), error.info())
    }
}

/// Whether a plain scalar is text to every reader: then it is the same key as its quoted form.
fn is_plain_text(text: &str) -> bool {
    let words = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<"];
    let number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    !number && !words.contains(&text.to_ascii_lowercase().as_str())
}

/// From the start of a collection to its end, without the blank lines that the parser counts to a block's end.
fn whole(start: Span, end: Span) -> Span {
    Span::new(start.start, end.end.max(start.end))
}

/// A tag as PyYAML and every other reader takes it, however it was spelled.
fn written(tag: Option<&Tag>) -> Option<String> {
    let Tag { handle, suffix } = tag?;
    let name = format!("{handle}{suffix}");
    Some(match name.strip_prefix("tag:yaml.org,2002:") {
        Some(known) => format!("!!{known}"),
        None if name.starts_with('!') => name,
        None => format!("!<{name}>"),
    })
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(TOO_DEEP, span, format!("this is more than {MAX_DEPTH} levels deep"))
        .help("is a bracket or a brace missing?")
}
