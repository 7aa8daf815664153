//! What holds of parts beside each other, and one report for each in which something is wrong.

use super::merging::{self, Merged};
use super::{beginning, body, handler, layers, message, names, ours, text};
use crate::compiler::Compiler;
use crate::context::foreign;
use crate::desk::takers::{Taker, Takers};
use crate::desk::types::{self, clean_filename};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::{MAX_SOURCE_BYTES, Source, Span};
use crate::wire::reading::{DefectKind, FatalKind, Found, Opened, kinds};
use std::collections::{HashMap, HashSet};

pub(super) const GZIP_PART: Code = Code::new(
    "envelope/gzip-part",
    "cloud-init forgets the type and the headers of a part that it unpacks, and tells it by its first characters.",
);
const SAME_FILENAME: Code = Code::new(
    "envelope/same-filename",
    "cloud-init writes scripts by their names into one directory: of two with one name the last is left.",
);
const MESSAGE_PART: Code = Code::new(
    "envelope/message-part",
    "cloud-init sees the parts of a message within a message twice, and does not fetch what it includes.",
);

pub(super) const CODES: &[Code] = &[GZIP_PART, SAME_FILENAME, MESSAGE_PART];

/// Judges every part; the reports of those in which something is wrong.
pub(super) fn check(name: &str, opened: &Opened, compiler: &Compiler, whole: &mut Report) -> Vec<Report> {
    let parts = &opened.parts;
    let text = whole.source().text().to_owned();
    let place = |part: &Found| line(&text, part, "content-type");
    let planned = ours::is_proved(parts);
    let (mut reports, mut merged, mut lines) = (Vec::new(), Merged::default(), Lines::default());
    let (mut seen, takers) = (HashSet::new(), Takers::of(parts));
    for (index, part) in parts.iter().enumerate() {
        let source = source(name, opened, index, part, &mut lines);
        merging::misspelled(part, |name| line(&text, part, name), whole);
        // What is within a message comes twice.
        let again = !part.head.is_empty() && !seen.insert(part.head.start);
        // An item that has no content was named as that.
        let is_named =
            is_empty_of_archive(part) && whole.diagnostics().iter().any(|fault| fault.code() == body::ARCHIVE);
        if again || is_named || harmed(opened, part) {
            continue;
        }
        if is_told(opened, part, &text, whole) && typed((parts, &takers), index, part, &place, whole) {
            let mut report = Report::new(&source);
            body::check(part, planned, &mut report, |document, report| {
                compiler.judge_values(&document.root, report);
                merged.add(index + 1, part, document, report);
            });
            reports.push(report);
        }
    }
    handler::several(parts, place, whole);
    same_names(parts, &text, whole);
    ours::check(parts, place, whole);
    reports
}

/// What an item of an archive becomes that has no content, or none to speak of.
pub(super) fn is_empty_of_archive(part: &Found) -> bool {
    part.within.last().is_some_and(|kind| kind == kinds::ARCHIVE) && part.body.trim_ascii().is_empty()
}

/// The line of a header of a part, or where the part begins.
fn line(text: &str, part: &Found, name: &str) -> Span {
    match (part.head.is_empty(), &part.place) {
        (true, Some(place)) => Span::new(place.start, place.start),
        _ => message::header(text, &part.head, name),
    }
}

/// A part that does not arrive as it stands, of which that was said.
fn harmed(opened: &Opened, part: &Found) -> bool {
    let changed = |kind| {
        use DefectKind::{Base64Characters, Base64Length, NotAscii, UnknownEncoding, Uuencode};
        matches!(kind, NotAscii | Base64Characters | Base64Length | Uuencode | UnknownEncoding)
    };
    let not_utf8 = opened.fatal.as_ref().is_some_and(|fatal| fatal.why == FatalKind::NotUtf8);
    let said = opened.defects.iter().any(|defect| changed(defect.kind) && defect.place.start == part.head.start);
    !part.head.is_empty() && (said || not_utf8 && std::str::from_utf8(&part.body).is_err())
}

/// Counts lines on and on: parts come in their order.
#[derive(Default)]
struct Lines {
    at: usize,
    line: usize,
}

impl Lines {
    fn number(&mut self, inner: &[u8], at: usize) -> usize {
        if at < self.at {
            *self = Self::default();
        }
        let between = inner.get(self.at..at).unwrap_or_default();
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.at = at;
        self.line + 1
    }
}

