//! Files that are not contexts, judged as far as they can be.

use super::keys::{self, Key};
use crate::language::diagnostic::{Code, Diagnostic, Report, Span};
use crate::language::document::{Document, Kind};
use crate::language::source::Source;

const NOT_EVALUATED: Code = Code::new("envelope/not-evaluated", "What was not judged is never called right.");
const OUR_KEY: Code =
    Code::new("cloud-config/our-key", "cloud-init ignores a key of contextc: such a file must be compiled.");
const UNKNOWN_KEY: Code = Code::new("cloud-config/unknown-key", "cloud-init ignores a key that it does not know.");

pub(crate) const CODES: &[Code] = &[NOT_EVALUATED, OUR_KEY, UNKNOWN_KEY];

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

/// Whether a source is something else than a context; if so, the report says what there is to say of it.
pub(crate) fn judge(source: &Source, report: &mut Report) -> bool {
    let first = source.text().lines().next().unwrap_or_default();
    let lower = first.to_ascii_lowercase();
    if let Some((_, kind)) = OTHERS.iter().find(|(start, _)| lower.starts_with(start)) {
        report.push(not_evaluated(kind, Span::new(0, first.len())));
        return true;
    }
    if source.not_utf8_at().is_some() {
        report.push(not_evaluated("a binary file", Span::default()));
        return true;
    }
    let plain = first.trim_end() == "#cloud-config";
    if plain {
        cloud_config(source, report);
    }
    plain
}

fn not_evaluated(kind: &str, span: Span) -> Diagnostic {
    Diagnostic::error(NOT_EVALUATED, span, format!("this is {kind}, which is not judged"))
        .help("check the file that it was made from")
}

fn cloud_config(source: &Source, report: &mut Report) {
    let Some(document) = Document::parse(source, report) else { return };
    if !matches!(document.root.kind, Kind::Mapping(_)) {
        let fault = Diagnostic::error(
            UNKNOWN_KEY,
            document.root.span,
            format!("this is {}, not a map of keys", document.root.describe()),
        );
        report.push(fault.help("write `KEY: VALUE`"));
    }
    for (key, _) in document.root.pairs() {
        let name = key.text().unwrap_or_default();
        match keys::classify(name) {
            Key::CloudConfig | Key::Ignored => {}
            Key::Ours | Key::Block(_) => {
                let fault =
                    Diagnostic::error(OUR_KEY, key.span, format!("`{name}` is a key of contextc, not of cloud-init"));
                report.push(fault.help("write `#contextc` in the first line, and compile the file"));
            }
            Key::Unknown => {
                let fault = Diagnostic::error(UNKNOWN_KEY, key.span, format!("`{name}` is not a key of cloud-init"));
                report.push(fault.help(keys::nearest_cloud_config(name)));
            }
        }
    }
}
