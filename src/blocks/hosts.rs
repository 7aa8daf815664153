//! The names of machines: this one's own, and those of its neighbours in `/etc/hosts`.

mod names;

use super::{Block, BlockSpec, Check, Lower, Payload, Phase, read};
use crate::language::diagnostic::Code;
use crate::language::path::Path;
use crate::language::units::{Address, HostName, Unit, quoted};
use names::{Entry, Names};
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

const NOTHING: Code = Code::new("hosts/nothing", "A block `hosts` without a name in it does nothing.");
const OWN_NAME: Code = Code::new(
    "hosts/own-name",
    "`hostname` is the name without a domain, and `fqdn` is that name with its domain: programs ask for either, and both must agree.",
);
const SAME_NAME: Code =
    Code::new("hosts/same-name", "A name is listed once, with all its addresses; upper and lower case are the same.");
const SAME_ADDRESS: Code = Code::new("hosts/same-address", "A name has each of its addresses once.");
const NO_ADDRESS: Code = Code::new("hosts/no-address", "A name without an address cannot be found.");
const RESERVED: Code =
    Code::new("hosts/reserved", "`localhost` is the machine itself to every program: the system's own lines say so.");

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "hosts",
    summary: "this machine's name, and the names of others in `/etc/hosts`",
    phase: Phase::Early,
    handler: &[handler!("hosts")],
    codes: &[NOTHING, OWN_NAME, SAME_NAME, SAME_ADDRESS, NO_ADDRESS, RESERVED],
    secrets: &[],
    schema: SchemaGenerator::subschema_for::<Hosts>,
    decode: read::<Hosts>,
};

/// Names of machines.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{names: {head: 192.0.2.1}}`"
)]
pub(crate) struct Hosts {
    /// This machine's name, without its domain. Default: the first label of `fqdn`, else what the cloud says.
    hostname: Option<HostName>,
    /// This machine's name with its domain.
    fqdn: Option<HostName>,
    /// Names with the address of each, or a list of addresses. This machine's own name may be among them; if it is not, it gets
    /// 127.0.1.1.
    names: Names,
}

/// Where Debian and cloud-init put the name of a machine whose address is not known.
const OWN_ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 1, 1));

/// Names of the loopback interface (hosts(5), Debian's and Red Hat's own files).
const LOOPBACK: &[&str] =
    &["localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"];

impl Hosts {
    /// This machine's names, the one with a domain first. Empty where the cloud says them.
    fn own(&self) -> Vec<&str> {
        let short = self.hostname.as_ref().or(self.fqdn.as_ref()).map(HostName::short);
        self.fqdn.iter().map(|name| name.0.as_str()).chain(short).collect()
    }

    fn check_own(&self, cx: &mut Check) {
        let root = Path::root();
        if let Some(name) = self.hostname.as_ref().filter(|name| name.0 != name.short()) {
            let fault = cx.error(OWN_NAME, &root.key("hostname"), format!("{} has a domain", quoted(&name.0)));
            cx.push(fault.help(format!("write `fqdn: {}`, and leave `hostname` out", name.0)));
        }
        self.check_reserved(cx);
        let Some(full) = &self.fqdn else { return };
        if full.short() == full.0 {
            let fault = cx.error(OWN_NAME, &root.key("fqdn"), format!("{} has no domain", quoted(&full.0)));
            cx.push(fault.help(format!("write it with its domain, or `hostname: {}`", full.0)));
        } else if let Some(name) = self.hostname.as_ref().filter(|name| name.short() != full.short()) {
            let message = format!("{} is not {} with a domain", quoted(&full.0), quoted(&name.0));
            let fault = cx.error(OWN_NAME, &root.key("fqdn"), message);
            cx.push(fault.also(cx.span(&root.key("hostname")), "the name").help("leave `hostname` out"));
        }
    }

    fn check_reserved(&self, cx: &mut Check) {
        for (key, name) in [("hostname", &self.hostname), ("fqdn", &self.fqdn)] {
            if name.as_ref().is_some_and(|name| is_loopback(&name.0)) {
                let fault = cx.error(RESERVED, &Path::root().key(key), "a machine cannot be called `localhost`");
                cx.push(fault.help("choose another name"));
            }
        }
    }

