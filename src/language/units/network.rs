//! Units of the network: addresses of things to fetch, and what they must be.

use super::{Unit, quoted};
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use serde::Serialize;

const URL: Code = Code::new(
    "units/url",
    "An address is absolute: cloud-init and package managers repair others differently, or read a local file.",
);
const SHA256: Code = Code::new("units/sha256", "A sha256 is 64 hexadecimal digits, as `sha256sum FILE` prints it.");

pub(super) const CODES: &[Code] = &[URL, SHA256];

/// An absolute http or https address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Url(pub String);

impl Unit for Url {
    const EXPECTS: &'static str = "an address, like `https://example.org/file`";
    const PATTERN: &'static str = "^https?://[!\"$-.0->A-~]+([/?#][!-~]*)?$";

    fn parse(text: &str) -> Result<Self, Fault> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        let graphic = text.bytes().all(|byte| byte.is_ascii_graphic());
        if host.contains('@') {
            let help = "write it without: addresses reach logs and files that everybody can read";
            return Err(Fault::new(URL, "this address holds a user name or a password", help));
        }
        match graphic && !host.is_empty() {
            true => Ok(Self(text.to_owned())),
            false => {
                Err(Fault::new(URL, format!("{} is not an absolute http(s) address", quoted(text)), repaired(text)))
            }
        }
    }
}

/// The heritage wrote `http:host/path`, which one cloud-init release repairs and the next may not.
fn repaired(text: &str) -> String {
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme @ ("http" | "https"), rest)) => (scheme, rest.trim_start_matches('/')),
        _ => ("https", text),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match host.contains('.') && rest.bytes().all(|byte| byte.is_ascii_graphic()) && !host.starts_with('.') {
        true => format!("write `{scheme}://{rest}`"),
        false if !host.is_empty() && rest.contains(' ') => "write a space as `%20`".into(),
        false => "write it with its scheme and host, like `https://example.org/file`".into(),
    }
}

/// A SHA-256 digest in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Sha256(pub String);

impl Unit for Sha256 {
    const EXPECTS: &'static str = "a sha256, 64 hexadecimal digits";
    const PATTERN: &'static str = "^[0-9A-Fa-f]{64}$";

    fn parse(text: &str) -> Result<Self, Fault> {
        match text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => {
                Err(Fault::new(SHA256, "this is not a sha256", "write the 64 digits that `sha256sum FILE` prints"))
            }
        }
    }
}
