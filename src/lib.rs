//! Compiles one short YAML file, which says what a virtual machine is to become, into the user-data that makes cloud-init
//! turn a bare image into that machine.
//!
//! ```
//! let source = contextc::Source::new("worker.yaml", "
//! localfs:
//!   parts:
//!     home: 60     # percent of the volume group
//!     swap: 100    # percent of what is left
//! ");
//! let compiled = contextc::compile(&source)?;
//! assert!(compiled.artifact().bytes().starts_with(b"MIME-Version: 1.0"));
//! # Ok::<(), contextc::Error>(())
//! ```
//!
//! [`compile`] follows the file in everything; a [`Compiler`] carries options: the [`Target`], the [`Envelope`], values of
//! variables, and the [`Loader`] that reads the files a context names. Two kinds of failure are never mixed: what is wrong
//! with the text is a [`Report`] of [`Diagnostic`]s, all of them at once, each with its place; what keeps the library from
//! working is an [`Error`].
//!
//! Before the boot, [`inspect`] takes finished user-data apart, anybody's, and [`diff`] says what is different between two of them, and
//! what that does to a machine that runs. [`simulate`] says what a machine would do, block by block, and of what it says nothing.
//! [`check`] judges any file that becomes user-data: a context, a plain cloud-config, or what a cloud is handed, in whatever
//! envelope; what a file is, [`kind`] says, and of one that nobody named [`kind_among_others`].
//!
//! After the boot, [`summary`] says from logs what became of the machines.
//!
//! The library has no clock, no randomness, no environment and no network: the same inputs give the same bytes on any
//! machine and on any number of threads. It opens no file by itself.

// No panic on any input: what could panic does not pass the lints outside tests.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

/// The text of a file of `handlers/`, without comments and docstrings: the build strips it.
macro_rules! handler {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $name, ".py"))
    };
}

mod blocks;
mod catalog;
mod compiler;
mod context;
mod desk;
mod emit;
mod error;
mod language;
mod targets;
mod wire;

pub use compiler::{Compiled, Compiler};
#[cfg(feature = "cloud-init-schema")]
pub use context::cloud_init_schema::CloudInitSchema;
pub use context::config::Handlers;
pub use context::handlers::Bundle;
pub use desk::check::{Checked, Kind, check, check_seed, kind, kind_among_others, seed_paths};
#[cfg(feature = "cli")]
pub use desk::process::ProcessRunner;
pub use desk::runner::{Command, Finished, RunError, Runner};
pub use desk::{diagnostics, diff, explain, inspect, simulate, summary};
pub use error::{Error, ErrorKind};
pub use language::date::Date;
pub use language::diagnostic::{Code, Diagnostic, Report, Severity};
pub use language::fix::Fix;
pub use language::loader::{FileLoader, LoadError, Loader, NoLoader};
pub use language::source::{Source, Span};
pub use targets::{
    Artifact, Counted, File, Format, Instance, Launched, Medium, Order, Proof, Target, target, target_like, targets,
};
pub use wire::envelope::Envelope;

/// Compiles a context as it says itself, without reading other files. Options: [`Compiler`].
///
/// # Errors
/// [`ErrorKind::Rejected`] with the report, where anything is wrong with it.
pub fn compile(source: &Source) -> Result<Compiled, Error> {
    Compiler::new().compile(source)
}

/// The JSON Schema (draft 07) of a context, for editors and other tools.
pub fn schema() -> String {
    catalog::schema()
}

/// Every code that a [`Diagnostic`] can have. Codes are never renumbered or reused.
///
/// ```
/// assert!(contextc::codes().iter().any(|code| code.as_str() == "localfs/shares-over-100"));
/// ```
pub fn codes() -> Vec<Code> {
    catalog::codes()
}

/// The handlers of this version as one file, to be served for [`Handlers::Include`].
pub fn handlers() -> Bundle {
    Bundle::complete()
}

/// Commented contexts to begin with: the name and the text of each, the plainest first. They are right as they are, and say what
/// to change.
///
/// ```
/// let (name, text) = contextc::starters().next().unwrap();
/// assert_eq!(name, "worker");
/// assert!(contextc::compile(&contextc::Source::new("worker.yaml", text)).is_ok());
/// ```
pub fn starters() -> impl Iterator<Item = (&'static str, &'static str)> {
    desk::starters::STARTERS.into_iter()
}

/// The blocks there are, in the order in which they act on the machine: the name of each, its phase, and what it does.
pub fn blocks() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    blocks::BLOCKS.iter().map(|spec| (spec.name, spec.phase.name(), spec.summary))
}

#[doc(hidden)]
pub use desk::opening::image_files;

/// The settings of blocks that hold secrets, as `block.path`, for the test that looks for leaks.
#[doc(hidden)]
pub fn secret_settings() -> impl Iterator<Item = String> {
    let of = |spec: &'static blocks::BlockSpec| spec.secrets.iter().map(|path| format!("{}.{path}", spec.name));
    blocks::BLOCKS.iter().flat_map(move |spec| of(spec))
}

/// What is seen in finished user-data, one line of JSON, for the tests that hold it against cloud-init's own parser.
#[doc(hidden)]
pub fn opened_json(bytes: &[u8]) -> String {
    wire::reading::told::json(bytes)
}
