//! A second opinion on what was read of a text: libyaml's, whose scanner is made as PyYAML's is.

use super::{Kind, Node};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};
use std::fmt;

/// Whether libyaml finds the same lists, maps and texts. What a word without quotes means, and tags, are left to others.
pub(super) fn agrees(text: &str, root: &Node) -> bool {
    Expected(root).deserialize(serde_yaml::Deserializer::from_str(text)).is_ok()
}

#[derive(Clone, Copy)]
struct Expected<'n>(&'n Node);

impl<'de> DeserializeSeed<'de> for Expected<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Expected<'_> {
    fn all<E: Error>(is_same: bool) -> Result<(), E> {
        if is_same { Ok(()) } else { Err(E::custom("read otherwise")) }
    }

    fn word<E: Error>(self) -> Result<(), E> {
        Self::all(matches!(self.0.kind, Kind::Scalar { .. }))
    }
}

impl<'de> Visitor<'de> for Expected<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("what was read before")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.word()
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.word()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.word()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.word()
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<(), E> {
        self.word()
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<(), E> {
        self.word()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.word()
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        Self::all(self.0.text() == Some(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Kind::Sequence(items) = &self.0.kind else { return Self::all(false) };
        for item in items {
            Self::all(access.next_element_seed(Expected(item))?.is_some())?;
        }
        Self::all(access.next_element::<serde::de::IgnoredAny>()?.is_none())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Kind::Mapping(pairs) = &self.0.kind else { return Self::all(false) };
        for (key, value) in pairs {
            Self::all(access.next_key_seed(Expected(key))?.is_some())?;
            access.next_value_seed(Expected(value))?;
        }
        Self::all(access.next_key::<serde::de::IgnoredAny>()?.is_none())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<(), A::Error> {
        let (_, tagged) = access.variant::<String>()?;
        tagged.newtype_variant_seed(self)
    }
}
