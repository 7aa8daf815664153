//! The one form in which a context names text: in place, or in a file.

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Text that a block needs: written in place, or read from a file when the plan is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// The text itself.
    Text(String),
    /// The path of a file that holds it, relative to the context.
    File(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FromFile {
    file: String,
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, or `{file: PATH}`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Content, A::Error> {
        let source = FromFile::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Content::File(source.file))
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
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "object"],
            "properties": {"file": {"type": "string"}},
            "required": ["file"],
            "additionalProperties": false,
        })
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
            Content::File(path) => f.debug_tuple("File").field(path).finish(),
            Content::Text(_) => f.write_str("***"),
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
