//! The grammar of CVMFS_HTTP_PROXY.

use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::units::{Unit, quoted, unit};
use serde::Serialize;

const PROXY: Code = Code::new(
    "cvmfs/proxy",
    "Proxies are addresses with a port: `|` between those that share the load, `;` between groups tried in turn, `DIRECT` for none.",
);

/// Of a value that other blocks take, too.
pub(in crate::blocks) const CODES: &[Code] = &[PROXY];

/// Groups separated by `;`, their members by `|`; a member is an address or `DIRECT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(in crate::blocks) struct Proxies(pub String);

impl Unit for Proxies {
    const EXPECTS: &'static str = "proxies, like `http://squid1:3128|http://squid2:3128;DIRECT`";
    const PATTERN: &'static str = "^[^ \\t]+$";

    fn parse(text: &str) -> Result<Self, Fault> {
        match text.split([';', '|']).find_map(|member| member_fault(text, member)) {
            Some((message, help)) => Err(Fault::new(PROXY, message, help)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

unit!(Proxies);

const EXAMPLE: &str = "write `http://squid.example.org:3128`, or `DIRECT`";

/// What is wrong with one proxy, and what to write.
fn member_fault(text: &str, member: &str) -> Option<(String, String)> {
    let shown = quoted(member);
    let (what, help) = match member {
        "DIRECT" | "auto" => return None,
        "" if text.is_empty() => ("is not a proxy", EXAMPLE),
        "" => {
            return Some((format!("a proxy is missing in {}", quoted(text)), "remove the `;` or `|` too many".into()));
        }
        _ if member.eq_ignore_ascii_case("direct") => ("is not a proxy", "write `DIRECT`"),
        _ if member.contains(char::is_whitespace) => ("has a space in it", "remove the space"),
        _ if member.contains(',') => {
            ("is not one proxy", "separate proxies by `|` (they share the load) or `;` (the next if these fail)")
        }
        _ => return address_fault(member),
    };
    Some((format!("{shown} {what}"), help.into()))
}

fn address_fault(member: &str) -> Option<(String, String)> {
    let fault = |what: &str, help: String| Some((format!("{} {what}", quoted(member)), help));
    let graphic = member.bytes().all(|byte| byte.is_ascii_graphic() && !b"'\"`$\\".contains(&byte));
    let Some((scheme, address)) = member.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme))
    else {
        let whole = format!("http://{member}");
        return match member.contains("://") || address_fault(&whole).is_some() {
            true => fault("is not a proxy", EXAMPLE.into()),
            false => fault("has no scheme", format!("write `{whole}`")),
        };
    };
    let address = address.trim_end_matches('/');
    let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
    match port.parse::<u16>() {
        _ if !graphic => fault("is not a proxy", EXAMPLE.into()),
        _ if host.is_empty() => fault("names no host", EXAMPLE.into()),
        _ if address.contains('/') => {
            let bare = address.split('/').next().unwrap_or_default();
            fault("has a path", format!("write `{scheme}://{bare}`"))
        }
        Ok(_) => None,
        Err(_) if port.is_empty() => fault("has no port", format!("write `{scheme}://{host}:3128`")),
        Err(_) => fault("has no valid port", format!("write `{scheme}://{host}:3128`")),
    }
}
