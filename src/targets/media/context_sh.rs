//! `context.sh`: assignments of a shell, which a machine of OpenNebula or CernVM sources.

use super::{File, Seed};
use crate::wire::envelope::Envelope;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// The file of these variables, in their order.
pub(super) fn file(variables: &[(&str, &str)]) -> Result<File, String> {
    match variables.iter().find(|(_, value)| value.contains('\0')) {
        Some((name, _)) => Err(format!("{name} holds a NUL, which no variable of a shell can hold")),
        None => Ok(File::new("context.sh", variables.iter().map(assignment).collect::<String>())),
    }
}

/// Always in single quotes, as OpenNebula itself writes them: not everything that reads them is a shell.
fn assignment((name, value): &(&str, &str)) -> String {
    format!("{name}='{}'\n", value.replace('\'', "'\\''"))
}

/// The user-data in base64, on one line: once, whatever its envelope.
pub(super) fn encoded(seed: &Seed) -> String {
    let encoded = match seed.envelope {
        Envelope::Base64 | Envelope::GzipBase64 => Cow::Borrowed(seed.user_data),
        Envelope::Plain | Envelope::Gzip => Cow::Owned(Envelope::Base64.wrap(seed.user_data)),
    };
    String::from_utf8_lossy(&encoded).into_owned()
}

/// The user-data among the variables of a file that is there, with the one that held it: as cloud-init's DataSourceOpenNebula takes it,
/// or else as CernVM does. It is decoded where that reader would.
pub(super) fn user_data(file: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    let variables = variables(&String::from_utf8_lossy(file));
    let value = |name: &str| variables.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let encoding = value("USERDATA_ENCODING").or_else(|| value("USER_DATA_ENCODING"));
    let (name, text) =
        ["USER_DATA", "USERDATA", "EC2_USER_DATA"].into_iter().find_map(|name| Some((name, value(name)?)))?;
    let decoded = (encoding == Some("base64") || name == "EC2_USER_DATA").then(|| unwrapped(text)).flatten();
    Some((name, decoded.unwrap_or_else(|| text.as_bytes().to_vec())))
}

/// Base64 in as many lines as it likes.
fn unwrapped(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.split_ascii_whitespace().collect::<String>()).ok()
}

/// The assignments of a shell in it, without what would be carried out.
fn variables(mut rest: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let name: usize = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (word, after) = rest.split_at(name);
        rest = match after.strip_prefix('=').filter(|_| !word.is_empty()) {
            Some(value) => {
                let (value, after) = word_of(value);
                found.push((word.to_owned(), value));
                after
            }
            None => after,
        };
        rest = rest.split_once('\n').map_or("", |(_, next)| next);
    }
    found
}

/// One word of a shell, its quotes taken away, and what follows (POSIX, Shell Command Language, 2.2).
fn word_of(text: &str) -> (String, &str) {
    let (mut word, mut quote, mut characters) = (String::new(), None, text.char_indices());
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (None, character) if character.is_ascii_whitespace() || character == ';' => {
                return (word, text.get(at..).unwrap_or_default());
            }
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), character) if open == character => quote = None,
            (Some('\''), character) => word.push(character),
            (_, '\\') => word.push_str(&escaped(quote, characters.next().map(|(_, next)| next))),
            (_, character) => word.push(character),
        }
    }
    (word, "")
}

/// What a backslash makes of the next character; within quotes it stands for itself before most.
fn escaped(quote: Option<char>, next: Option<char>) -> String {
    match next {
        None | Some('\n') => String::new(),
        Some(next) if quote.is_some() && !"$`\"\\".contains(next) => format!("\\{next}"),
        Some(next) => next.to_string(),
    }
}
