//! The lines that hold a message together: its headers, and the lines between its parts, as Python's parser sees them.

use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::encoding;
use crate::language::source::Span;
use crate::wire::reading::{self, Defect, DefectKind, Fatal, FatalKind, Opened, Outermost, kinds};
use std::ops::Range;

const NO_MIME_VERSION: Code = Code::new(
    "envelope/no-mime-version",
    "cloud-init takes a file for a message only where `MIME-Version` stands in its first 4096 bytes.",
);
const BOUNDARY_LINE: Code = Code::new(
    "envelope/boundary-line",
    "A part begins after a line of two dashes and the boundary. Without the dashes there are no parts, and nothing says so.",
);
const BOUNDARY_ABSENT: Code = Code::new(
    "envelope/boundary-absent",
    "The header names the line that parts begin with: where no line is that one, there are no parts.",
);
const BOUNDARY_IN_BODY: Code = Code::new(
    "envelope/boundary-in-body",
    "A line of a script that is the boundary cuts the script in two: what is before it runs, what is behind it does not.",
);
const NOT_CLOSED: Code = Code::new(
    "envelope/not-closed",
    "cloud-init does not miss the end of a message, so nobody would notice that it was cut short.",
);
const NO_PARTS: Code = Code::new("envelope/no-parts", "A message without parts does nothing.");
const EMPTY: Code = Code::new("envelope/empty", "cloud-init takes an empty file for none.");

const NO_SEPARATOR: Code = Code::new(
    "envelope/no-separator",
    "An empty line ends the headers of a part: without one every parser decides for itself where the body begins.",
);
const LOST_HEADER: Code = Code::new(
    "envelope/lost-header",
    "A line among headers that is none of them is lost, and with it perhaps the type of a part.",
);
const OUTSIDE: Code =
    Code::new("envelope/outside-parts", "What comes after the last part of a message is in none of them, and is lost.");
const NOT_7BIT: Code = Code::new(
    "envelope/not-7bit",
    "A part that is not encoded is ASCII: cloud-init on Python 3 changes every other character, and then writes no script at all.",
);
pub(super) const NOT_UTF8: Code = Code::new(
    "envelope/not-utf8",
    "cloud-init reads UTF-8 and nothing else: one other byte in a message ends its stage with an error, users and keys included (since 18.3).",
);
const TRANSFER_ENCODING: Code = Code::new(
    "envelope/transfer-encoding",
    "A part that is not encoded as its header says reaches the machine as something else.",
);

pub(super) const CODES: &[Code] = &[
    NO_MIME_VERSION,
    BOUNDARY_LINE,
    BOUNDARY_ABSENT,
    BOUNDARY_IN_BODY,
    NOT_CLOSED,
    NO_PARTS,
    EMPTY,
    NO_SEPARATOR,
    LOST_HEADER,
    OUTSIDE,
    NOT_7BIT,
    NOT_UTF8,
    TRANSFER_ENCODING,
];

/// What is wrong with the message as such. Whether its parts are what they were to be, so that they can be judged.
pub(super) fn check(text: &str, opened: &Opened, report: &mut Report) -> bool {
    if opened.inner.trim_ascii().is_empty() {
        report.push(empty(Span::default()));
        return false;
    }
    let outermost = reading::outermost(&opened.inner);
    if let Some(outermost) = outermost.as_ref().filter(|_| !reading::is_message(&opened.inner)) {
        report.push(no_version(text, outermost));
    }
    let boundary = outermost.as_ref().and_then(|outermost| outermost.boundary.as_deref()).unwrap_or_default();
    if let Some(place) = without_dashes(text, boundary) {
        let message = "this line is the boundary without the two dashes before it";
        report.push(Diagnostic::error(BOUNDARY_LINE, place, message).help(format!("write `--{boundary}`")));
        return false;
    }
    let not_utf8 = opened.fatal.as_ref().is_some_and(|fatal| fatal.why == FatalKind::NotUtf8);
    let mut cut = false;
    for defect in opened.defects.iter().filter(|defect| defect.kind != DefectKind::NotAscii || !not_utf8) {
        let fault = defective(text, boundary, defect, opened);
        cut |= fault.as_ref().is_some_and(|fault| fault.code() == BOUNDARY_IN_BODY);
        // Where a boundary cuts a part, what is amiss behind it follows from that.
        fault.into_iter().filter(|fault| !cut || fault.code() == BOUNDARY_IN_BODY).for_each(|fault| report.push(fault));
    }
    opened.fatal.iter().for_each(|fatal| report.push(deadly(text, &opened.inner, fatal)));
    let multipart = outermost.is_some_and(|outermost| outermost.declared.starts_with("multipart/"));
    if multipart && opened.parts.is_empty() && report.diagnostics().is_empty() {
        let fault = Diagnostic::error(NO_PARTS, Span::default(), "this message has no parts");
        report.push(fault.help("put something into it"));
    }
    !cut && !report.diagnostics().iter().any(|fault| fault.code() == NO_MIME_VERSION)
}

