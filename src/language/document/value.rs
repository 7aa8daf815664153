//! The marked tree as the value model that serde decodes blocks from.

use super::{Kind, Node, Style};
use serde_yaml::{Mapping, Value};

/// The value of a node.
///
/// A plain scalar becomes a number only where writing that number down gives the same text again: `58` does, `2.10` and
/// `0644` stay text. Keys are always text, so that `17:` never selects a field by its position.
pub(crate) fn value_of(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar { text, style } => scalar(text, *style, node),
        Kind::Sequence(items) => Value::Sequence(items.iter().map(|item| value_of(item)).collect()),
        Kind::Mapping(pairs) => {
            let sound = pairs.iter().filter(|(_, value)| !matches!(value.kind, Kind::Faulty));
            Value::Mapping(
                sound.filter_map(|(key, value)| Some((Value::from(key.text()?), value_of(value)))).collect::<Mapping>(),
            )
        }
        Kind::Faulty => Value::Null,
    }
}

fn scalar(text: &str, style: Style, node: &Node) -> Value {
    if node.is_null() {
        return Value::Null;
    }
    if style == Style::Quoted || node.tag.is_some() {
        return Value::from(text);
    }
    match text {
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        text => number(text).unwrap_or_else(|| Value::from(text)),
    }
}

fn number(text: &str) -> Option<Value> {
    let whole = text.parse::<i64>().ok().map(serde_yaml::Number::from);
    let number =
        whole.or_else(|| text.parse::<f64>().ok().filter(|number| number.is_finite()).map(serde_yaml::Number::from))?;
    (number.to_string() == text).then_some(Value::Number(number))
}
