//! Names of repositories and domains, and the addresses of their servers.

use super::{Check, REPOSITORY, SERVER};
use crate::language::diagnostic::Diagnostic;
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

/// One or several addresses, separated by `;`; whether they are sound.
fn check_addresses(cx: &mut Check, servers: &str, at: &Path) -> bool {
    let Some(wrong) = addresses(servers).find(|server| !is_server(server)) else { return true };
    let (message, help) = match wrong {
        "" if !servers.is_empty() => (format!("a server is missing in {}", quoted(servers)), "remove the `;` too many"),
        _ => (
            format!("{} is not the address of a server", quoted(wrong)),
            "write `http://server.example.org/cvmfs/@fqrn@`, several separated by `;`",
        ),
    };
    cx.push(cx.error(SERVER, at, message).help(help));
    false
}

/// The servers of a domain: an address without a placeholder would be the same for all of its repositories.
pub(super) fn check_servers_of_domain(cx: &mut Check, servers: &str, at: &Path) {
    let sound = check_addresses(cx, servers, at);
    let fixed = addresses(servers).find(|server| !has_placeholder(server));
    if let Some(fixed) = fixed.filter(|_| sound) {
        let message = format!("{} is one address for all repositories of the domain", quoted(fixed));
        cx.push(cx.error(SERVER, at, message).help(format!("write `{}`", with_placeholder(fixed))));
    }
}

/// The servers of one repository. Only a warning, because a server may keep its one repository under any path.
pub(super) fn check_servers_of(cx: &mut Check, repository: &str, servers: &str, at: &Path) {
    let sound = check_addresses(cx, servers, at);
    let short = repository.split('.').next().unwrap_or_default();
    let names = |server: &str| server.split('/').skip(3).any(|part| part == repository || part == short);
    let stray = addresses(servers).find(|server| !has_placeholder(server) && !names(server));
    if let Some(stray) = stray.filter(|_| sound && is_name(repository)) {
        let message = format!("{} does not name the repository `{repository}`", quoted(stray));
        let fault = Diagnostic::warning(SERVER, cx.span(at), message);
        cx.push(fault.help(format!("write `{}`", with_placeholder(stray))));
    }
}

fn addresses(servers: &str) -> impl Iterator<Item = &str> {
    servers.split([';', ','])
}

/// The client puts the repository's name in place of `@fqrn@`, and its first label in place of the older `@org@`.
fn has_placeholder(server: &str) -> bool {
    server.contains("@fqrn@") || server.contains("@org@")
}

/// The address as it would be with a placeholder: in place of a repository's name or of a placeholder misspelled, or at the end.
fn with_placeholder(server: &str) -> String {
    let base = server.trim_end_matches('/');
    let above = base.rsplit_once('/').filter(|_| base.matches('/').count() > 2);
    match above {
        Some((above, last)) if last.contains(['.', '@']) => format!("{above}/@fqrn@"),
        Some(_) => format!("{base}/@fqrn@"),
        None => format!("{base}/cvmfs/@fqrn@"),
    }
}

fn is_server(text: &str) -> bool {
    let rest = ["http://", "https://", "file:///"].iter().find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}
