//! How a file begins: cloud-init knows what it is by its first characters, and by nothing else.

use super::body::MARKER;
use super::kind;
use super::message::NOT_UTF8;
use crate::context::{foreign, keys};
use crate::language::diagnostic::{Code, Diagnostic, Report, Severity};
use crate::language::fix::Fix;
use crate::language::source::{Source, Span};
use crate::wire::reading::LayerKind;
use strsim::damerau_levenshtein;

const BYTE_ORDER_MARK: Code = Code::new(
    "envelope/byte-order-mark",
    "cloud-init knows a file by its first characters: where these are a byte-order mark it knows none, and drops the file.",
);
const BLANK_FIRST: Code = Code::new(
    "envelope/blank-first",
    "An empty line ends the headers of a message before they begin, and the kernel looks for `#!` in the first two bytes.",
);
const HEADER_NOT_FIRST: Code = Code::new(
    "envelope/header-not-first",
    "cloud-init knows cloud-config by its first line: after `---` or a comment it drops the whole file.",
);
const MISSPELLED: Code = Code::new(
    "envelope/misspelled-header",
    "cloud-init knows what a file is by the exact word in its first line, and drops what it does not know.",
);
const NO_HEADER: Code = Code::new(
    "envelope/no-header",
    "Without `#cloud-config` in the first line cloud-init drops a file. A context needs no such line: `#contextc` says that it is one.",
);
const CRLF: Code = Code::new(
    "envelope/crlf",
    "cloud-init copes with carriage returns here; other programs that read user-data compare the first line as it is.",
);
const HEADERS_LOST: Code = Code::new(
    "envelope/headers-lost",
    "Without its headers nobody knows that this is a message: a web server that sends them as its own keeps them from cloud-init.",
);

pub(super) const CODES: &[Code] =
    &[BYTE_ORDER_MARK, BLANK_FIRST, HEADER_NOT_FIRST, MISSPELLED, NO_HEADER, CRLF, HEADERS_LOST];

/// The words that people get wrong. One that is a word of any comment (`# include`) is only taken for one where an address follows.
const WORDS: [&str; 5] =
    ["#cloud-config", "#cloud-config-archive", "#cloud-config-jsonp", "#cloud-boothook", "#part-handler"];

const INCLUDES: [&str; 2] = ["#include-once", "#include"];

const CLOUD_CONFIG: &str = "#cloud-config";

/// No line that was to be one of these is longer.
const LONGEST: usize = 40;

/// First lines that say that a file is something else.
const OTHERS: [&str; 6] =
    ["#!", "#include", "#part-handler", "#cloud-boothook", "## template:", "# yaml-language-server:"];

/// UTF-16, as a text editor saves it.
const UTF_16: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

/// Whether a file that cloud-init would not know was surely written for it.
pub(super) fn is_meant_for_cloud_init(head: &[u8]) -> bool {
    let text = super::text::of(head);
    UTF_16.iter().any(|mark| head.starts_with(mark)) || header(&text).is_some() || lost(&text).is_some()
}

/// What is wrong with how a text begins. Whether that is why cloud-init does not know it.
pub(super) fn check(bytes: &[u8], text: &str, report: &mut Report) -> bool {
    let fault = utf16(bytes).or_else(|| lost(text)).or_else(|| header(text)).or_else(|| blank(text));
    let found = fault.as_ref().is_some_and(|fault| fault.severity() == Severity::Error);
    fault.or_else(|| coped_with(text)).into_iter().for_each(|fault| report.push(fault));
    found
}

