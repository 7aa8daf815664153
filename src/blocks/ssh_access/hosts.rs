//! The keys of hosts: those of this machine, and those of others that it is to know (known_hosts in sshd(8)).

use super::keys;
use crate::blocks::{Check, Lower};
use crate::language::content::{Content, Secret};
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::several::Several;
use crate::language::units::{CommaList, quoted};

pub(super) const SAME_HOST_KEY: Code =
    Code::new("ssh-access/same-host-key", "sshd has one host key of a type: `ed25519`, `ecdsa`, `rsa`.");
pub(super) const HOST_NAME: Code = Code::new(
    "ssh-access/host-name",
    "In known_hosts a host is a name, an address, or `[name]:port`; `*` and `?` stand for others.",
);
pub(super) const KNOWN_HOST: Code =
    Code::new("ssh-access/known-host", "A line of known_hosts has the names of a host and its public key.");
pub(super) const NAMES_UNUSED: Code =
    Code::new("ssh-access/names-unused", "The names are for the known_hosts line of host keys that are given.");

/// The word for new host keys.
pub(super) const GENERATE: &str = "generate";

/// The private host keys of the machine, or the word for new ones.
pub(super) type HostKeys = Several<Secret>;

/// Whether the machine makes its keys itself.
pub(super) fn are_generated(keys: &HostKeys) -> bool {
    matches!(keys.items.as_slice(), [Secret(Content::Text(word))] if word == GENERATE)
}

/// One host key, ready for the machine.
pub(super) struct HostKey {
    pub family: &'static str,
    pub private: String,
    pub public: String,
}

/// The word is another way out of any fault of a key.
fn with_word(fault: Fault) -> Fault {
    let help = format!("{}; for new keys write `host-keys: {GENERATE}`", fault.help);
    Fault { help, ..fault }
}

/// The host keys that are given.
pub(super) fn host_keys(given: &HostKeys, cx: &mut Lower) -> Vec<HostKey> {
    let mut keys: Vec<HostKey> = Vec::new();
    for (at, secret) in given.places(&Path::root().key("host-keys")) {
        let Some(text) = cx.secret(secret, &at) else { continue };
        let private = keys::private(&text).inspect(|key| keys::warn_if_short(key.bits, cx, &at));
        let read = private.and_then(|key| match keys.iter().any(|other| other.family == key.family()) {
            false => Ok(HostKey { family: key.family(), private: key.text, public: format!("{}\n", key.public) }),
            true => Err(Fault::new(
                SAME_HOST_KEY,
                format!("this is another host key of the type `{}`", key.family()),
                "keep one of each type",
            )),
        });
        match read {
            Ok(key) => keys.push(key),
            Err(fault) => cx.refuse(with_word(fault), &at),
        }
    }
    keys
}

/// Names without which the line of known_hosts would be no use, or which mean nothing.
pub(super) fn check_names(names: &CommaList, given: bool, cx: &mut Check) {
    let at = Path::root().key("host-names");
    for (index, name) in names.0.iter().enumerate().filter(|(_, name)| !is_pattern(name)) {
        let at = at.index(index);
        let fault = cx.error(HOST_NAME, &at, format!("{} is not a host", quoted(name)));
        cx.push(fault.help("write a name or an address, like `worker-1.example.org` or `[10.0.0.5]:2222`"));
    }
    if !names.0.is_empty() && !given {
        let fault = cx.warning_at_key(NAMES_UNUSED, &at, "no host key is given that these names could belong to");
        cx.push(fault.help("give `host-keys`, or remove the names"));
    }
}

/// What a name in known_hosts may be: no white space, no comma, not hashed, not negated.
fn is_pattern(name: &str) -> bool {
    let sound = |c: char| c.is_ascii_alphanumeric() || "._:-*?[]%".contains(c);
    !name.is_empty() && name.chars().all(sound) && (name.starts_with('[') == name.contains(']'))
}

/// The lines of known_hosts by which others verify the machine at their first login.
pub(super) fn notes(keys: &[HostKey], names: &CommaList) -> Vec<String> {
    let hosts = if names.0.is_empty() { "*".to_owned() } else { names.0.join(",") };
    let guide = "# known_hosts: write the machine's name or address in place of `*` (or set `host-names`)".to_owned();
    let lines = keys.iter().map(|key| format!("{hosts} {}", key.public.trim_end()));
    (names.0.is_empty() && !keys.is_empty()).then_some(guide).into_iter().chain(lines).collect()
}

/// The lines for `/etc/ssh/ssh_known_hosts`.
pub(super) fn known(given: &Several<Content>, cx: &mut Lower) -> String {
    let mut known = String::new();
    for (at, content) in given.places(&Path::root().key("known-hosts")) {
        let Some(text) = cx.text(content, &at) else { continue };
        let whole = keys::refuse_whole(&text);
        let lines = whole.map(|()| keys::lines(&text)).map_err(|fault| cx.refuse(fault, &at));
        for line in lines.into_iter().flatten() {
            match known_line(line) {
                Ok(()) => known.push_str(&format!("{line}\n")),
                Err(fault) => cx.refuse(fault, &at),
            }
        }
    }
    known
}

fn known_line(line: &str) -> Result<(), Fault> {
    let key = keys::public(line)?;
    let words: Vec<&str> = key.before.split_whitespace().collect();
    let fault = |message: String, help: &str| Err(Fault::new(KNOWN_HOST, message, help));
    let hosts = match words.as_slice() {
        [] => {
            return fault(
                "this key has no host before it".into(),
                "write the host first: `ce.example.org ssh-ed25519 AAAA...`",
            );
        }
        ["@cert-authority" | "@revoked", hosts] | [hosts] => *hosts,
        [first, ..] => {
            return fault(
                format!("{} does not begin a line of known_hosts", quoted(first)),
                "separate hosts by commas, without spaces",
            );
        }
    };
    let named = |host: &str| host.starts_with("|1|") || is_pattern(host.strip_prefix('!').unwrap_or(host));
    match hosts.split(',').find(|host| !named(host)) {
        Some(host) => fault(format!("{} is not a host", quoted(host)), "write names or addresses, separated by commas"),
        None => Ok(()),
    }
}
