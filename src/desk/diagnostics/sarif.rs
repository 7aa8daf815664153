//! The diagnostics of a run as SARIF 2.1.0, what code scanning and editors read (OASIS, "Static Analysis Results Interchange
//! Format Version 2.1.0"; the numbers in brackets are its sections).

use super::Judged;
use super::place::{Place, is_in, place};
use crate::language::diagnostic::{Code, Diagnostic, Report, Severity};
use crate::language::fix::Fix;
use crate::language::source::Span;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One log with one run: what was found, where, and how to mend what surely can be; the rules that were broken.
///
/// ```
/// use contextc::diagnostics::{Judged, sarif};
/// let source = contextc::Source::new("worker.yaml", "locafs: {}\n");
/// let reports = [contextc::Compiler::new().check(&source)];
/// let log = sarif(&[Judged::new("worker.yaml", &reports)]);
/// assert!(log.contains(r#""version": "2.1.0""#) && log.contains(r#""ruleId": "context/unknown-key""#));
/// ```
pub fn sarif(files: &[Judged]) -> String {
    let found = || files.iter().flat_map(|file| file.found().map(move |(report, found)| (file, report, found)));
    let codes: Vec<Code> = found().map(|(.., found)| found.code()).collect::<BTreeSet<_>>().into_iter().collect();
    let results: Vec<Value> = found().map(|(file, report, found)| result(file, report, found, &codes)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "contextc",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation(files)],
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// A rule (3.49).
fn rule(code: &Code) -> Value {
    let explained = format!("`contextc explain {code}` shows an example that is wrong and one that is right.");
    json!({
        "id": code.as_str(),
        "shortDescription": {"text": code.explanation()},
        "help": {"text": format!("{} {explained}", code.explanation())},
    })
}

/// The run (3.20): what could not be read is no result, and the run has failed then. What is nothing to judge is a note.
fn invocation(files: &[Judged]) -> Value {
    let told = |level: &str, name: &str, why: String| {
        json!({
            "level": level,
            "message": {"text": why},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(name)}}}],
        })
    };
    let unread = files.iter().filter_map(|file| Some(told("error", file.name, file.unread_why()?.to_owned())));
    let skipped =
        files.iter().filter_map(|file| Some(told("note", file.name, format!("not judged: {}", file.skipped_why()?))));
    let notifications: Vec<Value> = unread.chain(skipped).collect();
    let successful = files.iter().all(|file| file.unread_why().is_none());
    json!({"executionSuccessful": successful, "toolExecutionNotifications": notifications})
}

/// A result (3.27).
fn result(file: &Judged, report: &Report, found: &Diagnostic, codes: &[Code]) -> Value {
    let place = |span| location(file.name, report, span);
    let text = std::iter::once(found.message()).chain(found.help_texts().iter().map(String::as_str));
    let mut result = json!({
        "ruleId": found.code().as_str(),
        "ruleIndex": codes.binary_search(&found.code()).unwrap_or_default(),
        "level": match found.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": {"text": text.collect::<Vec<_>>().join("\n")},
        "locations": [labelled(place(found.span()), found.label_text())],
    });
    let related = found.related().iter().enumerate();
    let related: Vec<Value> = related.map(|(id, (span, label))| numbered(id, labelled(place(*span), label))).collect();
    let fixes: Vec<Value> =
        found.fixes().iter().filter(|_| is_in(report, file.name)).map(|fix| change(file.name, report, fix)).collect();
    if let Some(result) = result.as_object_mut() {
        let lists = [("relatedLocations", related), ("fixes", fixes)].into_iter().filter(|(_, list)| !list.is_empty());
        result.extend(lists.map(|(key, list)| (key.to_owned(), Value::from(list))));
    }
    result
}

/// A location (3.28): of what was unpacked from a file the file alone, and the name of the part.
fn location(file: &str, report: &Report, span: Span) -> Value {
    let artifact = json!({"uri": uri(file)});
    match is_in(report, file) {
        true => json!({"physicalLocation": {"artifactLocation": artifact, "region": region(place(report, span))}}),
        false => json!({
            "physicalLocation": {"artifactLocation": artifact},
            "logicalLocations": [{"fullyQualifiedName": named(report, span)}],
        }),
    }
}

/// `NAME:LINE:COLUMN` in what was unpacked.
fn named(report: &Report, span: Span) -> String {
    let (line, column) = report.source().line_column(span.start);
    format!("{}:{line}:{column}", report.source().name())
}

fn labelled(mut location: Value, label: &str) -> Value {
    if let Some(location) = location.as_object_mut().filter(|_| !label.is_empty()) {
        location.insert("message".into(), json!({"text": label}));
    }
    location
}

/// Related locations are numbered from 0, so that messages can link them.
fn numbered(id: usize, mut location: Value) -> Value {
    if let Some(location) = location.as_object_mut() {
        location.insert("id".into(), id.into());
    }
    location
}

/// A region (3.30), its end column after the last character.
fn region(place: Place) -> Value {
    let Place { start, end } = place;
    json!({"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column})
}

/// A fix (3.55).
fn change(file: &str, report: &Report, fix: &Fix) -> Value {
    let replacement = json!({
        "deletedRegion": region(place(report, fix.span())),
        "insertedContent": {"text": fix.replacement()},
    });
    json!({
        "description": {"text": format!("write `{}`", fix.replacement())},
        "artifactChanges": [{"artifactLocation": {"uri": uri(file)}, "replacements": [replacement]}],
    })
}

/// A path as a URI reference (RFC 3986): a relative one stays relative.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded: String = path
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    if path.starts_with('/') { format!("file://{encoded}") } else { encoded }
}
