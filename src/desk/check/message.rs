//! The lines that hold a message together: its headers, and the lines between its parts, as Python's parser sees them.

use super::HEAD;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::Span;
use crate::wire::reading::Opened;

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

pub(super) const CODES: &[Code] =
    &[NO_MIME_VERSION, BOUNDARY_LINE, BOUNDARY_ABSENT, BOUNDARY_IN_BODY, NOT_CLOSED, NO_PARTS, EMPTY];

/// A header, unfolded, and its first line.
struct Header {
    name: String,
    value: String,
    place: Span,
}

/// A line that Python's parser (`email.feedparser`) takes for the end of a part.
struct Delimiter {
    place: Span,
    closes: bool,
    /// Whether what follows can be the headers of a part, or the empty line after none.
    opens_part: bool,
}

/// What is wrong with the message as such.
pub(super) fn check(text: &str, opened: &Opened, report: &mut Report) {
    if text.trim().is_empty() {
        report.push(
            Diagnostic::error(EMPTY, Span::default(), "this file is empty").help("give the machine something to do"),
        );
        return;
    }
    let headers = headers(text);
    let typed = headers.iter().find(|header| header.name == "content-type");
    let Some(typed) = typed else { return };
    if !is_message(text) {
        return report.push(no_version(text, typed));
    }
    if !typed.value.to_ascii_lowercase().starts_with("multipart/") {
        return;
    }
    match boundary(&typed.value) {
        None => report.push(
            Diagnostic::error(BOUNDARY_ABSENT, typed.place, "this header names no boundary")
                .help("write `Content-Type: multipart/mixed; boundary=\"WORD\"`, and `--WORD` before each part"),
        ),
        Some(boundary) => delimited(text, &boundary, typed, opened, report),
    }
}

/// As `user_data.convert_string` does.
fn is_message(text: &str) -> bool {
    let head = text.as_bytes().get(..HEAD).unwrap_or(text.as_bytes());
    head.windows(b"mime-version:".len()).any(|bytes| bytes.eq_ignore_ascii_case(b"mime-version:"))
}

fn no_version(text: &str, typed: &Header) -> Diagnostic {
    let late = text.to_ascii_lowercase().contains("mime-version:");
    let message = match late {
        true => "`MIME-Version` comes after the first 4096 bytes, where nobody looks for it",
        false => "these headers have no `MIME-Version`: cloud-init does not take this for a message",
    };
    Diagnostic::error(NO_MIME_VERSION, typed.place, message).help("write `MIME-Version: 1.0` as the first line")
}

/// The headers at the beginning of a text.
fn headers(text: &str) -> Vec<Header> {
    let (mut found, mut at): (Vec<Header>, usize) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let whole = line.trim_end_matches(['\r', '\n']);
        let place = Span::new(at, at + whole.len());
        at += line.len();
        let is_first = found.is_empty();
        match (whole.starts_with([' ', '\t']), found.last_mut()) {
            _ if whole.is_empty() => break,
            (true, Some(last)) => last.value.push_str(whole),
            (false, _) if is_header(whole) => {
                let (name, value) = whole.split_once(':').unwrap_or((whole, ""));
                found.push(Header { name: name.to_ascii_lowercase(), value: value.trim().to_owned(), place });
            }
            (false, _) if whole.starts_with("From ") && is_first => {}
            _ => break,
        }
    }
    found
}

/// `email.feedparser.headerRE`.
fn is_header(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    line.contains(':') && name.bytes().all(|byte| byte.is_ascii_graphic())
}

fn boundary(value: &str) -> Option<String> {
    let at = value.to_ascii_lowercase().find("boundary=")?;
    let rest = value.get(at + "boundary=".len()..)?;
    let word = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([';', ' ', '\t']).next(),
    };
    word.map(str::to_owned).filter(|word| !word.is_empty())
}

fn delimiters(text: &str, boundary: &str) -> Vec<Delimiter> {
    let (mut found, mut at) = (Vec::<Delimiter>::new(), 0);
    let mut behind: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        if let Some(delimiter) = behind.take().and_then(|index| found.get_mut(index)) {
            let line = line.trim_end_matches(['\r', '\n']);
            delimiter.opens_part = line.is_empty() || is_header(line) || line.starts_with([' ', '\t']);
        }
        let rest = line.strip_prefix("--").and_then(|rest| rest.strip_prefix(boundary));
        let rest = rest.map(str::trim_end);
        if let Some(closes) = rest.and_then(|rest| ["", "--"].iter().position(|end| *end == rest)) {
            behind = Some(found.len());
            let place = Span::new(at, at + line.trim_end().len());
            found.push(Delimiter { place, closes: closes == 1, opens_part: true });
        }
        at += line.len();
    }
    found
}

fn delimited(text: &str, boundary: &str, typed: &Header, opened: &Opened, report: &mut Report) {
    let lines = delimiters(text, boundary);
    if let Some(place) = without_dashes(text, boundary) {
        let message = "this line is the boundary without the two dashes before it";
        return report.push(Diagnostic::error(BOUNDARY_LINE, place, message).help(format!("write `--{boundary}`")));
    }
    let end = lines.iter().position(|line| line.closes);
    let (inside, behind) = lines.split_at(end.unwrap_or(lines.len()));
    let cut = inside.iter().find(|line| !line.opens_part);
    if let Some(line) = cut.or_else(|| behind.first().filter(|_| behind.len() > 1)) {
        let message =
            if line.closes { "this line ends the message, and more follows" } else { "this line cuts a part in two" };
        let help = "write the message with a boundary that no body has";
        return report.push(Diagnostic::error(BOUNDARY_IN_BODY, line.place, message).help(help));
    }
    match (lines.is_empty(), end) {
        (true, _) => report.push(
            Diagnostic::error(BOUNDARY_ABSENT, typed.place, format!("no line is `--{boundary}`: there are no parts"))
                .help("write that line before each part, or the boundary that the parts have"),
        ),
        (false, _) if opened.parts.is_empty() => {
            report.push(
                Diagnostic::error(NO_PARTS, typed.place, "this message has no parts").help("put something into it"),
            );
        }
        (false, None) => report.push(
            Diagnostic::warning(NOT_CLOSED, typed.place, format!("no line `--{boundary}--` ends this message"))
                .help("was it cut short? compare its size with what it was made as, or add that line"),
        ),
        (false, Some(_)) => {}
    }
}

fn without_dashes(text: &str, boundary: &str) -> Option<Span> {
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
