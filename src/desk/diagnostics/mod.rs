//! What was found in files, for programs: as JSON, for code scanning (SARIF), and for the logs of GitHub's runners.
//!
//! ```
//! use contextc::diagnostics::{Judged, json};
//! let source = contextc::Source::new("worker.yaml", "locafs: {}\n");
//! let reports = [contextc::Compiler::new().check(&source)];
//! let text = json(&[Judged::new("worker.yaml", &reports)]);
//! assert!(text.contains(r#""code": "context/unknown-key""#) && text.contains(r#""replacement": "localfs""#));
//! ```
//!
//! No text of a file is in any of them, and where a message would repeat a secret it has `***`.

mod document;
mod github;
mod place;
mod sarif;

pub use document::{json, schema};
pub use github::github;
pub use sarif::sarif;

use crate::language::diagnostic::{Diagnostic, Report, Severity};

/// A file, and what was said of it.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'r> {
    name: &'r str,
    outcome: Outcome<'r>,
    strict: bool,
}

/// What became of a file.
#[derive(Debug, Clone, Copy)]
enum Outcome<'r> {
    Reports(&'r [Report]),
    /// Why it could not be read.
    Unread(&'r str),
    /// Why nobody judged it.
    Skipped(&'r str),
}

impl<'r> Judged<'r> {
    /// A file that was judged: a report for each text in it, the file itself or a part.
    pub fn new(name: &'r str, reports: &'r [Report]) -> Self {
        Self { name, outcome: Outcome::Reports(reports), strict: false }
    }

    /// A file that could not be read, and why.
    pub fn unread(name: &'r str, why: &'r str) -> Self {
        Self { name, outcome: Outcome::Unread(why), strict: false }
    }

    /// A file of a directory that is nothing to judge, and what it is instead: it is named, and no verdict is given.
    pub fn skipped(name: &'r str, why: &'r str) -> Self {
        Self { name, outcome: Outcome::Skipped(why), strict: false }
    }

    /// Whether warnings reject a file.
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    fn reports(&self) -> &'r [Report] {
        if let Outcome::Reports(reports) = self.outcome { reports } else { &[] }
    }

    fn unread_why(&self) -> Option<&'r str> {
        if let Outcome::Unread(why) = self.outcome { Some(why) } else { None }
    }

    fn skipped_why(&self) -> Option<&'r str> {
        if let Outcome::Skipped(why) = self.outcome { Some(why) } else { None }
    }

    /// The reports with their diagnostics, in the order of the file.
    fn found(&self) -> impl Iterator<Item = (&'r Report, &'r Diagnostic)> + use<'r> {
        self.reports().iter().flat_map(|report| report.diagnostics().iter().map(move |found| (report, found)))
    }

    fn is_rejected(&self) -> bool {
        self.found().any(|(_, found)| self.strict || found.severity() == Severity::Error)
    }
}
