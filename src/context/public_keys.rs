//! What stands where cloud-init takes public keys: a private one would be given away to whoever sees it there.

use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node};

const PRIVATE_KEY: Code = Code::new(
    "cloud-config/private-key",
    "Whoever reads a private key can be its owner: only its public half may go where others look.",
);

pub(crate) const CODES: &[Code] = &[PRIVATE_KEY];

/// The keys of cloud-init with public keys below them: of `users` in both spellings.
const LISTS: [&str; 2] = ["ssh_authorized_keys", "ssh-authorized-keys"];

/// Reports every private key below a key of this name where a public one belongs.
pub(super) fn check(name: &str, value: &Node, report: &mut Report) {
    match &value.kind {
        Kind::Mapping(pairs) => {
            pairs.iter().for_each(|(key, value)| check(key.text().unwrap_or_default(), value, report))
        }
        Kind::Sequence(items) => items.iter().for_each(|item| check(name, item, report)),
        Kind::Scalar { text, .. } if LISTS.contains(&name) && text.contains("PRIVATE KEY-----") => {
            let message = "this is a private key, where a public one belongs";
            let fault = Diagnostic::error(PRIVATE_KEY, value.span, message);
            report.push(fault.help("give the public half, the line of the file that ends in `.pub`"));
        }
        Kind::Scalar { .. } | Kind::Faulty => {}
    }
}
