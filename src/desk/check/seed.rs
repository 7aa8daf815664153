//! A seed: an image or a directory with user-data in it, and whether anything on the machine looks into it.

use super::layers;
use crate::desk::opening::{OpeningFault, Seed};
use crate::language::diagnostic::{Code, Diagnostic, Report, Severity};
use crate::language::source::Span;
use crate::targets::{self, Target};

const LABEL: Code = Code::new(
    "envelope/seed-label",
    "A machine looks for the label of a volume, not for what is in it: under any other nobody finds it.",
);
const INCOMPLETE: Code = Code::new(
    "envelope/seed-incomplete",
    "Without the files that belong to it a seed is left alone as a whole, and nobody says so.",
);
const UNREADABLE: Code = Code::new(
    "envelope/seed-unreadable",
    "An image that cannot be read here may be read otherwise, or not at all, on the machine.",
);

pub(super) const CODES: &[Code] = &[LABEL, INCOMPLETE, UNREADABLE];

/// What nobody could open.
pub(super) fn refused(fault: &OpeningFault) -> Diagnostic {
    let error = |code, message: String| Diagnostic::error(code, Span::default(), message);
    match fault {
        OpeningFault::UserData(fault) => layers::refused(*fault),
        OpeningFault::Image(fault) => error(UNREADABLE, format!("this is an image, and {fault}"))
            .help("make it again: `contextc compile FILE --medium iso`"),
        OpeningFault::NoUserData { .. } => error(INCOMPLETE, format!("of this seed nothing can be judged: {fault}"))
            .help("put `user-data` and `meta-data` into its root: `contextc compile FILE --medium iso` does"),
    }
}

/// Whether the machine finds it, and takes it.
pub(super) fn check(seed: &Seed, report: &mut Report) {
    if !seed.is_found_by_label() {
        let label = seed.label.as_deref().unwrap_or_default();
        let message = format!(
            "this volume is labelled `{}`, and {} looks for `{}`",
            label.escape_debug(),
            seed.reader,
            seed.label_wanted
        );
        report.push(
            Diagnostic::error(LABEL, Span::default(), message)
                .help(format!("make it again with that label: `-volid {}`", seed.label_wanted)),
        );
    }
    if let Some(missing) = &seed.missing {
        let message = format!("there is no `{missing}`, and without it {} leaves all of this alone", seed.reader);
        // A directory may be on its way to become one.
        let severity = if seed.label.is_some() { Severity::Error } else { Severity::Warning };
        let fault = Diagnostic::new(severity, INCOMPLETE, Span::default(), message);
        report.push(fault.help(format!("add `{missing}`, if only as an empty file")));
    }
}

/// The target whose machines read such a seed; nothing where what reads it decodes more.
pub(super) fn target(seed: &Seed) -> Option<&'static Target> {
    match seed.reader {
        "NoCloud" => targets::target("nocloud"),
        "ConfigDrive" => targets::target("config-drive"),
        _ => None,
    }
}
