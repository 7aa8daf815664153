//! Parameters of headers as Python reads them (`email/message.py` and `email/utils.py`): quotes, and the splices of RFC 2231.

use crate::wire::reading::python::{rstrip, strip};
use std::collections::HashMap;

/// Parameters that Python dies of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    /// With a character set, if it says one: `filename*=utf-8''...`.
    Extended(Option<String>, String),
}

/// What stands before the parameters, in lower case: the type of a `Content-Type`.
pub(super) fn main_value(header: &str) -> String {
    strip(header.split(';').next().unwrap_or_default()).to_lowercase()
}

/// A parameter by its name, in quotes or not, decoded (`get_param` and `collapse_rfc2231_value`).
pub(super) fn param(header: &str, name: &str) -> Result<Option<String>, Unreadable> {
    let all = decoded(split(header))?;
    let found = all.into_iter().find(|(key, _)| key.to_lowercase() == name);
    found.map(|(_, value)| value.collapsed()).transpose()
}

/// `get_filename`, of what `param` gives.
pub(super) fn filename(value: &str) -> String {
    strip(value).to_owned()
}

/// `get_boundary`: it may begin, but not end in white space.
pub(super) fn boundary(value: &str) -> String {
    rstrip(value).to_owned()
}

/// A header of an attachment by this name (`Message.add_header`).
pub(super) fn disposition(name: &str) -> String {
    match (name.is_empty(), name.is_ascii()) {
        (true, _) => "attachment; filename".into(),
        (_, true) => format!("attachment; filename=\"{}\"", quote(name)),
        (_, false) => format!("attachment; filename*=utf-8''{}", percent_encoded(name)),
    }
}

