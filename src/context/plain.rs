//! A plain cloud-config, judged as cloud-init would take it.

use super::hiding::{hide_faulty, hide_foreign, secret_names};
use super::keys::{self, Key};
use super::{commands, continued, empty, modes, public_keys, pyyaml, spelling, unfilled};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Document, Kind};
use crate::language::source::{Source, Span};

const OUR_KEY: Code =
    Code::new("cloud-config/our-key", "cloud-init ignores a key of contextc: such a file must be compiled.");
const UNKNOWN_KEY: Code = Code::new("cloud-config/unknown-key", "cloud-init ignores a key that it does not know.");

pub(crate) const CODES: &[Code] = &[OUR_KEY, UNKNOWN_KEY];

/// Judges a text that cloud-init reads as cloud-config; what it says, where it could be read.
pub(crate) fn judge(source: &Source, report: &mut Report) -> Option<Document> {
    let document = parse(source, report)?;
    hide_foreign(&document.root, report);
    if !matches!(document.root.kind, Kind::Mapping(_)) {
        let fault = Diagnostic::error(
            UNKNOWN_KEY,
            document.root.span,
            format!("this is {}, not a map of keys", document.root.describe()),
        );
        report.hide_named(&secret_names());
        report.push(fault.help("write `KEY: VALUE`"));
    }
    spelling::check(document.root.pairs(), report);
    for (key, value) in document.root.pairs() {
        pyyaml::check(key, report);
        pyyaml::check(value, report);
        let name = key.text().unwrap_or_default();
        empty::check(key, value, report);
        commands::check(name, value, report);
        modes::check(name, value, report);
        continued::check(value, report);
        public_keys::check(name, value, report);
        match keys::classify(name) {
            Key::Ignored => {}
            Key::CloudConfig => unfilled::check(name, value, report),
            kind => {
                report.hide_unknown(value);
                // To look for the nearest name of keys without end would take longer than anybody waits.
                let fault = if report.is_full() { None } else { unknown(name, key.span) };
                let fix = || keys::renamed_cloud_config(&document.root, key).filter(|_| matches!(kind, Key::Unknown));
                fault.into_iter().for_each(|fault| report.push(fault.fix(fix())));
            }
        }
    }
    // After what has been said of values: of the tab beside one only that is told.
    pyyaml::text::check(&document, report);
    Some(document)
}

/// Reads a text that is none of ours: what is wrong with it shows no secret.
pub(crate) fn parse(source: &Source, report: &mut Report) -> Option<Document> {
    let document = Document::parse_foreign(source, report);
    hide_faulty(document.as_ref(), report);
    document
}

/// What is wrong with a key that cloud-init does not read.
pub(crate) fn unknown(name: &str, place: Span) -> Option<Diagnostic> {
    match keys::classify(name) {
        Key::CloudConfig | Key::Ignored => None,
        Key::Ours | Key::Block(_) => Some(
            Diagnostic::error(OUR_KEY, place, format!("`{name}` is a key of contextc, not of cloud-init"))
                .help("write `#contextc` in the first line, and compile the file"),
        ),
        Key::Unknown => Some(
            Diagnostic::error(UNKNOWN_KEY, place, format!("`{name}` is not a key of cloud-init"))
                .help(keys::nearest_cloud_config(name)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::language::diagnostic::Report;
    use crate::language::source::Source;

    /// What cloud-init cannot read is told once, also where two of us see it.
    #[test]
    fn a_tab_is_told_once() {
        let told = |text: &str| {
            let source = Source::new("user-data", text);
            let mut report = Report::new(&source);
            judge(&source, &mut report);
            report.diagnostics().iter().map(|fault| fault.message().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(told("hostname: foo\t# c\n"), ["cloud-init cannot read the tab in or beside this value"]);
        assert_eq!(told("hostname: foo\n\t# c\n"), ["cloud-init cannot read a tab here"]);
        assert!(told("hostname: foo # \tc\n").is_empty());
    }
}
