//! The one form in which a context names text: in place, in a file, in one that age encrypted, in the environment, or in what a command writes.

use super::diagnostic::{Code, Diagnostic};
use super::fault::Fault;
use super::loader::{LoadError, Loader};
use super::path::Path;
use super::stated::{exactly_one, stated};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

const SOURCE: Code = Code::new(
    "content/source",
    "A text is taken from one place: a file, an encrypted file, an environment variable, a command.",
);
const CANNOT_READ: Code = Code::new(
    "content/cannot-read",
    "A file, a variable or a command that a context names is read when it is compiled: the machine has none of them.",
);
const NOT_TEXT: Code = Code::new("content/not-text", "What a block takes from elsewhere is UTF-8 text.");

pub(crate) const CODES: &[Code] = &[SOURCE, CANNOT_READ, NOT_TEXT];

/// Text that a block needs: written in place, or had from elsewhere when the plan is made.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// The text itself.
    Text(String),
    /// The path of a file that holds it, relative to the context.
    File(String),
    /// The name of an environment variable that holds it.
    Env(String),
    /// The words of a command that writes it.
    Command(Vec<String>),
    /// The path of a file that holds it encrypted with age, relative to the context.
    Age(String),
}

impl Content {
    /// Its bytes, or what to say of it at its [`place`](Self::place).
    pub fn bytes(&self, loader: &dyn Loader) -> Result<Vec<u8>, Diagnostic> {
        let bytes = match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::File(path) => loader.load(path),
            Self::Env(name) => loader.variable(name),
            Self::Command(words) => loader.output(words),
            Self::Age(path) => loader.decrypted(path),
        };
        bytes.map_err(|error| self.cannot_read(&error))
    }

    /// Its text, or what to say of it.
    pub fn text(&self, loader: &dyn Loader) -> Result<String, Diagnostic> {
        String::from_utf8(self.bytes(loader)?).map_err(|_| {
            Diagnostic::error(NOT_TEXT, Default::default(), format!("{} is not UTF-8 text", self.called()))
                .help("take it from where it is text: binary data has no place here")
        })
    }

    /// Where it says what it is, if it is at this path: below the key of its kind.
    pub fn place(&self, at: &Path) -> Path {
        match self {
            Self::Text(_) => at.clone(),
            Self::File(_) => at.key("file"),
            Self::Env(_) => at.key("env"),
            Self::Command(_) => at.key("command"),
            Self::Age(_) => at.key("age"),
        }
    }

    /// Whether somebody encrypted it: then it is a secret, whatever takes it.
    pub fn is_encrypted(&self) -> bool {
        matches!(self, Self::Age(_))
    }

    /// The program stands for the command, whose other words may be secrets.
    fn called(&self) -> String {
        match self {
            Self::Text(_) => "this".into(),
            Self::File(path) | Self::Age(path) => format!("`{path}`"),
            Self::Env(name) => format!("the variable `{name}`"),
            Self::Command(words) => format!("what `{}` writes", words.first().map_or("", String::as_str)),
        }
    }

    fn cannot_read(&self, reason: &LoadError) -> Diagnostic {
        let help = match self {
            _ if reason.help_text().is_some() => reason.help_text().unwrap_or_default(),
            Self::File(path) | Self::Age(path) if path.starts_with('~') => {
                "`~` means no home here: write the path from the root, or relative to the file that names it"
            }
            Self::Env(_) => "set it for the compiler: `NAME=... contextc compile ...`, and export it",
            Self::Command(_) => {
                "try the command by hand: it must write the text to its standard output, and end with 0"
            }
            _ => "a path is relative to the file that names it",
        };
        Diagnostic::error(CANNOT_READ, Default::default(), format!("{} cannot be read: {reason}", self.called()))
            .help(help)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            _ => f.write_str(&self.called()),
        }
    }
}

/// For `schemars(transform = ...)`: of the words of a command the first is a program.
fn program_first(schema: &mut schemars::Schema) {
    let word = schema.remove("items").unwrap_or_default();
    schema.insert("minItems".into(), 1.into());
    schema.insert("items".into(), serde_json::json!([{"type": "string", "minLength": 1}]));
    schema.insert("additionalItems".into(), word);
}

