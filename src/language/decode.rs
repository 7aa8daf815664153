//! A node to a typed value, going on after a fault so that one run reports them all.

use super::diagnostic::{Code, Diagnostic, Report};
use super::document::value::{unpruned, value_of};
use super::document::{Node, key_span_at, span_at};
use super::fault::Fault;
use super::path::Path;
use super::suggest;
use serde::de::DeserializeOwned;
use std::sync::Arc;

const UNKNOWN_KEY: Code = Code::new("context/unknown-setting", "A key that a block does not know would have no effect.");
const WRONG_TYPE: Code = Code::new("context/wrong-type", "A value is of another kind than its key takes.");
const MISSING: Code = Code::new("context/missing-setting", "A setting without which the rest makes no sense is not there.");

pub(crate) const CODES: &[Code] = &[UNKNOWN_KEY, WRONG_TYPE, MISSING];

/// Decodes a node, reporting every fault at its place.
///
/// serde stops at its first fault. So each round reports one, leaves out the value that had it, and decodes again, until the
/// rest is sound. What comes back then holds defaults in place of the faulty values: good for finding more faults, never for
/// writing output (the report has an error by then). `codes` are those that the type's own values can raise.
pub(crate) fn decode<T: DeserializeOwned>(node: &Arc<Node>, codes: &[Code], report: &mut Report) -> Option<T> {
    let mut pruned: Vec<Path> = Vec::new();
    loop {
        let error = match serde_path_to_error::deserialize(value_of(node, &pruned)) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let place = unpruned(&path_of(error.path()), &pruned);
        let (diagnostic, faulty) = describe(node, place, &error.into_inner().to_string(), codes);
        report.push(diagnostic);
        if faulty.steps().is_empty() || pruned.contains(&faulty) {
            return None;
        }
        pruned.push(faulty);
    }
}

fn path_of(path: &serde_path_to_error::Path) -> Path {
    use serde_path_to_error::Segment;
    path.iter().fold(Path::root(), |at, segment| match segment {
        Segment::Seq { index } => at.index(*index),
        Segment::Map { key } => at.key(key.as_str()),
        Segment::Enum { .. } | Segment::Unknown => at,
    })
}

/// The diagnostic, and the place to leave out of the next round.
fn describe(node: &Arc<Node>, place: Path, error: &str, codes: &[Code]) -> (Diagnostic, Path) {
    if let Some((slug, message, help)) = Fault::read(error) {
        let code = codes.iter().find(|code| code.as_str() == slug).copied().unwrap_or(WRONG_TYPE);
        return (Diagnostic::error(code, span_at(node, &place), message).help(help), place);
    }
    let names = backticked(error);
    match (error.split('`').next().unwrap_or_default(), names.as_slice()) {
        ("unknown field ", [name, known @ ..]) => (unknown_key(node, &place, name, known), place.key(*name)),
        ("missing field ", [name, ..]) => (missing(node, &place, name), place),
        _ => (wrong_type(node, &place, error), place),
    }
}

fn backticked(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn unknown_key(node: &Arc<Node>, place: &Path, name: &str, known: &[&str]) -> Diagnostic {
    let within = place.name().map(|name| format!(" in `{name}`")).unwrap_or_default();
    Diagnostic::error(UNKNOWN_KEY, key_span_at(node, &place.key(name)), format!("`{name}` is not known{within}"))
        .label("not known")
        .help(suggest::advice(name, known))
}

fn missing(node: &Arc<Node>, place: &Path, name: &str) -> Diagnostic {
    Diagnostic::error(MISSING, key_span_at(node, place), format!("`{name}` is missing here")).help(format!("add `{name}: ...`"))
}

/// serde says `invalid type: string "many", expected a list`; what was expected is the part that the types word themselves.
fn wrong_type(node: &Arc<Node>, place: &Path, error: &str) -> Diagnostic {
    let expected = error.split(", expected ").nth(1).unwrap_or("another kind of value");
    let expected = expected.split(" at line ").next().unwrap_or(expected);
    let expected = match expected {
        "a string" => "text (a number or a date as text goes in quotes)",
        "a sequence" => "a list",
        "u64" | "u32" | "i64" => "a whole number",
        other => other,
    };
    let found = place.steps().iter().try_fold(node, |node, step| node.child(step)).unwrap_or(node);
    let name = place.name().map(|name| format!("`{name}`")).unwrap_or_else(|| "this".into());
    Diagnostic::error(WRONG_TYPE, span_at(node, place), format!("{name} takes {expected}, not {}", found.describe()))
        .label(format!("is {}", found.describe()))
        .help(format!("write {expected}"))
}
