//! Two anchors of one name: to other readers the second is a new meaning, to PyYAML the end (`yaml/composer.py`). And names that it
//! does not take (`yaml/scanner.py`, scan_anchor).

use super::{UNREADABLE, properties};
use crate::language::diagnostic::{Diagnostic, Report};
use crate::language::source::{Source, Span};
use std::collections::HashMap;

/// Reports every anchor whose name another has before it, or that is none; `anchored` says where what has one begins.
pub(super) fn check(source: &Source, anchored: &[usize], report: &mut Report) {
    let mut places: HashMap<&str, Span> = HashMap::new();
    for (name, place) in anchored.iter().filter_map(|start| anchor(source.text(), *start)) {
        if !name.bytes().skip(1).all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
            // A name is perhaps a password without quotes: it is not shown.
            let message = "cloud-init cannot read the name of this anchor";
            let fault = Diagnostic::error(UNREADABLE, place, message);
            report.push(fault.help("its name may have letters of ASCII, digits, `-` and `_`, and then a blank"));
        }
        let first = *places.entry(name).or_insert(place);
        if first != place {
            // Without its name: a password may begin with `&`.
            let message = "cloud-init cannot read a second anchor of this name";
            let fault = Diagnostic::error(UNREADABLE, place, message).also(first, "the first");
            report.push(fault.help("give each anchor a name of its own"));
        }
    }
}

/// The anchor that stands at a place, or behind a tag there.
fn anchor(text: &str, start: usize) -> Option<(&str, Span)> {
    let (before, _) = properties(text.get(start..)?);
    let (at, name) = before.into_iter().find(|(_, word)| word.starts_with('&'))?;
    let end = name.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(name.len());
    Some((name.get(..end)?, Span::new(start + at, start + at + end)))
}
