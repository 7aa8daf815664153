//! Keys that cloud-init reads only where something is in them: what is left of a list whose lines are all commented out.

use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node};

const EMPTY_KEY: Code = Code::new(
    "cloud-config/empty-key",
    "Of a key with nothing in it cloud-init looks at the nothing: the module fails, and with it all else that the module does.",
);

pub(crate) const CODES: &[Code] = &[EMPTY_KEY];

/// The keys whose module fails in one release or more, and what is lost with it. Nothing in `packages` or `users` does no harm.
const KEYS: [(&str, &str); 7] = [
    ("bootcmd", "its module fails, and `cloud-init status` says error"),
    ("groups", "no user is made, not even the default one"),
    ("mounts", "its module fails, and `cloud-init status` says error"),
    ("runcmd", "its module fails, and `cloud-init status` says error"),
    ("ssh_authorized_keys", "the default user gets no public key, not even the one that the cloud knows"),
    ("ssh_keys", "its module fails, and the default user gets no public key"),
    ("write_files", "its module fails, and `cloud-init status` says error"),
];

/// Reports a key with nothing in it that may not be empty, and nothing in place of a user or a file.
pub(super) fn check(key: &Node, value: &Node, report: &mut Report) {
    let name = key.text().unwrap_or_default();
    if let Some((_, loss)) = KEYS.iter().find(|(known, _)| *known == name && value.is_null()) {
        let fault = Diagnostic::error(EMPTY_KEY, key.span, format!("`{name}` has nothing in it: {loss}"));
        report.push(fault.help("remove the key, or write something below it"));
    }
    if let ("users" | "write_files", Kind::Sequence(items)) = (name, &value.kind) {
        items.iter().filter(|item| item.is_null()).for_each(|item| {
            let message = format!(
                "this entry of `{name}` has nothing in it: cloud-init fails on it, and does not do what the others say"
            );
            report.push(Diagnostic::error(EMPTY_KEY, item.span, message).help("remove the `-`"));
        });
    }
}
