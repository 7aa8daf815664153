//! Whether a file is a context.

use crate::context::keys;
use crate::desk::anatomy::Anatomy;
use crate::language::source::MAX_SOURCE_BYTES;

/// The first lines that say so (CONTRACT.md, the file).
const FIRST_LINES: [&str; 2] = ["#contextc", "#multiple-config"];

pub(super) fn is(anatomy: &Anatomy) -> bool {
    let [part] = anatomy.opened.parts.as_slice() else { return false };
    let bare = anatomy.seed.is_none() && anatomy.opened.layers.is_empty() && part.declared.is_none();
    let ignored = ["text/plain", "text/x-not-multipart"].contains(&part.content_type.as_str());
    if !bare || !ignored || part.body.len() > MAX_SOURCE_BYTES {
        return false;
    }
    let text = String::from_utf8_lossy(&part.body);
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let first = lines.clone().next().unwrap_or_default();
    FIRST_LINES.iter().any(|begin| first.starts_with(begin)) || lines.any(begins_with_key)
}

/// `munge:`, at the beginning of a line.
fn begins_with_key(line: &str) -> bool {
    line.split_once(':').is_some_and(|(key, _)| keys::is_known(key.trim_matches('"')))
}
