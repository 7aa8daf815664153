//! A seed: an image or a directory with user-data in it, and whether anything on the machine looks into it.

use super::layers;
use crate::context::{foreign, plain};
use crate::desk::opening::{OpeningFault, Seed};
use crate::language::diagnostic::{Code, Diagnostic, Report};
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
const VENDOR_DATA: Code = Code::new(
    "envelope/vendor-data",
    "Of vendor-data in JSON cloud-init takes a text or a list of texts, as it stands or below `cloud-init`, and nothing else.",
);

pub(super) const CODES: &[Code] = &[LABEL, INCOMPLETE, UNREADABLE, VENDOR_DATA];

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

/// Whether the machine finds it, and takes it. `asked`: the target that somebody asked for.
pub(super) fn check(seed: &Seed, asked: Option<&Target>, report: &mut Report) {
    let reads = |target: &&Target| READERS.contains(&target.datasource()) && target.datasource() != seed.reader;
    asked.filter(reads).into_iter().for_each(|target| report.push(for_another(seed, target)));
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
        let alone = seed.label.is_none() && seed.path == "user-data" && seed.beside.is_empty();
        // Alone it may be meant for a cloud that takes nothing else.
        let fault = match alone && asked.is_none() {
            true => Diagnostic::warning(INCOMPLETE, Span::default(), message),
            false => Diagnostic::error(INCOMPLETE, Span::default(), message),
        };
        let help = "is it for another target? then give the file alone: `contextc check DIR/user-data`";
        let fault = fault.help(added(missing));
        report.push(if alone { fault.help(help) } else { fault });
    }
}

/// The datasources that read a seed of their own form and no other (`sources/DataSource*.py`).
const READERS: [&str; 3] = ["NoCloud", "ConfigDrive", "OpenNebula"];

fn for_another(seed: &Seed, target: &Target) -> Diagnostic {
    let message = format!(
        "this is a seed for {}, and on {target} it is {} that looks for one: all of this is left alone but where the image tries both",
        seed.reader,
        target.datasource()
    );
    Diagnostic::warning(INCOMPLETE, Span::default(), message)
        .help(format!("make it for that target: `contextc compile FILE --target {target}`"))
}

/// What the reader is content with: `KEY_COPIES` of `sources/helpers/openstack.py` wants an id.
fn added(missing: &str) -> String {
    match missing.ends_with("/meta_data.json") {
        true => format!("add `{missing}`, at least with {UUID} in it"),
        false => format!("add `{missing}`, if only as an empty file"),
    }
}

const UUID: &str = "`{\"uuid\": \"AN-ID\"}`";

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

/// The first of some paths.
fn listed(paths: &[String]) -> String {
    let names: Vec<String> = paths.iter().take(8).map(|path| format!("`{}`", path.escape_debug())).collect();
    format!("{}{}", names.join(", "), if paths.len() > names.len() { " and others" } else { "" })
}

/// A warning for what of a directory nobody reads.
pub(super) fn others(seed: &Seed, report: &mut Report) {
    if let [_, ..] = seed.others.as_slice() {
        let message = format!("not judged, as they are no files of a seed: {}", listed(&seed.others));
        report.push(foreign::not_judged(message).help("are they called as they should be? else leave them out"));
    }
}

