//! What is done on a machine that is well.

use super::outcome::{self, Deeds};
use super::{Block, BlockSpec, Check, Lower, Payload, Phase, read};
use crate::language::path::Path;
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde_json::json;

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "on-success",
    summary: "what is done once all is well: log, notify, command, power off",
    phase: Phase::Verdict,
    handler: &[],
    codes: &[],
    secrets: &["*.notify", "notify"],
    schema: SchemaGenerator::subschema_for::<OnSuccess>,
    decode: read::<OnSuccess>,
};

/// What is done once, when the verdict is `ok`: a list of `log`, `poweroff`, `{command: COMMAND}`, `{notify: ADDRESS}`.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub(crate) struct OnSuccess(Deeds);

impl Block for OnSuccess {
    fn check(&self, cx: &mut Check) {
        outcome::check(&self.0, cx, &Path::root());
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        Payload::outcome(json!({"success": outcome::lowered(&self.0, cx, &Path::root())}))
    }
}
