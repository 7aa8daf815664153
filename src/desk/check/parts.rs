//! What holds of parts beside each other, and one report for each in which something is wrong.

use super::handler::{self, Taker};
use super::merging::{self, Merged};
use super::{beginning, body, names, ours, text};
use crate::context::foreign;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::{Source, Span};
use crate::wire::reading::{Found, Opened};
use std::collections::HashMap;

const NOT_7BIT: Code = Code::new(
    "envelope/not-7bit",
    "A part that is not encoded is ASCII: cloud-init on Python 3 changes every other character, and then writes no script at all.",
);
const NOT_UTF8: Code = Code::new(
    "envelope/not-utf8-message",
    "One byte in a message that is not of UTF-8 ends cloud-init's stage with an error, users and keys included (since 18.3).",
);
const TRANSFER_ENCODING: Code = Code::new(
    "envelope/transfer-encoding",
    "A part that is not encoded as its header says reaches the machine as something else.",
);
const GZIP_PART: Code = Code::new(
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

pub(super) const CODES: &[Code] = &[NOT_7BIT, NOT_UTF8, TRANSFER_ENCODING, GZIP_PART, SAME_FILENAME, MESSAGE_PART];

/// What Python's `email` decodes, or need not.
const ENCODINGS: [&str; 8] =
    ["7bit", "8bit", "binary", "base64", "quoted-printable", "uuencode", "x-uuencode", "x-uue"];

/// Judges every part; the reports of those in which something is wrong.
pub(super) fn check(name: &str, opened: &Opened, whole: &mut Report) -> Vec<Report> {
    let parts = &opened.parts;
    let text = whole.source().text().to_owned();
    let place = |part: &Found| line(&text, part, "content-type");
    let (mut reports, mut merged, mut lines) = (Vec::new(), Merged::default(), Lines::default());
    for (index, part) in parts.iter().enumerate() {
        let verbatim = opened.layers.is_empty();
        let source = source(name, opened, index, part, verbatim, &mut lines);
        let before = whole.diagnostics().len();
        framed(&text, part, whole);
        if is_told(opened, part, &text, whole)
            && typed(parts, index, part, &place, whole)
            && whole.diagnostics().len() == before
        {
            let mut report = Report::new(&source);
            body::check(part, &mut report, |document, report| merged.add(index + 1, part, document, report));
            reports.push(report);
        }
    }
    handler::several(parts, place, whole);
    same_names(parts, &text, whole);
    ours::check(parts, place, whole);
    reports
}

/// The line of a header of a part, or the first of the part.
fn line(text: &str, part: &Found, name: &str) -> Span {
    let (mut at, mut first) = (part.head.start, None);
    for line in text.get(part.head.clone()).unwrap_or_default().split_inclusive('\n') {
        let place = Span::new(at, at + line.trim_end().len());
        first.get_or_insert(place);
        if line.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name)) {
            return place;
        }
        at += line.len();
    }
    let start = part.place.as_ref().map_or(0, |place| place.start);
    first.unwrap_or_else(|| Span::new(start, start))
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

fn source(name: &str, opened: &Opened, index: usize, part: &Found, verbatim: bool, lines: &mut Lines) -> Source {
    match &part.place {
        Some(place) if verbatim => Source::piece(name, text::of(&part.body), lines.number(&opened.inner, place.start)),
        _ if opened.parts.len() == 1 && part.within.is_empty() => {
            Source::new(format!("{name}, unpacked"), text::of(&part.body))
        }
        _ => Source::new(format!("{name}, part {} ({})", index + 1, part.filename), text::of(&part.body)),
    }
}

