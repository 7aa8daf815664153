//! The page of a block: its settings from the schema, its smallest example, its codes.

use super::{indented, settings};
use crate::blocks::BlockSpec;
use crate::catalog::examples;

pub(super) fn page(spec: &BlockSpec) -> String {
    let example = indented(examples::smallest(spec.name).unwrap_or_default(), 2);
    let codes: String = spec.codes.iter().map(|code| super::row((code.as_str(), code.explanation()))).collect();
    let sections = [("Settings", settings::of(spec.name)), ("Example", example), ("Codes", codes)];
    let head = format!("{}: {} (phase: {})\n", spec.name, spec.summary, spec.phase.name());
    let sections = sections.into_iter().filter(|(_, text)| !text.is_empty());
    sections.fold(head, |page, (title, text)| format!("{page}\n{title}:\n\n{text}"))
}
