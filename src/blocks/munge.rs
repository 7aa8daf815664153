//! MUNGE: the one key that all machines of a cluster share, and the daemon that uses it.

use super::{Block, BlockSpec, Check, Lower, Payload, Phase, read};
use crate::language::content::{self, Content, Secret};
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::units::Switch;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;

const SHORT_KEY: Code = Code::new("munge/short-key", "munged takes no key of less than 32 bytes.");
const WEAK_KEY: Code =
    Code::new("munge/weak-key", "Whoever guesses the key is any user on every machine of the cluster.");
const PATH_AS_KEY: Code =
    Code::new("munge/path-as-key", "A text is the key itself: a path in its place is a key that can be guessed.");
const NOT_A_KEY: Code = Code::new(
    "munge/not-a-key",
    "A certificate or a key of SSH is known to others, or has another use: it is no shared secret.",
);

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "munge",
    summary: "the key that the machines of a cluster share, and the MUNGE daemon",
    phase: Phase::Late,
    handler: &[handler!("munge")],
    codes: &[SHORT_KEY, WEAK_KEY, PATH_AS_KEY, NOT_A_KEY],
    secrets: &["key"],
    schema: SchemaGenerator::subschema_for::<Munge>,
    decode: read::<Munge>,
};

/// MUNGE on the machine.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{key: {file: munge.key}}`"
)]
pub(crate) struct Munge {
    /// The key, at least 32 bytes: a file of any bytes, or a text, which is the key as it stands and never decoded.
    key: Secret,
    /// Install the package. Default true.
    #[serde(default = "Switch::on")]
    install: Switch,
    /// Start the daemon, now and at every boot, and prove that it takes what it gives out. Default true.
    #[serde(default = "Switch::on")]
    start: Switch,
    /// Put the key in the place of another one that a running daemon uses. Default false.
    #[serde(default = "Switch::off")]
    replace: Switch,
}

/// MUNGE_KEY_LEN_MIN_BYTES of its source.
const SHORTEST: usize = 32;

/// A random key of the shortest length has about thirty different bytes, and one in hexadecimal up to sixteen.
const FEWEST: usize = 8;

/// What PEM, a public key of SSH and a line of authorized_keys begin with.
const OTHERS: [&[u8]; 5] = [b"-----BEGIN ", b"ssh-", b"ecdsa-", b"sk-ssh-", b"sk-ecdsa-"];

/// What is wrong with a key. Nothing of the key itself.
fn fault_of(key: &[u8]) -> Option<Fault> {
    const HELP: &str =
        "make one with `dd if=/dev/urandom of=munge.key bs=1024 count=1`, and write `key: {file: munge.key}`";
    let different = key.iter().collect::<BTreeSet<_>>().len();
    match key.len() {
        0 => Some(Fault::new(SHORT_KEY, "this key is empty", HELP)),
        bytes @ ..SHORTEST => {
            Some(Fault::new(SHORT_KEY, format!("this key has {bytes} bytes, and needs {SHORTEST}"), HELP))
        }
        _ if OTHERS.iter().any(|beginning| key.trim_ascii_start().starts_with(beginning)) => {
            let message = "this is a certificate, or a key of another kind, not one of MUNGE";
            Some(Fault::new(NOT_A_KEY, message, HELP))
        }
        _ if different < FEWEST => {
            let message = format!("this key is made of the same few bytes ({different} in {})", key.len());
            Some(Fault::new(WEAK_KEY, message, HELP))
        }
        _ => None,
    }
}

impl Munge {
    fn fault(&self, key: &[u8]) -> Option<Fault> {
        let path = match &self.key.0 {
            Content::Text(text) => content::as_path(text),
            _ => None,
        };
        match path {
            Some(path) => {
                let help = format!("write `key: {{file: {path}}}`");
                Some(Fault::new(PATH_AS_KEY, "this key is the path of a file", help))
            }
            None => fault_of(key),
        }
    }
}

impl Block for Munge {
    fn check(&self, _cx: &mut Check) {}

    fn lower(&self, cx: &mut Lower) -> Payload {
        let at = Path::root().key("key");
        let key = cx.secret_bytes(&self.key, &at);
        if let Some(fault) = key.as_deref().and_then(|key| self.fault(key)) {
            cx.refuse(fault, &self.key.0.place(&at));
        }
        Payload::settings(json!({
            // Keys are bytes, and JSON has only text.
            "key": STANDARD.encode(key.unwrap_or_default()),
            "install": self.install,
            "start": self.start,
            "replace": self.replace,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(key: &[u8]) -> Option<Code> {
        fault_of(key).map(|fault| fault.code)
    }

    #[test]
    fn keys_are_long_and_not_the_same_over_and_over() {
        let counted: Vec<u8> = (0..=255).collect();
        assert_eq!(code(&counted), None);
        assert_eq!(code(&counted[..32]), None);
        assert_eq!(code(&counted[..31]), Some(SHORT_KEY));
        assert_eq!(code(&[0; 1024]), Some(WEAK_KEY));
        assert_eq!(code("changeme".repeat(4).as_bytes()), Some(WEAK_KEY));
        assert_eq!(code(b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"), Some(NOT_A_KEY));
        assert_eq!(code(b"\n-----BEGIN CERTIFICATE-----\nMIIB"), Some(NOT_A_KEY));
        assert_eq!(code(b"0123456789abcdef0123456789abcdef\n"), None);
    }
}
