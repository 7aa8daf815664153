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

use crate::language::diagnostic::{Report, Severity};

/// A file, and what was said of it.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'r> {
    name: &'r str,
    outcome: Result<&'r [Report], &'r str>,
    strict: bool,
}

impl<'r> Judged<'r> {
    /// A file that was judged: a report for each text in it, the file itself or a part.
    pub fn new(name: &'r str, reports: &'r [Report]) -> Self {
        Self { name, outcome: Ok(reports), strict: false }
    }

    /// A file that could not be read, and why.
    pub fn unread(name: &'r str, why: &'r str) -> Self {
        Self { name, outcome: Err(why), strict: false }
    }

    /// Whether warnings reject a file.
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    fn reports(&self) -> &'r [Report] {
        self.outcome.unwrap_or_default()
    }

    /// The reports with their diagnostics, in the order of the file.
    fn found(&self) -> impl Iterator<Item = (&'r Report, &'r crate::Diagnostic)> + use<'r> {
        self.reports().iter().flat_map(|report| report.diagnostics().iter().map(move |found| (report, found)))
    }

    fn is_rejected(&self) -> bool {
        self.found().any(|(_, found)| self.strict || found.severity() == Severity::Error)
    }
}