/// User-data that is nothing.
pub(super) fn empty(place: Span) -> Diagnostic {
    Diagnostic::error(EMPTY, place, "there is nothing in this file").help("give the machine something to do")
}

fn no_version(text: &str, outermost: &Outermost) -> Diagnostic {
    let message = match text.to_ascii_lowercase().contains("mime-version:") {
        true => "`MIME-Version` comes after the first 4096 bytes, where nobody looks for it",
        false => "these headers have no `MIME-Version`: cloud-init does not take this for a message",
    };
    let place = header(text, &outermost.head, "content-type");
    Diagnostic::error(NO_MIME_VERSION, place, message).help("write `MIME-Version: 1.0` as the first line")
}

/// The line of a header, or the first of all where there is none of that name.
pub(super) fn header(text: &str, head: &Range<usize>, name: &str) -> Span {
    let (mut at, mut first) = (head.start, None);
    for line in text.get(head.clone()).unwrap_or_default().split_inclusive('\n') {
        let place = Span::new(at, at + line.trim_end().len());
        if line.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name)) {
            return place;
        }
        first.get_or_insert(place);
        at += line.len();
    }
    first.unwrap_or_else(|| Span::new(head.start, head.start))
}

/// The line before a place, where that is one between parts.
fn delimiter_before(text: &str, at: usize) -> Option<Span> {
    let before = text.get(..at)?.strip_suffix('\n')?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    before.get(start..)?.starts_with("--").then(|| Span::new(start, before.trim_end().len()))
}

/// What the reader found, in words; nothing for what does no harm.
fn defective(text: &str, boundary: &str, defect: &Defect, opened: &Opened) -> Option<Diagnostic> {
    let place = &defect.place;
    let typed = header(text, place, "content-type");
    let encoded = header(text, place, "content-transfer-encoding");
    let cuts = |line| {
        Diagnostic::error(BOUNDARY_IN_BODY, line, "this line cuts a part in two")
            .help("write the message with a boundary that no body has")
    };
    Some(match defect.kind {
        DefectKind::NoBoundary => Diagnostic::error(BOUNDARY_ABSENT, typed, "this header names no boundary")
            .help("write `Content-Type: multipart/mixed; boundary=\"WORD\"`, and `--WORD` before each part"),
        DefectKind::StartBoundaryNotFound if ends_at_once(text, boundary) => {
            Diagnostic::error(NO_PARTS, typed, "this message has no parts").help("put something into it")
        }
        DefectKind::StartBoundaryNotFound => {
            Diagnostic::error(BOUNDARY_ABSENT, typed, "the boundary that this names never comes: there are no parts")
                .help("write `--` and that word before each part, or name the one that the parts have")
        }
        DefectKind::CloseBoundaryNotFound => {
            Diagnostic::warning(NOT_CLOSED, typed, "no line ends this message: a part may be missing").help(format!(
                "was it cut short? compare its size with what it was made as, or end it with `--{boundary}--`"
            ))
        }
        DefectKind::MissingHeaderBodySeparator if is_nearly_header(text, place.start) => Diagnostic::error(
            LOST_HEADER,
            first_line(text, place),
            "this header has no colon: it and what follows is text",
        )
        .help("write `NAME: VALUE`"),
        DefectKind::MissingHeaderBodySeparator => match delimiter_before(text, place.start) {
            Some(line) => cuts(line),
            None => Diagnostic::warning(
                NO_SEPARATOR,
                first_line(text, place),
                "no empty line ends the headers before this line",
            )
            .help("put an empty line before it"),
        },
        DefectKind::OutsideParts if opened.parts.iter().all(|part| place.start <= part.head.start) => return None,
        DefectKind::OutsideParts => match delimiter_before(text, place.start) {
            Some(line) if text.get(place.clone()).is_some_and(|rest| rest.contains(&format!("--{boundary}"))) => {
                cuts(line)
            }
            _ => Diagnostic::warning(OUTSIDE, first_line(text, place), "what follows the end of the message is lost")
                .help("put it into a part, or leave it out"),
        },
        DefectKind::FirstHeaderLineIsContinuation | DefectKind::MisplacedEnvelopeHeader | DefectKind::InvalidHeader => {
            Diagnostic::warning(LOST_HEADER, first_line(text, place), "this line among headers is none, and is lost")
                .help("write `NAME: VALUE`, or leave it out")
        }
        DefectKind::NotAscii if is_unpacked(text, typed) => Diagnostic::error(
            super::parts::GZIP_PART,
            typed,
            "this part is unpacked on the machine, where what is not ASCII in it changes",
        )
        .help("leave out the gzip of this part, not its base64, and compress the whole file"),
        DefectKind::NotAscii => {
            Diagnostic::error(NOT_7BIT, encoded, "this part is not ASCII, and not encoded: it arrives changed")
                .help(ENCODE)
        }
        DefectKind::Base64Padding => {
            Diagnostic::warning(TRANSFER_ENCODING, encoded, "the base64 of this part has a false end").help(ENCODE)
        }
        DefectKind::Base64Characters | DefectKind::Base64Length | DefectKind::Uuencode => {
            Diagnostic::error(TRANSFER_ENCODING, encoded, "this part is not encoded as this header says").help(ENCODE)
        }
        DefectKind::UnknownEncoding => {
            Diagnostic::error(TRANSFER_ENCODING, encoded, "this is no encoding that anybody takes off").help(ENCODE)
        }
        // Judged where the archive is.
        DefectKind::ArchiveUnreadable | DefectKind::ArchiveEntryIgnored => return None,
    })
}

