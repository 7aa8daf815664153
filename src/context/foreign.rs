//! Files that are not contexts: told by how they begin, and not compiled.

use super::{layers, plain};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::Node;
use crate::language::source::{Source, Span};
use std::sync::Arc;

const NOT_EVALUATED: Code = Code::new(
    "envelope/not-evaluated",
    "What was not judged is never called right: a template, settings for somebody else's part-handler. Of scripts and part-handlers the form is judged, not what they do.",
);

const IS_CLOUD_CONFIG: Code = Code::new(
    "context/is-cloud-config",
    "A file that begins `#cloud-config` is for cloud-init as it is, and is not compiled.",
);

pub(crate) const CODES: &[Code] = &[NOT_EVALUATED, IS_CLOUD_CONFIG];

/// The first lines by which cloud-init knows other kinds of user-data, and how people call them.
const OTHERS: &[(&str, &str)] = &[
    ("#cloud-config-archive", "a cloud-config archive"),
    ("#cloud-config-jsonp", "a JSON patch"),
    ("#cloud-boothook", "a boothook"),
    ("#include", "an include list"),
    ("#part-handler", "a part-handler"),
    ("#upstart-job", "a job of upstart"),
    ("#!", "a script"),
    ("## template:", "a template"),
    ("mime-version:", "finished user-data"),
    ("content-type:", "finished user-data"),
    ("from nobody", "finished user-data"),
];

/// The first lines by which a file says that it is a context (CONTRACT.md, the file).
const OURS: [&str; 2] = ["#contextc", "#multiple-config"];

/// Whether a text begins with one of them.
pub(crate) fn says_context(text: &str) -> bool {
    OURS.iter().any(|begin| text.starts_with(begin))
}

/// What cloud-init would take a file for.
enum Taken {
    Context,
    CloudConfig(Span),
    Other(&'static str, Span),
    /// Any of these in a layer around it.
    Layer(&'static str, Span),
    /// Anything, packed as nobody on the machine unpacks it.
    Packed(&'static str),
}

/// What a text is by its first line.
fn other(text: &str) -> Option<&'static str> {
    let first = text.lines().next().unwrap_or_default().to_ascii_lowercase();
    OTHERS.iter().find(|(begin, _)| first.starts_with(begin)).map(|(_, kind)| *kind)
}

/// The layers of a text in base64, where it encodes user-data or did before it was damaged.
fn base64_of(text: &str) -> Option<&'static str> {
    let sound = layers::base64_head(text).filter(|head| !head.is_empty());
    let encoded = sound.or_else(|| layers::damaged_base64_head(text)).and_then(|head| encoded(&head));
    // A message has such parts.
    let is_wrapped = || !layers::has_headers(text) && layers::is_lines_of_base64(text);
    encoded.or_else(|| is_wrapped().then_some(BASE64))
}

const BASE64: &str = "base64 of user-data";

/// What is in base64, by how it begins.
fn encoded(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head);
    let ours = text.starts_with("#cloud-config") || says_context(&text);
    match ours || other(&text).is_some() || layers::has_headers(&text) || base64_of(&text).is_some() {
        _ if layers::is_gzip(head) => Some("base64 of gzip of user-data"),
        true => Some(BASE64),
        false => None,
    }
}

/// Whether a text is base64 of user-data, or was before it was cut.
pub(crate) fn is_base64(text: &str) -> bool {
    base64_of(text).is_some()
}

/// Whether a file is no context, by its beginning.
pub(crate) fn is_for_others(beginning: &str) -> bool {
    !matches!(taken_text(beginning), Taken::Context)
}

/// How files begin that were packed, and by what (`util.decomp_gzip` takes nothing but gzip off).
const PACKED: &[(&[u8], &str)] = &[
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
];

/// A CD has nothing in its first 32 KiB (ECMA-119, 6.2.1), and says behind them what it is.
const ZEROS: &str = "a file of zeros, as the beginning of an image is that was cut short";

