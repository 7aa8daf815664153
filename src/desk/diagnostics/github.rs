//! The diagnostics of a run as GitHub's workflow commands: a runner shows them at the lines of a change.

use super::Judged;
use super::place::{Place, is_in, place};
use crate::language::diagnostic::{Diagnostic, Report};

/// A line for each, `::error file=FILE,line=1,endLine=1,col=1,endColumn=7,title=CODE::MESSAGE` (GitHub, "Workflow commands for
/// GitHub Actions"; how texts are escaped is in its `actions/toolkit`, `packages/core/src/command.ts`).
///
/// ```
/// use contextc::diagnostics::{Judged, github};
/// let source = contextc::Source::new("worker.yaml", "locafs: {}\n");
/// let reports = [contextc::Compiler::new().check(&source)];
/// let lines = github(&[Judged::new("worker.yaml", &reports)]);
/// assert!(lines.starts_with("::error file=worker.yaml,line=1,endLine=1,col=1,endColumn=7,title=context/unknown-key::"));
/// ```
pub fn github(files: &[Judged]) -> String {
    files
        .iter()
        .flat_map(|file| file.found().map(|(report, found)| line(file.name, report, found)).chain(unjudged(file)))
        .collect()
}

fn unjudged(file: &Judged) -> Option<String> {
    let unread = file.unread_why().map(|why| ("error", "unread", why.to_owned()));
    let skipped = || file.skipped_why().map(|why| ("notice", "skipped", format!("not judged: {why}")));
    let (level, title, why) = unread.or_else(skipped)?;
    Some(format!("::{level} file={},title={title}::{}\n", property(file.name), data(&why)))
}

fn line(file: &str, report: &Report, found: &Diagnostic) -> String {
    let (at, before) = match is_in(report, file) {
        true => (lines(place(report, found.span())), String::new()),
        // The places of a part that was unpacked are none in the file.
        false => (String::new(), format!("{}: ", report.source().name())),
    };
    let help: String = found.help_texts().iter().map(|help| format!("\nhelp: {help}")).collect();
    let text = format!("{before}{}{help}", found.message());
    let (severity, code) = (found.severity(), property(found.code().as_str()));
    format!("::{severity} file={}{at},title={code}::{}\n", property(file), data(&text))
}

/// Columns count only within one line.
fn lines(place: Place) -> String {
    let Place { start, end } = place;
    let columns = match start.line == end.line {
        true => format!(",col={},endColumn={}", start.column, end.column),
        false => String::new(),
    };
    format!(",line={},endLine={}{columns}", start.line, end.line)
}

/// What follows the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property: what separates them, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
