//! Settings that are written in more than one form: one or a list of them, a text or a map.

use serde::Deserialize;
use serde::de::value::{BoolDeserializer, MapAccessDeserializer, StrDeserializer, U64Deserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::json;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use super::path::Path;

/// One value, or a list of them.
#[derive(Debug, Clone)]
pub(crate) struct Several<T> {
    pub items: Vec<T>,
    listed: bool,
}

impl<T> Default for Several<T> {
    fn default() -> Self {
        Self { items: Vec::new(), listed: true }
    }
}

impl<T> Several<T> {
    /// Every value with its place, where `at` is that of the setting.
    pub fn places(&self, at: &Path) -> impl Iterator<Item = (Path, &T)> {
        let place = |index| if self.listed { at.index(index) } else { at.clone() };
        self.items.iter().enumerate().map(move |(index, item)| (place(index), item))
    }
}

struct SeveralVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SeveralVisitor<T> {
    type Value = Several<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, `{file: PATH}`, or a list of them")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Several<T>, E> {
        Ok(Several { items: vec![T::deserialize(StrDeserializer::new(text))?], listed: false })
    }

    // What it takes instead of these, it says itself.
    fn visit_bool<E: de::Error>(self, switch: bool) -> Result<Several<T>, E> {
        Ok(Several { items: vec![T::deserialize(BoolDeserializer::new(switch))?], listed: false })
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Several<T>, E> {
        Ok(Several { items: vec![T::deserialize(U64Deserializer::new(number))?], listed: false })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Several<T>, A::Error> {
        Ok(Several { items: vec![T::deserialize(MapAccessDeserializer::new(map))?], listed: false })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Several<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Several { items, listed: true })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Several<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SeveralVisitor(PhantomData))
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for Several<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Several{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = generator.subschema_for::<T>();
        schemars::json_schema!({ "anyOf": [one, {"type": "array", "items": one}] })
    }
}

/// A text, or a map that says more.
#[derive(Debug, Clone)]
pub(crate) enum TextOr<T> {
    Text(String),
    Map(T),
}

struct TextOrVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrVisitor<T> {
    type Value = TextOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, or a map like `{file: PATH}`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TextOr<T>, E> {
        Ok(TextOr::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextOr<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(TextOr::Map)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrVisitor(PhantomData))
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for TextOr<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("TextOr{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let map = generator.subschema_for::<T>();
        schemars::Schema::try_from(json!({ "anyOf": [{"type": "string"}, map] })).unwrap_or_default()
    }
}
