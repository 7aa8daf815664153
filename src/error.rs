//! Why nothing came out.

use crate::language::diagnostic::{Report, Severity};

/// Why nothing came out: a compilation that wrote nothing, or an input that could not be read.
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
    #[error("`{0}`: {1}")]
    Unreadable(String, String),
    #[error("`{0}` cannot be run: {1}")]
    NotRun(String, String),
    #[error("{0}")]
    NotLaunched(String),
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The context is wrong; [`Error::report`] says where and why.
    Rejected,
    /// Something from outside cannot be read, or is beyond a limit.
    Unreadable,
    /// A program that is needed cannot be run.
    NotRun,
    /// A target has no such launch, or its tool cannot carry a value.
    NotLaunched,
}

impl Error {
    pub(crate) fn rejected(report: Report) -> Self {
        Self(Box::new(Repr::Rejected(report)))
    }

    pub(crate) fn unreadable(name: &str, reason: impl Into<String>) -> Self {
        Self(Box::new(Repr::Unreadable(name.into(), reason.into())))
    }

    pub(crate) fn not_run(program: &str, reason: impl Into<String>) -> Self {
        Self(Box::new(Repr::NotRun(program.into(), reason.into())))
    }

    pub(crate) fn not_launched(reason: impl Into<String>) -> Self {
        Self(Box::new(Repr::NotLaunched(reason.into())))
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match *self.0 {
            Repr::Rejected(_) => ErrorKind::Rejected,
            Repr::Unreadable(..) => ErrorKind::Unreadable,
            Repr::NotRun(..) => ErrorKind::NotRun,
            Repr::NotLaunched(_) => ErrorKind::NotLaunched,
        }
    }

    /// Everything that is wrong with the context.
    pub fn report(&self) -> Option<&Report> {
        match &*self.0 {
            Repr::Rejected(report) => Some(report),
            Repr::Unreadable(..) | Repr::NotRun(..) | Repr::NotLaunched(_) => None,
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
