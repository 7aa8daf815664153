//! `exports`: directories of this machine, their clients, and how these may use them.

use super::{CLIENT, Directory, Lists, OPTION, ROOT_FOR_ALL, SAME_EXPORT};
use crate::blocks::Check;
use crate::language::path::Path;
use crate::language::suggest;
use crate::language::units::{CommaList, Host, Unit, quoted};
use serde::Deserialize;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

/// A directory that others may mount.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `path` and `clients`")]
pub(super) struct Export {
    /// The directory.
    pub path: Directory,
    /// Who may mount it: hosts, networks (`192.0.2.0/24`), patterns (`*.example.org`, or `*` for everybody), netgroups (`@nodes`).
    clients: CommaList,
    /// Options of exports(5). Default `ro`; `no_subtree_check` is added unless `subtree_check` is there.
    #[serde(default)]
    #[schemars(extend("default" = ["ro"]))]
    options: CommaList,
}

/// The options that exportfs knows (exports(5) of nfs-utils 2.6). Those with `=` have a value.
#[rustfmt::skip]
const OPTIONS: &[&str] = &[
    "ro", "rw", "sync", "async", "wdelay", "no_wdelay", "hide", "nohide", "crossmnt", "subtree_check",
    "no_subtree_check", "secure", "insecure", "secure_locks", "insecure_locks", "auth_nlm", "no_auth_nlm",
    "acl", "no_acl", "root_squash", "no_root_squash", "all_squash", "no_all_squash", "anonuid=", "anongid=",
    "fsid=", "mountpoint", "mountpoint=", "mp", "mp=", "refer=", "replicas=", "pnfs", "no_pnfs",
    "security_label", "sec=", "xprtsec=", "nordirplus",
];

impl Export {
    pub fn lists(&self) -> Lists {
        vec![("clients", self.clients.0.len()), ("options", self.options.0.len())]
    }

    /// Its line in a table of exports.
    pub fn row(&self) -> String {
        let mut options = self.options.0.clone();
        // exportfs asks for one of the two.
        if !options.iter().any(|option| option.ends_with("subtree_check")) {
            options.push("no_subtree_check".into());
        }
        let options = options.join(",");
        let clients: Vec<String> = self.clients.0.iter().map(|client| format!("{client}({options})")).collect();
        format!("{} {}\n", self.path.0, clients.join(" "))
    }
}

pub(super) fn check(exports: &[Export], cx: &mut Check) {
    let mut seen: HashMap<(&str, &str), Path> = HashMap::new();
    for (index, export) in exports.iter().enumerate() {
        let at = Path::root().key("exports").index(index);
        check_clients(export, &at.key("clients"), cx);
        check_options(export, &at.key("options"), cx);
        for client in &export.clients.0 {
            if let Some(first) = seen.insert((&export.path.0, client), at.key("clients")) {
                let message = format!("`{}` is exported to {} twice", export.path.0, quoted(client));
                let fault = cx.error(SAME_EXPORT, &at.key("clients"), message).also(cx.span(&first), "first here");
                cx.push(fault.help("remove one of the two"));
            }
        }
    }
}

fn check_clients(export: &Export, at: &Path, cx: &mut Check) {
    if export.clients.0.is_empty() && cx.sound() {
        let fault = cx.error(CLIENT, at, format!("`{}` is exported to nobody", export.path.0));
        cx.push(fault.help("name a client, like `192.0.2.0/24`"));
    }
    for (index, client) in export.clients.0.iter().enumerate() {
        if let Some(help) = client_fault(client) {
            let fault = cx.error(CLIENT, &at.index(index), format!("{} is not a client", quoted(client)));
            cx.push(fault.help(help));
        }
        if everybody(client) && export.options.0.iter().any(|option| option == "no_root_squash") {
            let message = format!("everybody's root is root in `{}`", export.path.0);
            let fault = cx.warning_at_key(ROOT_FOR_ALL, at, message);
            cx.push(fault.help("name the clients, or leave `no_root_squash` out"));
        }
    }
}

