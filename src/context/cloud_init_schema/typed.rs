//! Values as cloud-init's YAML reader types them: PyYAML's safe loader, which reads YAML 1.1 (`yaml/resolver.py`,
//! `yaml/constructor.py`). There `yes` is a switch, `0644` is 420 and `12:30` is 750.

use crate::context::pyyaml::is_merge;
use crate::language::document::{Kind, Node, Style};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The key of a map that stands for a value which no JSON has: a date, a set.
pub(super) const NO_JSON: &str = "\u{0}no JSON";

/// The value of a node.
pub(super) fn typed(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar { text, style } => scalar(text, *style, node.tag.as_deref()),
        Kind::Sequence(items) => items.iter().map(|item| typed(item)).collect(),
        Kind::Mapping(_) if node.tag.as_deref() == Some("!!set") => no_json(),
        Kind::Mapping(_) => {
            let mut map = Map::new();
            fill(node, &mut map);
            Value::Object(map)
        }
        Kind::Faulty => Value::Null,
    }
}

fn no_json() -> Value {
    json!({NO_JSON: null})
}

/// What is merged first, so that the map's own keys win.
fn fill(node: &Node, map: &mut Map<String, Value>) {
    for (_, merged) in node.pairs().iter().filter(|(key, _)| is_merge(key)) {
        match &merged.kind {
            Kind::Sequence(items) => items.iter().rev().for_each(|item| fill(item, map)),
            _ => fill(merged, map),
        }
    }
    for (key, value) in node.pairs().iter().filter(|(key, _)| !is_merge(key)) {
        map.insert(key_of(key), typed(value));
    }
}

/// A key as the text that stands for it in a path.
fn key_of(key: &Node) -> String {
    match typed(key) {
        Value::String(text) => text,
        Value::Bool(value) => if value { "True" } else { "False" }.into(),
        Value::Null => "None".into(),
        _ => key.text().unwrap_or_default().to_owned(),
    }
}

/// The entry of a map by such a text, its own or one that is merged.
pub(super) fn entry<'n>(node: &'n Node, name: &str) -> Option<(&'n Arc<Node>, &'n Arc<Node>)> {
    let own = node.pairs().iter().find(|(key, _)| !is_merge(key) && key_of(key) == name);
    let merged = node.pairs().iter().filter(|(key, _)| is_merge(key));
    own.map(|(key, value)| (key, value)).or_else(|| {
        merged.rev().find_map(|(_, from)| match &from.kind {
            Kind::Sequence(items) => items.iter().find_map(|item| entry(item, name)),
            _ => entry(from, name),
        })
    })
}

fn scalar(text: &str, style: Style, tag: Option<&str>) -> Value {
    match tag {
        // Bytes are a text to cloud-init's schema.
        Some("!" | "!!str" | "!!binary") => text.into(),
        Some("!!null") => Value::Null,
        Some("!!timestamp") => no_json(),
        Some("!!bool") => matches!(text.to_lowercase().as_str(), "yes" | "true" | "on").into(),
        Some("!!int") => integer(text).unwrap_or_else(|| text.into()),
        Some("!!float") => float(text).or_else(|| integer(text)).unwrap_or_else(|| text.into()),
        _ if style == Style::Quoted => text.into(),
        _ => plain(text),
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => true.into(),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => false.into(),
        _ if is_timestamp(text) => no_json(),
        _ => integer(text).or_else(|| float(text)).unwrap_or_else(|| text.into()),
    }
}

fn without_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn digits(text: &str, radix: u32) -> bool {
    !text.is_empty() && text.chars().all(|c| c == '_' || c.is_digit(radix))
}

/// `0b1`, `0x1f`, `017`, `1_000`, `12:30`.
fn integer(text: &str) -> Option<Value> {
    let (negative, rest) = without_sign(text);
    let in_base = |digits: &str, radix| i128::from_str_radix(&digits.replace('_', ""), radix).ok();
    let number = if let Some(bits) = rest.strip_prefix("0b").filter(|rest| digits(rest, 2)) {
        in_base(bits, 2)
    } else if let Some(hexadecimal) = rest.strip_prefix("0x").filter(|rest| digits(rest, 16)) {
        in_base(hexadecimal, 16)
    } else if rest == "0" {
        Some(0)
    } else if let Some(octal) = rest.strip_prefix('0').filter(|rest| digits(rest, 8)) {
        in_base(&format!("0{octal}"), 8)
    } else if !rest.starts_with(|c: char| ('1'..='9').contains(&c)) {
        None
    } else if digits(rest, 10) {
        // Larger ones are numbers all the same.
        return Some(in_base(rest, 10).map_or(json!(1e30), |number| whole(negative, number)));
    } else {
        sexagesimal(rest)
    };
    number.map(|number| whole(negative, number))
}

