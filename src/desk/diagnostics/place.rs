//! Places in files as people count them.

use crate::language::diagnostic::Report;
use crate::language::source::Span;
use schemars::JsonSchema;
use serde::Serialize;

/// A place in a text.
#[derive(Serialize, JsonSchema, Clone, Copy)]
pub(super) struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// From the first character of a place to the one after its last.
#[derive(Serialize, JsonSchema, Clone, Copy)]
pub(super) struct Place {
    pub start: Position,
    pub end: Position,
}

pub(super) fn place(report: &Report, span: Span) -> Place {
    let position = |offset| {
        let (line, column) = report.source().line_column(offset);
        Position { line, column }
    };
    Place { start: position(span.start), end: position(span.end) }
}

/// Whether places in a report are places in this file, and not in what was unpacked from it.
pub(super) fn is_in(report: &Report, file: &str) -> bool {
    report.source().name() == file
}