fn first(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn utf16(bytes: &[u8]) -> Option<Diagnostic> {
    UTF_16.iter().any(|mark| bytes.starts_with(mark)).then(|| {
        Diagnostic::error(NOT_UTF8, Span::default(), "this file is in UTF-16")
            .help("save it as UTF-8: `iconv -f utf-16 -t utf-8 FILE`")
    })
}

/// What stands before the first word, where that does harm.
pub(super) fn before(kind: LayerKind) -> Option<Diagnostic> {
    match kind {
        LayerKind::ByteOrderMark => Some(
            Diagnostic::error(BYTE_ORDER_MARK, Span::default(), "this file begins with a byte-order mark")
                .help("save it without one: `sed -i '1s/^\\xef\\xbb\\xbf//' FILE`"),
        ),
        LayerKind::BlankLines { .. } => Some(
            Diagnostic::error(BLANK_FIRST, Span::default(), "an empty line comes before these headers, and ends them")
                .help("remove what stands before them"),
        ),
        _ => None,
    }
}

/// The body of a message whose headers went elsewhere.
fn lost(text: &str) -> Option<Diagnostic> {
    let line = first(text.trim_start());
    let boundary = line.strip_prefix("--").filter(|boundary| !boundary.is_empty() && !boundary.contains(' '))?;
    let next = text.trim_start().lines().nth(1)?.to_ascii_lowercase();
    ["content-", "mime-version:"].iter().any(|name| next.starts_with(name)).then(|| {
        let at = text.len() - text.trim_start().len();
        Diagnostic::error(HEADERS_LOST, Span::new(at, at + line.len()), "this message has no headers: it begins with its first part")
            .help(format!("write before it `MIME-Version: 1.0`, `Content-Type: multipart/mixed; boundary=\"{boundary}\"`, and an empty line"))
    })
}

/// The word in the wrong place, or not quite the word.
fn header(text: &str) -> Option<Diagnostic> {
    let (mut at, mut comments, mut before) = (0, false, false);
    for line in text.split_inclusive('\n') {
        let (word, place) = (line.trim(), Span::new(at, at + line.trim_end().len()));
        let lower = word.to_ascii_lowercase();
        at += line.len();
        if lower.starts_with(CLOUD_CONFIG) {
            // Only empty lines before it are no fault to cloud-init.
            return before.then(|| late(place, text));
        }
        let rest = text.get(at..).unwrap_or_default();
        if let Some(fault) = (!comments).then(|| not_quite(word, place, rest)).flatten() {
            return Some(fault);
        }
        let is_other = foreign::says_context(word) || OTHERS.iter().any(|other| lower.starts_with(other));
        if is_other || !(word.is_empty() || word.starts_with(['#', '-'])) {
            return None;
        }
        before |= !word.is_empty();
        comments |= word.starts_with('#');
    }
    None
}

/// A line that nearly is one by which cloud-init knows a file. `rest`: the lines behind it.
fn not_quite(line: &str, place: Span, rest: &str) -> Option<Diagnostic> {
    if let Some(meant) = nearest(line, &WORDS) {
        let fix = same_letters(line, meant).then(|| Fix::new(place, line, meant));
        return Some(is_not(line, meant, place).fix(fix));
    }
    if is_marker_of_template(line) {
        return Some(is_not(line, MARKER, place));
    }
    if let Some(meant) = include(line, rest) {
        return Some(is_not(line, meant, place));
    }
    let (word, meant) = interpreter(line)?;
    Some(is_not(word, &meant, place))
}

/// `#inlcude`, and which word it was to be: an address follows, as no comment of a context has one.
fn include(line: &str, rest: &str) -> Option<&'static str> {
    let said = rest.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let scheme = said.split_once("://")?.0;
    let is_address = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    nearest(line, &INCLUDES).filter(|_| is_address)
}

fn is_not(word: &str, meant: &str, place: Span) -> Diagnostic {
    Diagnostic::error(MISSPELLED, place, format!("`{word}` is not `{meant}`: cloud-init does not know it"))
        .help(format!("write `{meant}` as the first line"))
        .help("is this a context? then write `#contextc` there")
}

/// The marker of a template but for its blanks.
fn is_marker_of_template(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    lower.starts_with("##") && !lower.starts_with(MARKER) && letters(line) == letters(MARKER)
}

/// `#/bin/bash`, and what it was to be: the path of a program and its options, as no comment is.
fn interpreter(line: &str) -> Option<(&str, String)> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let path = word.strip_prefix('#').filter(|_| line.len() <= LONGEST)?;
    let (folder, program) = path.rsplit_once('/')?;
    let is_program = folder.starts_with('/') && ["/bin", "/sbin"].iter().any(|end| folder.ends_with(end));
    let has_options = rest.is_empty() || rest.trim_start().starts_with('-') || program == "env";
    (is_program && !program.is_empty() && has_options).then(|| (word, format!("#!{path}")))
}

