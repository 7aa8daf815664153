//! Lists of addresses that cloud-init fetches user-data from.

use crate::language::diagnostic::{Code, Diagnostic, Report, Severity};
use crate::language::source::Span;
use crate::language::units::{Unit, Url};

const ADDRESS: Code = Code::new(
    "envelope/include-address",
    "cloud-init takes the whole line for an address, and fails its stage, users and keys included, where it gets nothing.",
);
const FETCHED: Code = Code::new(
    "envelope/fetched",
    "What cloud-init fetches is not in the file: it was not judged, and nothing proves that it is what it was.",
);

pub(super) const CODES: &[Code] = &[ADDRESS, FETCHED];

/// As `UserDataProcessor._do_include` reads it. `planned`: the plan of contextc holds it, whose digest says what must come.
pub(super) fn check(text: &str, planned: bool, report: &mut Report) {
    let (mut at, mut sound, mut listed) = (0, None, false);
    for line in text.split_inclusive('\n') {
        let found = address(line).map(|address| {
            let start = at + line.find(address).unwrap_or_default();
            (address, Span::new(start, start + address.len()))
        });
        at += line.len();
        let Some((address, place)) = found else { continue };
        listed = true;
        let fault = fault(address, place);
        if fault.as_ref().is_none_or(|fault| fault.severity() == Severity::Warning) {
            sound.get_or_insert(place);
        }
        fault.into_iter().for_each(|fault| report.push(fault));
    }
    if !listed {
        let fault = Diagnostic::error(ADDRESS, Span::default(), "this list has no address");
        report.push(fault.help("write one a line, like `https://example.org/user-data`"));
    }
    let message = "what cloud-init fetches from here was not judged";
    let level = if planned { Diagnostic::warning } else { Diagnostic::error };
    let fetched = sound.filter(|_| !report.has_errors()).map(|place| level(FETCHED, place, message));
    fetched
        .into_iter()
        .for_each(|fault| report.push(fault.help("check that file as well, and put it here if it can be")));
}

/// What is fetched for a line.
fn address(line: &str) -> Option<&str> {
    let lower = line.to_ascii_lowercase();
    let word = ["#include-once", "#include"].into_iter().find(|word| lower.starts_with(word));
    let rest = word.map_or(line, |word| line.get(word.len()..).unwrap_or_default().trim_start());
    let address = rest.trim();
    (!rest.starts_with('#') && !address.is_empty()).then_some(address)
}

fn fault(address: &str, place: Span) -> Option<Diagnostic> {
    let error = |message: String| Diagnostic::error(ADDRESS, place, message);
    if let Some((before, _)) = address.split_once(" #") {
        let before = before.trim_end();
        return Some(
            error("the comment is part of this address".into())
                .help(format!("write `{before}`, and the comment in a line above")),
        );
    }
    if address.starts_with('/') || address.to_ascii_lowercase().starts_with("file:") {
        let message = "this is a file of the machine, which its image must have";
        return Some(Diagnostic::warning(ADDRESS, place, message).help("give an http(s) address, or the contents"));
    }
    Url::parse(address).err().map(|fault| error(fault.message).help(fault.help))
}
