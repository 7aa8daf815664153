//! Modes of files, which cloud-init reads otherwise than they were meant (`cc_write_files.decode_perms`).

use super::resolved::{Resolved, resolved};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node, Style};
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

/// Judges the modes of the files that a key writes.
pub(super) fn check(name: &str, value: &Node, report: &mut Report) {
    let Kind::Sequence(files) = &value.kind else { return };
    if name == "write_files" {
        let modes = files.iter().filter_map(|file| file.entry("permissions"));
        modes.for_each(|(_, mode)| check_mode(mode, report));
    }
}

fn check_mode(node: &Node, report: &mut Report) {
    match &node.kind {
        Kind::Scalar { text, style: Style::Plain } if node.tag.is_none() => match resolved(text) {
            Resolved::Text => check_octal(node, text, report),
            Resolved::Other => check_decimal(node, text, report),
            Resolved::Null | Resolved::True | Resolved::False => {}
        },
        Kind::Scalar { text, style: Style::Quoted } => check_octal(node, text, report),
        _ => {}
    }
}

fn check_octal(node: &Node, text: &str, report: &mut Report) {
    if !is_octal(text) {
        let message = format!("`{text}` is no octal number: cloud-init gives the file the mode 0644");
        report.push(Diagnostic::warning(NO_MODE, node.span, message).help("write the mode as `\"0755\"`"));
    }
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

/// Digits that begin with 0 are octal to PyYAML, and what is in quotes to cloud-init.
fn check_decimal(node: &Node, text: &str, report: &mut Report) {
    let octal = text.bytes().all(|digit| (b'0'..=b'7').contains(&digit)) && (3..=4).contains(&text.len());
    let Some(decimal) = text.parse::<u32>().ok().filter(|_| octal && !text.starts_with('0')) else { return };
    let message = format!("cloud-init takes `{text}` for a decimal number: the mode will be {decimal:04o}");
    let meant = format!("\"{text:0>4}\"");
    let fault = Diagnostic::warning(DECIMAL_MODE, node.span, message).help(format!("write `{meant}`"));
    // As a decimal number it is no mode that anybody wants: `420` may be one, which is 0644.
    match decimal > 0o777 {
        true => report.push(fault.fix(Some(Fix::new(node.span, text, meant)))),
        false if matches!(text, "400" | "440" | "444") => report.push(fault),
        false => {}
    }
}

/// What a file has whose mode says nothing.
const USUAL: u32 = 0o644;

/// The bits that chmod(2) takes.
const BITS: i64 = 0o7777;

/// The mode that cloud-init gives a file of these permissions; nothing where that is not known, or cloud-init stops at them.
pub(crate) fn becomes(node: &Node) -> Option<u32> {
    let Kind::Scalar { text, style } = &node.kind else {
        return matches!(node.kind, Kind::Sequence(_) | Kind::Mapping(_)).then_some(USUAL);
    };
    match (style, node.tag.is_some()) {
        (_, true) => None,
        (Style::Plain, _) => match resolved(text) {
            Resolved::Null | Resolved::False => Some(USUAL),
            Resolved::True => Some(1),
            Resolved::Text => octal(text),
            Resolved::Other => number(text).map(given),
        },
        _ => octal(text),
    }
}

/// 0 is passed over (`util.chmod`), and the file is as it was made.
fn given(mode: i64) -> u32 {
    u32::try_from(mode & BITS).ok().filter(|_| mode != 0).unwrap_or(USUAL)
}

/// What `int(text, 8)` makes of it, or the usual mode in place of what is no octal number.
fn octal(text: &str) -> Option<u32> {
    if !is_octal(text) {
        return Some(USUAL);
    }
    let text = text.trim();
    let digits: String = text.chars().filter(|digit| digit.is_ascii_digit()).collect();
    signed(text, &digits, 8).map(given)
}

/// What PyYAML makes of a word that is a number (`yaml/constructor.py`), in a C integer as chmod(2) takes it.
fn number(word: &str) -> Option<i64> {
    let word = word.replace('_', "");
    let bare = word.trim_start_matches(['-', '+']);
    match bare.strip_prefix('0').unwrap_or_default() {
        rest if rest.starts_with('b') => signed(&word, rest.get(1..)?, 2),
        rest if rest.starts_with('x') => signed(&word, rest.get(1..)?, 16),
        rest if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()) => signed(&word, rest, 8),
        _ if bare.contains('.') => {
            let number: f64 = word.parse().ok()?;
            // What is behind the point is dropped.
            signed(&word, &format!("{:.0}", number.abs().trunc()), 10)
        }
        _ => signed(&word, bare, 10),
    }
}

fn signed(text: &str, digits: &str, base: u32) -> Option<i64> {
    let number = i64::from(i32::from_str_radix(digits, base).ok()?);
    Some(if text.starts_with('-') { -number } else { number })
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
            ("!!str 600", None),
        ];
        for (text, mode) in cases {
            let source = Source::new("", format!("mode: {text}\n"));
            let document = Document::parse_foreign(&source, &mut Report::new(&source)).unwrap();
            let (_, node) = document.root.entry("mode").unwrap();
            assert_eq!(becomes(node), mode, "{text}");
        }
    }
}
