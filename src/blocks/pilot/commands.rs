//! The command files of pilots: what they are called, where they come from, what they must be.

use super::Pilot;
use crate::blocks::Check;
use crate::language::diagnostic::Code;
use crate::language::path::Path;
use crate::language::suggest;
use crate::language::units::{Sha256, Unit, Url, quoted};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

pub(super) const NONE: Code =
    Code::new("pilot/no-commands", "A pilot is started by one of its command files, so there is at least one.");
pub(super) const NAME: Code = Code::new("pilot/command-name", "A command file is named in letters, digits and `._-`.");
pub(super) const SAME: Code =
    Code::new("pilot/same-command", "Of two command files of one name the second replaces the first.");
pub(super) const START: Code = Code::new("pilot/start", "What is started is one of the command files.");
pub(super) const ADDRESS: Code =
    Code::new("pilot/base-url", "A command file without an address of its own comes from below `base-url`.");
pub(super) const UNPROTECTED: Code = Code::new(
    "pilot/unprotected-address",
    "What runs with the credential comes over https, or is known by its sha256: over http anybody on the way can change it.",
);

/// One file, fetched when the machine first boots.
#[derive(Debug)]
pub(super) struct CommandFile {
    pub name: String,
    /// Absolute, or below the base; the name where it is not written.
    url: Option<String>,
    pub sha256: Option<Sha256>,
}

/// A command file in full.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a name, or a map with `name`, `url` and `sha256`")]
struct InFull {
    /// Its name on the machine.
    name: String,
    /// Where it is: an address, or what follows `base-url`. Default: its name.
    url: Option<String>,
    /// What it must be.
    sha256: Option<Sha256>,
}

impl CommandFile {
    /// Where it is fetched from; `None` where nothing says that.
    pub fn address(&self, base: Option<&Url>) -> Option<String> {
        let url = self.url.as_deref().unwrap_or(&self.name);
        match url.contains("://") {
            true => Some(url.to_owned()),
            false => base.map(|base| format!("{}/{}", base.0.trim_end_matches('/'), url.trim_start_matches('/'))),
        }
    }
}

impl<'de> Deserialize<'de> for CommandFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrMap;
        impl<'de> Visitor<'de> for NameOrMap {
            type Value = CommandFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name, or a map with `name`, `url` and `sha256`")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<CommandFile, E> {
                Ok(CommandFile { name: name.to_owned(), url: None, sha256: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CommandFile, A::Error> {
                let InFull { name, url, sha256 } = InFull::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(CommandFile { name, url, sha256 })
            }
        }
        deserializer.deserialize_any(NameOrMap)
    }
}

impl schemars::JsonSchema for CommandFile {
    fn schema_name() -> Cow<'static, str> {
        "CommandFile".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let full = generator.subschema_for::<InFull>();
        schemars::json_schema!({"anyOf": [{"type": "string"}, full]})
    }
}

pub(super) fn check(pilot: &Pilot, cx: &mut Check) {
    let list = Path::root().key("commands");
    if pilot.commands.as_ref().is_some_and(Vec::is_empty) && cx.sound() {
        let fault = cx.error(NONE, &list, "there is no command file");
        cx.push(fault.help("name what is started, and what it needs, like `[vm-pilot, dirac-install.py]`"));
    }
    for (index, file) in pilot.commands().iter().enumerate() {
        check_file(pilot, file, index, cx);
    }
    check_start(pilot, cx);
}

fn check_file(pilot: &Pilot, file: &CommandFile, index: usize, cx: &mut Check) {
    let at = Path::root().key("commands").index(index);
    let name = if cx.written(&at.key("name")) { at.key("name") } else { at.clone() };
    if !is_file_name(&file.name) {
        let fault = cx.error(NAME, &name, format!("{} is not the name of a command file", quoted(&file.name)));
        cx.push(fault.help("write `{name: vm-pilot, url: ADDRESS}`"));
        return;
    }
    if let Some(first) = pilot.commands().iter().take(index).position(|earlier| earlier.name == file.name) {
        let fault = cx.error(SAME, &name, format!("`{}` is there twice", file.name));
        let first = cx.span(&Path::root().key("commands").index(first));
        cx.push(fault.also(first, "first here").help("remove one of the two"));
    }
    check_address(pilot, file, &at, cx);
}

fn check_address(pilot: &Pilot, file: &CommandFile, at: &Path, cx: &mut Check) {
    let place = if file.url.is_some() { at.key("url") } else { at.clone() };
    let Some(address) = file.address(pilot.base_url.as_ref()) else {
        if !cx.written(&Path::root().key("base-url")) {
            let fault = cx.error(ADDRESS, &place, format!("nothing says where `{}` is", file.name));
            cx.push(fault.help("add `base-url: https://example.org/pilot`, or write `{name: NAME, url: ADDRESS}`"));
        }
        return;
    };
    if let Err(fault) = Url::parse(&address) {
        cx.push(cx.error(fault.code, &place, fault.message).help(fault.help));
    } else if address.starts_with("http://") && file.sha256.is_none() && !cx.written(&at.key("sha256")) {
        let fault =
            cx.error(UNPROTECTED, &place, format!("`{}` would come over http, and be whatever comes", file.name));
        cx.push(fault.help("write the address with `https://`, or add its `sha256`"));
    }
}

fn check_start(pilot: &Pilot, cx: &mut Check) {
    let Some(start) = &pilot.start else { return };
    if !pilot.commands().iter().any(|file| file.name == *start) && !pilot.commands().is_empty() {
        let names: Vec<&str> = pilot.commands().iter().map(|file| file.name.as_str()).collect();
        let fault =
            cx.error(START, &Path::root().key("start"), format!("{} is none of the command files", quoted(start)));
        cx.push(fault.help(suggest::advice(start, &names)));
    }
}

fn is_file_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=100).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with(['.', '-'])
}