/// The keys that say where a text is that does not stand in its place.
pub(crate) const ELSEWHERE: &[&str] = &["file", "env", "command", "age"];

/// A command that writes a secret.
const PASS: [&str; 3] = ["pass", "show", "munge-key"];

/// Where a text is that does not stand in its place: one of these.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = exactly_one(ELSEWHERE))]
struct Elsewhere {
    /// In a file: its path, relative to the context.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "String", example = &"site/munge.key")]
    file: Option<String>,
    /// In an environment variable of the compiler.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "String", example = &"MUNGE_KEY")]
    env: Option<String>,
    /// In what a command writes: the program and its arguments, which no shell reads.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "Vec<String>", transform = program_first, example = PASS)]
    command: Option<Vec<String>>,
    /// In a file that age encrypted: its path, relative to the context.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "String", example = &"munge.key.age")]
    age: Option<String>,
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, `{file: PATH}`, `{env: NAME}`, `{command: [WORD, ...]}` or `{age: PATH}`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Content, A::Error> {
        let Elsewhere { file, env, command, age } = Elsewhere::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let given =
            [file.map(Content::File), env.map(Content::Env), command.map(Content::Command), age.map(Content::Age)];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(Content::Command(words)), None) if words.first().is_none_or(String::is_empty) => {
                Err(de::Error::custom(Fault::new(
                    SOURCE,
                    "this command names no program",
                    "write `{command: [pass, show, munge-key]}`",
                )))
            }
            (Some(content), None) => Ok(content),
            (Some(_), Some(_)) => Err(de::Error::custom(Fault::new(
                SOURCE,
                "there are two places to take this from",
                "keep one of `file`, `env`, `command` and `age`",
            ))),
            (None, _) => Err(de::Error::missing_field("file")),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

impl schemars::JsonSchema for Content {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Content".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let elsewhere = generator.subschema_for::<Elsewhere>();
        schemars::json_schema!({ "anyOf": [{"type": "string"}, elsewhere] })
    }
}

/// A text that is plainly the path of a file, where what the file holds was asked for. No base64, hexadecimal or PEM looks like one.
pub(crate) fn as_path(text: &str) -> Option<&str> {
    const ENDS: [&str; 8] = [".key", ".pem", ".pub", ".crt", ".cert", ".asc", ".txt", ".signing_policy"];
    let text = text.trim();
    let outside = text.contains('.') || text.starts_with('~') || text.starts_with("/etc/");
    let named = text.contains('/') && outside || ENDS.iter().any(|end| text.ends_with(end));
    (named && !text.contains(char::is_whitespace) && text.len() < 200).then_some(text)
}

/// Text that nobody may see who only reads what this program says: keys, passwords, tokens. [`Content`] in form; messages, dumps
/// and Debug show `***`, and the schema calls it `writeOnly`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(pub Content);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Content::Text(_) => f.write_str("***"),
            elsewhere => elsewhere.fmt(f),
        }
    }
}

impl schemars::JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = Content::json_schema(generator);
        schema.insert("writeOnly".into(), true.into());
        schema
    }
}

/// A shell or boothook script: as [`Content`], but one line that does not begin with `#!` is a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script(pub Content);

impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Content::deserialize(deserializer)? {
            Content::Text(text) if !text.contains('\n') && !text.starts_with("#!") => Content::File(text),
            content => content,
        }))
    }
}

impl schemars::JsonSchema for Script {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Script".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Content::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::as_path;

    #[test]
    fn a_path_is_known_and_base64_is_none() {
        for path in [
            "/srv/secrets/production/cluster/munge.key",
            "../../somewhere/else/at/the/site/munge.key",
            "/etc/munge/keys/of-the-production-cluster",
            "munge.key",
            " ~/.globus/proxy\n",
        ] {
            assert_eq!(as_path(path), Some(path.trim()));
        }
        for text in ["/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAIBAQIBAQICAgICAgICAwUD", "hunter2.hunter2", "a/b c.key", ""] {
            assert_eq!(as_path(text), None);
        }
    }
}
