//! What is around user-data: which layers a machine, or a target, takes off, and how large it may be.

use super::beginning;
use crate::context::foreign;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::Span;
use crate::targets::{Sizes, TARGETS, Target};
use crate::wire::envelope::Envelope;
use crate::wire::reading::{Layer, LayerKind, OpenFault, Opened};

const BASE64: Code = Code::new(
    "envelope/base64",
    "cloud-init decodes no base64, only some of its datasources do: anywhere else the user-data is dropped, and the boot goes on without a word.",
);
const GZIP: Code = Code::new("envelope/gzip", "A channel for text loses or refuses what is compressed.");
const DOUBLE_GZIP: Code =
    Code::new("envelope/double-gzip", "cloud-init takes one layer of gzip off: what is in a second one is dropped.");
const DOUBLE_BASE64: Code =
    Code::new("envelope/double-base64", "Who decodes base64 does it once: what is in a second layer is dropped.");
const BASE64_IN_GZIP: Code = Code::new(
    "envelope/base64-in-gzip",
    "Base64 is the transport's and comes off first: within gzip nobody decodes it.",
);
const WRAPPED_BASE64: Code = Code::new(
    "envelope/wrapped-base64",
    "Some datasources decode base64 only as one line without an end: cloud-init's `maybe_b64decode` is strict.",
);
const DAMAGED_GZIP: Code = Code::new(
    "envelope/damaged-gzip",
    "cloud-init takes what it cannot unpack for something it does not know, and drops it.",
);
const DAMAGED_BASE64: Code = Code::new(
    "envelope/damaged-base64",
    "Base64 that was cut short decodes to nothing: the machine gets the text as it is, and drops it.",
);
const TOO_LARGE: Code = Code::new(
    "envelope/too-large",
    "Nothing beyond 64 MiB, or that unpacks to more than 256 MiB, is opened: no cloud takes a thousandth of it.",
);
const TOO_DEEP: Code =
    Code::new("envelope/too-deep", "So many layers within each other nobody means, and cloud-init takes one off.");

pub(super) const CODES: &[Code] = &[
    BASE64,
    GZIP,
    DOUBLE_GZIP,
    DOUBLE_BASE64,
    BASE64_IN_GZIP,
    WRAPPED_BASE64,
    DAMAGED_GZIP,
    DAMAGED_BASE64,
    TOO_LARGE,
    TOO_DEEP,
];

/// Datasources that decode base64 with cloud-init's `util.maybe_b64decode`, which is strict (`sources/DataSource*.py`, 26.2).
/// Since which release: an older one gives the text on as it is.
const STRICT: [(&str, &str); 2] = [("Ec2", "23.3"), ("Hetzner", "20.3")];

/// The release since which the datasource of a target decodes base64 strictly, where it does.
fn decodes_since(target: &Target) -> Option<&'static str> {
    STRICT.iter().find(|(datasource, _)| *datasource == target.datasource()).map(|(_, since)| *since)
}

/// What somebody else takes off; nothing for what nobody does.
pub(super) fn name(kind: LayerKind) -> Option<&'static str> {
    match kind {
        LayerKind::Gzip => Some("gzip"),
        LayerKind::Base64 { .. } => Some("base64"),
        LayerKind::ByteOrderMark | LayerKind::BlankLines { .. } => None,
    }
}

fn at_the_file(code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, Span::default(), message)
}

/// Why a file could not be opened.
pub(super) fn refused(fault: OpenFault) -> Diagnostic {
    match fault {
        OpenFault::TooLarge => at_the_file(TOO_LARGE, "this file is larger than 64 MiB").help("is it user-data?"),
        OpenFault::TooLargeUnpacked => {
            at_the_file(TOO_LARGE, "this file unpacks to more than 256 MiB").help("do not open it: is it user-data?")
        }
        OpenFault::TooDeep => at_the_file(TOO_DEEP, "these are more layers within each other than anybody means")
            .help("start from the file that was wrapped, and wrap it once"),
        OpenFault::TooManyParts => at_the_file(TOO_LARGE, "this file has more parts than anybody means")
            .help("is it user-data? leave out what is not"),
        OpenFault::DamagedGzip => at_the_file(DAMAGED_GZIP, "this is gzip that is cut short or damaged")
            .help("compress it again, and compare what the machine is given with it: `sha256sum FILE`"),
    }
}

/// Base64 that nobody can decode.
pub(super) fn damaged_base64(place: Span) -> Diagnostic {
    Diagnostic::error(DAMAGED_BASE64, place, "this is base64 of user-data that is cut short or damaged")
        .help("encode it again, with `base64 -w0`, and compare what the machine is given with it: `sha256sum FILE`")
}

/// Whether what is around it comes off on its way. `ended`: whether the file has a line end.
pub(super) fn comes_off(ended: bool, opened: &Opened, target: Option<&Target>, report: &mut Report) {
    let kinds = kinds(opened);
    opened.layers.iter().filter_map(|layer| beginning::before(layer.kind)).for_each(|fault| report.push(fault));
    match (envelope(&kinds), target) {
        (None, _) => report.push(wrong_pair(&kinds)),
        (Some(envelope), Some(target)) => arrives(envelope, target, opened, report),
        (Some(Envelope::Plain | Envelope::Gzip), None) => {}
        (Some(envelope), None) => report.push(nowhere(envelope)),
    }
    if kinds.first() == Some(&"base64") {
        lines(ended, &opened.layers, target, report);
    }
}

