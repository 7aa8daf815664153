//! Variables with their rules, and how a value is quoted for those who read it.

use crate::blocks::Check;
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::units::{Numbers, Unit, quoted, unit};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub(super) const NAME: Code = Code::new(
    "environment/name",
    "A variable is named with letters, digits and `_`, and does not begin with a digit: shells take nothing else.",
);
pub(super) const VALUE: Code = Code::new(
    "environment/value",
    "A value is one line of text: not every reader of such files takes line breaks and control characters.",
);
pub(super) const NOT_EXPANDED: Code =
    Code::new("environment/not-expanded", "A value is taken as it is written; services know no `$NAME` in it.");

/// Environment variables, in the order in which they are written. Shared: other blocks are offered them.
#[derive(Clone, Default)]
pub(crate) struct Variables(pub Arc<Vec<(String, String)>>);

/// Values may be tokens and passwords.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, _)| (name, "***"))).finish()
    }
}

impl Variables {
    /// As lines of a shell script.
    pub fn exports(&self) -> String {
        self.0.iter().map(|(name, value)| format!("export {name}={}\n", quoted_for_shell(value))).collect()
    }

    /// The rules of names and values. Not in the types: a fault of a key would cost serde the whole map. No message shows a value.
    pub fn check(&self, cx: &mut Check, at: &Path) {
        let entries = cx.entries(at);
        for (name, value) in self.0.iter() {
            if cx.report.is_full() {
                return;
            }
            let place = at.key(name);
            if !is_name(name) {
                let fault = cx.error_at_key(NAME, &place, format!("{} cannot name a variable", quoted(name)));
                cx.push(fault.help(better_name(name)));
            }
            let written = entries.get(name.as_str()).and_then(|(_, node)| node.text());
            if written.is_some_and(|text| text != value) {
                let fault = cx.error(VALUE, &place, format!("the value of `{name}` is a switch to YAML, not a text"));
                cx.push(fault.help("put it in quotes"));
            } else if value.chars().any(|c| c.is_control() && c != '\t') {
                let what = if value.contains('\n') { "has several lines" } else { "holds control characters" };
                let fault = cx.error(VALUE, &place, format!("the value of `{name}` {what}"));
                cx.push(fault.help("write it on one line, or keep it in a file and give its path"));
            } else if refers(value) {
                let fault =
                    cx.warning_at_key(NOT_EXPANDED, &place, format!("`$` in the value of `{name}` stays as it is"));
                cx.push(fault.help("write the value out"));
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn better_name(name: &str) -> String {
    let better: String = name.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    match is_name(&better) && better.len() < 40 {
        true => format!("write `{better}`"),
        false => "write letters, digits and `_`, like `DATA_DIR`".into(),
    }
}

/// Whether a value looks as if a shell were to fill something in.
fn refers(value: &str) -> bool {
    let begins = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '{');
    value.split('$').skip(1).any(begins)
}

/// In double quotes, as a shell and as systemd's `EnvironmentFile=` read it.
pub(super) fn quoted_for_shell(value: &str) -> String {
    escaped(value, &['"', '\\', '$', '`'])
}

/// One assignment in double quotes, as systemd reads it in its configuration. There `%` and a letter are a specifier (from systemd
/// 248 on); any other `%` stays, in all versions.
pub(super) fn quoted_for_systemd(name: &str, value: &str) -> String {
    let mut parts = value.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    let value = parts.fold(first, |value, rest| match rest.chars().next() {
        Some(c) if !c.is_ascii_alphabetic() => value + "%" + rest,
        // A letter, another `%`, or the end.
        _ => value + "%%" + rest,
    });
    escaped(&format!("{name}={value}"), &['"', '\\'])
}

fn escaped(text: &str, special: &[char]) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if special.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

unit!(Plain);

/// Any scalar, by its text.
#[derive(Debug, Clone)]
pub(in crate::blocks) struct Plain(pub String);

impl Unit for Plain {
    const EXPECTS: &'static str = "a text, like `/data`";
    const PATTERN: &'static str = "";
    const NUMBERS: Numbers = Numbers::Any;

    fn parse(text: &str) -> Result<Self, Fault> {
        Ok(Self(text.to_owned()))
    }
}

struct VariablesVisitor;

impl<'de> Visitor<'de> for VariablesVisitor {
    type Value = Variables;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of variables, like `{DATA_DIR: /data}`")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Variables, E> {
        Ok(Variables::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Variables, A::Error> {
        let mut variables = Vec::new();
        while let Some((name, Plain(value))) = map.next_entry()? {
            variables.push((name, value));
        }
        Ok(Variables(Arc::new(variables)))
    }
}

impl<'de> Deserialize<'de> for Variables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VariablesVisitor)
    }
}

impl schemars::JsonSchema for Variables {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Variables".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["object", "null"],
            "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        })
    }
}
