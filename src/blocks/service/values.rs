//! Values of services: who runs them, where, and in which environment.

use super::quote;
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::units::{Unit, quoted, unit};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

pub(super) const ENVIRONMENT: Code =
    Code::new("service/environment", "A variable is named in letters, digits and `_`, no digit first.");

unit!(Scalar);

/// Any scalar, by its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::blocks) struct Scalar(pub String);

impl Unit for Scalar {
    const EXPECTS: &'static str = "one text";
    const PATTERN: &'static str = "";
    const NUMBER: bool = true;

    fn parse(text: &str) -> Result<Self, Fault> {
        Ok(Self(text.to_owned()))
    }
}

/// Variables, in the order in which they are written.
#[derive(Clone, Default)]
pub(in crate::blocks) struct Environment(Vec<(String, String)>);

impl Environment {
    /// As lines of a shell script.
    pub fn shell(&self) -> String {
        self.0.iter().map(|(name, value)| format!("export {name}={}\n", quote(value))).collect()
    }
}

/// Values may be tokens and passwords.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, _)| (name, "***"))).finish()
    }
}

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Variables;
        impl<'de> Visitor<'de> for Variables {
            type Value = Environment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of variables, like `{OMP_NUM_THREADS: 4}`")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Environment, E> {
                Ok(Environment::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Environment, A::Error> {
                let mut variables = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if !is_variable(&name) {
                        let message = format!("{} is not the name of a variable", quoted(&name));
                        let help = "write letters, digits and `_`, like `OMP_NUM_THREADS`";
                        return Err(de::Error::custom(Fault::new(ENVIRONMENT, message, help)));
                    }
                    variables.push((name, map.next_value::<Scalar>()?.0));
                }
                Ok(Environment(variables))
            }
        }
        deserializer.deserialize_any(Variables)
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl schemars::JsonSchema for Environment {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Environment".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["object", "null"],
            "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "additionalProperties": {"type": ["string", "number", "boolean"], "writeOnly": true},
        })
    }
}

/// What becomes of the machine when the work has ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::blocks) enum WhenDone {
    /// It stays as it is.
    #[default]
    Nothing,
    /// It is powered off, when cloud-init has ended too.
    Poweroff,
}

impl WhenDone {
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Poweroff => "poweroff",
        }
    }
}