fn everybody(client: &str) -> bool {
    ["*", "0.0.0.0/0", "0.0.0.0/0.0.0.0", "::/0"].contains(&client)
}

/// What to write in the place of a client that exports(5) does not have.
fn client_fault(client: &str) -> Option<String> {
    let wild = client.contains(['*', '?']);
    let sound = |c: char| c.is_ascii_alphanumeric() || "._-*?[]".contains(c);
    match client {
        "" => Some("write a host, a network, or `\"*\"` for everybody".into()),
        _ if client.contains(['(', ')']) => {
            Some("write the client alone, and what is in brackets into `options`".into())
        }
        _ if client.contains(char::is_whitespace) => Some("write each client as an item of a list".into()),
        _ if client.strip_prefix('@').is_some_and(|group| !group.is_empty() && group.chars().all(sound)) => None,
        _ if client.contains('/') => network_fault(client),
        "*" => None,
        // Patterns are compared with names, never with addresses.
        _ if wild && !client.contains(|c: char| c.is_ascii_alphabetic()) => {
            Some("write a network, like `192.0.2.0/24`".into())
        }
        _ if wild && client.chars().all(sound) => None,
        _ => Host::parse(client).err().map(|fault| fault.help),
    }
}

fn network_fault(client: &str) -> Option<String> {
    let (address, mask) = client.split_once('/')?;
    let (longest, usual) = match address.parse() {
        Ok(IpAddr::V4(_)) => (32, 24),
        Ok(IpAddr::V6(_)) => (128, 64),
        Err(_) => return Some("write a network as `192.0.2.0/24`".into()),
    };
    // A mask has all its ones in front.
    let is_mask = longest == 32
        && mask.parse::<Ipv4Addr>().is_ok_and(|mask| mask.to_bits().leading_ones() == mask.to_bits().count_ones());
    let is_prefix = mask.parse::<u8>().is_ok_and(|prefix| prefix <= longest);
    (!is_mask && !is_prefix).then(|| format!("write a prefix of 0 to {longest}, like `{address}/{usual}`"))
}

fn check_options(export: &Export, at: &Path, cx: &mut Check) {
    for (index, option) in export.options.0.iter().enumerate() {
        let at = at.index(index);
        let (name, value) = option.split_once('=').map_or((option.as_str(), false), |(name, _)| (name, true));
        let known = if value { format!("{name}=") } else { name.to_owned() };
        let plain = option.chars().all(|c| c.is_ascii_graphic() && !"()\"#\\".contains(c));
        if !OPTIONS.contains(&known.as_str()) || !plain {
            let fault = cx.error(OPTION, &at, format!("{} is not an option of exports(5)", quoted(option)));
            let near = suggest::nearest(name, OPTIONS.iter().copied());
            cx.push(fault.help(near.map_or("leave it out".into(), |near| format!("did you mean `{near}`?"))));
        }
    }
    let given = |word: &str| export.options.0.iter().any(|option| option == word);
    if given("ro") && given("rw") {
        let fault = cx.error(OPTION, at, "`ro` and `rw` are both given");
        cx.push(fault.help("keep one of the two"));
    }
}

#[cfg(test)]
mod tests {
    use super::client_fault;

    #[test]
    fn clients_are_those_of_exports() {
        for client in [
            "*",
            "head",
            "head.example.org",
            "*.example.org",
            "node?",
            "node[1-9]*",
            "192.0.2.1",
            "fd00::1",
            "@nodes",
            "192.0.2.0/24",
            "192.0.2.0/255.255.255.0",
            "fd00::/64",
        ] {
            assert_eq!(client_fault(client), None, "{client}");
        }
        for client in [
            "",
            "@",
            "192.0.2.*",
            "192.0.2.0/33",
            "192.0.2.0/255.0.255.0",
            "fd00::/129",
            "head/24",
            "head (rw)",
            "head(rw)",
            "he_ad",
        ] {
            assert!(client_fault(client).is_some(), "{client}");
        }
    }
}
