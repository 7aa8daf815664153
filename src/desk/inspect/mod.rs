//! What a finished user-data file is made of, and what will happen to each of its parts on the machine.
//!
//! [`read`] takes user-data in any envelope, or an image of a seed; [`read_directory`] the files of a seed directory. The result is an
//! [`Inspection`]: a [`table`](Inspection::table), [`json`](Inspection::json), and the [`Part`]s with their bodies.
//!
//! ```
//! let inspection = contextc::inspect::read("user-data", b"#!/bin/sh\necho hello\n")?;
//! let part = inspection.part(1).unwrap();
//! assert_eq!((part.content_type(), part.body()), ("text/x-shellscript", &b"#!/bin/sh\necho hello\n"[..]));
//! assert!(inspection.table().contains("once per instance"));
//! # Ok::<(), contextc::Error>(())
//! ```

mod document;
mod names;
mod table;

use crate::desk::anatomy::settings::Tree;
use crate::desk::anatomy::{Anatomy, masked};
use crate::error::Error;
use crate::language::source::Source;
use crate::targets::{File, Target};
use crate::wire::reading::Found;

/// User-data, taken apart.
#[derive(Debug, Clone)]
pub struct Inspection(Anatomy);

/// A part, in the order of cloud-init's walk.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    number: usize,
    found: &'a Found,
    all: &'a Inspection,
}

/// Takes user-data apart, whatever it is wrapped in: gzip, base64, a message, an archive, an image of a seed.
///
/// # Errors
/// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable): it is damaged, is larger than 64 MiB, or unpacks to more than 256 MiB; or an
/// image has no user-data.
pub fn read(name: &str, bytes: &[u8]) -> Result<Inspection, Error> {
    Anatomy::open(name, bytes).map(Inspection)
}

/// The same of the files of a seed directory, by their paths in it.
///
/// # Errors
/// As those of [`read`].
pub fn read_directory(name: &str, files: &[File]) -> Result<Inspection, Error> {
    Anatomy::open_directory(name, files).map(Inspection)
}

/// The JSON Schema (draft 07) of what [`Inspection::json`] gives.
///
/// ```
/// assert!(contextc::inspect::schema().contains("sha256"));
/// ```
pub fn schema() -> String {
    document::schema()
}

impl Inspection {
    pub(in crate::desk) fn anatomy(&self) -> &Anatomy {
        &self.0
    }

    /// The same, for machines of a target: which layers come off, and whether a machine that runs is given another file, is for it to say.
    ///
    /// ```
    /// let inspection = contextc::inspect::read("user-data", b"#cloud-config\n")?;
    /// let inspection = inspection.for_target(contextc::target("ec2").unwrap());
    /// # Ok::<(), contextc::Error>(())
    /// ```
    #[must_use]
    pub fn for_target(self, target: &'static Target) -> Self {
        Self(Anatomy { target: Some(target), ..self.0 })
    }

    /// The same, with the context that it was compiled from: what is different is then said in the context's own words, too.
    ///
    /// ```
    /// let written = |size: u32| {
    ///     let source = contextc::Source::new("worker.yaml", format!("localfs: {{parts: {{home: {size}}}}}\n"));
    ///     let compiled = contextc::Compiler::new().compile(&source)?;
    ///     Ok::<_, contextc::Error>(contextc::inspect::read("worker", compiled.artifact().bytes())?.made_from(&source))
    /// };
    /// let text = contextc::diff::between(&written(40)?, &written(50)?).table(false);
    /// assert!(text.contains("localfs.parts.home: 40 -> 50"));
    /// # Ok::<(), contextc::Error>(())
    /// ```
    #[must_use]
    pub fn made_from(self, context: &Source) -> Self {
        Self(Anatomy { is_compiled: true, context: Tree::read_context(context), ..self.0 })
    }

    /// Whether it was [made from](Self::made_from) a context.
    ///
    /// ```
    /// assert!(!contextc::inspect::read("user-data", b"#cloud-config\n")?.is_of_a_context());
    /// # Ok::<(), contextc::Error>(())
    /// ```
    pub fn is_of_a_context(&self) -> bool {
        self.0.is_compiled
    }

    /// A part by its number, from 1.
    pub fn part(&self, number: usize) -> Option<Part<'_>> {
        let found = self.0.opened.parts.get(number.checked_sub(1)?)?;
        Some(Part { number, found, all: self })
    }

    /// All parts, in the order of cloud-init's walk.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.0.opened.parts.iter().zip(1..).map(|(found, number)| Part { number, found, all: self })
    }

    /// The layers and the parts for people. Nothing of a body is shown but the keys of cloud-config, and nothing in it acts on a terminal.
    pub fn table(&self) -> String {
        table::table(&self.0)
    }

    /// The same for programs, by [`schema`]. Control characters are escaped, and so is what shows text in another order than it is.
    pub fn json(&self) -> String {
        document::json(&self.0)
    }
}

impl<'a> Part<'a> {
    /// Its number, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// What cloud-init takes it for.
    pub fn content_type(&self) -> &'a str {
        &self.found.content_type
    }

    /// Its name as the message has it, or cloud-init's `part-001`. It comes from whoever wrote the message: no path.
    pub fn filename(&self) -> &'a str {
        &self.found.filename
    }

    /// A name for a file of its own: its number, then what is harmless of its name; at most 100 letters, digits, `.`, `_` and `-`.
    pub fn safe_name(&self) -> String {
        names::safe(self.number, self.all.0.opened.parts.len(), &self.found.filename)
    }

    /// Its body, byte for byte as a handler would be given it. It may hold secrets.
    pub fn body(&self) -> &'a [u8] {
        &self.found.body
    }

    /// Its body as it may be shown, secrets covered by `*`. `None` where nobody can say what is secret in it: it is not text in UTF-8, or
    /// longer than 4 MiB.
    pub fn shown(&self) -> Option<String> {
        masked::text(self.found)
    }
}

/// Never the body, which may hold secrets.
impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("number", &self.number).field("bytes", &self.body().len()).finish_non_exhaustive()
    }
}
