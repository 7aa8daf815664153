//! Commands: a text for the shell, or words.

use super::Lower;
use super::environment::Plain;
use crate::language::content::Content;
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::units::{or_placeholder, quoted};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::json;
use std::borrow::Cow;
use std::fmt;

const COMMAND: Code = Code::new(
    "command/form",
    "A command is a text for `sh`, or the list of its words, the program first: `sh` would run a text that is for another interpreter.",
);

pub(super) const CODES: &[Code] = &[COMMAND];

/// What is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// Lines for the shell.
    Text(Content),
    /// A program and its arguments, which no shell reads.
    Words(Vec<String>),
}

impl Command {
    /// Its words, with the shell's before a text.
    pub fn argv(&self, cx: &mut Lower, at: &Path) -> Vec<String> {
        match self {
            Self::Words(words) => words.clone(),
            Self::Text(_) => ["sh".into(), "-c".into()].into_iter().chain(self.text(cx, at)).collect(),
        }
    }

    /// Its text for `sh` where it has one; what is wrong with that is reported.
    pub fn text(&self, cx: &mut Lower, at: &Path) -> Option<String> {
        let Self::Text(content) = self else { return None };
        let text = cx.text(content, at)?;
        // What is wrong with a text in place has been said when it was read; any other may be a secret, and nothing of it is shown.
        if let Some(fault) = text_fault(&text, ANY_INTERPRETER) {
            cx.refuse(fault, &content.place(at));
        }
        Some(for_shell(&text).unwrap_or(text))
    }
}

fn fault(message: impl Into<String>, help: &str) -> Option<Fault> {
    Some(Fault::new(COMMAND, message, help))
}

/// `interpreter`: what the help calls the program that a first line names.
fn text_fault(text: &str, interpreter: &str) -> Option<Fault> {
    match for_shell(text).as_deref().unwrap_or(text).trim() {
        "" | "set -e" => fault("this command is empty", "write what to run, like `command: make all`"),
        _ if text.contains('\0') => fault(HOLDS_NUL, "remove the character"),
        text if text.starts_with("#!") => fault(
            "this names an interpreter, and `sh` would run it",
            &format!("put it into a file on the machine, and write `command: [{interpreter}, /path/of/it]`"),
        ),
        _ => None,
    }
}

/// Without a first line that asks for the shell which runs it anyway. What it asks of that shell is asked all the same.
fn for_shell(text: &str) -> Option<String> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let words: Vec<&str> = first.strip_prefix("#!")?.split_whitespace().collect();
    match words.as_slice() {
        ["/bin/sh"] => Some(rest.to_owned()),
        ["/bin/sh", "-e"] => Some(format!("set -e\n{rest}")),
        _ => None,
    }
}

const ANY_INTERPRETER: &str = "python3";

/// The program that a first line names, as the first word of a command.
fn interpreter(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default().trim_start_matches("#!");
    let names = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or_default());
    let name = names.into_iter().find(|name| *name != "env" && !name.starts_with('-')).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    match (1..=40).contains(&name.len()) && name.bytes().all(plain) {
        true => name,
        false => ANY_INTERPRETER,
    }
}

/// No argument of a program can.
const HOLDS_NUL: &str = "this command holds a NUL character";

/// Several steps in a list are taken for the words of one command.
fn words_fault(words: &[String]) -> Option<Fault> {
    match words.first().map(String::as_str) {
        None | Some("") => fault("this command names no program", "write the program first, like `[make, all]`"),
        _ if words.iter().any(|word| word.contains('\0')) => fault(HOLDS_NUL, "remove the character"),
        Some(program) if program.contains('=') => fault(
            format!("{} is a variable, not a program", quoted(program)),
            "set it under `environment`, and write the program first",
        ),
        Some(program) if program.contains(char::is_whitespace) => fault(
            format!("the program {} has a space in it", quoted(program)),
            "a list is one command, word by word: write `[make, all]`, or several steps as lines of a text after `|`",
        ),
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
        match text_fault(text, interpreter(text)) {
            Some(fault) => Err(E::custom(fault)),
            None => Ok(Command::Text(Content::Text(text.to_owned()))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Command, A::Error> {
        Content::deserialize(de::value::MapAccessDeserializer::new(map)).map(Command::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Command, A::Error> {
        let mut words = Vec::new();
        while let Some(Plain(word)) = items.next_element()? {
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
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let text = generator.subschema_for::<Content>();
        let word = |pattern: &str| json!({"type": ["string", "number", "boolean"], "pattern": or_placeholder(pattern)});
        let words = schemars::json_schema!({
            "type": "array", "items": [word("^[^=\\s\\x00]+$")], "additionalItems": word("^[^\\x00]*$"), "minItems": 1,
        });
        schemars::json_schema!({ "anyOf": [text, words] })
    }
}
