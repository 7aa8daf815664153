//! The keys with which users of the machine log in elsewhere.

use super::authorized::Source;
use super::keys;
use crate::blocks::{Check, Lower};
use crate::language::content::Secret;
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::several::{Several, TextOr};
use crate::language::stated::{either, stated};
use crate::language::units::quoted;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;

pub(super) const NAME: Code = Code::new(
    "ssh-access/identity-name",
    "The name of a key is that of a file in ~/.ssh, and no other file that ssh or sshd reads there.",
);
pub(super) const SAME: Code =
    Code::new("ssh-access/same-identity", "Each key of a user has a file of its own: `id_` and its type, or a `name`.");

/// The other files of the directory.
const TAKEN: &[&str] = &["authorized_keys", "authorized_keys2", "config", "environment", "known_hosts", "rc"];

/// A private key of a user.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(try_from = "TextOr<Written>")]
#[schemars(with = "TextOr<Written>")]
pub(super) struct Identity {
    source: Source,
    name: Option<String>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = Secret(self.source.content.clone());
        f.debug_struct("Identity").field("key", &secret).field("name", &self.name).finish()
    }
}

/// A private key with the name of its file.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "text, or a map with `key` or `file`")]
#[schemars(transform = either("key", "file"))]
struct Written {
    /// The private key, without a passphrase: the text, or {file: PATH}.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "Secret")]
    key: Option<Secret>,
    /// The path of the private key.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "String")]
    file: Option<String>,
    /// Its file in ~/.ssh. Default: `id_` and the type.
    name: Option<String>,
}

impl TryFrom<TextOr<Written>> for Identity {
    type Error = Fault;

    fn try_from(written: TextOr<Written>) -> Result<Self, Fault> {
        Ok(match written {
            TextOr::Text(text) => Self { source: Source::text(text), name: None },
            TextOr::Map(map) => Self { source: Source::new(map.key.map(|secret| secret.0), map.file)?, name: map.name },
        })
    }
}

impl Identity {
    pub fn check(&self, cx: &mut Check, at: &Path) {
        let Some(name) = &self.name else { return };
        let sound = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let whole = !name.is_empty() && name.chars().all(sound) && !name.starts_with(['.', '-']);
        if !whole || name.ends_with(".pub") || TAKEN.contains(&name.as_str()) {
            let fault = cx.error(NAME, &at.key("name"), format!("{} cannot be the file of a key", quoted(name)));
            cx.push(fault.help("write a name like `id_backup`"));
        }
    }
}

/// The files of one user's keys: name, private half, public half.
pub(super) fn files(identities: &Several<Identity>, cx: &mut Lower, at: &Path) -> Vec<Value> {
    let (mut files, mut names) = (Vec::new(), Vec::new());
    for (at, identity) in identities.places(at) {
        let place = identity.source.place(&at);
        let Some(text) = cx.text(&identity.source.content, &place) else { continue };
        let key = match keys::private(&text) {
            Ok(key) => key,
            Err(fault) => {
                cx.refuse(fault, &place);
                continue;
            }
        };
        let name = identity.name.clone().unwrap_or_else(|| format!("id_{}", key.family()));
        if names.contains(&name) {
            let message = format!("two keys are to be the file {}", quoted(&name));
            cx.refuse(Fault::new(SAME, message, "give one of them a `name`"), &place);
        }
        files.push(json!([name, key.text, format!("{}\n", key.public)]));
        names.push(name);
    }
    files
}
