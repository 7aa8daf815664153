//! The marked tree as the value model that serde decodes blocks from.

use super::{Kind, Node, Style};
use crate::language::path::{Path, Step};
use serde_yaml::{Mapping, Value};

/// The value of a node, without the places in `pruned` (those already reported).
///
/// A plain scalar becomes a number only where writing that number down gives the same text again: `58` does, `2.10` and
/// `0644` stay text. Keys are always text, so that `17:` never selects a field by its position.
pub(crate) fn value_of(node: &Node, pruned: &[Path]) -> Value {
    build(node, &Path::root(), pruned)
}

fn build(node: &Node, at: &Path, pruned: &[Path]) -> Value {
    match &node.kind {
        Kind::Scalar { text, style } => scalar(text, *style, node),
        Kind::Sequence(items) => {
            let items = items.iter().enumerate().map(|(index, item)| (at.index(index), item));
            Value::Sequence(items.filter(|(at, _)| !pruned.contains(at)).map(|(at, item)| build(item, &at, pruned)).collect())
        }
        Kind::Mapping(pairs) => {
            let pairs = pairs.iter().filter_map(|(key, value)| Some((key.text()?, value)));
            let kept = pairs.map(|(key, value)| (key, at.key(key), value)).filter(|(_, at, _)| !pruned.contains(at));
            Value::Mapping(kept.map(|(key, at, value)| (Value::from(key), build(value, &at, pruned))).collect::<Mapping>())
        }
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
    let number = whole.or_else(|| text.parse::<f64>().ok().filter(|number| number.is_finite()).map(serde_yaml::Number::from))?;
    (number.to_string() == text).then_some(Value::Number(number))
}

/// Translates a position in the pruned value back to one in the tree: elements that were left out count again.
pub(crate) fn unpruned(path: &Path, pruned: &[Path]) -> Path {
    path.steps().iter().fold(Path::root(), |at, step| match step {
        Step::Key(_) => at.step(step.clone()),
        Step::Index(index) => {
            let mut kept = (0..).map(|index| at.index(index)).filter(|place| !pruned.contains(place));
            kept.nth(*index).unwrap_or_else(|| at.index(*index))
        }
    })
}
