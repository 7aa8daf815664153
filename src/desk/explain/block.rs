//! The page of a block: its settings from the schema, its smallest example, its codes.

use super::{indented, settings, table};
use crate::blocks::BlockSpec;

/// The file that shows the smallest useful block of a name.
pub(crate) fn smallest(block: &str) -> Option<&'static str> {
    std::str::from_utf8(table::find(table::BLOCKS, &format!("{block}.yaml"))?).ok()
}

pub(super) fn page(spec: &BlockSpec) -> String {
    let example = indented(smallest(spec.name).unwrap_or_default(), 2);
    let codes: String = spec.codes.iter().map(|code| super::row((code.as_str(), code.explanation()))).collect();
    let sections = [("Settings", settings::of(spec.name)), ("Example", example), ("Codes", codes)];
    let head = format!("{}: {} (phase: {})\n", spec.name, spec.summary, spec.phase.name());
    let sections = sections.into_iter().filter(|(_, text)| !text.is_empty());
    sections.fold(head, |page, (title, text)| format!("{page}\n{title}:\n\n{text}"))
}