/// The same, and whether it is small enough for the target.
pub(super) fn check(sent: usize, ended: bool, opened: &Opened, target: Option<&Target>, report: &mut Report) {
    // Of base64 that was cut short another rule says more.
    if !(opened.layers.is_empty() && foreign::is_base64(&super::text::of(&opened.inner))) {
        comes_off(ended, opened, target, report);
    }
    if let Some(target) = target {
        let encoded = opened.layers.iter().position(|layer| matches!(layer.kind, LayerKind::Base64 { .. }));
        let raw = match encoded.map(|index| opened.layers.get(index + 1)) {
            Some(Some(next)) => next.bytes,
            Some(None) => opened.inner.len(),
            None => sent,
        };
        let is_packed = kinds(opened).contains(&"gzip");
        let zipped = || if is_packed { raw } else { Envelope::Gzip.wrap(&opened.inner).len() };
        target.judge_size(Sizes { sent, raw, zipped: &zipped, is_packed }, report);
    }
}

fn kinds(opened: &Opened) -> Vec<&'static str> {
    opened.layers.iter().filter_map(|layer| name(layer.kind)).collect()
}

/// The envelope that these layers are, from the outside in.
fn envelope(kinds: &[&str]) -> Option<Envelope> {
    match kinds {
        [] => Some(Envelope::Plain),
        ["gzip"] => Some(Envelope::Gzip),
        ["base64"] => Some(Envelope::Base64),
        ["base64", "gzip"] => Some(Envelope::GzipBase64),
        _ => None,
    }
}

fn wrong_pair(kinds: &[&str]) -> Diagnostic {
    let all = kinds.join(" of ");
    let pair = kinds.windows(2).find(|pair| *pair != ["base64", "gzip"]);
    match pair.unwrap_or_default() {
        ["gzip", "gzip"] => {
            at_the_file(DOUBLE_GZIP, format!("this is {all}: one layer comes off, and rubbish is left"))
                .help("compress it once: `gunzip < FILE > user-data.gz`")
        }
        ["base64", _] => at_the_file(DOUBLE_BASE64, format!("this is {all}: it was encoded twice")).help(
            "encode it once: `base64 -d FILE > user-data.b64`; the tools of most clouds encode what they are given",
        ),
        _ => at_the_file(BASE64_IN_GZIP, format!("this is {all}: the base64 stays when the gzip is off"))
            .help("compress first and encode then, where base64 is wanted at all: `gzip -n < user-data | base64 -w0`"),
    }
}

/// What is in it, in words, and how to take it off.
fn words(envelope: Envelope) -> (&'static str, &'static str) {
    match envelope {
        Envelope::GzipBase64 => ("base64 of gzip of user-data", "base64 -d FILE"),
        Envelope::Base64 => ("base64 of user-data", "base64 -d FILE"),
        _ => ("gzip of user-data", "gunzip < FILE"),
    }
}

/// On most clouds it would not.
fn nowhere(envelope: Envelope) -> Diagnostic {
    let (what, off) = words(envelope);
    let decodes = |target: &&&Target| takes(target, envelope) && target.name() != "generic";
    let names: Vec<&str> = TARGETS.iter().filter(decodes).map(|target| target.name()).collect();
    let message = format!("this is {what}: only some targets decode it, on others nothing of it runs");
    Diagnostic::warning(BASE64, Span::default(), message)
        .help(format!("say where it goes with `--target`; it is decoded on {}", names.join(", ")))
        .help(format!("take it off for all others: `{off} > user-data`"))
}

/// Who decodes base64 of gzip decodes any.
fn takes(target: &Target, envelope: Envelope) -> bool {
    let decoded = envelope == Envelope::Base64 && target.accepts.contains(&Envelope::GzipBase64);
    decoded || target.accepts.contains(&envelope)
}

fn arrives(envelope: Envelope, target: &Target, opened: &Opened, report: &mut Report) {
    if !target.is_user_data() && opened.parts.iter().any(|part| part.content_type != "text/x-shellscript") {
        report.push(target.takes_a_script());
    } else if !takes(target, envelope) {
        let (what, off) = words(envelope);
        let code = if envelope == Envelope::Gzip { GZIP } else { BASE64 };
        let message = match envelope {
            Envelope::Plain => return report.push(target.wants_an_envelope()),
            Envelope::Gzip => format!("this is {what}, which does not arrive whole on {target}"),
            _ => match decodes_since(target) {
                Some(since) => {
                    format!(
                        "this is {what}, which on {target} no cloud-init before {since} decodes: nothing of it would run"
                    )
                }
                None => format!("this is {what}, and nobody decodes it on {target}: nothing of it would run"),
            },
        };
        let gunzip = envelope == Envelope::GzipBase64 && !takes(target, Envelope::Gzip);
        let off = if gunzip { format!("{off} | gunzip") } else { off.into() };
        report.push(at_the_file(code, message).help(format!("hand over what is in it: `{off} > user-data`")));
    }
}

/// Base64 in several lines.
fn lines(ended: bool, layers: &[Layer], target: Option<&Target>, report: &mut Report) {
    let wrapped = layers.iter().any(|layer| layer.kind == LayerKind::Base64 { wrapped: true });
    let strict = target.and_then(decodes_since).is_some();
    let fault = match (wrapped, strict) {
        (true, true) => {
            at_the_file(WRAPPED_BASE64, "this base64 is in several lines, which this target does not decode")
        }
        (true, false) => Diagnostic::warning(
            WRAPPED_BASE64,
            Span::default(),
            "this base64 is in several lines, which not all targets decode",
        ),
        (false, true) if ended => {
            at_the_file(WRAPPED_BASE64, "this base64 has a line end, with which this target does not decode it")
        }
        (false, _) => return,
    };
    report.push(fault.help("write it on one line without an end: `base64 -w0`"));
}
