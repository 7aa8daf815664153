//! Commands: a text for the shell, or words.

use super::{Environment, Scalar, quote};
use crate::language::content::Content;
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::units::quoted;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

pub(super) const COMMAND: Code =
    Code::new("service/command", "A command is a text for `sh -e`, or the list of its words, the program first.");

/// What is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::blocks) enum Command {
    /// Lines for `sh -e`: the first that fails ends it.
    Text(Content),
    /// A program and its arguments, which no shell reads.
    Words(Vec<String>),
}

impl Command {
    /// What runs as the user: where it writes, where it runs, what it finds in its environment, and the command itself. `text`
    /// is the command's where it has one.
    pub fn job(
        &self,
        text: Option<&str>,
        title: &str,
        log: &str,
        directory: Option<&str>,
        env: &Environment,
    ) -> String {
        let command = match self {
            Self::Words(words) => words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "),
            Self::Text(_) => text.unwrap_or_default().trim_end().to_owned(),
        };
        let directory = directory.map_or(String::new(), |path| format!(" {}", quote(path)));
        format!(
            "# Written by contextc: {title}, for sh -e.\nexec >>{} 2>&1\n\
             now() {{ date -u +%Y-%m-%dT%H:%M:%SZ; }}\necho \"== begin $(now)\"\ntrap 'code=$?; echo \"== end $(now) exit $code\"' EXIT\n\
             cd{directory}\n{}{command}\n",
            quote(log),
            env.shell(),
        )
    }
}

/// What is wrong with the text of a command.
pub(in crate::blocks) fn command_fault(text: &str) -> Option<Fault> {
    let fault = |message: &str, help: &str| Some(Fault::new(COMMAND, message, help));
    match text.trim() {
        "" => fault("this command is empty", "write what to run, like `command: make all`"),
        _ if text.starts_with("#!") => fault(
            "this names an interpreter, and `sh` would run it",
            "put the text into a file on the machine, and write `command: [python3, /path/of/it]`",
        ),
        _ => None,
    }
}

/// Several steps in a list are taken for the words of one command.
fn words_fault(words: &[String]) -> Option<Fault> {
    match words.first().map(String::as_str) {
        None | Some("") => command_fault(""),
        Some(program) if program.contains('=') => Some(Fault::new(
            COMMAND,
            format!("{} is a variable, not a program", quoted(program)),
            "set it under `environment`, and write the program first",
        )),
        Some(program) if program.contains(char::is_whitespace) => Some(Fault::new(
            COMMAND,
            format!("the program {} has a space in it", quoted(program)),
            "a list is one command, word by word: write `[make, all]`, or several steps as lines of a text after `|`",
        )),
        Some(_) => None,
    }
}

struct CommandVisitor;

impl<'de> Visitor<'de> for CommandVisitor {
    type Value = Command;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text for the shell, a list of words, or `{file: PATH}`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Command, E> {
        match command_fault(text) {
            Some(fault) => Err(E::custom(fault)),
            None => Ok(Command::Text(Content::Text(text.to_owned()))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Command, A::Error> {
        Content::deserialize(de::value::MapAccessDeserializer::new(map)).map(Command::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Command, A::Error> {
        let mut words = Vec::new();
        while let Some(Scalar(word)) = items.next_element()? {
            words.push(word);
        }
        match words_fault(&words) {
            Some(fault) => Err(de::Error::custom(fault)),
            None => Ok(Command::Words(words)),
        }
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CommandVisitor)
    }
}

impl schemars::JsonSchema for Command {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Command".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "array", "object"],
            "items": {"type": ["string", "number", "boolean"]},
            "minItems": 1,
            "properties": {"file": {"type": "string"}},
            "required": ["file"],
            "additionalProperties": false,
        })
    }
}
