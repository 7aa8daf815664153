//! What is different between two user-data files, by meaning, and what that does to a machine that runs.
//!
//! Two files that are wrapped differently, or whose keys stand in another order, are the same. A secret is only said to have changed.
//!
//! ```
//! let old = contextc::inspect::read("old", b"#cloud-config\nhostname: a\npackages: [git]\n")?;
//! let new = contextc::inspect::read("new", b"#cloud-config\npackages: [git, make]\nhostname: a\n")?;
//! let difference = contextc::diff::between(&old, &new);
//! assert!(!difference.is_same());
//! assert!(difference.table(false).contains("packages[1]"));
//! # Ok::<(), contextc::Error>(())
//! ```

mod consequence;
mod document;
mod headers;
mod lines;
mod pairing;
mod parts;
mod seed;
mod settings;
mod table;

use crate::desk::inspect::Inspection;
use document::Document;

/// What is different.
#[derive(Debug, Clone)]
pub struct Difference(Document);

/// Compares two files that were taken apart.
pub fn between(old: &Inspection, new: &Inspection) -> Difference {
    Difference(parts::compare(old.anatomy(), new.anatomy()))
}

/// The JSON Schema (draft 07) of what [`Difference::json`] gives.
///
/// ```
/// assert!(contextc::diff::schema().contains("new-instance"));
/// ```
pub fn schema() -> String {
    document::schema()
}

impl Difference {
    /// Whether both mean the same to a machine. Their envelopes may differ.
    pub fn is_same(&self) -> bool {
        self.0.same
    }

    /// For people. `verbose`: the changed lines of scripts and other texts, too.
    pub fn table(&self, verbose: bool) -> String {
        table::table(&self.0, verbose)
    }

    /// For programs, by [`schema`].
    pub fn json(&self) -> String {
        document::json(&self.0)
    }
}
