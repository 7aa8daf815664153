//! What cloud-init reads, and reads otherwise than it was meant, or calls old.

use super::keys;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node, Style};
use crate::language::fix::Fix;
use crate::language::suggest;
use std::sync::Arc;

const OLDER_NAME: Code = Code::new(
    "cloud-config/older-name",
    "cloud-init still reads the older name of a key, but newer releases call it deprecated, and `cloud-init status` then says `degraded` and ends with 2.",
);
const DECIMAL_MODE: Code = Code::new(
    "cloud-config/decimal-mode",
    "To YAML a bare 644 is a decimal number, and cloud-init takes it for one: the file gets the mode 1204, not 0644.",
);

pub(crate) const CODES: &[Code] = &[OLDER_NAME, DECIMAL_MODE];

/// A row a line, `OLDER NEWER`, `users.` before what stands in an item of that list. A test compares them with cloud-init itself.
const OLDER: &str = include_str!("cloud_config_older.txt");

type Pair = (Arc<Node>, Arc<Node>);

/// Judges the keys of a cloud-config.
pub(super) fn check(pairs: &[Pair], report: &mut Report) {
    check_names("", pairs, report);
    for (key, value) in pairs {
        for item in items(value) {
            match key.text() {
                Some("users") => check_names("users.", item.pairs(), report),
                Some("write_files") => {
                    item.entry("permissions").into_iter().for_each(|(_, mode)| check_mode(mode, report))
                }
                _ => {}
            }
        }
    }
}

fn items(list: &Node) -> &[Arc<Node>] {
    match &list.kind {
        Kind::Sequence(items) => items,
        _ => &[],
    }
}

/// Another key that becomes the newer one, too, or may be meant for it.
fn has_rival(within: &str, pairs: &[Pair], key: &Node, meant: &str) -> bool {
    let mut others = pairs.iter().filter(|(other, _)| other.span != key.span).filter_map(|(other, _)| other.text());
    others.any(|other| newer(within, other) == Some(meant) || suggest::is_slip(other, meant) && !keys::is_known(other))
}

/// What the older name of a key is called now.
pub(super) fn newer(within: &str, name: &str) -> Option<&'static str> {
    let rows = OLDER.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    rows.filter_map(|(path, newer)| Some((path.strip_prefix(within)?, newer)))
        .find(|(older, _)| *older == name)
        .map(|(_, newer)| newer)
}

fn check_names(within: &str, pairs: &[Pair], report: &mut Report) {
    for (key, _) in pairs {
        let Some((older, newer)) = key.text().and_then(|name| Some((name, newer(within, name)?))) else { continue };
        let beside = pairs.iter().find(|(other, _)| other.text() == Some(newer));
        let fault = Diagnostic::warning(OLDER_NAME, key.span, format!("`{older}` is the older name of `{newer}`"));
        report.push(match beside {
            Some((other, _)) => fault.also(other.span, "the newer one").help("keep the newer one alone"),
            None => {
                let fix = Fix::new(key.span, older, newer);
                fault.help(format!("write `{newer}`")).fix((!has_rival(within, pairs, key, newer)).then_some(fix))
            }
        });
    }
}

/// Digits that begin with 0 are octal to PyYAML, and what is in quotes to cloud-init (`cc_write_files.decode_perms`).
fn check_mode(node: &Node, report: &mut Report) {
    let Kind::Scalar { text, style: Style::Plain } = &node.kind else { return };
    let octal = text.bytes().all(|digit| (b'0'..=b'7').contains(&digit)) && (3..=4).contains(&text.len());
    let Some(decimal) = text.parse::<u32>().ok().filter(|_| octal && !text.starts_with('0') && node.tag.is_none())
    else {
        return;
    };
    let message = format!("cloud-init takes `{text}` for a decimal number: the mode will be {decimal:04o}");
    let meant = format!("\"{text:0>4}\"");
    let fault = Diagnostic::warning(DECIMAL_MODE, node.span, message).help(format!("write `{meant}`"));
    // As a decimal number it is no mode that anybody wants: `420` may be one, which is 0644.
    match decimal > 0o777 {
        true => report.push(fault.fix(Some(Fix::new(node.span, text.as_str(), meant)))),
        false if matches!(text.as_str(), "400" | "440" | "444") => report.push(fault),
        false => {}
    }
}
