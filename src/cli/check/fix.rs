//! `contextc check --fix`: what surely mends a file is done.

use super::super::identities::Identities;
use super::super::output::{self, Readers};
use super::super::{Failure, input};
use super::{Arguments, Verdict, compiler};
use contextc::{Checked, Kind, Report};
use std::path::Path;

/// Behind a fault that is mended another may come to light, and one more behind that.
const ROUNDS: usize = 100;

/// Mends a file as long as anything can be, shows each change, and says what is left. What is made from something else is judged as it is.
pub(super) fn mended(file: &str, arguments: &Arguments, identities: &Identities) -> Result<Verdict, Failure> {
    if file == "-" {
        return Err("what comes from standard input cannot be mended: give the file itself".into());
    }
    let (name, bytes, loader) = input::read_any(file, identities)?;
    let compiler = compiler(arguments)?;
    let Some(text) = written_by_hand(&bytes) else {
        let checked = contextc::check(name, bytes, &compiler.loader(loader));
        return Ok(Verdict { name: name.to_owned(), checked, is_made: true });
    };
    let mut text = without_mark(name, text);
    let judge = |text: &str| contextc::check(name, text.into(), &compiler.clone().loader(loader.again()));
    let mut checked = judge(&text);
    for _ in 0..ROUNDS {
        let Some((fixed, change)) = fixed(&checked, name, &text) else { break };
        output::note(change.trim_end_matches('\n'));
        (checked, text) = (judge(&fixed), fixed);
    }
    if text.as_bytes() != bytes {
        output::to_file(Path::new(file), text.as_bytes(), Readers::Same)?;
    }
    Ok(Verdict { name: name.to_owned(), checked, is_made: false })
}

/// Why a file is not mended.
pub(super) fn made(name: &str) -> Failure {
    format!("`{name}` is no context or cloud-config: mend what it is made from")
}

/// The text with the fixes of the report that speaks about all of it.
fn fixed(checked: &Checked, name: &str, text: &str) -> Option<(String, String)> {
    let whole = |report: &&Report| report.source().name() == name && report.source().text() == text;
    checked.reports().iter().filter(whole).find_map(|report| Some((report.fixed()?, report.change()?)))
}

/// Contexts and cloud-configs are written by people; all else is made from something.
fn written_by_hand(bytes: &[u8]) -> Option<String> {
    let made = matches!(contextc::kind(bytes), Kind::UserData | Kind::Image);
    std::str::from_utf8(bytes).ok().filter(|text| is_cloud_config(text) || !made).map(str::to_owned)
}

/// A byte-order mark before a cloud-config is an error, and only one thing can be done about it.
fn without_mark(name: &str, text: String) -> String {
    match text.strip_prefix('\u{feff}').filter(|text| is_cloud_config(text)) {
        Some(rest) => {
            output::note(format_args!("{name}: the byte-order mark is taken away"));
            rest.to_owned()
        }
        None => text,
    }
}

/// A cloud-config, or what was to be one: its word may be misspelled, or come late.
fn is_cloud_config(text: &str) -> bool {
    let letters =
        |line: &str| line.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is_header = |line: &str| line.starts_with('#') && letters(line) == "cloudconfig";
    let text = text.trim_start_matches('\u{feff}');
    let passed_over = |line: &&str| line.is_empty() || !line.starts_with("#!") && line.starts_with(['#', '-']);
    text.lines().map(str::trim).take_while(passed_over).any(is_header)
}