/// `urllib.parse.quote(text, safe="")`.
fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The fields between semicolons, those in quotes aside (`_parseparam`). A quote after a backslash does not count.
fn fields(header: &str) -> Vec<&str> {
    let (mut fields, mut start, mut quoted, mut before) = (Vec::new(), 0, false, 0);
    for (at, byte) in header.bytes().enumerate() {
        match byte {
            b'"' if before != b'\\' => quoted = !quoted,
            // A semicolon at the very beginning of a field ends it, whatever was before.
            b';' if !quoted => {
                fields.push(header.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
        before = byte;
    }
    fields.push(header.get(start..).unwrap_or_default());
    fields
}

/// Names and values as written.
fn split(header: &str) -> Vec<(String, String)> {
    let pair = |field: &str| match field.split_once('=') {
        Some((name, value)) => (strip(name).to_lowercase(), strip(value).to_owned()),
        None => (strip(field).to_owned(), String::new()),
    };
    fields(header).into_iter().map(pair).collect()
}

/// One piece of a parameter in pieces: its number, its text, and whether that is percent-encoded.
type Piece = (Option<u32>, String, bool);

/// `decode_params`: the first stays as it is, which is the main value.
fn decoded(params: Vec<(String, String)>) -> Result<Vec<(String, Value)>, Unreadable> {
    let mut params = params.into_iter();
    let mut all: Vec<(String, Value)> =
        params.next().map(|(name, value)| (name, Value::Text(value))).into_iter().collect();
    let mut spliced: Vec<(String, Vec<Piece>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (name, value) in params {
        let value = unquote(&value);
        match piece_of(&name)? {
            None => all.push((name, Value::Text(format!("\"{}\"", quote(&value))))),
            Some((of, number)) => {
                let piece = (number, value, name.ends_with('*'));
                let at = *known.entry(of.to_owned()).or_insert(spliced.len());
                match spliced.get_mut(at) {
                    Some((_, pieces)) => pieces.push(piece),
                    None => spliced.push((of.to_owned(), vec![piece])),
                }
            }
        }
    }
    for (name, pieces) in spliced {
        all.push((name, splice(pieces)?));
    }
    Ok(all)
}

/// The name and the number of a piece: `filename*`, `filename*0`, `filename*0*`.
fn piece_of(name: &str) -> Result<Option<(&str, Option<u32>)>, Unreadable> {
    /// Python refuses to read longer numbers.
    const MOST_DIGITS: usize = 4300;
    let Some((of, rest)) = name.split_once('*') else { return Ok(None) };
    let is_word = !of.is_empty() && of.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let digits = rest.strip_suffix('*').unwrap_or(rest);
    if !is_word || !digits.bytes().all(|byte| byte.is_ascii_digit()) || (digits.is_empty() && !rest.is_empty()) {
        return Ok(None);
    }
    if digits.len() > MOST_DIGITS {
        return Err(Unreadable);
    }
    // Larger ones than fit come last, as they would.
    let number = (!digits.is_empty()).then(|| digits.parse().unwrap_or(u32::MAX));
    Ok(Some((of, number)))
}

/// The pieces in the order of their numbers. Python cannot order a number and none.
fn splice(mut pieces: Vec<Piece>) -> Result<Value, Unreadable> {
    let numbered = pieces.iter().filter(|(number, _, _)| number.is_some()).count();
    if numbered != 0 && numbered != pieces.len() {
        return Err(Unreadable);
    }
    pieces.sort();
    let extended = pieces.iter().any(|(_, _, encoded)| *encoded);
    let text: String =
        pieces.into_iter().map(|(_, text, encoded)| if encoded { percent_decoded(&text) } else { text }).collect();
    let text = quote(&text);
    if !extended {
        return Ok(Value::Text(format!("\"{text}\"")));
    }
    let mut ticks = text.splitn(3, '\'');
    Ok(match (ticks.next(), ticks.next(), ticks.next()) {
        (Some(charset), Some(_), Some(value)) => Value::Extended(Some(charset.into()), format!("\"{value}\"")),
        _ => Value::Extended(None, format!("\"{text}\"")),
    })
}

/// `urllib.parse.unquote(text, encoding="latin-1")`: each byte is one character.
fn percent_decoded(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let byte = after.get(..2).filter(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match byte.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                out.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out + rest
}

fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn unquote(text: &str) -> String {
    let within = |open: char, close: char| {
        (text.chars().nth(1).is_some()).then(|| text.strip_prefix(open)?.strip_suffix(close)).flatten()
    };
    match (within('"', '"'), within('<', '>')) {
        (Some(inner), _) => inner.replace("\\\\", "\\").replace("\\\"", "\""),
        (None, Some(inner)) => inner.to_owned(),
        (None, None) => text.to_owned(),
    }
}

impl Value {
    /// As text. `get_param` takes quotes off once, and this once more.
    fn collapsed(self) -> Result<String, Unreadable> {
        match self {
            Self::Text(text) => Ok(unquote(&unquote(&text))),
            Self::Extended(charset, text) => in_charset(charset.as_deref().unwrap_or("us-ascii"), &unquote(&text)),
        }
    }
}

/// The name of a character set as Python looks for it: all between its letters and digits is one `_` (`encodings.normalize_encoding`).
fn folded(charset: &str) -> String {
    let letters = |c: char| c.is_ascii_alphanumeric();
    let words = charset
        .split(|c: char| !c.is_alphanumeric())
        .map(|word| word.chars().filter(|c| letters(*c)).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_").to_ascii_lowercase()
}

/// Characters below 256 as bytes of a character set, others as their escape, decoded (`collapse_rfc2231_value`).
///
/// Python knows a hundred character sets; of those that nobody uses in a filename we give the bytes as they are.
fn in_charset(charset: &str, text: &str) -> Result<String, Unreadable> {
    if charset.contains('\0') {
        return Err(Unreadable);
    }
    let bytes = super::transfer::raw_unicode_escape(text.as_bytes());
    let folded = folded(charset);
    // What has a dot is looked for by its other names alone.
    let is_known = !charset.contains('.') || !matches!(folded.as_str(), "utf_8" | "latin_1");
    Ok(match folded.as_str() {
        _ if !is_known => unquote(text),
        "us_ascii" | "ascii" | "646" | "us" | "iso646_us" | "ansi_x3_4_1968" => {
            bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' }).collect()
        }
        "utf_8" | "utf8" | "u8" | "utf" | "cp65001" => String::from_utf8_lossy(&bytes).into_owned(),
        "iso_8859_1" | "latin_1" | "latin1" | "latin" | "l1" | "iso8859_1" | "8859" | "cp819" | "iso8859" => {
            bytes.iter().map(|byte| char::from(*byte)).collect()
        }
        _ => unquote(text),
    })
}