/// Whether a part is unpacked by cloud-init, which then has no encoding for it: its header says so.
fn is_unpacked(text: &str, header: Span) -> bool {
    let value = text.get(header.start..header.end).and_then(|line| line.split_once(':')).unwrap_or_default().1;
    kinds::is_compressed(&value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn is_nearly_header(text: &str, at: usize) -> bool {
    let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default().to_ascii_lowercase();
    ["content-", "mime-version"].iter().any(|begin| line.starts_with(begin))
}

const ENCODE: &str = "encode the part in base64, with `Content-Transfer-Encoding: base64`";

fn first_line(text: &str, place: &Range<usize>) -> Span {
    let line = text.get(place.clone()).and_then(|text| text.lines().next()).unwrap_or_default();
    Span::new(place.start, place.start + line.len())
}

/// A message that ends where its first part would begin.
fn ends_at_once(text: &str, boundary: &str) -> bool {
    let end = format!("--{boundary}--");
    !boundary.is_empty() && text.lines().any(|line| line.trim_end() == end)
}

/// What ends cloud-init's stage.
fn deadly(text: &str, inner: &[u8], fatal: &Fatal) -> Diagnostic {
    let place = header(text, &fatal.place, "content-");
    match fatal.why {
        FatalKind::NotUtf8 => {
            let (at, byte) = (Span::new(fatal.place.start, fatal.place.end), encoding::shown(inner, fatal.place.start));
            let message = format!("the byte {byte} of the message is not UTF-8: cloud-init stops here");
            Diagnostic::error(NOT_UTF8, at, message).help(encoding::advice(inner).unwrap_or_default()).help(ENCODE)
        }
        FatalKind::DamagedGzipPart => Diagnostic::error(
            super::parts::GZIP_PART,
            place,
            "this part is no gzip, or is no text within: cloud-init stops here",
        )
        .help(super::parts::GZIP_HELP),
        FatalKind::UnreadableParameter => {
            Diagnostic::error(LOST_HEADER, place, "the parameters of this header cannot be read: cloud-init stops here")
                .help("write `filename=\"NAME\"`, in letters, digits, `.`, `_` and `-`")
        }
        FatalKind::ArchiveEntry => Diagnostic::error(
            super::body::ARCHIVE,
            place,
            "of an entry of this archive no part can be made: cloud-init stops here",
        )
        .help(super::body::ARCHIVE_HELP),
    }
}

/// A line that was to be one between parts.
fn without_dashes(text: &str, boundary: &str) -> Option<Span> {
    if boundary.is_empty() {
        return None;
    }
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let word = line.trim();
        let bare = word.strip_prefix('-').unwrap_or(word);
        if bare.strip_suffix("--").unwrap_or(bare) == boundary && !word.starts_with("--") {
            return Some(Span::new(at, at + line.trim_end().len()));
        }
        at += line.len();
    }
    None
}
