//! Names of repositories and domains, and the addresses of their servers.

use super::{Check, REPOSITORY, SERVER};
use crate::language::path::Path;
use crate::language::units::quoted;

/// Whether a text can name a repository or a domain: labels with dots between them, as in the name of a host.
pub(in crate::blocks) fn is_name(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.split('.').all(|label| !label.is_empty() && label.bytes().all(sound))
}

/// `alice.cern.ch`, or `alice` below the default domain.
pub(super) fn check_repository(cx: &mut Check, name: &str, at: &Path) {
    if is_name(name) {
        return;
    }
    let last = name.trim().rsplit('/').next().unwrap_or_default();
    let help = match name.split_whitespace().all(is_name) {
        _ if is_name(last) => format!("write `{last}`"),
        true if !name.is_empty() => "write one name, and a comma before the next".into(),
        _ => "write its full name, like `alice.cern.ch`".into(),
    };
    cx.push(cx.error(REPOSITORY, at, format!("{} is not the name of a repository", quoted(name))).help(help));
}

/// The client looks for the configuration of a repository under its full name only.
pub(super) fn check_full_name(cx: &mut Check, name: &str, at: &Path) {
    check_repository(cx, name, at);
    if is_name(name) && !name.contains('.') {
        let message = format!("{} is not the full name of a repository", quoted(name));
        cx.push(cx.error(REPOSITORY, at, message).help(format!("write it with its domain, like `{name}.example.org`")));
    }
}

pub(super) fn check_domain(cx: &mut Check, name: &str, at: &Path) {
    if !is_name(name) {
        let fault = cx.error(REPOSITORY, at, format!("{} is not the name of a domain", quoted(name)));
        cx.push(fault.help("write one domain, like `cern.ch`"));
    }
}

/// One or several addresses, separated by `;`.
pub(super) fn check_server(cx: &mut Check, servers: &str, at: &Path) {
    let Some(wrong) = servers.split([';', ',']).find(|server| !is_server(server)) else { return };
    let (message, help) = match wrong {
        "" if !servers.is_empty() => (format!("a server is missing in {}", quoted(servers)), "remove the `;` too many"),
        _ => (
            format!("{} is not the address of a server", quoted(wrong)),
            "write `http://server.example.org/cvmfs/@fqrn@`, several separated by `;`",
        ),
    };
    cx.push(cx.error(SERVER, at, message).help(help));
}

fn is_server(text: &str) -> bool {
    let rest = ["http://", "https://", "file:///"].iter().find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}
