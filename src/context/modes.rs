//! Modes of files, which cloud-init reads otherwise than they were meant (`cc_write_files.decode_perms`).

use super::pyyaml::{constructed, is_merge};
use super::resolved::{Resolved, resolved};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node, Style, shortened};
use crate::language::fix::Fix;

const DECIMAL_MODE: Code = Code::new(
    "cloud-config/decimal-mode",
    "To YAML a bare 644 is a decimal number, and cloud-init takes it for one: the file gets the mode 1204, not 0644.",
);
const NO_MODE: Code = Code::new(
    "cloud-config/no-mode",
    "cloud-init reads the permissions of a file as an octal number; in place of anything else the file gets 0644, and a log the warning.",
);

pub(crate) const CODES: &[Code] = &[DECIMAL_MODE, NO_MODE];

const HELP: &str = "write the mode as `\"0755\"`";

/// What cloud-init makes of a mode.
enum Made {
    /// What was written is an octal number, or one that says its base.
    Meant(f64),
    /// A number for another reason: it was written as a decimal number, as one with a point, or as yes or no.
    Number(f64),
    /// None, with a warning in a log.
    Nothing,
}

/// Judges the modes of the files that a key writes.
pub(super) fn check(name: &str, value: &Node, report: &mut Report) {
    let Kind::Sequence(files) = &value.kind else { return };
    if name == "write_files" {
        files.iter().filter_map(|file| permissions(file)).for_each(|mode| check_mode(mode, report));
    }
}

/// The mode of a file: its own, or what `<<` brings.
fn permissions(file: &Node) -> Option<&Node> {
    let own = file.entry("permissions").map(|(_, mode)| &**mode);
    let mut merged = file.pairs().iter().filter(|(key, _)| is_merge(key));
    own.or_else(|| {
        merged.find_map(|(_, maps)| match &maps.kind {
            Kind::Sequence(maps) => maps.iter().find_map(|map| permissions(map)),
            _ => permissions(maps),
        })
    })
}

fn check_mode(node: &Node, report: &mut Report) {
    match made(node) {
        None => {}
        Some(Made::Nothing) => {
            let what = node.text().map_or_else(|| node.describe(), |text| format!("`{}`", shortened(text)));
            let message = format!("{what} is no octal number: cloud-init gives the file the mode 0644");
            report.push(Diagnostic::warning(NO_MODE, node.span, message).help(HELP));
        }
        Some(Made::Meant(number) | Made::Number(number)) if number.abs() > LARGEST => {
            let message = "cloud-init fails on this mode, which is too large for a number of the system";
            report.push(Diagnostic::error(NO_MODE, node.span, message).help(HELP));
        }
        Some(Made::Meant(number)) if (0.0..=4095.0).contains(&number) => {}
        Some(Made::Meant(number)) => {
            let message = format!("no file has such a mode: the file gets {:04o} of it", given(number));
            report.push(Diagnostic::warning(NO_MODE, node.span, message).help(HELP));
        }
        Some(Made::Number(number)) => check_number(node, number, report),
    }
}

/// What is made of a mode; `None` where there is none, or nobody can say.
fn made(node: &Node) -> Option<Made> {
    let Kind::Scalar { text, style } = &node.kind else {
        return (!matches!(node.kind, Kind::Faulty)).then_some(Made::Nothing);
    };
    match (node.tag.as_deref(), style) {
        (None, Style::Plain) | (Some("!"), _) => of_word(text),
        (None, Style::Quoted) | (Some("!!str"), _) => Some(of_text(text)),
        (Some("!!int"), _) => constructed::integer(text).map(|number| of_integer(text, number)),
        (Some("!!float"), _) => constructed::float(text).map(of_float),
        (Some("!!bool"), _) => of_word(&text.to_lowercase()),
        (Some("!!null"), _) => None,
        (Some(_), _) => Some(Made::Nothing),
    }
}

fn of_word(text: &str) -> Option<Made> {
    match resolved(text) {
        Resolved::Null => None,
        Resolved::True => Some(Made::Number(1.0)),
        Resolved::False => Some(Made::Number(0.0)),
        Resolved::Text => Some(of_text(text)),
        Resolved::Other => Some(match (constructed::integer(text), constructed::float(text)) {
            (Some(number), _) => of_integer(text, number),
            (None, Some(number)) => of_float(number),
            // A date.
            (None, None) => Made::Nothing,
        }),
    }
}

/// What is in quotes is octal to cloud-init.
fn of_text(text: &str) -> Made {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    // PyYAML reads digits as octal behind a 0, as Python does here.
    let number = constructed::integer(&format!("0{digits}")).filter(|_| is_octal(text));
    number.map_or(Made::Nothing, |number| Made::Meant(if text.trim().starts_with('-') { -number } else { number }))
}

