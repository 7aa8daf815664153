//! YAML values as PyYAML makes them (YAML 1.1, `yaml/resolver.py` and `yaml/constructor.py`), as far as archives need them.

use crate::context::pyyaml::is_merge;
use crate::language::base64;
use crate::language::document::{Kind, Node, Style};
use std::sync::Arc;

/// A value of Python.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Bytes(Vec<u8>),
    Null,
    Truth(bool),
    /// In decimal digits, where it fits.
    Number(String),
    /// A date or a float, as written.
    Other(String),
    List {
        empty: bool,
    },
    Map {
        empty: bool,
    },
}

impl Value {
    pub fn text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// `not value`.
    pub fn is_falsy(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Null => true,
            Self::Truth(truth) => !truth,
            Self::Number(digits) => digits == "0",
            Self::Other(text) => text.parse() == Ok(0.0),
            Self::List { empty } | Self::Map { empty } => *empty,
        }
    }

    /// `str(value)`, of what somebody may write as a filename.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Other(text) => text.clone(),
            Self::Bytes(bytes) => format!("b'{}'", bytes.escape_ascii()),
            Self::Null => "None".into(),
            Self::Truth(true) => "True".into(),
            Self::Truth(false) => "False".into(),
            Self::List { .. } => "[]".into(),
            Self::Map { .. } => "{}".into(),
        }
    }
}

/// Whether PyYAML reads a character at all (`yaml/reader.py`).
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

/// The value of a node.
pub(super) fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Sequence(items) => Value::List { empty: items.is_empty() },
        Kind::Mapping(pairs) => Value::Map { empty: pairs.is_empty() },
        Kind::Faulty => Value::Null,
        Kind::Scalar { text, style } => match node.tag.as_deref() {
            Some("!!binary") => Value::Bytes(base64::loose(text.as_bytes()).unwrap_or_default()),
            Some("!!str") => Value::Text(text.clone()),
            // `!` alone tells PyYAML to look at the text itself, in quotes or not.
            None if *style == Style::Quoted => Value::Text(text.clone()),
            _ => resolved(text),
        },
    }
}

/// The pairs of a map: those that `<<` brings, then its own, of which the last of a name counts.
pub(super) fn pairs(node: &Node) -> Vec<(Value, Value)> {
    let (mut merged, mut own) = (Vec::new(), Vec::new());
    for (key, of) in node.pairs() {
        match is_merge(key) {
            true => merged_maps(of).into_iter().for_each(|map| merged.extend(pairs(&map))),
            false => own.push((value(key), value(of))),
        }
    }
    merged.append(&mut own);
    merged
}

/// The maps of a `<<`, the one that counts most last.
fn merged_maps(of: &Arc<Node>) -> Vec<Arc<Node>> {
    match &of.kind {
        Kind::Sequence(items) => items.iter().rev().cloned().collect(),
        _ => vec![Arc::clone(of)],
    }
}

/// A scalar without quotes.
fn resolved(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Value::Truth(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Value::Truth(false),
        _ => {}
    }
    if let Some(number) = integer(text) {
        return Value::Number(number);
    }
    if is_float(text) || is_date(text) { Value::Other(text.into()) } else { Value::Text(text.into()) }
}

/// The digits of a whole number in any of the five ways to write one.
fn integer(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let only = |digits: &str, known: &str| !digits.is_empty() && digits.chars().all(|c| known.contains(c) || c == '_');
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let in_base = |prefix: usize, base: u32| i128::from_str_radix(plain.get(prefix..)?, base).ok();
    let value = match digits {
        "0" => Some(0),
        _ if digits.starts_with("0b") && only(digits.get(2..)?, "01") => in_base(2, 2),
        _ if digits.starts_with("0x") && only(digits.get(2..)?, "0123456789abcdefABCDEF") => in_base(2, 16),
        _ if digits.starts_with('0') && only(digits.get(1..)?, "01234567") => in_base(1, 8),
        _ if digits.starts_with(|c: char| ('1'..='9').contains(&c)) && only(digits, "0123456789") => in_base(0, 10),
        _ => return sexagesimal(digits).map(|value| format!("{sign}{value}")),
    };
    // One that does not fit is a number all the same.
    Some(
        value
            .map_or_else(|| format!("{sign}{plain}"), |value| format!("{}{value}", if value == 0 { "" } else { sign })),
    )
}

/// `1:30` is ninety.
fn sexagesimal(digits: &str) -> Option<i128> {
    let (first, rest) = digits.split_once(':')?;
    let head =
        first.starts_with(|c: char| ('1'..='9').contains(&c)) && first.chars().all(|c| c.is_ascii_digit() || c == '_');
    let step = |place: &str| match place.as_bytes() {
        [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'] => place.parse::<i128>().ok(),
        _ => None,
    };
    let start = head.then(|| first.replace('_', "").parse::<i128>().ok()).flatten()?;
    rest.split(':').try_fold(start, |sum, place| sum.checked_mul(60)?.checked_add(step(place)?))
}

/// With a point; an exponent has a sign.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if [".inf", ".Inf", ".INF"].contains(&unsigned) || [".nan", ".NaN", ".NAN"].contains(&text) {
        return true;
    }
    let Some((whole, fraction)) = unsigned.split_once('.') else { return false };
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '_');
    let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let (places, exponent) =
        fraction.split_once(['e', 'E']).map_or((fraction, None), |(places, exp)| (places, Some(exp)));
    let exponent = exponent.is_none_or(|exponent| {
        exponent
            .strip_prefix(['-', '+'])
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|d| d.is_ascii_digit()))
    });
    let signed = unsigned.len() != text.len();
    let sexagesimal = whole.contains(':') && sexagesimal(whole).is_some() && digits(fraction);
    sexagesimal
        || exponent
            && digits(places)
            && match whole {
                "" => !signed && begins(places),
                _ => begins(whole) && digits(whole),
            }
}

/// `2001-02-03`, or with a time.
fn is_date(text: &str) -> bool {
    let digits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some((date, time)) = text.split_once(['T', 't', ' ', '\t']).or(Some((text, ""))) else { return false };
    let fields: Vec<&str> = date.split('-').collect();
    let [year, month, day] = fields.as_slice() else { return false };
    match time.is_empty() {
        true => text.len() == 10 && digits(year, 4, 4) && digits(month, 2, 2) && digits(day, 2, 2),
        false => {
            digits(year, 4, 4)
                && digits(month, 1, 2)
                && digits(day, 1, 2)
                && is_time(time.trim_start_matches([' ', '\t']))
        }
    }
}

/// `1:02:03.4 +05:00`.
fn is_time(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(text.len());
    let Some((clock, zone)) = text.split_at_checked(end) else { return false };
    let fields: Vec<&str> = clock.split(':').collect();
    let digits =
        |text: &str, most: usize| !text.is_empty() && text.len() <= most && text.bytes().all(|d| d.is_ascii_digit());
    let [hour, minute, second] = fields.as_slice() else { return false };
    let (second, fraction) = second.split_once('.').unwrap_or((second, ""));
    let two = |text: &str| text.len() == 2 && digits(text, 2);
    let clock = digits(hour, 2) && two(minute) && two(second) && fraction.bytes().all(|d| d.is_ascii_digit());
    let zone = zone.trim_start_matches([' ', '\t']);
    let offset = zone.strip_prefix(['-', '+']).is_some_and(|offset| match offset.split_once(':') {
        Some((hours, minutes)) => digits(hours, 2) && two(minutes),
        None => digits(offset, 2),
    });
    clock && (zone.is_empty() || zone == "Z" || offset)
}
