//! What is done on a machine that came up wrong, or did not come up in time.

use super::outcome::{self, Deeds};
use super::{Block, BlockSpec, Check, Lower, Payload, Phase, read};
use crate::language::diagnostic::Code;
use crate::language::path::Path;
use crate::language::units::Duration;
use schemars::SchemaGenerator;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::borrow::Cow;
use std::fmt;

const WITHIN: Code = Code::new(
    "on-failure/within",
    "A boot takes its time: a limit of less than a minute would find every machine failed.",
);

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "on-failure",
    summary: "what is done on a machine that came up wrong, or not in time: log, notify, command, power off",
    phase: Phase::Verdict,
    handler: &[],
    codes: &[WITHIN],
    secrets: &["do.*.notify", "do.notify", "*.notify"],
    schema: SchemaGenerator::subschema_for::<OnFailure>,
    decode: read::<OnFailure>,
};

/// Longer than boots with packages to install take, shorter than a night.
pub(crate) const LIMIT: Duration = Duration(3600);

/// What is done once, when the verdict is `failed` or `unreached`, or when there is none in time.
#[derive(Debug)]
pub(crate) struct OnFailure {
    settings: Settings,
    /// Whether the deeds stand below `do`.
    inside: bool,
}

/// What is done, and when.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a list like `[log, poweroff]`, or a map with `do`"
)]
struct Settings {
    /// The deeds, in this order.
    #[schemars(required)]
    r#do: Deeds,
    /// A machine without a verdict by then has failed: counted from when cloud-init reads the context, at each boot. Default `1h`.
    #[schemars(extend("default" = LIMIT.text()))]
    within: Option<Duration>,
    /// Which verdicts count: `failed` (default) and unreached ones, or `degraded` too.
    fail_on: FailOn,
}

/// From which verdict on a machine counts as failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum FailOn {
    /// A block failed, or was never reached.
    #[default]
    Failed,
    /// The blocks are well, but a script of the user's or a module of cloud-init failed.
    Degraded,
}

struct OnFailureVisitor;

impl<'de> Visitor<'de> for OnFailureVisitor {
    type Value = OnFailure;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list like `[log, poweroff]`, or a map with `do`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OnFailure, E> {
        Deeds::deserialize(StrDeserializer::new(text)).map(outside)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<OnFailure, A::Error> {
        Deeds::deserialize(SeqAccessDeserializer::new(items)).map(outside)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OnFailure, A::Error> {
        let settings = Settings::deserialize(MapAccessDeserializer::new(map))?;
        Ok(OnFailure { settings, inside: true })
    }
}

fn outside(deeds: Deeds) -> OnFailure {
    OnFailure { settings: Settings { r#do: deeds, ..Settings::default() }, inside: false }
}

impl<'de> Deserialize<'de> for OnFailure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnFailureVisitor)
    }
}

impl schemars::JsonSchema for OnFailure {
    fn schema_name() -> Cow<'static, str> {
        "OnFailure".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        let (settings, deed) = (generator.subschema_for::<Settings>(), generator.subschema_for::<outcome::Deed>());
        schemars::json_schema!({
            "description": "What is done once, when the verdict is `failed` or `unreached`, or when there is none in time.",
            "anyOf": [{"enum": ["log", "poweroff"]}, {"type": "array", "items": deed}, settings],
        })
    }
}

impl OnFailure {
    fn place(&self) -> Path {
        if self.inside { Path::root().key("do") } else { Path::root() }
    }
}

impl Block for OnFailure {
    fn check(&self, cx: &mut Check) {
        outcome::check(&self.settings.r#do, cx, &self.place());
        if self.settings.within.is_some_and(|limit| limit.0 < 60) {
            let fault = cx.error(WITHIN, &Path::root().key("within"), "no machine boots in that time");
            cx.push(fault.help("write a minute or more, like `30m`"));
        }
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        Payload::outcome(json!({
            "failure": outcome::lowered(&self.settings.r#do, cx, &self.place()),
            "within": self.settings.within.unwrap_or(LIMIT),
            "degraded": self.settings.fail_on == FailOn::Degraded,
        }))
    }
}