fn source(name: &str, opened: &Opened, index: usize, part: &Found, lines: &mut Lines) -> Source {
    if part.body.len() > MAX_SOURCE_BYTES {
        return Source::unread(format!("{name}, part {} ({})", index + 1, part.filename), part.body.len());
    }
    let (text, is_packed) = (text::of(&part.body), super::is_packed(opened));
    match &part.place {
        Some(place) if !is_packed => {
            let line = super::skipped_lines(opened) + lines.number(&opened.inner, place.start);
            Source::piece(name, text, line)
        }
        Some(_) if part.head.is_empty() && part.within.is_empty() => Source::new(format!("{name}, unpacked"), text),
        _ => Source::new(format!("{name}, part {} ({})", index + 1, part.filename), text),
    }
}

/// Whether cloud-init knows the only part of a file by how that begins.
fn is_told(opened: &Opened, part: &Found, text: &str, whole: &mut Report) -> bool {
    let alone = opened.parts.len() == 1 && part.head.is_empty() && part.within.is_empty();
    !alone || !beginning::check(&opened.inner, text, whole)
}

/// Whether the type is one that somebody takes.
fn typed(
    (parts, takers): (&[Found], &Takers),
    index: usize,
    part: &Found,
    place: &impl Fn(&Found) -> Span,
    whole: &mut Report,
) -> bool {
    let kind = part.content_type.as_str();
    let at = place(part);
    if kind.starts_with("message/") {
        let message = "this is a message within a message";
        whole.push(Diagnostic::error(MESSAGE_PART, at, message).help("put its parts beside the others"));
        return false;
    }
    let unpacked = part.within.last().is_some_and(|kind| kind.starts_with("application/"));
    if types::built_in(kind).is_some() {
        if unpacked {
            let message =
                format!("this part is unpacked on the machine, and taken for `{kind}` by its first characters");
            whole.push(Diagnostic::warning(GZIP_PART, at, message).help(GZIP_HELP));
        }
        if names::is_new(kind) {
            whole.push(names::new(kind, at));
        }
        return true;
    }
    if unpacked {
        let message = "this part loses its type when it is unpacked, and cloud-init does not know what it is";
        whole.push(Diagnostic::error(GZIP_PART, at, message).help(GZIP_HELP));
        return false;
    }
    let there = |handler| parts.get(handler).map(place).unwrap_or_default();
    match takers.of_type(index, kind) {
        Taker::Ours => {}
        Taker::Handler(handler) => whole.push(handler::others_settings(kind, at, there(handler))),
        Taker::Late(handler) => whole.push(handler::late(kind, at, there(handler))),
        Taker::Fetched => {
            let message = format!("whether anybody takes `{kind}`, only what is fetched can say");
            whole.push(foreign::not_evaluated(message).at(at).help("put the part-handler here, before this part"));
        }
        // Of an empty part cloud-init says nothing; a file that has no other does nothing.
        Taker::Nobody if names::is_untold(kind) && part.body.trim_ascii().is_empty() => {
            (parts.len() == 1).then(|| message::empty(at)).into_iter().for_each(|fault| whole.push(fault));
        }
        Taker::Nobody if names::is_untold(kind) && foreign::is_base64(&text::of(&part.body)) => {
            whole.cover_all();
            whole.push(layers::damaged_base64(at));
        }
        Taker::Nobody => match takers.with_capitals(kind) {
            Some(claimed) => whole.push(names::in_capitals(kind, claimed, at)),
            None => whole.push(names::unknown(names::once_told(part).unwrap_or(kind), at)),
        },
    }
    false
}

pub(super) const GZIP_HELP: &str = "leave the part as it is, and compress the whole file";

/// Two scripts of one kind with one name. Boothooks are run before the next is written.
fn same_names(parts: &[Found], text: &str, whole: &mut Report) {
    let mut seen = HashMap::new();
    let written = |part: &&Found| part.content_type.starts_with("text/x-shellscript");
    for part in parts.iter().filter(written) {
        let clean = clean_filename(&part.filename);
        let at = line(text, part, "content-disposition");
        let first = seen.insert((part.content_type.as_str(), clean.clone()), at);
        if let Some(first) = first.filter(|first| *first != at || at.start == at.end) {
            let message =
                format!("this is the second script that is called `{clean}`: it takes the place of the first");
            whole.push(
                Diagnostic::error(SAME_FILENAME, at, message)
                    .also(first, "the first")
                    .help("give each a name of its own"),
            );
        }
    }
}
