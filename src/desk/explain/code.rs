//! The page of a code.

use super::example::{Example, Judged, example};
use super::indented;
use crate::language::diagnostic::Code;

pub(super) fn page(code: Code) -> String {
    let example = example(code);
    let judged = example.as_ref().and_then(|example| Some((example.wrong()?, example.right()?)));
    let severity = judged.and_then(|(wrong, _)| wrong.diagnostics().find(|found| found.code() == code));
    let severity = severity.map(|found| format!(" ({})", found.severity())).unwrap_or_default();
    let shown = match judged {
        Some((wrong, right)) => {
            let options = example.as_ref().map(Example::options).filter(|options| !options.is_empty());
            let with = options.map(|options| format!(" (with `{options}`)")).unwrap_or_default();
            format!("\nWrong{with}:\n\n{}\n{}\nRight:\n\n{}", text(wrong), indented(&wrong.to_string(), 2), text(right))
        }
        None => example.and_then(|example| Some(format!("\n{}\n", example.told()?))).unwrap_or_default(),
    };
    format!("{code}{severity}\n\n{}\n{shown}", code.explanation())
}

/// The text of an example, with no character that a terminal would obey.
fn text(judged: &Judged) -> String {
    let escaped = |c: char| if c.is_control() && c != '\n' { c.escape_default().collect() } else { c.to_string() };
    indented(&judged.text().chars().map(escaped).collect::<String>(), 4)
}
