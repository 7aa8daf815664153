//! What follows the verdict: deeds in a list, for a machine that is well and for one that is not.

use super::command::Command;
use super::{Check, Lower};
use crate::language::content::{Content, Secret};
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::several::Several;
use crate::language::suggest;
use crate::language::units::{AbsolutePath, Duration, Unit, Url, quoted};
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de::value::MapAccessDeserializer};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::fmt;

pub(super) const DEED: Code = Code::new(
    "outcome/deed",
    "What follows the verdict is a list of `log`, `poweroff`, `command` and `notify`, each an item of its own.",
);
pub(super) const NOTHING: Code = Code::new(
    "outcome/nothing",
    "A list of what is to be done that is empty does nothing: whoever wrote it waits for something in vain.",
);
pub(super) const AFTER_POWEROFF: Code =
    Code::new("outcome/after-poweroff", "When the machine is off, nothing else is done.");
pub(super) const UNPROTECTED: Code = Code::new(
    "outcome/unprotected-address",
    "The summary tells of the machine's weak sides: it goes over verified TLS to whom it is meant for, and to nobody else.",
);
pub(super) const NO_TIME: Code = Code::new(
    "outcome/no-time",
    "A command that is given no time is killed at once; without `timeout` it has a limit of its own.",
);

/// The codes of either block.
pub(super) const CODES: &[Code] = &[DEED, NOTHING, AFTER_POWEROFF, UNPROTECTED, NO_TIME];

const WORDS: &[&str] = &["log", "poweroff", "command", "notify"];

/// Time to read the console and to come and look.
const DELAY: Duration = Duration(300);

/// Long enough for a call to a batch system that is slow.
const TIMEOUT: Duration = Duration(300);

/// On a file system that is empty after a boot.
const STOP_FILE: &str = "/run/contextc-stay";

/// What is to be done, in this order.
pub(super) type Deeds = Several<Deed>;

/// One thing to be done.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Log,
    Poweroff(Poweroff),
    Command(Command, Duration),
    Notify(Content),
    /// Nothing, or what was faulty.
    Nothing,
}

/// When the machine is powered off, and what keeps it on.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a map like `{delay: 10m}`")]
pub(super) struct Poweroff {
    /// How long after it is announced. Default `5m`.
    delay: Option<Duration>,
    /// If this file is there before the delay is over the machine stays on. Default `/run/contextc-stay`.
    stop_file: Option<AbsolutePath>,
}

/// One of these.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "one of `log`, `poweroff`, `command` and `notify`")]
struct Written {
    /// A line in the system's log.
    #[serde(default, deserialize_with = "present")]
    log: Option<Plain>,
    /// The machine is powered off, after a delay in which a file can stop it.
    #[serde(default, deserialize_with = "present")]
    poweroff: Option<Poweroff>,
    /// A text for `sh -c`, in place or `{file: PATH}`, or a list of words. It finds `CONTEXTC_MACHINE` and `CONTEXTC_SUMMARY`.
    command: Option<Command>,
    /// Longer than this and the command is killed. Default `5m`.
    timeout: Option<Duration>,
    /// An `https` address that gets `summary.json` by POST.
    notify: Option<Secret>,
}

/// Nothing more to say.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "nothing more: write `log` alone")]
struct Plain {}

/// A key with nothing after it is there.
fn present<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Some(Option::<T>::deserialize(deserializer)?.unwrap_or_default()))
}

struct DeedVisitor;

impl<'de> Visitor<'de> for DeedVisitor {
    type Value = Deed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`log`, `poweroff`, `{command: COMMAND}` or `{notify: ADDRESS}`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Deed, E> {
        match text {
            "log" => Ok(Deed::Log),
            "poweroff" => Ok(Deed::Poweroff(Poweroff::default())),
            "command" => Err(E::custom(Fault::new(
                DEED,
                "this does not say what to run",
                "write it after the word, like `{command: make}`",
            ))),
            "notify" => Err(E::custom(Fault::new(
                DEED,
                "this does not say whom to tell",
                "write it after the word, like `{notify: https://example.org/hook}`",
            ))),
            _ => Err(E::custom(Fault::new(
                DEED,
                format!("{} is nothing that can be done", quoted(text)),
                suggest::advice(text, WORDS),
            ))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Deed, A::Error> {
        let Written { log, poweroff, command, timeout, notify } =
            Written::deserialize(MapAccessDeserializer::new(map))?;
        let fault = |message: &str, help: &str| Err(de::Error::custom(Fault::new(DEED, message, help)));
        let timed = command.is_some();
        let given = [
            log.map(|_| Deed::Log),
            poweroff.map(Deed::Poweroff),
            command.map(|command| Deed::Command(command, timeout.unwrap_or(TIMEOUT))),
            notify.map(|address| Deed::Notify(address.0)),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(_), Some(_)) => {
                fault("these are several things to be done", "give each an item of its own, after `-`")
            }
            (Some(_), None) if timeout.is_some() && !timed => fault("only a command has a `timeout`", "leave it out"),
            (Some(deed), None) => Ok(deed),
            (None, _) => Ok(Deed::Nothing),
        }
    }
}

impl<'de> Deserialize<'de> for Deed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DeedVisitor)
    }
}

