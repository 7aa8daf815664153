//! Settings of which exactly one is written, and what is written has a value.

use schemars::Schema;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// For `serde(default, deserialize_with = "...")`: a key with nothing after it is no way to leave a setting out.
pub(crate) fn stated<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// For `schemars(transform = ...)`: a map has one of these keys and no two of them.
pub(crate) fn exactly_one<N: AsRef<[&'static str]>>(names: N) -> impl FnMut(&mut Schema) {
    move |schema| {
        let ways: Vec<Value> = names.as_ref().iter().map(|name| json!({"required": [name]})).collect();
        schema.insert("oneOf".into(), ways.into());
    }
}

/// [`exactly_one`] of two. An array in an attribute is no Rust to schemars unless some other crate asks syn for all of it.
pub(crate) fn either(one: &'static str, other: &'static str) -> impl FnMut(&mut Schema) {
    exactly_one([one, other])
}
