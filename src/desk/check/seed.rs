//! A seed: an image or a directory with user-data in it, and whether anything on the machine looks into it.

use super::layers;
use crate::context::{foreign, plain};
use crate::desk::opening::{OpeningFault, Seed};
use crate::language::diagnostic::{Code, Diagnostic, Report, Severity};
use crate::language::source::{Source, Span};
use crate::targets::{self, Target};
use serde_json::Value;

const LABEL: Code = Code::new(
    "envelope/seed-label",
    "A machine looks for the label of a volume, not for what is in it: under any other nobody finds it.",
);
const INCOMPLETE: Code = Code::new(
    "envelope/seed-incomplete",
    "Without the files that belong to it a seed is left alone as a whole, and nobody says so.",
);
const UNREADABLE: Code = Code::new(
    "envelope/seed-unreadable",
    "An image that cannot be read here may be read otherwise, or not at all, on the machine.",
);

pub(super) const CODES: &[Code] = &[LABEL, INCOMPLETE, UNREADABLE];

/// What nobody could open.
pub(super) fn refused(fault: &OpeningFault) -> Diagnostic {
    let error = |code, message: String| Diagnostic::error(code, Span::default(), message);
    match fault {
        OpeningFault::UserData(fault) => layers::refused(*fault),
        OpeningFault::Image(fault) => error(UNREADABLE, format!("this is an image, and {fault}"))
            .help("make it again: `contextc compile FILE --medium iso`"),
        OpeningFault::NoUserData { .. } => error(INCOMPLETE, format!("of this seed nothing can be judged: {fault}"))
            .help("put `user-data` and `meta-data` into its root: `contextc compile FILE --medium iso` does"),
    }
}

/// Whether the machine finds it, and takes it.
pub(super) fn check(seed: &Seed, report: &mut Report) {
    if !seed.is_found_by_label() {
        let label = seed.label.as_deref().unwrap_or_default();
        let message = format!(
            "this volume is labelled `{}`, and {} looks for `{}`",
            label.escape_debug(),
            seed.reader,
            seed.label_wanted
        );
        report.push(
            Diagnostic::error(LABEL, Span::default(), message)
                .help(format!("make it again with that label: `-volid {}`", seed.label_wanted)),
        );
    }
    if let Some(missing) = &seed.missing {
        let message = format!("there is no `{missing}`, and without it {} leaves all of this alone", seed.reader);
        // A directory may be on its way to become one.
        let severity = if seed.label.is_some() { Severity::Error } else { Severity::Warning };
        let fault = Diagnostic::new(severity, INCOMPLETE, Span::default(), message);
        report.push(fault.help(format!("add `{missing}`, if only as an empty file")));
    }
}

/// What lies beside the user-data: `name` gives each file its own. What cannot be read of it takes the whole seed with it.
pub(super) fn beside(seed: &Seed, name: impl Fn(&str) -> String) -> Vec<Report> {
    let judged = |(path, bytes): &(String, Vec<u8>)| {
        if path.ends_with(".json") {
            let mut report = Report::new(&Source::new(name(path), ""));
            let read = serde_json::from_slice::<serde::de::IgnoredAny>(bytes);
            read.err().into_iter().for_each(|error| report.push(no_json(seed, path, &error)));
            return report;
        }
        let source = Source::from_bytes(name(path), bytes.clone());
        let mut report = Report::new(&source);
        if !bytes.trim_ascii().is_empty() {
            plain::parse(&source, &mut report);
        }
        report
    };
    seed.beside.iter().map(judged).collect()
}

/// A warning for what of a directory nobody reads.
pub(super) fn others(seed: &Seed, report: &mut Report) {
    if let [_, ..] = seed.others.as_slice() {
        let names: Vec<String> = seed.others.iter().take(8).map(|path| format!("`{}`", path.escape_debug())).collect();
        let more = if seed.others.len() > names.len() { " and others" } else { "" };
        let message = format!("not judged, as they are no files of a seed: {}{more}", names.join(", "));
        report.push(foreign::not_judged(message).help("are they called as they should be? else leave them out"));
    }
}

/// The texts that the operator gives to cloud-init: of a config drive they stand in JSON (`sources.convert_vendordata`).
pub(super) fn vendor_data(seed: &Seed, report: &mut Report) -> Vec<Vec<u8>> {
    let Some(bytes) = &seed.vendor_data else { return Vec::new() };
    if !seed.vendor_path.ends_with(".json") {
        return if bytes.trim_ascii().is_empty() { Vec::new() } else { vec![bytes.clone()] };
    }
    match serde_json::from_slice::<Value>(bytes) {
        Err(error) => {
            report.push(no_json(seed, &seed.vendor_path, &error));
            Vec::new()
        }
        Ok(value) => texts(&value).into_iter().map(|text| text.as_bytes().to_vec()).collect(),
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => value.get("cloud-init").map(texts).unwrap_or_default(),
    }
}

fn no_json(seed: &Seed, path: &str, error: &serde_json::Error) -> Diagnostic {
    let message = format!("`{path}` is not JSON: {error}; {} leaves all of this alone", seed.reader);
    Diagnostic::error(INCOMPLETE, Span::default(), message).help("write `{}`, if there is nothing to say")
}

/// The target whose machines read such a seed; nothing where what reads it decodes more.
pub(super) fn target(seed: &Seed) -> Option<&'static Target> {
    match seed.reader {
        "NoCloud" => targets::target("nocloud"),
        "ConfigDrive" => targets::target("config-drive"),
        _ => None,
    }
}
