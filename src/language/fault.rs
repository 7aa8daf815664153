//! What a value's own type says when a text is not one of its kind.

use super::diagnostic::Code;
use std::fmt;

/// A rule about one value, broken: the code, the fact and the action, still without a place.
///
/// Value types return it from their parser. On its way through serde it becomes text (serde's errors are text) and is taken
/// apart again by [`decode`](super::decode). The separator comes first: no other text of serde begins with a control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub code: Code,
    pub message: String,
    pub help: String,
    /// What is surely meant, as YAML.
    pub meant: Option<String>,
}

const SEPARATOR: char = '\u{1f}';

impl Fault {
    pub fn new(code: Code, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: help.into(), meant: None }
    }

    /// What is surely meant: a plain or quoted scalar of printable ASCII.
    pub fn meant(self, text: impl Into<String>) -> Self {
        let sound = |text: &String| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        Self { meant: Some(text.into()).filter(sound), ..self }
    }

    /// The slug, what is meant, message and help of a fault that went through serde as text.
    pub fn read(text: &str) -> Option<(&str, Option<&str>, &str, &str)> {
        let mut fields = text.strip_prefix(SEPARATOR)?.splitn(4, SEPARATOR);
        let (slug, meant) = (fields.next()?, fields.next()?);
        Some((slug, Some(meant).filter(|meant| !meant.is_empty()), fields.next()?, fields.next()?))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message, help, meant } = self;
        let meant = meant.as_deref().unwrap_or_default();
        write!(f, "{SEPARATOR}{code}{SEPARATOR}{meant}{SEPARATOR}{message}{SEPARATOR}{help}")
    }
}
