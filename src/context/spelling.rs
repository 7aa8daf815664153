//! What cloud-init reads, and calls old.

use super::keys;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node};
use crate::language::fix::Fix;
use crate::language::suggest;
use std::sync::Arc;

const OLDER_NAME: Code = Code::new(
    "cloud-config/older-name",
    "cloud-init still reads the older name of a key, but newer releases call it deprecated, and `cloud-init status` then says `degraded` and ends with 2.",
);

pub(crate) const CODES: &[Code] = &[OLDER_NAME];

/// A row a line, `OLDER NEWER`, `users.` before what stands in an item of that list. A test compares them with cloud-init itself.
const OLDER: &str = include_str!("cloud_config_older.txt");

type Pair = (Arc<Node>, Arc<Node>);

/// Judges the keys of a cloud-config.
pub(super) fn check(pairs: &[Pair], report: &mut Report) {
    check_names("", pairs, report);
    for (_, value) in pairs.iter().filter(|(key, _)| key.text() == Some("users")) {
        items(value).iter().for_each(|user| check_names("users.", user.pairs(), report));
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