fn whole(negative: bool, number: i128) -> Value {
    let number = if negative { -number } else { number };
    i64::try_from(number).map_or_else(|_| json!(number as f64), Value::from)
}

/// `190:20:30`, in base 60.
fn sexagesimal(text: &str) -> Option<i128> {
    let mut parts = text.split(':');
    let first = parts.next().filter(|part| digits(part, 10))?.replace('_', "").parse().ok()?;
    let mut any = false;
    let number = parts.try_fold(first, |sum: i128, part| {
        any = true;
        sum.checked_mul(60)?.checked_add(base_60(part)?)
    });
    number.filter(|_| any)
}

fn base_60(part: &str) -> Option<i128> {
    let sound = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    part.parse().ok().filter(|number| sound && *number < 60)
}

/// With a dot, and with a sign in the exponent if there is one.
fn float(text: &str) -> Option<Value> {
    let (negative, rest) = without_sign(text);
    if matches!(rest, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(json!(f64::MAX));
    }
    let (number, exponent) = match rest.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (rest, None),
    };
    let (before, after) = number.split_once('.')?;
    let exponent_is_sound = exponent.is_none_or(|exponent| {
        exponent
            .strip_prefix(['+', '-'])
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    });
    let tail = |text: &str| text.chars().all(|c| c == '_' || c.is_ascii_digit());
    let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && tail(text);
    let sound = match before {
        // A sign before `.5` makes it a word.
        "" => begins(after) && rest == text,
        _ if before.contains(':') => {
            return sexagesimal(before).filter(|_| tail(after) && exponent.is_none()).map(|n| json!(n as f64));
        }
        _ => begins(before) && tail(after),
    };
    let plain = format!("{}{}", if negative { "-" } else { "" }, rest.replace('_', ""));
    let value = plain.parse::<f64>().ok().filter(|_| sound && exponent_is_sound)?;
    Some(json!(if value.is_finite() { value } else { f64::MAX }))
}

/// `2001-12-14`, or with a time: to PyYAML a date.
fn is_timestamp(text: &str) -> bool {
    let numbers = |text: &str, widths: &[std::ops::RangeInclusive<usize>], separator| {
        let parts: Vec<&str> = text.split(separator).collect();
        let sound = |(part, width): (&&str, &std::ops::RangeInclusive<usize>)| {
            width.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        parts.len() == widths.len() && parts.iter().zip(widths).all(sound)
    };
    if numbers(text, &[4..=4, 2..=2, 2..=2], '-') {
        return true;
    }
    let Some((date, time)) = text.split_once(['T', 't', ' ', '\t']) else { return false };
    let time = time.trim_start_matches([' ', '\t']);
    let end = time.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(time.len());
    let Some((clock, rest)) = time.split_at_checked(end) else { return false };
    let rest = rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = rest.trim_start_matches([' ', '\t']);
    let offset = |zone: &str| numbers(zone, &[1..=2], ':') || numbers(zone, &[1..=2, 2..=2], ':');
    let zone_is_sound = matches!(zone, "" | "Z") || zone.strip_prefix(['+', '-']).is_some_and(offset);
    numbers(date, &[4..=4, 1..=2, 1..=2], '-')
        && numbers(clock, &[1..=2, 2..=2, 2..=2], ':')
        && zone_is_sound
        && (zone.len() == rest.len() || !zone.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{NO_JSON, plain};
    use serde_json::{Value, json};

    /// Each as PyYAML 6.0 reads it.
    #[test]
    fn scalars_are_typed_as_pyyaml_types_them() {
        for (text, value) in [
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!("y")),
            ("tRue", json!("tRue")),
            ("0644", json!(420)),
            ("0o644", json!("0o644")),
            ("08", json!("08")),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("1_000", json!(1000)),
            ("_1", json!("_1")),
            ("-1", json!(-1)),
            ("12:30", json!(750)),
            ("12:30:45", json!(45045)),
            ("1:60", json!("1:60")),
            ("0:0", json!("0:0")),
            ("1.", json!(1.0)),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("-.5", json!("-.5")),
            ("1e3", json!("1e3")),
            ("1.0e3", json!("1.0e3")),
            ("1.0e+3", json!(1000.0)),
            ("1.2.3", json!("1.2.3")),
            (".", json!(".")),
            ("190:20:30.15", json!(685230.0)),
            ("~", Value::Null),
            ("2001-01-01", json!({NO_JSON: null})),
            ("2001-1-1", json!("2001-1-1")),
            ("2001-12-14t21:59:43.10-05:00", json!({NO_JSON: null})),
            ("2001-12-14 21:59:43.10 -5", json!({NO_JSON: null})),
            ("2001-12-14 21:59", json!("2001-12-14 21:59")),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
    }
}