impl schemars::JsonSchema for Deed {
    fn schema_name() -> Cow<'static, str> {
        "Deed".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let map = generator.subschema_for::<Written>();
        schemars::json_schema!({ "anyOf": [{"enum": ["log", "poweroff"]}, map] })
    }
}

/// The rules of a list at a path.
pub(super) fn check(deeds: &Deeds, cx: &mut Check, at: &Path) {
    if deeds.items.is_empty() && cx.sound() {
        let fault = cx.error(NOTHING, &Path::root(), "this says nothing to be done");
        cx.push(fault.help("write for instance `[log, poweroff]`, or remove it"));
    }
    let mut off = None;
    for (place, deed) in deeds.places(at) {
        if let (Some(first), true) = (&off, !matches!(deed, Deed::Nothing)) {
            let fault = cx.error(AFTER_POWEROFF, &place, "this comes after the machine is powered off");
            let first = cx.span(first);
            cx.push(fault.also(first, "here").help("put `poweroff` last"));
        }
        match deed {
            Deed::Poweroff(_) => off = off.or(Some(place)),
            Deed::Command(_, Duration(0)) => {
                let fault = cx.error(NO_TIME, &place.key("timeout"), "this command would be killed at once");
                cx.push(fault.help("write how long it may take, like `10m`"));
            }
            Deed::Nothing if cx.sound() => {
                let fault = cx.error(DEED, &place, "this says nothing to be done");
                cx.push(fault.help("write one of `log`, `poweroff`, `{command: COMMAND}` and `{notify: ADDRESS}`"));
            }
            _ => {}
        }
    }
}

/// A list for the machine.
pub(super) fn lowered(deeds: &Deeds, cx: &mut Lower, at: &Path) -> Value {
    deeds.places(at).map(|(place, deed)| deed.lowered(cx, &place)).collect()
}

impl Deed {
    fn lowered(&self, cx: &mut Lower, at: &Path) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Log => json!({"do": "log"}),
            Self::Poweroff(Poweroff { delay, stop_file }) => {
                let stop = stop_file.as_ref().map_or(STOP_FILE, |path| &path.0);
                json!({"do": "poweroff", "delay": delay.unwrap_or(DELAY), "stop-file": stop})
            }
            Self::Command(command, timeout) => {
                let argv = command.argv(cx, &at.key("command"));
                json!({"do": "command", "argv": argv, "timeout": timeout})
            }
            Self::Notify(address) => json!({"do": "notify", "url": url(address, cx, &at.key("notify"))}),
        }
    }
}

/// An address that is taken from elsewhere, or has a query, is one that not everybody may know.
fn url(address: &Content, cx: &mut Lower, at: &Path) -> String {
    if !matches!(address, Content::Text(text) if !text.contains('?')) {
        cx.secrets.push(at.clone());
    }
    // What cannot be read needs no second word.
    let Some(text) = cx.text(address, at) else { return String::new() };
    let text = text.trim().to_owned();
    match Url::parse(&text) {
        Err(fault) if text.is_empty() => {
            let help = "write `https://` and a host into it; a variable may be set to nothing";
            cx.refuse(Fault::new(fault.code, "this text is empty, and nobody would be told", help), at)
        }
        // It may be a secret: nothing of it is shown.
        Err(fault) if !matches!(address, Content::Text(_)) => {
            cx.refuse(Fault::new(fault.code, "this text is no address", "write `https://` and a host into it"), at)
        }
        Err(fault) => cx.refuse(fault, at),
        Ok(_) if text.starts_with("http://") => {
            cx.refuse(Fault::new(UNPROTECTED, "this address has no encryption", "write it with `https://`"), at)
        }
        Ok(_) => {}
    }
    text
}