/// Whether only case and punctuation are other. With a blank in it, it may be a comment of a context.
fn same_letters(word: &str, meant: &str) -> bool {
    let letters = |word: &str| word.replace('_', "-").to_ascii_lowercase();
    letters(word) == meant
}

fn late(place: Span, text: &str) -> Diagnostic {
    let marker = first(text).starts_with("---");
    let before = if marker { "`---`" } else { "another line" };
    Diagnostic::error(
        HEADER_NOT_FIRST,
        place,
        format!("`#cloud-config` comes after {before}, and cloud-init looks in the first line"),
    )
    .also(Span::new(0, first(text).len()), "this comes first")
    .help("move `#cloud-config` up to the first line")
}

fn letters(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// The word that a line was to be: nearly all of its letters, and nothing else.
fn nearest(line: &str, words: &[&'static str]) -> Option<&'static str> {
    if !line.starts_with('#') || line.len() > LONGEST || words.iter().any(|word| starts_as(line, word)) {
        return None;
    }
    let given = letters(line);
    let near = |word: &&&str| damerau_levenshtein(&given, &letters(word)) <= 2;
    words.iter().filter(near).min_by_key(|word| damerau_levenshtein(&given, &letters(word))).copied()
}

/// As cloud-init compares (`type_from_starts_with`).
fn starts_as(line: &str, word: &str) -> bool {
    line.to_ascii_lowercase().starts_with(word)
}

/// cloud-init skips empty lines before a word, and then hands the text on with them.
fn blank(text: &str) -> Option<Diagnostic> {
    let rest = text.trim_start();
    if rest.len() == text.len() || rest.is_empty() {
        return None;
    }
    let lower = first(rest).to_ascii_lowercase();
    let harmed = ["#!", "#cloud-boothook", "## template:", "content-type:"];
    let fault = |fault: Diagnostic| fault.help("remove what stands before it");
    let place = Span::new(0, text.len() - rest.len());
    if harmed.iter().any(|begin| lower.starts_with(begin)) {
        return Some(fault(Diagnostic::error(BLANK_FIRST, place, "an empty line or a space comes first")));
    }
    lower.starts_with("#cloud-config").then(|| {
        fault(Diagnostic::warning(
            BLANK_FIRST,
            place,
            "an empty line or a space comes first, which only cloud-init skips",
        ))
    })
}

/// What cloud-init copes with, and others do not.
fn coped_with(text: &str) -> Option<Diagnostic> {
    let line = text.split('\n').next().unwrap_or_default();
    let word = line.trim_end_matches('\r');
    let place = Span::new(0, word.len());
    if !word.to_ascii_lowercase().starts_with(CLOUD_CONFIG) {
        return None;
    }
    if !word.starts_with(CLOUD_CONFIG) {
        let message = format!("`{word}` has capitals: cloud-init takes it, its own `schema` command of 22.4 does not");
        let fix = same_letters(word, CLOUD_CONFIG).then(|| Fix::new(place, word, CLOUD_CONFIG));
        return Some(Diagnostic::warning(MISSPELLED, place, message).help("write it in small letters").fix(fix));
    }
    (word.len() < line.len()).then(|| {
        Diagnostic::warning(CRLF, place, "this line ends in a carriage return")
            .help("convert it: `sed -i 's/\\r$//' FILE`")
    })
}

/// Something that could be a cloud-config as well as a context. Told by the lines: to read it again would take as long as to judge it.
pub(super) fn warn_of_no_header(source: &Source, report: &mut Report) {
    let text = source.text();
    if report.has_errors() || foreign::says_context(text.trim_start()) {
        return;
    }
    let known = |key: &str| keys::cloud_config().any(|known| known == key);
    let found = kind::keys(text);
    if !found.iter().all(|(key, _)| key.is_some_and(known)) {
        return;
    }
    let first = found.first().map(|(_, place)| *place);
    let message = "every key here is one of cloud-init, which drops a file that does not begin with `#cloud-config`";
    first.into_iter().for_each(|place| {
        report.push(
            Diagnostic::warning(NO_HEADER, place, message)
                .help("to hand it to a cloud as it is, write `#cloud-config` as the first line")
                .help("to compile it, write `#contextc` there"),
        );
    });
}
