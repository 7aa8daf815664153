//! Lists of commands, which cloud-init drops whole for one entry that is none.

use super::resolved::{Resolved, resolved};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node, Style};

const NO_COMMAND: Code = Code::new(
    "cloud-config/no-command",
    "A command is a text, or a list of words: of a list with anything else in it cloud-init runs no command at all (`util.shellify`). Since 22 an entry with nothing in it is passed over.",
);

pub(crate) const CODES: &[Code] = &[NO_COMMAND];

/// The keys of cloud-init that are lists of commands.
const LISTS: [&str; 2] = ["bootcmd", "runcmd"];

/// Reports what is no command in a key that is a list of them.
pub(super) fn check(name: &str, value: &Node, report: &mut Report) {
    if !LISTS.contains(&name) {
        return;
    }
    match &value.kind {
        Kind::Sequence(items) => items.iter().for_each(|item| command(item, report)),
        Kind::Faulty => {}
        // Of a key with nothing in it `empty` tells.
        _ if value.is_null() => {}
        _ => {
            let message = format!("`{name}` is a list of commands, and this is none");
            report.push(Diagnostic::error(NO_COMMAND, value.span, message).help("write each command after a `- `"));
        }
    }
}

fn command(item: &Node, report: &mut Report) {
    let fault = |message: &str| Diagnostic::error(NO_COMMAND, item.span, message.to_owned());
    match &item.kind {
        _ if item.is_null() => {
            let message = "this command is nothing to YAML: cloud-init passes over it, but 20.4 (Debian 11) then runs none of the list";
            report.push(Diagnostic::warning(NO_COMMAND, item.span, message).help("remove the `-`"));
        }
        Kind::Mapping(_) => {
            let fault = fault("this command is a map to YAML: its `: ` divides a key from a value");
            report.push(fault.help("put the whole command in quotes"));
        }
        Kind::Scalar { text, style } if is_other(item, text, *style) => {
            report.push(fault("this command is no text to YAML").help(format!("write `\"{text}\"`")));
        }
        Kind::Scalar { .. } if item.tag.as_deref() == Some("!") => {
            let fault = fault("YAML takes this `!` for a tag: the command begins behind it");
            report.push(fault.help("put the whole command in quotes"));
        }
        Kind::Sequence(_) | Kind::Scalar { .. } | Kind::Faulty => {}
    }
}

/// A number, a truth or a time. What a tag makes of a word is its writer's to know.
fn is_other(node: &Node, text: &str, style: Style) -> bool {
    let plain = style == Style::Plain && node.tag.is_none();
    plain && resolved(text) != Resolved::Text
}
