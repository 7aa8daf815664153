//! A command: a text for the shell, or words.

use crate::blocks::environment::Plain;
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

pub(super) const EMPTY: Code =
    Code::new("run/command", "A command is a text for `sh -c`, or a list of words of which the first is the program.");

/// What is run.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// For the shell.
    Text(String),
    /// The program and its arguments.
    Words(Vec<String>),
}

impl Command {
    /// The words that the machine runs.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec!["sh", "-c", text],
            Self::Words(words) => words.iter().map(String::as_str).collect(),
        }
    }
}

fn fault(message: &str) -> Fault {
    Fault::new(EMPTY, message, "write a text, like `echo hello`, or a list, like `[echo, hello]`")
}

struct CommandVisitor;

impl<'de> Visitor<'de> for CommandVisitor {
    type Value = Command;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of words, like `[echo, hello]`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Command, E> {
        match text {
            _ if text.trim().is_empty() => Err(E::custom(fault("this command is empty"))),
            // No argument of a program can hold one.
            _ if text.contains('\0') => Err(E::custom(fault("this command holds a NUL character"))),
            _ => Ok(Command::Text(text.to_owned())),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Command, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = items.next_element()? {
            let Plain(word) = word;
            words.push(word);
        }
        match words.first().map(String::as_str) {
            None | Some("") => Err(de::Error::custom(fault("this command names no program"))),
            _ if words.iter().any(|word| word.contains('\0')) => {
                Err(de::Error::custom(fault("this command holds a NUL character")))
            }
            _ => Ok(Command::Words(words)),
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
            "type": ["string", "array"],
            "minLength": 1,
            "minItems": 1,
            "items": {"type": ["string", "number", "boolean"]},
        })
    }
}
