//! Units that say which machine: names and addresses of hosts.

use super::{Unit, quoted};
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use serde::{Serialize, Serializer};
use std::net::IpAddr;

const HOST_NAME: Code = Code::new(
    "units/host-name",
    "The name of a host is letters, digits and `-` in labels with dots between them (RFC 952, RFC 1123).",
);
const ADDRESS: Code =
    Code::new("units/address", "An address is one of IPv4 or IPv6, without a prefix, a port or brackets.");

pub(super) const CODES: &[Code] = &[HOST_NAME, ADDRESS];

macro_rules! name_pattern {
    () => {
        "(?=.{1,253}$)(?!(.*[.])?[0-9]+$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
    };
}

macro_rules! address_pattern {
    () => {
        "(((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])([.](?!$)|$)){4}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)"
    };
}

/// The name of a host, with a domain or without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct HostName(pub String);

impl Unit for HostName {
    const EXPECTS: &'static str = "the name of a host, like `head.example.org`";
    const PATTERN: &'static str = concat!("^", name_pattern!(), "$");

    fn parse(text: &str) -> Result<Self, Fault> {
        if is_name(text) {
            return Ok(Self(text.to_owned()));
        }
        let (what, help) = match text.parse::<IpAddr>() {
            Ok(_) => ("is an address, not a name", "write the name of the host".into()),
            Err(_) => ("is not a name of a host", name_help(text)),
        };
        Err(Fault::new(HOST_NAME, format!("{} {what}", quoted(text)), help))
    }
}

const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

fn is_name(text: &str) -> bool {
    // No name ends in a label of digits: it would look like an address (RFC 1123, 2.1).
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= LONGEST_NAME && text.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_label(label: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.bytes().all(sound)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn name_help(text: &str) -> String {
    let mended = text.trim_end_matches('.').replace('_', "-");
    match is_name(&mended) {
        true => format!("write `{mended}`"),
        false if text.len() > LONGEST_NAME => format!("write at most {LONGEST_NAME} characters"),
        false if text.split('.').any(|label| label.len() > LONGEST_LABEL) => {
            format!("write at most {LONGEST_LABEL} characters between two dots")
        }
        false => "write letters, digits and `-`, like `head.example.org`".into(),
    }
}

impl HostName {
    /// The first label: the name without its domain.
    pub fn short(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

/// An IPv4 or IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address(pub IpAddr);

impl Unit for Address {
    const EXPECTS: &'static str = "an address, like `192.0.2.10` or `2001:db8::10`";
    const PATTERN: &'static str = concat!("^", address_pattern!(), "$");

    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse()
            .map(Self)
            .map_err(|_| Fault::new(ADDRESS, format!("{} is not an address", quoted(text)), address_help(text)))
    }
}

/// Without a prefix, a port, brackets, or zeros in front, which some readers take for octal.
fn address_help(text: &str) -> String {
    let bare = text.split('/').next().unwrap_or_default().trim_start_matches('[');
    let bare = bare.split(']').next().unwrap_or_default();
    let decimal: Vec<&str> = bare.split('.').map(|part| part.trim_start_matches('0')).collect();
    let decimal = decimal.iter().map(|part| if part.is_empty() { "0" } else { part }).collect::<Vec<_>>().join(".");
    let host = bare.rsplit_once(':').map_or(bare, |(host, _)| host);
    match [bare, decimal.as_str(), host].into_iter().find_map(|text| text.parse::<IpAddr>().ok()) {
        Some(address) => format!("write `{address}`"),
        None => "write it in numbers, like `192.0.2.10` or `2001:db8::10`".into(),
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A machine by its name or by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Name(HostName),
    Address(Address),
}

impl Unit for Host {
    const EXPECTS: &'static str = "a host, like `head.example.org` or `192.0.2.1`";
    const PATTERN: &'static str = concat!("^(", name_pattern!(), "|", address_pattern!(), ")$");

    fn parse(text: &str) -> Result<Self, Fault> {
        match Address::parse(text) {
            Ok(address) => Ok(Self::Address(address)),
            Err(fault) if looks_like_address(text) => Err(alone(text).unwrap_or(fault)),
            Err(_) => HostName::parse(text).map(Self::Name),
        }
    }
}

/// What mount(8) takes as a source is a host and a directory.
fn alone(text: &str) -> Option<Fault> {
    let (host, _) = text.split_once(":/").filter(|(host, _)| is_name(host))?;
    Some(Fault::new(HOST_NAME, format!("{} is more than a host", quoted(text)), format!("write `{host}` alone")))
}

fn looks_like_address(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b".:/[]".contains(&byte)) || text.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_rfc_1123() {
        let longest = format!("{}.org", "a".repeat(63));
        for name in ["head", "head.example.org", "3com.example", "a-b", "1a", "NODE-1", longest.as_str()] {
            assert!(HostName::parse(name).is_ok(), "{name}");
        }
        let label = format!("{}.org", "a".repeat(64));
        let whole = vec!["abc"; 70].join(".");
        for name in ["", ".", "a..b", "a.", "-a", "a-", "a_b", "a b", "10.0.0.1", "node.1", "\u{e9}", &label, &whole] {
            assert!(HostName::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_near_an_address_is_mended() {
        for text in ["192.0.2.1/24", "192.0.2.01", "192.000.002.001", "192.0.2.1:80", "[192.0.2.1]:80"] {
            assert_eq!(address_help(text), "write `192.0.2.1`", "{text}");
        }
        assert_eq!(address_help("[2001:DB8::1]"), "write `2001:db8::1`");
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        assert_eq!(Host::parse("head").map_err(|_| ()), Ok(Host::Name(HostName("head".into()))));
        assert!(matches!(Host::parse("fd00::1"), Ok(Host::Address(_))));
        for (text, code) in [("10.0.0.300", ADDRESS), ("head:/home", HOST_NAME), ("he_ad", HOST_NAME), ("", HOST_NAME)]
        {
            assert_eq!(Host::parse(text).map_err(|fault| fault.code), Err(code), "{text}");
        }
    }
}
