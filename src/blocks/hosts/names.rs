//! `names`: the names of machines, each with its addresses.

use crate::language::units::{Address, ScalarText, Unit};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// The entries, in the order in which they are written. Names are judged later: a fault of a key would cost serde the whole map.
#[derive(Debug, Default)]
pub(super) struct Names(pub Vec<Entry>);

/// One name with its addresses.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: String,
    pub addresses: Vec<Address>,
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of names and addresses, like `{head: 192.0.2.1}`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let Addresses(addresses) = map.next_value()?;
            entries.push(Entry { name, addresses });
        }
        Ok(Names(entries))
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamesVisitor)
    }
}

impl schemars::JsonSchema for Names {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Names".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let address = generator.subschema_for::<Address>();
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": {"anyOf": [address, {"type": "array", "items": address}]},
        })
    }
}

/// One address, or a list of them.
struct Addresses(Vec<Address>);

struct AddressesVisitor;

impl<'de> Visitor<'de> for AddressesVisitor {
    type Value = Addresses;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, or a list of them", Address::EXPECTS)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Addresses, E> {
        Ok(Addresses(vec![ScalarText::<Address>(PhantomData).visit_str(text)?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Addresses, A::Error> {
        let mut addresses = Vec::new();
        while let Some(address) = items.next_element()? {
            addresses.push(address);
        }
        Ok(Addresses(addresses))
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AddressesVisitor)
    }
}
