//! One text to the parts that cloud-init sees: what its `convert_string` takes for a message, and what not.

use super::budget::Budget;
use super::bytes::Bytes;
use super::mime::Tree;
use super::walk::Processor;
use super::{Defect, Fatal, FatalKind, Found, OpenFault};

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
pub(super) fn is_message(bytes: &[u8]) -> bool {
    let head = bytes.get(..MARKED_WITHIN).unwrap_or(bytes);
    head.windows(MARK.len()).any(|window| window.eq_ignore_ascii_case(MARK))
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
