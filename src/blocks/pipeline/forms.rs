//! The forms in which pipelines are written: one or several, how often again, what after a failure.

use super::{NAME, Pipeline, RESTART};
use crate::blocks::command::Command;
use crate::language::fault::Fault;
use crate::language::units::{Numbers, Switch, Unit, quoted, unit};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// One pipeline as a map, or several as a list.
#[derive(Debug)]
pub(super) struct Pipelines {
    pub list: Vec<Pipeline>,
    /// Written as a map: there is no index in its paths.
    pub alone: bool,
}

impl<'de> Deserialize<'de> for Pipelines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Pipelines;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map like `{name: analysis, user: alice, command: make all}`, or a list of such maps")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Pipelines, A::Error> {
                let pipeline = Pipeline::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Pipelines { list: vec![pipeline], alone: true })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Pipelines, A::Error> {
                let mut list = Vec::new();
                while let Some(pipeline) = items.next_element()? {
                    list.push(pipeline);
                }
                Ok(Pipelines { list, alone: false })
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

impl schemars::JsonSchema for Pipelines {
    fn schema_name() -> Cow<'static, str> {
        "Pipelines".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = generator.subschema_for::<Pipeline>();
        schemars::json_schema!({
            "description": "One pipeline, or a list of them.",
            "anyOf": [one, {"type": "array", "items": one, "minItems": 1}],
        })
    }
}

unit!(Name, Restart);

/// The name of a pipeline or tracker, as it stands in file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(pub String);

impl Unit for Name {
    const EXPECTS: &'static str = "a name, like `analysis`";
    const PATTERN: &'static str = "^[a-z0-9][a-z0-9_-]{0,39}$";
    const NUMBERS: Numbers = Numbers::Whole(0, i64::MAX);

    fn parse(text: &str) -> Result<Self, Fault> {
        let lower = text.to_ascii_lowercase();
        match is_name(text) {
            true => Ok(Self(text.to_owned())),
            false => {
                let help = match is_name(&lower) {
                    true => format!("write `{lower}`"),
                    false => "write letters and digits, like `analysis`".into(),
                };
                Err(Fault::new(NAME, format!("{} cannot be part of a file name", quoted(text)), help))
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    (1..=40).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with(['-', '_'])
}

/// How often a command is started again when it fails. `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Restart(Option<u32>);

impl Restart {
    pub const FOR_EVER: Self = Self(None);

    /// As the script takes it.
    pub fn shell(self) -> String {
        self.0.map_or(String::new(), |times| times.to_string())
    }
}

impl Default for Restart {
    fn default() -> Self {
        Self(Some(0))
    }
}

impl Unit for Restart {
    const EXPECTS: &'static str = "`no`, `on-failure`, or a number of times";
    const PATTERN: &'static str = "^(on-failure|0*[0-9]{1,4}|[Ff][Aa][Ll][Ss][Ee]|[Nn][Oo]|[Oo][Ff][Ff])$";
    const NUMBERS: Numbers = Numbers::Whole(0, 9_999);

    fn parse(text: &str) -> Result<Self, Fault> {
        match (text, Switch::parse(text)) {
            ("on-failure", _) => Ok(Self::FOR_EVER),
            (_, Ok(Switch(false))) => Ok(Self::default()),
            _ => match text.parse().ok().filter(|times| *times < 10_000 && !text.starts_with('+')) {
                Some(times) => Ok(Self(Some(times))),
                None => Err(Fault::new(
                    RESTART,
                    format!("{} does not say how often", quoted(text)),
                    "write `no`, `on-failure`, or a number of times like `3`",
                )),
            },
        }
    }
}

/// What follows when a pipeline has failed for good.
#[derive(Debug, Default)]
pub(super) enum WhenFailed {
    #[default]
    Nothing,
    Poweroff,
    Run(Failed),
}

/// A command that is run, by the same user.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `command`")]
pub(super) struct Failed {
    /// What to run; the exit code is in CONTEXTC_EXIT.
    command: Command,
    /// Power the machine off after it. Default false.
    #[serde(default = "Switch::off")]
    poweroff: Switch,
}

impl WhenFailed {
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    pub fn command(&self) -> Option<&Command> {
        match self {
            Self::Run(failed) => Some(&failed.command),
            _ => None,
        }
    }

    /// What becomes of the machine, as the script takes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Poweroff | Self::Run(Failed { poweroff: Switch(true), .. }) => "poweroff",
            _ => "nothing",
        }
    }
}

impl<'de> Deserialize<'de> for WhenFailed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrMap;
        impl<'de> Visitor<'de> for WordOrMap {
            type Value = WhenFailed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`nothing`, `poweroff`, or `{command: TEXT}`")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<WhenFailed, E> {
                match word {
                    "nothing" => Ok(WhenFailed::Nothing),
                    "poweroff" => Ok(WhenFailed::Poweroff),
                    _ => Err(E::unknown_variant(word, &["nothing", "poweroff"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WhenFailed, A::Error> {
                Failed::deserialize(de::value::MapAccessDeserializer::new(map)).map(WhenFailed::Run)
            }
        }
        deserializer.deserialize_any(WordOrMap)
    }
}

impl schemars::JsonSchema for WhenFailed {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "WhenFailed".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let run = generator.subschema_for::<Failed>();
        schemars::json_schema!({"anyOf": [{"enum": ["nothing", "poweroff"]}, run]})
    }
}