/// What the machine writes as it is, to where `meta_data.json` says: nothing in it is for cloud-init (`read_v2` of
/// `sources/helpers/openstack.py`).
pub(super) fn contents(seed: &Seed, report: &mut Report) {
    let meta_data = seed.beside.iter().find(|(path, _)| path.ends_with("/meta_data.json"));
    let meta_data: Value = meta_data.and_then(|(_, bytes)| serde_json::from_slice(bytes).ok()).unwrap_or_default();
    if !meta_data.is_null() && meta_data.get("uuid").is_none() {
        let message =
            format!("`meta_data.json` has no `uuid`, and without it {} leaves all of this alone", seed.reader);
        report.push(Diagnostic::error(INCOMPLETE, Span::default(), message).help(format!("write at least {UUID}")));
    }
    let files = meta_data.get("files").and_then(Value::as_array).into_iter().flatten();
    let files = files.filter(|file| file.get("path").is_some()).chain(meta_data.get("network_config"));
    let named: Vec<&str> = files.filter_map(|file| file.get("content_path")?.as_str()).collect();
    let is_there =
        |name: &&str| seed.contents.iter().any(|(path, _)| path.ends_with(&format!("/{}", name.trim_matches('/'))));
    if let Some(lost) = named.iter().find(|name| !is_there(name)) {
        let lost = lost.escape_debug();
        let message =
            format!("`meta_data.json` names `{lost}`, which is not there: {} leaves all of this alone", seed.reader);
        report.push(Diagnostic::error(INCOMPLETE, Span::default(), message).help("make the drive again"));
    }
    let paths: Vec<String> = seed.contents.iter().map(|(path, _)| path.clone()).collect();
    if let [_, ..] = paths.as_slice() {
        let message = format!("not judged, as the machine writes them as they are: {}", listed(&paths));
        report.push(foreign::not_judged(message).help("`write_files` in a cloud-config does the same, and is judged"));
    }
}

/// The texts that the operator gives to cloud-init, each with its file.
pub(super) fn vendor_data(seed: &Seed, report: &mut Report) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (path, bytes) in &seed.vendor_data {
        let texts = match path.ends_with(".json") {
            true => texts_in_json(seed, path, bytes, report),
            false => vec![bytes.clone()],
        };
        let texts = texts.into_iter().filter(|text| !text.trim_ascii().is_empty());
        all.extend(texts.map(|text| (path.clone(), text)));
    }
    all
}

fn texts_in_json(seed: &Seed, path: &str, bytes: &[u8], report: &mut Report) -> Vec<Vec<u8>> {
    let value = match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => value,
        Err(error) => {
            report.push(no_json(seed, path, &error));
            return Vec::new();
        }
    };
    let below = value.get("cloud-init");
    match texts(if value.is_object() { below.unwrap_or(&Value::Null) } else { &value }) {
        Ok(texts) => texts.into_iter().map(|text| text.as_bytes().to_vec()).collect(),
        Err(why) => {
            let fault = Diagnostic::error(VENDOR_DATA, Span::default(), format!("of `{}` {why}", path.escape_debug()));
            report.push(fault.help("write `{\"cloud-init\": \"#cloud-config\\n...\"}`, or a list of such texts there"));
            Vec::new()
        }
    }
}

/// As `sources.convert_vendordata` and `UserDataProcessor.process` take a value; what is empty in any way is none.
fn texts(value: &Value) -> Result<Vec<&str>, &'static str> {
    let is_empty = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Object(keys) => keys.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    match value {
        _ if is_empty(value) => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text]),
        Value::Array(items) => {
            let texts = items.iter().filter(|item| !is_empty(item)).map(Value::as_str).collect::<Option<_>>();
            texts.ok_or("an entry is no text: cloud-init stops there")
        }
        Value::Object(_) => Err("`cloud-init` is a map: cloud-init passes over it"),
        _ => Err("neither is it a text nor a list: cloud-init passes over it"),
    }
}

fn no_json(seed: &Seed, path: &str, error: &serde_json::Error) -> Diagnostic {
    let message = format!("`{path}` is not JSON: {error}; {} leaves all of this alone", seed.reader);
    let least = if path.ends_with("/meta_data.json") { UUID } else { "`{}`" };
    Diagnostic::error(INCOMPLETE, Span::default(), message).help(format!("write at least {least}"))
}

/// The target whose machines read such a seed; nothing where what reads it decodes more.
pub(super) fn target<'t>(seed: &Seed, asked: Option<&'t Target>) -> Option<&'t Target> {
    match seed.reader {
        // What is around the user-data there has come off when it was opened.
        "OpenNebula" => None,
        _ if asked.is_some() => asked,
        "NoCloud" => targets::target("nocloud"),
        "ConfigDrive" => targets::target("config-drive"),
        _ => None,
    }
}
