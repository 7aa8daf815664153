//! Items of a list that are none: a line that is indented deeper goes on with the text above it, dash and all.

use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node, Style};
use crate::language::source::Span;

const CONTINUED: Code = Code::new(
    "cloud-config/continued",
    "To YAML a line that is indented deeper than the item above it is more of its text: two packages become one, of a name that nobody has.",
);

pub(crate) const CODES: &[Code] = &[CONTINUED];

/// Reports the lines of texts that look like items of the list they stand in.
pub(super) fn check(node: &Node, report: &mut Report) {
    match &node.kind {
        Kind::Sequence(items) => {
            for item in items {
                lines_with_dashes(item, report);
                check(item, report);
            }
        }
        Kind::Mapping(pairs) => pairs.iter().for_each(|(_, value)| check(value, report)),
        Kind::Scalar { .. } | Kind::Faulty => {}
    }
}

fn lines_with_dashes(item: &Node, report: &mut Report) {
    let Kind::Scalar { style: Style::Plain, .. } = item.kind else { return };
    let written = report.source().text().get(item.span.start..item.span.end).unwrap_or_default().trim_end().to_owned();
    let mut at = item.span.start;
    for (number, line) in written.split_inclusive('\n').enumerate() {
        let blank = line.len() - line.trim_start().len();
        if number > 0 && line.trim_start().starts_with("- ") {
            let place = Span::new(at + blank, at + line.trim_end().len());
            let fault = Diagnostic::warning(
                CONTINUED,
                place,
                "this line is more of the text above it, not an item of the list",
            );
            report.push(fault.help("begin it in the column of the `- ` above, or put the text in quotes"));
        }
        at += line.len();
    }
}