    fn check_names(&self, cx: &mut Check) {
        let at = Path::root().key("names");
        let mut first: HashMap<String, &str> = HashMap::new();
        for Entry { name, addresses } in &self.names.0 {
            let here = at.key(name.as_str());
            if let Err(fault) = HostName::parse(name) {
                cx.push(cx.error_at_key(fault.code, &here, fault.message).help(fault.help));
            } else if is_loopback(name) {
                let fault = cx.error_at_key(RESERVED, &here, format!("{} is the machine itself", quoted(name)));
                cx.push(fault.help("leave it out"));
            }
            if let Some(earlier) = first.insert(name.to_ascii_lowercase(), name) {
                let fault = cx.error_at_key(SAME_NAME, &here, format!("{} is listed already", quoted(name)));
                let fault = fault.also(cx.span(&at.key(earlier)), "first here");
                cx.push(fault.help(format!("write `{name}: [ADDRESS, ADDRESS]` for several addresses")));
            }
            check_addresses(cx, name, addresses, &here);
        }
    }

    /// The lines of the section: an address and its names, those with a domain first, because the first is the canonical one.
    fn lines(&self) -> String {
        let own = self.own();
        let is_own = |name: &str| own.iter().any(|known| known.eq_ignore_ascii_case(name));
        let listed = || {
            let addresses = |entry: &'_ Entry| entry.addresses.iter().map(|address| address.0).collect::<Vec<_>>();
            self.names.0.iter().map(move |entry| (addresses(entry), entry.name.as_str()))
        };
        let mut lines = Lines::default();
        if !listed().any(|(_, name)| is_own(name)) {
            own.iter().for_each(|name| lines.add(OWN_ADDRESS, name));
        }
        for (addresses, name) in listed() {
            // Whichever of this machine's names is listed, both are found.
            let names = if is_own(name) { own.as_slice() } else { &[name] };
            for address in addresses {
                names.iter().for_each(|name| lines.add(address, name));
            }
        }
        lines.text()
    }
}

/// Addresses in the order of their first names, each with its names.
#[derive(Default)]
struct Lines<'a> {
    lines: Vec<(IpAddr, Vec<&'a str>)>,
    places: HashMap<IpAddr, usize>,
    known: HashSet<(IpAddr, &'a str)>,
}

impl<'a> Lines<'a> {
    fn add(&mut self, address: IpAddr, name: &'a str) {
        let place = *self.places.entry(address).or_insert(self.lines.len());
        if place == self.lines.len() {
            self.lines.push((address, Vec::new()));
        }
        if let Some((_, names)) = self.lines.get_mut(place).filter(|_| self.known.insert((address, name))) {
            names.push(name);
        }
    }

    fn text(&self) -> String {
        self.lines.iter().map(|(address, names)| line(address, names)).collect()
    }
}

fn line(address: &IpAddr, names: &[&str]) -> String {
    let (full, short): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| name.contains('.'));
    format!("{address} {}\n", [full, short].concat().join(" "))
}

fn is_loopback(name: &str) -> bool {
    LOOPBACK.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn check_addresses(cx: &mut Check, name: &str, addresses: &[Address], at: &Path) {
    if addresses.is_empty() && cx.sound() {
        let fault = cx.error_at_key(NO_ADDRESS, at, format!("{} has no address", quoted(name)));
        cx.push(fault.help(format!("write `{name}: 192.0.2.1`, or leave it out")));
    }
    let mut seen = HashSet::new();
    for (index, address) in addresses.iter().enumerate() {
        if !seen.insert(address.0) {
            let fault = cx.error(SAME_ADDRESS, &at.index(index), format!("`{}` is there twice", address.0));
            cx.push(fault.help("remove one of the two"));
        }
    }
}

impl Block for Hosts {
    fn check(&self, cx: &mut Check) {
        let written = ["hostname", "fqdn", "names"].iter().any(|key| cx.written(&Path::root().key(*key)));
        if !written || cx.sound() && self.own().is_empty() && self.names.0.is_empty() {
            let fault = cx.error(NOTHING, &Path::root(), "this names no machine");
            cx.push(fault.help("add `names: {head: 192.0.2.1}` or `hostname: NAME`, or remove the block"));
        }
        self.check_own(cx);
        self.check_names(cx);
    }

    fn lower(&self, _cx: &mut Lower) -> Payload {
        let own = self.own();
        // Otherwise cloud-init writes the file anew from a template at each boot, where the image or the vendor wants that.
        let mut cloud_config = Map::from_iter([("manage_etc_hosts".to_owned(), Value::Bool(false))]);
        if let (Some(full), Some(short)) = (own.first(), own.last()) {
            // Both: for a name alone cloud-init would take the domain, and on some systems the whole name, from the cloud.
            let keys = [("fqdn", json!(full)), ("hostname", json!(short)), ("preserve_hostname", json!(false))];
            cloud_config.extend(keys.map(|(key, value)| (key.to_owned(), value)));
        }
        Payload { cloud_config, ..Payload::settings(json!({"lines": self.lines(), "named": !own.is_empty()})) }
    }
}
