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
}

const SEPARATOR: char = '\u{1f}';

impl Fault {
    pub fn new(code: Code, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: help.into() }
    }

    /// The slug, message and help of a fault that went through serde as text.
    pub fn read(text: &str) -> Option<(&str, &str, &str)> {
        let mut fields = text.strip_prefix(SEPARATOR)?.splitn(3, SEPARATOR);
        Some((fields.next()?, fields.next()?, fields.next()?))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message, help } = self;
        write!(f, "{SEPARATOR}{code}{SEPARATOR}{message}{SEPARATOR}{help}")
    }
}
