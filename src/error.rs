//! Why nothing came out.

use crate::language::diagnostic::{Report, Severity};

/// A compilation that wrote nothing.
///
/// ```
/// let source = contextc::Source::new("worker.yaml", "localfs: {parts: {home: 101}}\n");
/// let error = contextc::compile(&source).unwrap_err();
/// assert_eq!(error.kind(), contextc::ErrorKind::Rejected);
/// println!("{}", error.report().unwrap());
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Repr>);

#[derive(Debug, thiserror::Error)]
enum Repr {
    #[error("{} is rejected: {}", .0.source().name(), summary(.0))]
    Rejected(Report),
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The context is wrong; [`Error::report`] says where and why.
    Rejected,
}

impl Error {
    pub(crate) fn rejected(report: Report) -> Self {
        Self(Box::new(Repr::Rejected(report)))
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match *self.0 {
            Repr::Rejected(_) => ErrorKind::Rejected,
        }
    }

    /// Everything that is wrong with the context.
    pub fn report(&self) -> Option<&Report> {
        match &*self.0 {
            Repr::Rejected(report) => Some(report),
        }
    }
}

fn summary(report: &Report) -> String {
    let errors = report.diagnostics().iter().filter(|d| d.severity() == Severity::Error);
    let first = errors.clone().next().map_or("no reason given", |d| d.message());
    match errors.count() {
        0 | 1 => first.to_owned(),
        count => format!("{first} (and {} more)", count - 1),
    }
}
