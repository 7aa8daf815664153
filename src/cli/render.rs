//! Reports and failures for a terminal.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstream::ColorChoice;
use contextc::{Diagnostic, Report, Severity, Span};
use std::io::Write;

/// `auto`, `always` or `never`; `auto` follows the terminal, `NO_COLOR` and `CLICOLOR_FORCE`.
pub fn choose_colour(when: &str) {
    match when {
        "always" => ColorChoice::Always.write_global(),
        "never" => ColorChoice::Never.write_global(),
        _ => ColorChoice::Auto.write_global(),
    }
}

/// Every diagnostic of a report, on standard error.
pub fn report(report: &Report) {
    let mut stderr = anstream::stderr().lock();
    let text = report.shown_text();
    for diagnostic in report.diagnostics() {
        let groups = group(diagnostic, report.source().name(), &text);
        let _ = writeln!(stderr, "{}\n", Renderer::styled().render(&[groups]));
    }
    if report.is_full() {
        let _ = writeln!(stderr, "{}: the search stopped here: mend these first", report.source().name());
    }
}

/// Why a command could not work, on standard error.
pub fn failure(message: &str) {
    let title = Level::ERROR.primary_title(message);
    let _ = writeln!(anstream::stderr().lock(), "{}", Renderer::styled().render(&[Group::with_title(title)]));
}

fn group<'r>(diagnostic: &'r Diagnostic, name: &'r str, text: &'r str) -> Group<'r> {
    let level = match diagnostic.severity() {
        Severity::Warning => Level::WARNING,
        _ => Level::ERROR,
    };
    let title = level.primary_title(diagnostic.message()).id(diagnostic.code().as_str());
    let primary = AnnotationKind::Primary.span(range(diagnostic.span(), text)).label(diagnostic.label_text());
    let related = diagnostic
        .related()
        .iter()
        .map(|(span, label)| AnnotationKind::Context.span(range(*span, text)).label(label.as_str()));
    let snippet = Snippet::source(text).path(name).annotation(primary).annotations(related);
    let help = diagnostic.help_texts().iter().map(|text| Level::HELP.message(text.as_str()));
    title.element(snippet).elements(help)
}

/// At most the first line of a place: a block of many lines is pointed at, not painted over.
fn range(span: Span, text: &str) -> std::ops::Range<usize> {
    let marked = text.get(span.start..span.end).unwrap_or_default();
    let line = marked.split('\n').next().unwrap_or_default().trim_end();
    span.start..span.start + line.len()
}
