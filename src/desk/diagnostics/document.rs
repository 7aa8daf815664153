//! The diagnostics of a run as one JSON document.

use super::Judged;
use super::place::{Place, place};
use crate::language::diagnostic::{Diagnostic, Report, Severity};
use crate::language::fix::Fix;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

/// Grows with every change that a reader of the document must know of; more keys are none.
const SCHEMA: u32 = 1;

/// What was found in files: the output of `contextc check --format json`.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "diagnostics")]
struct Document<'r> {
    /// The version of this form. More keys may come with the same version.
    schema: u32,
    /// The version of contextc that judged.
    contextc: &'r str,
    verdict: Verdict,
    files: Vec<File<'r>>,
    /// What of the directories was not judged. It changes no verdict.
    skipped: Vec<Skipped<'r>>,
}

/// A file or a directory that was found and not judged.
#[derive(Serialize, JsonSchema)]
struct Skipped<'r> {
    /// Its path, from the directory that was given.
    name: &'r str,
    /// What it is: `neither a context nor user-data`.
    why: &'r str,
}

/// Of a file; of the run, the worst of its files.
#[derive(Serialize, JsonSchema, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    /// Nothing is wrong but what warnings say.
    Right,
    /// There is an error, or, where it was asked to be strict, a warning.
    Rejected,
    /// It could not be read, so nothing was judged.
    Unread,
}

/// A file, and what was found in it.
#[derive(Serialize, JsonSchema)]
struct File<'r> {
    /// The name as it was given.
    name: &'r str,
    verdict: Verdict,
    /// Why it was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'r str>,
    /// Whether the search stopped early: a text has at most 100 diagnostics.
    stopped: bool,
    /// In the order of their places.
    diagnostics: Vec<Found<'r>>,
}

/// One thing that is wrong.
#[derive(Serialize, JsonSchema)]
struct Found<'r> {
    /// The stable name of the rule, `block/what-is-wrong`; `contextc explain CODE` tells more.
    code: &'r str,
    severity: Level,
    /// The fact, one phrase.
    message: &'r str,
    /// What stands at the place; may be empty.
    label: &'r str,
    /// The text that the place is in: the name of the file, or of a part that was unpacked from it.
    text: &'r str,
    #[serde(flatten)]
    place: Place,
    /// What to do about it.
    help: &'r [String],
    /// Other places that have to do with it.
    related: Vec<Related<'r>>,
    /// Changes that surely mend it.
    fixes: Vec<Change<'r>>,
}

/// How bad it is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Level {
    /// Cannot work on the machine.
    Error,
    /// Works, but is surely not meant.
    Warning,
}

/// Another place that has to do with a fault.
#[derive(Serialize, JsonSchema)]
struct Related<'r> {
    /// What stands there.
    label: &'r str,
    #[serde(flatten)]
    place: Place,
}

/// A text to write in the place of another.
#[derive(Serialize, JsonSchema)]
struct Change<'r> {
    #[serde(flatten)]
    place: Place,
    /// What to write there.
    replacement: &'r str,
}

/// One document with all that was found; its schema is [`schema`].
pub fn json(files: &[Judged]) -> String {
    let skipped = files.iter().filter_map(|file| Some(Skipped { name: file.name, why: file.skipped_why()? }));
    let skipped = skipped.collect();
    let files: Vec<File> = files.iter().filter(|file| file.skipped_why().is_none()).map(File::new).collect();
    let verdict = files.iter().map(|file| file.verdict).max().unwrap_or(Verdict::Right);
    let document = Document { schema: SCHEMA, contextc: env!("CARGO_PKG_VERSION"), verdict, files, skipped };
    // Texts and numbers always become JSON.
    serde_json::to_string_pretty(&document).map(|text| text + "\n").unwrap_or_default()
}

/// The JSON Schema (draft 07) of what [`json`] gives.
///
/// ```
/// assert!(contextc::diagnostics::schema().contains("replacement"));
/// ```
pub fn schema() -> String {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Document>();
    format!("{:#}\n", schema.to_value())
}

impl<'r> File<'r> {
    fn new(judged: &Judged<'r>) -> Self {
        let why = judged.unread_why();
        let verdict = match judged.is_rejected() {
            _ if why.is_some() => Verdict::Unread,
            true => Verdict::Rejected,
            false => Verdict::Right,
        };
        Self {
            name: judged.name,
            verdict,
            why,
            stopped: judged.reports().iter().any(Report::is_full),
            diagnostics: judged.found().map(|(report, found)| Found::new(report, found)).collect(),
        }
    }
}

impl<'r> Found<'r> {
    fn new(report: &'r Report, found: &'r Diagnostic) -> Self {
        let related = found.related().iter().map(|(span, label)| Related { label, place: place(report, *span) });
        let change = |fix: &'r Fix| Change { place: place(report, fix.span()), replacement: fix.replacement() };
        Self {
            code: found.code().as_str(),
            severity: match found.severity() {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
            },
            message: found.message(),
            label: found.label_text(),
            text: report.source().name(),
            place: place(report, found.span()),
            help: found.help_texts(),
            related: related.collect(),
            fixes: found.fixes().iter().map(change).collect(),
        }
    }
}
