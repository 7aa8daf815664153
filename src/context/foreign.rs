//! Files that are not contexts, judged as far as they can be.

use super::hiding::{hide_foreign, secret_names};
use super::keys::{self, Key};
use super::{layers, public_keys, pyyaml};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Document, Kind, Node};
use crate::language::source::{Source, Span};
use std::sync::Arc;

const NOT_EVALUATED: Code = Code::new("envelope/not-evaluated", "What was not judged is never called right.");
const OUR_KEY: Code =
    Code::new("cloud-config/our-key", "cloud-init ignores a key of contextc: such a file must be compiled.");
const UNKNOWN_KEY: Code = Code::new("cloud-config/unknown-key", "cloud-init ignores a key that it does not know.");

const IS_CLOUD_CONFIG: Code = Code::new(
    "context/is-cloud-config",
    "A file that begins `#cloud-config` is for cloud-init as it is, and is not compiled.",
);

pub(crate) const CODES: &[Code] = &[NOT_EVALUATED, OUR_KEY, UNKNOWN_KEY, IS_CLOUD_CONFIG];

/// The first lines by which cloud-init knows other kinds of user-data, and how people call them.
const OTHERS: &[(&str, &str)] = &[
    ("#cloud-config-archive", "a cloud-config archive"),
    ("#cloud-config-jsonp", "a JSON patch"),
    ("#cloud-boothook", "a boothook"),
    ("#include", "an include list"),
    ("#part-handler", "a part-handler"),
    ("#!", "a script"),
    ("## template:", "a template"),
    ("mime-version:", "finished user-data"),
    ("content-type:", "finished user-data"),
    ("from nobody", "finished user-data"),
];

/// What cloud-init would take a file for.
enum Taken {
    Context,
    CloudConfig(Span),
    Other(&'static str, Span),
    /// Any of these in a layer around it.
    Layer(&'static str, Span),
}

/// What a text is by its first line.
fn other(text: &str) -> Option<&'static str> {
    let first = text.lines().next().unwrap_or_default().to_ascii_lowercase();
    OTHERS.iter().find(|(begin, _)| first.starts_with(begin)).map(|(_, kind)| *kind)
}

/// The layers of a text in base64, where it encodes user-data.
fn base64_of(text: &str) -> Option<&'static str> {
    let head = layers::base64_head(text)?;
    let text = String::from_utf8_lossy(&head);
    let ours = ["#cloud-config", "#contextc", "#multiple-config"].iter().any(|begin| text.starts_with(begin));
    match ours || other(&text).is_some() || layers::is_message(&text) {
        _ if layers::is_gzip(&head) => Some("base64 of gzip of user-data"),
        true => Some("base64 of user-data"),
        false => None,
    }
}

/// By the first line, as cloud-init does (`type_from_starts_with` skips white space before it).
fn taken(source: &Source) -> Taken {
    match source.head_of_not_utf8() {
        Some(head) if layers::is_gzip(head) => return Taken::Layer("gzip of user-data", Span::default()),
        Some(_) => return Taken::Other("a binary file", Span::default()),
        None => {}
    }
    let text = source.text();
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    let first = text.lines().next().unwrap_or_default();
    let start = source.text().len() - text.len();
    let place = Span::new(start, start + first.len());
    match (other(text), base64_of(text)) {
        (Some(kind), _) => Taken::Other(kind, place),
        (_, Some(layer)) => Taken::Layer(layer, place),
        _ if first.to_ascii_lowercase().starts_with("#cloud-config") => Taken::CloudConfig(place),
        _ if layers::is_message(text) => Taken::Other("finished user-data", place),
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
        Taken::Other(kind, place) => report.push(not_evaluated(kind, place)),
        Taken::Layer(layer, place) => report.push(wrapped(layer, place)),
    }
    true
}

/// Whether a source is something else than a context; if so, the report says what there is to say of it. `values`: what a schema has
/// to say of those of cloud-config.
pub(crate) fn judge(source: &Source, values: &impl Fn(&Arc<Node>) -> Vec<Diagnostic>, report: &mut Report) -> bool {
    match taken(source) {
        Taken::Context => return false,
        Taken::CloudConfig(_) => cloud_config(source, values, report),
        Taken::Other(kind, place) => report.push(not_evaluated(kind, place)),
        Taken::Layer(layer, place) => report.push(wrapped(layer, place)),
    }
    true
}

const MADE_FROM: &str = "give the file that it was made from, or one whose first line is `#contextc`";

fn not_evaluated(kind: &str, span: Span) -> Diagnostic {
    Diagnostic::error(NOT_EVALUATED, span, format!("this is {kind}, not a context")).help(MADE_FROM)
}

fn wrapped(layer: &str, span: Span) -> Diagnostic {
    Diagnostic::error(NOT_EVALUATED, span, format!("this looks like {layer}: what is in it was not read"))
        .help(MADE_FROM)
}

fn cloud_config(source: &Source, values: &impl Fn(&Arc<Node>) -> Vec<Diagnostic>, report: &mut Report) {
    let document = Document::parse(source, report);
    if report.has_errors() {
        report.hide_named(&secret_names());
    }
    let Some(document) = document else { return };
    hide_foreign(&document.root, report);
    if !matches!(document.root.kind, Kind::Mapping(_)) {
        let fault = Diagnostic::error(
            UNKNOWN_KEY,
            document.root.span,
            format!("this is {}, not a map of keys", document.root.describe()),
        );
        report.hide_named(&secret_names());
        report.push(fault.help("write `KEY: VALUE`"));
    }
    values(&document.root).into_iter().for_each(|fault| report.push(fault));
    for (key, value) in document.root.pairs() {
        pyyaml::check(key, report);
        pyyaml::check(value, report);
        let name = key.text().unwrap_or_default();
        public_keys::check(name, value, report);
        match keys::classify(name) {
            Key::CloudConfig | Key::Ignored => {}
            Key::Ours | Key::Block(_) => {
                report.hide_unknown(value);
                let fault =
                    Diagnostic::error(OUR_KEY, key.span, format!("`{name}` is a key of contextc, not of cloud-init"));
                report.push(fault.help("write `#contextc` in the first line, and compile the file"));
            }
            Key::Unknown => {
                report.hide_unknown(value);
                let fault = Diagnostic::error(UNKNOWN_KEY, key.span, format!("`{name}` is not a key of cloud-init"));
                report.push(fault.help(keys::nearest_cloud_config(name)));
            }
        }
    }
}
