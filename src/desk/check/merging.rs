//! Cloud-config in several parts: what the later ones do to the earlier.

use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::Document;
use crate::language::source::Span;
use crate::wire::reading::Found;
use std::collections::HashMap;

const REPLACED: Code = Code::new(
    "envelope/replaced-keys",
    "A key in a later cloud-config part replaces that of an earlier one, lists and all, unless the later part says how to merge.",
);
const MERGE_TYPE: Code = Code::new(
    "envelope/merge-type",
    "cloud-init looks for `Merge-Type` in exactly these letters, and ignores any other.",
);

pub(super) const CODES: &[Code] = &[REPLACED, MERGE_TYPE];

/// The headers that say how to merge.
pub(in crate::desk) const HEADERS: [&str; 2] = ["Merge-Type", "X-Merge-Type"];

/// Keys that are said of the part itself.
const OWN: [&str; 3] = ["merge_how", "merge_type", "launch-index"];

/// Whether a cloud-config says how it is merged with those before it. Else its keys replace theirs.
pub(in crate::desk) fn says_how(part: &Found, document: &Document) -> bool {
    part.headers.iter().any(|(name, _)| HEADERS.contains(&name.as_str()))
        || OWN.iter().take(2).any(|key| document.root.entry(key).is_some())
}

/// Whether a key is said of the part itself, and no setting.
pub(in crate::desk) fn is_own(key: &str) -> bool {
    OWN.contains(&key)
}

/// The keys of the parts so far, each with the part that has it.
#[derive(Default)]
pub(super) struct Merged(HashMap<String, usize>);

impl Merged {
    /// Takes the next cloud-config, the part of this number.
    pub fn add(&mut self, number: usize, part: &Found, document: &Document, report: &mut Report) {
        let says_how = says_how(part, document);
        for (key, _) in document.root.pairs() {
            let name = key.text().unwrap_or_default();
            let before = self.0.insert(name.to_owned(), number).filter(|_| !says_how && !is_own(name));
            if let Some(before) = before.filter(|before| *before != number) {
                let message = format!("this `{name}` replaces that of part {before}, which is lost");
                report.push(
                    Diagnostic::warning(REPLACED, key.span, message).help("put both into one part").help(
                        "or have lists appended: `merge_how: list(append)+dict(recurse_list)+str()` in this part",
                    ),
                );
            }
        }
    }
}

/// A header that was meant to say how.
pub(super) fn misspelled(part: &Found, place: impl Fn(&str) -> Span, report: &mut Report) {
    for (name, _) in &part.headers {
        let meant = HEADERS.iter().find(|header| header.eq_ignore_ascii_case(name) && *header != name);
        if let Some(meant) = meant {
            let fault =
                Diagnostic::warning(MERGE_TYPE, place(name), format!("`{name}` is not `{meant}`, and is ignored"));
            report.push(fault.help(format!("write `{meant}`")));
        }
    }
}
