//! The kinds of values that a context is written in. Each knows its own rule, its own words and its own schema.
//!
//! To add one: a type, `impl Unit`, a line in `unit!`, its codes in [`CODES`].

mod host;
mod machine;
mod network;
mod storage;
mod systemd;

pub(crate) use host::{Address, Host, HostName};
pub(crate) use machine::{AbsolutePath, UserName};
pub(crate) use network::{Sha256, Url};
pub(crate) use storage::{
    DiskName, Filesystem, Mode, MountOptions, MountPoint, Percent, Size, VolumeName, bytes_pattern, disk_pattern, is_on,
};
pub(crate) use systemd::unit_of;

use super::diagnostic::Code;
use super::fault::Fault;
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

const SWITCH: Code =
    Code::new("units/switch", "A switch is on or off: `true` or `false` (`yes`, `no`, `on`, `off` are understood).");
const DURATION: Code = Code::new(
    "units/duration",
    "A duration has a unit: `90s`, `10m`, `2h`. A bare number is seconds to one reader and minutes to another.",
);
const TEXT_LIST: Code = Code::new(
    "units/list",
    "Several values are a list, or one text with commas. An empty one among them is a comma too many, or a value that was lost.",
);

/// The codes of all units.
pub(crate) fn codes() -> Vec<Code> {
    [&[SWITCH, DURATION, TEXT_LIST, VERSION], storage::CODES, network::CODES, host::CODES, machine::CODES].concat()
}

/// A kind of value that is written as one scalar.
pub(crate) trait Unit: Sized {
    /// What is wanted, with an example: `{name} takes {EXPECTS}`.
    const EXPECTS: &'static str;
    /// A regular expression (ECMA 262) that every accepted text matches, for editors.
    const PATTERN: &'static str;
    /// Which bare numbers are one too.
    const NUMBERS: Numbers = Numbers::None;

    /// Reads the text of a scalar.
    fn parse(text: &str) -> Result<Self, Fault>;
}

/// Bare numbers and switches that a unit takes for the text that stands there.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Numbers {
    None,
    /// `true` and `false`.
    Switches,
    /// Whole ones from one to another.
    Whole(i64, i64),
    /// Those without a sign: a version such as 2.1.
    Positive,
    /// All, and switches: whatever stands there is a text.
    Any,
}

/// The schema of a unit: what it is in a phrase, and the examples of that phrase.
pub(crate) fn schema<T: Unit>() -> schemars::Schema {
    let examples: Vec<&str> = T::EXPECTS.split('`').skip(1).step_by(2).map(|word| word.trim_matches('"')).collect();
    let examples: Vec<&str> = examples.into_iter().filter(|word| T::parse(word).is_ok()).collect();
    let kinds = match T::NUMBERS {
        Numbers::None => json!("string"),
        Numbers::Switches => json!(["boolean", "string"]),
        Numbers::Whole(..) => json!(["string", "integer"]),
        Numbers::Positive => json!(["string", "number"]),
        Numbers::Any => json!(["string", "number", "boolean"]),
    };
    let mut schema =
        schemars::json_schema!({"title": T::EXPECTS, "type": kinds, "pattern": or_placeholder(T::PATTERN)});
    if !examples.is_empty() {
        schema.insert("examples".into(), examples.into());
    }
    match T::NUMBERS {
        Numbers::None | Numbers::Switches | Numbers::Any => {}
        Numbers::Positive => drop(schema.insert("minimum".into(), 0.into())),
        Numbers::Whole(least, most) => {
            schema.insert("minimum".into(), least.into());
            schema.insert("maximum".into(), most.into());
        }
    }
    schema
}

/// A value as a message shows it: its beginning, on one line, without control characters.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.is_empty() {
        return "an empty text".into();
    }
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    let short = escaped_controls(text.get(..end).unwrap_or_default());
    let more = if text.chars().nth(LONGEST).is_some() { "..." } else { "" };
    format!("`{short}{more}`")
}

/// A text without characters that a terminal would obey.
pub(crate) fn escaped_controls(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { escaped.extend(c.escape_default()) } else { escaped.push(c) }
    }
    escaped
}

/// A visitor that takes any scalar by its text.
pub(crate) struct ScalarText<T>(pub PhantomData<T>);

impl<T: Unit> Visitor<'_> for ScalarText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTS)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::parse(text).map_err(E::custom)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<T, E> {
        let taken = matches!(T::NUMBERS, Numbers::Switches | Numbers::Any);
        self.unquoted(if value { "true" } else { "false" }, taken, Unexpected::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        let taken = match T::NUMBERS {
            Numbers::Whole(least, most) => (least..=most).contains(&value),
            kind => kind.takes_fractions(),
        };
        self.unquoted(&value.to_string(), taken, Unexpected::Signed(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => self.unquoted(&value.to_string(), T::NUMBERS.takes_fractions(), Unexpected::Unsigned(value)),
        }
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
        // A whole number with `.0` is one to JSON.
        let whole = matches!(T::NUMBERS, Numbers::Whole(..)) && value.fract() == 0.0;
        self.unquoted(&value.to_string(), whole || T::NUMBERS.takes_fractions(), Unexpected::Float(value))
    }
}

impl Numbers {
    fn takes_fractions(self) -> bool {
        matches!(self, Self::Positive | Self::Any)
    }
}

impl<T: Unit> ScalarText<T> {
    /// What stands there without quotes, where this is sound and nothing else could be meant. The fault of the text says more.
    fn unquoted<E: de::Error>(self, text: &str, taken: bool, found: Unexpected) -> Result<T, E> {
        let value = T::parse(text).map_err(E::custom)?;
        if taken { Ok(value) } else { Err(E::invalid_type(found, &self)) }
    }
}