fn is_zeros(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == 0)
}

fn taken(source: &Source) -> Taken {
    let head = source.head_of_not_utf8().unwrap_or(source.text().as_bytes());
    if let Some((_, packer)) = PACKED.iter().find(|(begin, _)| head.starts_with(begin)) {
        return Taken::Packed(packer);
    }
    match source.head_of_not_utf8() {
        Some(head) if layers::is_gzip(head) => Taken::Layer("gzip of user-data", Span::default()),
        Some(_) => Taken::Other("a binary file", Span::default()),
        None if is_zeros(source.text()) => Taken::Other(ZEROS, Span::default()),
        None => taken_text(source.text()),
    }
}

/// By the first line, as cloud-init does (`type_from_starts_with` skips white space before it).
fn taken_text(whole: &str) -> Taken {
    let text = whole.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    let first = text.lines().next().unwrap_or_default();
    let start = whole.len() - text.len();
    let place = Span::new(start, start + first.len());
    match (other(text), base64_of(text)) {
        (Some(kind), _) => Taken::Other(kind, place),
        (_, Some(layer)) => Taken::Layer(layer, place),
        _ if first.to_ascii_lowercase().starts_with("#cloud-config") => Taken::CloudConfig(place),
        _ if layers::has_headers(text) => Taken::Other("finished user-data", place),
        _ => Taken::Context,
    }
}

/// Refuses to compile what is not a context; whether it was refused.
pub(crate) fn refuse(source: &Source, report: &mut Report) -> bool {
    match taken(source) {
        // The document says more of a file that is not text.
        Taken::Context | Taken::Other("a binary file", _) => return false,
        Taken::CloudConfig(place) => {
            let fault = Diagnostic::error(
                IS_CLOUD_CONFIG,
                place,
                "this file is a cloud-config, which cloud-init takes as it is",
            );
            report.push(
                fault.help("to compile it, write `#contextc` in this line").help("to judge it, use `contextc check`"),
            );
        }
        Taken::Other(kind, place) => report.push(no_context(kind, place)),
        Taken::Layer(layer, place) => unread(layer, place, report),
        Taken::Packed(packer) => report.push(packed(packer)),
    }
    true
}

/// Whether a source is something else than a context; if so, the report says what there is to say of it. `values`: what judges those
/// of cloud-config.
pub(crate) fn judge(source: &Source, values: impl Fn(&Arc<Node>, &mut Report), report: &mut Report) -> bool {
    match taken(source) {
        Taken::Context => return false,
        Taken::CloudConfig(_) => {
            if let Some(document) = plain::judge(source, report) {
                values(&document.root, report);
            }
        }
        Taken::Other(kind, place) => report.push(no_context(kind, place)),
        Taken::Layer(layer, place) => unread(layer, place, report),
        Taken::Packed(packer) => report.push(packed(packer)),
    }
    true
}

const MADE_FROM: &str = "give the file that it was made from, or one whose first line is `#contextc`";

/// What the judge cannot answer for.
pub(crate) fn not_evaluated(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(NOT_EVALUATED, Span::default(), message)
}

/// The same where the rest was judged.
pub(crate) fn not_judged(message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(NOT_EVALUATED, Span::default(), message)
}

fn no_context(kind: &str, span: Span) -> Diagnostic {
    not_evaluated(format!("this is {kind}, not a context")).at(span).help(MADE_FROM)
}

/// Nobody knows what a line of it holds: who decodes one reads what stands there.
fn unread(layer: &str, span: Span, report: &mut Report) {
    report.cover_all();
    let fault = not_evaluated(format!("this looks like {layer}: what is in it was not read"));
    report.push(fault.at(span).help(MADE_FROM));
}

fn packed(packer: &str) -> Diagnostic {
    not_evaluated(format!("this is packed with {packer}, and cloud-init unpacks nothing but gzip"))
        .help("unpack it, and check what is in it")
        .help("pack that with `gzip -n` where it would be too large")
}