/// Digits that begin with 0 are octal to PyYAML, or say their base.
fn of_integer(text: &str, number: f64) -> Made {
    match text.trim_start_matches(['-', '+']).starts_with('0') {
        true => Made::Meant(number),
        false => Made::Number(number),
    }
}

/// The part before the point; what is no number has none.
fn of_float(number: f64) -> Made {
    if number.is_nan() { Made::Nothing } else { Made::Number(number.trunc()) }
}

/// What `int(text, 8)` takes in Python 3: one `_` may stand between digits, and after the `0o`.
fn is_octal(text: &str) -> bool {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let based = unsigned.strip_prefix("0o").or_else(|| unsigned.strip_prefix("0O"));
    let digits = based.map_or(unsigned, |digits| digits.strip_prefix('_').unwrap_or(digits));
    let octal = |digit: u8| (b'0'..=b'7').contains(&digit);
    digits.split('_').all(|group| !group.is_empty() && group.bytes().all(octal))
}

/// A number that was not written as a mode: `420` may be one all the same, which is 0644.
fn check_number(node: &Node, number: f64, report: &mut Report) {
    let text = node.text().unwrap_or_default();
    let digits = node.tag.is_none() && text.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    let octal_digits = digits && (3..=4).contains(&text.len());
    let decimal = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if decimal && (0.0..=511.0).contains(&number) && !matches!(text, "400" | "440" | "444") {
        return;
    }
    let what = if decimal { "a decimal number" } else { "a number" };
    let message = format!("cloud-init takes `{}` for {what}: the mode will be {:04o}", shortened(text), given(number));
    let fault = Diagnostic::warning(DECIMAL_MODE, node.span, message);
    let meant = format!("\"{text:0>4}\"");
    report.push(match octal_digits {
        // As a decimal number it is no mode that anybody wants.
        true if number > 511.0 => fault.help(format!("write `{meant}`")).fix(Some(Fix::new(node.span, text, meant))),
        true => fault.help(format!("write `{meant}`")),
        false => fault.help(HELP),
    });
}

/// The mode that cloud-init gives a file of these permissions; nothing where that is not known, or cloud-init stops at them.
pub(crate) fn becomes(node: &Node) -> Option<u16> {
    match made(node) {
        None => node.is_null().then_some(USUAL),
        Some(Made::Nothing) => Some(USUAL),
        Some(Made::Meant(number) | Made::Number(number)) => (number.abs() <= LARGEST).then(|| given(number)),
    }
}

/// What a file has whose mode says nothing.
const USUAL: u16 = 0o644;

/// A C integer, as chmod(2) takes it.
const LARGEST: f64 = i32::MAX as f64;

/// What is left of a number in the mode of a file: twelve bits. 0 is passed over (`util.chmod`), and the file is as it was made.
fn given(number: f64) -> u16 {
    match number.rem_euclid(4096.0) as u16 {
        _ if number == 0.0 => USUAL,
        mode => mode,
    }
}

#[cfg(test)]
mod tests {
    use super::becomes;
    use crate::language::diagnostic::Report;
    use crate::language::document::Document;
    use crate::language::source::Source;

    /// As `decode_perms` and `os.chmod` of Python 3.11 have it, of what PyYAML 6.0 reads.
    #[test]
    fn a_mode_is_what_cloud_init_makes_of_it() {
        let cases = [
            ("644", Some(0o1204)),
            ("1777", Some(0o3361)),
            ("400", Some(0o620)),
            ("0644", Some(0o644)),
            ("0600", Some(0o600)),
            ("'644'", Some(0o644)),
            ("0888", Some(0o644)),
            ("rwx", Some(0o644)),
            ("\"\"", Some(0o644)),
            ("~", Some(0o644)),
            ("0o400", Some(0o400)),
            ("0.5", Some(0o644)),
            ("493.9", Some(0o755)),
            ("0x1ff", Some(0o777)),
            ("0b111", Some(7)),
            ("0_600", Some(0o600)),
            ("6_44", Some(0o1204)),
            ("\"7777777\"", Some(0o7777)),
            ("[0600]", Some(0o644)),
            ("true", Some(1)),
            ("false", Some(0o644)),
            ("-1", Some(0o7777)),
            ("\" 0600\"", Some(0o600)),
            ("\"99999999999999999999\"", Some(0o644)),
            ("99999999999999999999", None),
            (".inf", None),
            ("!!str 600", Some(0o600)),
        ];
        for (text, mode) in cases {
            let source = Source::new("", format!("mode: {text}\n"));
            let document = Document::parse_foreign(&source, &mut Report::new(&source)).unwrap();
            let (_, node) = document.root.entry("mode").unwrap();
            assert_eq!(becomes(node), mode, "{text}");
        }
    }
}