/// A value may come from a variable, which an editor cannot look into.
pub(crate) fn or_placeholder(pattern: &str) -> String {
    format!("{pattern}|\\{{\\{{")
}

/// serde and schemars for units: the same two impls for each.
macro_rules! unit {
    ($($unit:ty),+ $(,)?) => {$(
        impl<'de> serde::Deserialize<'de> for $unit {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any($crate::language::units::ScalarText(std::marker::PhantomData))
            }
        }
        impl schemars::JsonSchema for $unit {
            fn inline_schema() -> bool { true }
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($unit).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::language::units::schema::<$unit>()
            }
        }
    )+};
}
pub(crate) use unit;

unit!(
    AbsolutePath,
    UserName,
    Duration,
    MountPoint,
    MountOptions,
    DiskName,
    Mode,
    Percent,
    Size,
    VolumeName,
    Sha256,
    Url,
    Version,
    Address,
    Host,
    HostName
);

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Switch(pub bool);

/// For `serde(default = "...")`.
impl Switch {
    pub fn on() -> Self {
        Self(true)
    }

    pub fn off() -> Self {
        Self(false)
    }
}

impl Unit for Switch {
    const EXPECTS: &'static str = "`true` or `false`";
    const PATTERN: &'static str =
        "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff])$";
    const NUMBERS: Numbers = Numbers::Switches;

    fn parse(text: &str) -> Result<Self, Fault> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(Self(true)),
            "false" | "no" | "off" => Ok(Self(false)),
            _ => Err(Fault::new(SWITCH, format!("{} is neither on nor off", quoted(text)), "write `true` or `false`")),
        }
    }
}

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarText(PhantomData))
    }
}

impl schemars::JsonSchema for Switch {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Switch".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = schema::<Self>();
        schema.insert("examples".into(), json!([true, false]));
        schema
    }
}

/// A length of time, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Duration(pub u64);

impl Duration {
    /// As a context has it, in the largest unit that leaves no rest.
    pub fn text(self) -> String {
        let units =
            [(3600, 'h'), (60, 'm')].into_iter().find(|(size, _)| self.0 >= *size && self.0.is_multiple_of(*size));
        let (size, unit) = units.unwrap_or((1, 's'));
        format!("{}{unit}", self.0 / size)
    }
}

impl Unit for Duration {
    const EXPECTS: &'static str = "a duration, like `30s` or `10m`";
    const PATTERN: &'static str = "^0*[0-9]{1,15}[smh]$";

    fn parse(text: &str) -> Result<Self, Fault> {
        let fault = |help: String| Fault::new(DURATION, format!("{} is not a duration", quoted(text)), help);
        if text.parse::<u64>().is_ok() {
            return Err(fault(format!("write the unit: `{text}s` for seconds, `{text}m` for minutes")));
        }
        let parsed = text.split_at_checked(text.len().saturating_sub(1)).and_then(|(number, unit)| {
            let factor = match unit {
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                _ => return None,
            };
            // So many digits keep the seconds below 2^64.
            let digits = number.bytes().all(|byte| byte.is_ascii_digit()) && number.trim_start_matches('0').len() <= 15;
            number.parse::<u64>().ok().filter(|_| digits)?.checked_mul(factor)
        });
        parsed.map(Self).ok_or_else(|| fault("write a number and `s`, `m` or `h`, like `90s`".into()))
    }
}

/// The version of a package, as the package names it. A version such as `2.1` may be written without quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Version(pub String);

const VERSION: Code =
    Code::new("units/version", "A version is digits, letters and `.+~-:`, as package managers take it.");

impl Unit for Version {
    const EXPECTS: &'static str = "a version, like `2.11.2`";
    const PATTERN: &'static str = "^[0-9][A-Za-z0-9.+~:_-]*$";
    const NUMBERS: Numbers = Numbers::Positive;

    fn parse(text: &str) -> Result<Self, Fault> {
        let sound = text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || ".+~-:_".contains(c));
        match sound {
            true => Ok(Self(text.to_owned())),
            false => Err(Fault::new(
                VERSION,
                format!("{} is not a version", quoted(text)),
                "write it as the package does, like `2.11.2`",
            )),
        }
    }
}

/// Several texts: a list, or one text with commas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct CommaList(pub Vec<String>);

impl CommaList {
    /// No item is empty.
    const PATTERN: &'static str = "^[^,]*[^,\\s][^,]*(,[^,]*[^,\\s][^,]*)*$";
}

struct CommaListVisitor;

impl<'de> Visitor<'de> for CommaListVisitor {
    type Value = CommaList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or one text with commas, like `a.example.org, b.example.org`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<CommaList, E> {
        let items: Vec<String> = text.split(',').map(|item| item.trim().to_owned()).collect();
        let fault = |message, help| Err(E::custom(Fault::new(TEXT_LIST, message, help)));
        match items.iter().any(String::is_empty) {
            true if items.len() == 1 => fault("this is empty", "write at least one value, or remove the setting"),
            true => fault("an item between the commas is empty", "remove the comma too many"),
            false => Ok(CommaList(items)),
        }
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<CommaList, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<String>()? {
            list.push(item);
        }
        Ok(CommaList(list))
    }
}

impl<'de> Deserialize<'de> for CommaList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CommaListVisitor)
    }
}

impl schemars::JsonSchema for CommaList {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "CommaList".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["array", "string"], "items": {"type": "string"}, "pattern": or_placeholder(Self::PATTERN),
        })
    }
}