/// How the part is held in its message.
fn framed(text: &str, part: &Found, whole: &mut Report) {
    let encoded_at = line(text, part, "content-transfer-encoding");
    let declared = part.encoding.as_deref().unwrap_or("7bit");
    let save = "encode it in base64, with `Content-Transfer-Encoding: base64`";
    let in_message = !part.head.is_empty();
    let as_it_is = ["7bit", "8bit", "binary"].contains(&declared) && in_message && part.place.is_some();
    if !ENCODINGS.contains(&declared) {
        let message = format!("`{declared}` is not an encoding of a part: it is taken as it is");
        whole.push(Diagnostic::error(TRANSFER_ENCODING, encoded_at, message).help("write `base64`, and encode it so"));
    } else if declared == "base64" && part.place.is_some() && in_message {
        whole.push(
            Diagnostic::error(TRANSFER_ENCODING, encoded_at, "this part is not base64, as its header says").help(save),
        );
    } else if as_it_is && std::str::from_utf8(&part.body).is_err() {
        whole.push(Diagnostic::error(NOT_UTF8, encoded_at, "this part is not UTF-8, and not encoded").help(save));
    } else if as_it_is && !part.body.is_ascii() {
        let message = format!("this part says that it is {declared}, and is not ASCII");
        whole.push(Diagnostic::error(NOT_7BIT, encoded_at, message).help(save));
    }
    merging::misspelled(part, |name| line(text, part, name), whole);
}

/// Whether cloud-init knows the only part of a file by how that begins.
fn is_told(opened: &Opened, part: &Found, text: &str, whole: &mut Report) -> bool {
    let alone = opened.parts.len() == 1 && part.head.is_empty() && part.within.is_empty();
    !alone || !beginning::check(&opened.inner, text, whole)
}

/// Whether the type is one that somebody takes.
fn typed(parts: &[Found], index: usize, part: &Found, place: &impl Fn(&Found) -> Span, whole: &mut Report) -> bool {
    let kind = part.content_type.as_str();
    let at = place(part);
    if part.within.iter().any(|kind| kind.starts_with("message/")) || kind.starts_with("message/") {
        let message = "this is a message within a message";
        whole.push(Diagnostic::error(MESSAGE_PART, at, message).help("put its parts beside the others"));
        return false;
    }
    let unpacked = part.within.last().is_some_and(|kind| kind.starts_with("application/"));
    if names::is_builtin(kind) {
        if unpacked {
            let message =
                format!("this part is unpacked on the machine, and taken for `{kind}` by its first characters");
            whole.push(Diagnostic::warning(GZIP_PART, at, message).help(GZIP_HELP));
        }
        if names::is_new(kind) {
            whole.push(names::new(kind, at));
            return true;
        }
        return !unpacked;
    }
    if unpacked {
        let message = "this part loses its type when it is unpacked, and cloud-init does not know what it is";
        whole.push(Diagnostic::error(GZIP_PART, at, message).help(GZIP_HELP));
        return false;
    }
    match handler::taker(parts, index, kind) {
        Taker::Handler => {}
        Taker::Late(handler) => {
            let there = parts.get(handler).map(place).unwrap_or_default();
            whole.push(handler::late(kind, at, there));
        }
        Taker::Fetched => {
            let message = format!("whether anybody takes `{kind}`, only what is fetched can say");
            whole.push(foreign::not_evaluated(message).at(at).help("put the part-handler here, before this part"));
        }
        // Of an empty part cloud-init says nothing.
        Taker::Nobody if names::is_untold(kind) && part.body.trim_ascii().is_empty() => {}
        Taker::Nobody => whole.push(names::unknown(kind, at)),
    }
    false
}

const GZIP_HELP: &str = "leave the part as it is, and compress the whole file";

/// Two scripts with one name, as `util.clean_filename` leaves them.
fn same_names(parts: &[Found], text: &str, whole: &mut Report) {
    let mut seen = HashMap::new();
    let written = |part: &&Found| {
        part.content_type.starts_with("text/x-shellscript") || part.content_type == "text/cloud-boothook"
    };
    for part in parts.iter().filter(written) {
        let clean: String = part.filename.replace('/', "_");
        let clean: String = clean.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.()".contains(*c)).collect();
        let at = line(text, part, "content-disposition");
        if let Some(first) = seen.insert((part.content_type.as_str(), clean.clone()), at) {
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
