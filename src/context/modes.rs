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
