//! One text to the parts that cloud-init sees: what its `convert_string` takes for a message, and what not.

use super::budget::Budget;
use super::bytes::Bytes;
use super::mime::Tree;
use super::walk::Processor;
use super::{Defect, Fatal, FatalKind, Found, OpenFault};
use std::ops::Range;

/// cloud-init looks for the header in so many bytes (`convert_string`).
const MARKED_WITHIN: usize = 4096;
const MARK: &[u8] = b"mime-version:";

/// What cloud-init makes of a text.
#[derive(Debug)]
pub(super) struct Seen {
    pub parts: Vec<Found>,
    pub fatal: Option<Fatal>,
    pub defects: Vec<Defect>,
}

/// Whether cloud-init takes a text for a message: by a word anywhere near its beginning.
pub(crate) fn is_message(bytes: &[u8]) -> bool {
    let head = bytes.get(..MARKED_WITHIN).unwrap_or(bytes);
    head.windows(MARK.len()).any(|window| window.eq_ignore_ascii_case(MARK))
}

/// The headers of a text that has some, whether cloud-init looks at them or not.
pub(crate) struct Outermost {
    /// The content type that is declared.
    pub declared: String,
    /// The boundary that is named.
    pub boundary: Option<String>,
    /// Where the headers are.
    pub head: Range<usize>,
}

/// Longer headers nobody writes.
const HEADERS_WITHIN: usize = 64 * 1024;

/// What a text says of itself; `None` where it has no headers, or none that says so.
pub(crate) fn outermost(inner: &Bytes) -> Option<Outermost> {
    let tree = Tree::parse(&inner.part(&(0..HEADERS_WITHIN))).ok()?;
    let first = tree.messages.first()?;
    Some(Outermost { declared: first.declared()?, boundary: first.boundary().ok().flatten(), head: first.head.clone() })
}

/// The parts of a message, or the one that a text is.
pub(super) fn seen(inner: &Bytes, budget: Budget) -> Result<Seen, OpenFault> {
    let message = is_message(inner);
    let tree = if message { Tree::parse(inner)? } else { Tree::alone(inner) };
    let not_utf8 = if message { std::str::from_utf8(inner).err() } else { None };
    let mut seen = Processor::new(tree, budget).process()?;
    if let Some(error) = not_utf8 {
        // Python dies of it before it reads a single header.
        let at = error.valid_up_to();
        seen.fatal = Some(Fatal { why: FatalKind::NotUtf8, place: at..at + 1 });
    }
    seen.defects.sort_by_key(|defect| defect.place.start);
    Ok(seen)
}
