//! What a line of amiconfig can carry. It reads the whole user-data with Python 2's ConfigParser, from the first section on, and
//! leaves out every line that is neither a section nor an option (amiconfig, `userdata.py`).

use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::units::quoted;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::json;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

pub(super) const VALUE: Code = Code::new(
    "amiconfig/value",
    "A value is one line of ASCII, without blanks at its ends and without a `;` after a blank, which begins a comment.",
);
pub(super) const KEY: Code =
    Code::new("amiconfig/key", "A key is a word of letters, digits and `._-`; amiconfig reads it in lower case.");
pub(super) const SECTION: Code = Code::new(
    "amiconfig/section",
    "A section is named as its plugin is, in letters, digits and `._-`; `DEFAULT` would be part of all sections.",
);

/// After the last section, so that no line of what follows in the user-data (headers, cloud-config, scripts) falls into it.
pub(super) const END: &str = "[contextc-end]\n";

/// What is wrong with a value.
pub(super) fn value_fault(value: &str) -> Option<Fault> {
    let fault = |what: &str, help: &str| Some(Fault::new(VALUE, format!("this value {what}"), help));
    if value.contains(['\n', '\r']) {
        return fault("has several lines", "write it on one line");
    }
    if value.bytes().any(|byte| byte != b'\t' && !(b' '..=b'~').contains(&byte)) {
        return fault(
            "is not all ASCII",
            "write it in ASCII: the user-data would travel in base64, where amiconfig finds nothing",
        );
    }
    if value.trim() != value || value == "\"\"" {
        return fault(
            "would lose its ends",
            "write it without blanks around it; for nothing write nothing, without quotes in it",
        );
    }
    if value.contains(" ;") || value.contains("\t;") {
        return fault("would be cut off at `;`", "write `;` without a blank before it");
    }
    None
}

/// What is wrong with the name of a key.
pub(super) fn key_fault(name: &str) -> Option<Fault> {
    let help = "write letters, digits and `._-`, like `condor_master`";
    (!is_word(name)).then(|| Fault::new(KEY, format!("{} is not a key of amiconfig", quoted(name)), help))
}

/// What is wrong with the name of a section.
pub(super) fn section_fault(name: &str) -> Option<Fault> {
    let help = "write the name of the plugin that reads it, like `vaf-setup`";
    let sound = is_word(name) && !name.eq_ignore_ascii_case("default");
    (!sound).then(|| Fault::new(SECTION, format!("{} is not a section of amiconfig", quoted(name)), help))
}

fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// A map in the order in which it is written.
#[derive(Debug, Clone)]
pub(super) struct Ordered<T>(pub Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

struct OrderedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OrderedVisitor<T> {
    type Value = Ordered<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map, like `{vaf-setup: {node_type: master}}`")
    }

    /// A section with nothing in it.
    fn visit_unit<E: de::Error>(self) -> Result<Ordered<T>, E> {
        Ok(Ordered::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = map.next_entry()? {
            rows.push(row);
        }
        Ok(Ordered(rows))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OrderedVisitor(PhantomData))
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for Ordered<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Ordered".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["object", "null"],
            "propertyNames": {"pattern": "^[A-Za-z0-9_][A-Za-z0-9._-]*$"},
            "additionalProperties": json!(generator.subschema_for::<T>()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_carried_whole_or_refused() {
        for value in ["", "a", "a b\tc", "http://a:1;DIRECT", "user:'env >> /tmp/x'", "100%", "#a", "a = b"] {
            assert!(value_fault(value).is_none(), "{value:?}");
        }
        for value in ["a\nb", "a\rb", "\u{e9}", "a\u{b}b", " a", "a ", "a ;b", "a\t;b", "\"\"", "\u{7f}"] {
            assert!(value_fault(value).is_some(), "{value:?}");
        }
    }

    #[test]
    fn names_are_words() {
        for name in ["condor_master", "eos-server", "a.b", "1"] {
            assert!(key_fault(name).is_none() && section_fault(name).is_none(), "{name}");
        }
        for name in ["", "a b", "#a", "a]", "a=b", "a:b", "-a", "\u{e9}"] {
            assert!(key_fault(name).is_some() && section_fault(name).is_some(), "{name}");
        }
        assert!(section_fault("DEFAULT").is_some() && key_fault("default").is_none());
    }
}
