//! YAML that our own reader refuses and PyYAML takes: a text in quotes that goes on at the beginning of a line (YAML 1.1).

use crate::language::document::{Kind, Node, Style};
use crate::language::source::Span;
use serde::de::{Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use std::fmt;
use std::sync::Arc;

/// Reads a text without places. Not with tags, which are lost here, nor with tabs between the values, which PyYAML never lets be.
pub(super) fn read(text: &str) -> Option<Arc<Node>> {
    if text.contains(" !") {
        return None;
    }
    let root = serde_yaml::from_str::<Loose>(text).ok()?.0;
    let written = text.matches('\t').count();
    (written == 0 || written <= tabs(&root)).then_some(root)
}

/// How many tabs there are in the values.
fn tabs(node: &Node) -> usize {
    match &node.kind {
        Kind::Scalar { text, .. } => text.matches('\t').count(),
        Kind::Sequence(items) => items.iter().map(|item| tabs(item)).sum(),
        Kind::Mapping(pairs) => pairs.iter().map(|(key, value)| tabs(key) + tabs(value)).sum(),
        Kind::Faulty => 0,
    }
}

struct Loose(Arc<Node>);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Builder).map(Loose)
    }
}

struct Builder;

fn plain(text: impl Into<String>) -> Arc<Node> {
    Node::scalar(Span::default(), text, Style::Plain)
}

impl<'de> Visitor<'de> for Builder {
    type Value = Arc<Node>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(plain(""))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(plain(truth.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(plain(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(plain(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(plain(format!("{number:?}")))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Node::scalar(Span::default(), text, Style::Quoted))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Loose(item)) = access.next_element()? {
            items.push(item);
        }
        Ok(Arc::new(Node::new(Span::default(), None, Kind::Sequence(items))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((Loose(key), Loose(value))) = access.next_entry()? {
            pairs.push((key, value));
        }
        Ok(Arc::new(Node::new(Span::default(), None, Kind::Mapping(pairs))))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        let (_, inner) = access.variant::<String>()?;
        inner.newtype_variant::<Loose>().map(|loose| loose.0)
    }
}
