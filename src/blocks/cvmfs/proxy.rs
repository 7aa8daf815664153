//! The grammar of CVMFS_HTTP_PROXY.

use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::units::{Unit, unit};
use serde::Serialize;

pub(super) const PROXY: Code = Code::new(
    "cvmfs/proxy",
    "Proxies are addresses with a port: `|` between those that share the load, `;` between groups tried in turn, `DIRECT` for none.",
);

/// Groups separated by `;`, their members by `|`; a member is an address or `DIRECT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Proxies(String);

impl Unit for Proxies {
    const EXPECTS: &'static str = "proxies, like `http://squid1:3128|http://squid2:3128;DIRECT`";
    const PATTERN: &'static str = "^[^ \\t]+$";

    fn parse(text: &str) -> Result<Self, Fault> {
        match text.split([';', '|']).find_map(|member| member_fault(text, member)) {
            Some(fault) => Err(fault),
            None => Ok(Self(text.to_owned())),
        }
    }
}

unit!(Proxies);

fn member_fault(text: &str, member: &str) -> Option<Fault> {
    let fault = |message: String, help: String| Some(Fault::new(PROXY, message, help));
    if member == "DIRECT" || member == "auto" {
        return None;
    }
    if member.eq_ignore_ascii_case("direct") {
        return fault(format!("`{member}` is not a proxy"), "write `DIRECT`".into());
    }
    if member.is_empty() {
        return fault(format!("a proxy is missing in `{text}`"), "remove the `;` or `|` too many".into());
    }
    if member.contains(',') {
        return fault(
            format!("`{member}` is not one proxy"),
            "separate proxies by `|` (they share the load) or `;` (the next if these fail)".into(),
        );
    }
    let address = member.strip_prefix("http://").or_else(|| member.strip_prefix("https://"));
    let port = |address: &str| {
        address
            .trim_end_matches('/')
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    let graphic = member.bytes().all(|byte| byte.is_ascii_graphic() && !b"'\"`$\\".contains(&byte));
    match address {
        Some(address) if graphic && port(address) => None,
        Some(address) if graphic && !address.is_empty() => {
            fault(format!("`{member}` has no port"), format!("write `{}:3128`", member.trim_end_matches('/')))
        }
        _ => fault(format!("`{member}` is not a proxy"), "write `http://squid.example.org:3128`, or `DIRECT`".into()),
    }
}
