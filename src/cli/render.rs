//! Reports and failures for a terminal.

use super::{Failure, Outcome, output, targets};
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use anstream::ColorChoice;
use contextc::{Diagnostic, Report, Severity, Source, Span};
use std::io::Write;
use std::ops::Range;

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
        let groups = group(diagnostic, report.source(), &text);
        let _ = writeln!(stderr, "{}\n", Renderer::styled().render(&[groups]));
    }
    if report.is_full() {
        let _ = writeln!(stderr, "{}: the search stopped here: mend these first", report.source().name());
    }
}

/// Why a compilation gave nothing: what is wrong with the context, or why there was none.
pub fn rejected(error: &contextc::Error) -> Result<Outcome, Failure> {
    let refused = error.report().ok_or_else(|| error.to_string())?;
    report(refused);
    Ok(Outcome::Rejected)
}

/// The secrets that leave with a result, in words.
pub fn secrets(compiled: &contextc::Compiled) {
    if !compiled.secrets().is_empty() {
        let secrets = compiled.secrets().join(", ");
        output::note(format_args!("secrets in this user-data, which any process of the machine may read: {secrets}"));
    }
}

/// What the user will want to keep of a result.
pub fn kept(compiled: &contextc::Compiled) {
    secrets(compiled);
    compiled.notes().iter().for_each(output::note);
}

/// `46244 bytes, plain, for openstack (61660 of 65535 bytes in base64)`
pub fn size(compiled: &contextc::Compiled) -> String {
    let (artifact, target) = (compiled.artifact(), compiled.target());
    let of = |(counted, limit)| format!(" ({counted} of {limit} bytes {})", targets::counted(target));
    let limit = artifact.counted().zip(target.limit()).map(of).unwrap_or_default();
    format!("{} bytes, {}, for {target}{limit}", artifact.bytes().len(), artifact.envelope())
}

/// Why a command could not work, on standard error.
pub fn failure(message: &str) {
    let title = Level::ERROR.primary_title(message);
    let _ = writeln!(anstream::stderr().lock(), "{}", Renderer::styled().render(&[Group::with_title(title)]));
}

fn group<'r>(diagnostic: &'r Diagnostic, source: &Source, text: &'r str) -> Group<'r> {
    let level = match diagnostic.severity() {
        Severity::Warning => Level::WARNING,
        _ => Level::ERROR,
    };
    let title = level.primary_title(diagnostic.message()).id(diagnostic.code().as_str());
    let primary = (range(diagnostic.span(), text), AnnotationKind::Primary, diagnostic.label_text());
    let related =
        diagnostic.related().iter().map(|(span, label)| (range(*span, text), AnnotationKind::Context, label.as_str()));
    let help = diagnostic.help_texts().iter().map(|text| Level::HELP.message(text.as_str()));
    title.elements(snippets([primary].into_iter().chain(related).collect(), source, text)).elements(help)
}

/// A place in the text, and what is said of it.
type Place<'r> = (Range<usize>, AnnotationKind, &'r str);

/// The most of a text that is shown at once: the renderer looks at every line that it gets, for each diagnostic again.
const WINDOW: usize = 16 * 1024;

/// One snippet with all places, or one for each where they are far from each other.
fn snippets<'r>(places: Vec<Place<'r>>, source: &Source, text: &'r str) -> Vec<Element<'r>> {
    let start = places.iter().map(|(at, ..)| at.start).min().unwrap_or_default();
    let end = places.iter().map(|(at, ..)| at.end).max().unwrap_or_default();
    let lines = lines(start..end, text);
    match lines.len() <= WINDOW {
        true => vec![snippet(places, lines, source, text).path(source.name().to_owned()).into()],
        false => places.into_iter().flat_map(|place| alone(place, source, text)).collect(),
    }
}

fn alone<'r>(place: Place<'r>, source: &Source, text: &'r str) -> Vec<Element<'r>> {
    let lines = lines(place.0.clone(), text);
    if lines.len() <= WINDOW {
        return vec![snippet(vec![place], lines, source, text).path(source.name().to_owned()).into()];
    }
    // Of a very long line only what is around the place; the column would be counted from there.
    let (line, column) = source.line_column(place.0.start);
    let origin = Origin::path(source.name().to_owned()).line(line).char_column(column);
    let start = floor(place.0.start.saturating_sub(WINDOW / 4).max(lines.start), text);
    let end = floor(place.0.start.saturating_add(WINDOW / 4).min(lines.end), text);
    let place = (place.0.start..place.0.end.min(end), place.1, place.2);
    vec![origin.into(), snippet(vec![place], start..end, source, text).into()]
}

fn snippet<'r>(
    places: Vec<Place<'r>>,
    window: Range<usize>,
    source: &Source,
    text: &'r str,
) -> Snippet<'r, Annotation<'r>> {
    let within = |at: usize| at.saturating_sub(window.start);
    let annotations =
        places.into_iter().map(|(at, kind, label)| kind.span(within(at.start)..within(at.end)).label(label));
    Snippet::source(text.get(window.clone()).unwrap_or_default())
        .line_start(source.line_column(window.start).0)
        .annotations(annotations)
}

/// The whole lines of a place.
fn lines(at: Range<usize>, text: &str) -> Range<usize> {
    let start = text.get(..at.start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let end = text.get(at.end..).and_then(|after| after.find('\n')).map_or(text.len(), |newline| at.end + newline);
    start..end
}

fn floor(at: usize, text: &str) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// At most the first line of a place: a block of many lines is pointed at, not painted over.
fn range(span: Span, text: &str) -> Range<usize> {
    let marked = text.get(span.start..span.end).unwrap_or_default();
    let line = marked.split('\n').next().unwrap_or_default().trim_end();
    span.start..span.start + line.len()
}
