//! What is said of a machine: every block with what it asks for, in order.

use super::{message, shown};
use crate::desk::shown::escaped_json;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a machine does with user-data: the output of `contextc simulate --format json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(title = "simulation")]
#[non_exhaustive]
pub struct Simulation {
    /// The version of this form: 1.
    pub schema: u32,
    /// Whether all is well, in the words of the text.
    pub verdict: String,
    /// The name of the file.
    pub source: String,
    /// Whether records of a machine were replayed.
    pub replayed: bool,
    /// What is to be known of it.
    pub notes: Vec<String>,
    /// The boothooks, which are not run here.
    pub boothooks: Vec<String>,
    /// The blocks in the order in which they act.
    pub blocks: Vec<Block>,
    /// What cloud-init does by itself, stage by stage.
    pub cloud_init: Vec<Stage>,
    /// The user's scripts, which are not run here.
    pub scripts: Vec<String>,
    /// What else is in the user-data, and why nothing is said of it.
    pub not_simulated: Vec<NotSimulated>,
}

/// Something in the user-data of which nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct NotSimulated {
    /// A part or a key.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// A stage of cloud-init.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Stage {
    /// `init`, `config` or `final`.
    #[schemars(extend("enum" = ["init", "config", "final"]))]
    pub stage: String,
    /// What is done in it, a line each.
    pub does: Vec<String>,
}

/// What a block does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Block {
    /// Its name.
    pub name: String,
    /// `early` or `late`.
    #[schemars(extend("enum" = ["early", "late"]))]
    pub phase: String,
    /// `ok`, `skipped` or `failed`; `unreached` where a record is asked for and there is none. Nothing where a replay went another way.
    #[schemars(extend("enum" = ["ok", "skipped", "failed", "unreached", null]))]
    pub state: Option<String>,
    /// Why, in the words of the handler.
    pub reason: Option<String>,
    /// What it asks for, in order.
    pub actions: Vec<Action>,
    /// What it proves, as it would stand in the summary.
    pub results: Vec<Proved>,
    /// Volume groups, when it is done.
    pub groups: Vec<Group>,
    /// What is to be known of it beside what the handler says.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The first place where it is not what the machine did.
    #[serde(default)]
    pub difference: Option<Difference>,
}

impl Block {
    pub(super) fn unreached(settings: &message::Settings) -> Self {
        Self {
            name: settings.spec.name.to_owned(),
            phase: settings.phase.to_owned(),
            state: Some("unreached".into()),
            reason: Some("there is no record of it".into()),
            actions: Vec::new(),
            results: Vec::new(),
            groups: Vec::new(),
            notes: Vec::new(),
            difference: None,
        }
    }
}

/// What a handler asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Action {
    /// Its kind, as in the handlers: `Run`, `Write`, `Install`.
    pub action: String,
    /// What it is asked with, as the record of a machine has it: secrets are digests where they are asked for, `***` where not.
    pub(super) with: Value,
    /// Whether it only looks.
    pub look: bool,
    /// What is done, in a word.
    pub verb: String,
    /// To what: a path, a command line.
    pub what: String,
    /// The words of that command line.
    #[serde(default, skip_serializing)]
    pub(super) words: Vec<String>,
    /// What is to be said of it: mode and owner, what it answered.
    pub notes: Vec<String>,
    /// The first lines of a text that everybody may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<String>,
    /// What it failed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// A finding of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Proved {
    /// Of what.
    pub name: String,
    /// The finding.
    pub result: String,
}

/// A volume group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Group {
    /// Its name.
    pub name: String,
    /// The disk that it is on.
    pub disk: String,
    /// Its size.
    pub bytes: u64,
    /// The same in extents.
    pub extents: u64,
    /// The size of one.
    pub extent_bytes: u64,
    /// Its volumes in the order in which they were made.
    pub volumes: Vec<Volume>,
    /// What no volume has.
    pub left_bytes: u64,
    /// The same in extents.
    pub left_extents: u64,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// The same in extents.
    pub extents: u64,
    /// What is on it.
    pub filesystem: String,
    /// Where it is mounted; `swap` where it is one.
    pub mount: Option<String>,
}

/// Where a replay goes another way than the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Difference {
    /// The number of the action, from 1.
    pub action: usize,
    /// What the machine did.
    pub then: String,
    /// What is done now.
    pub now: String,
}

pub(super) fn schema() -> String {
    // As it is written: what is only read from the driver is not in it.
    let generator = SchemaSettings::draft07().for_serialize().into_generator();
    format!("{:#}\n", generator.into_root_schema_for::<Simulation>().to_value())
}

impl Simulation {
    /// Whether the machine is as it should be: no block fails. Of a replay: whether it is what the machine did.
    pub fn is_well(&self) -> bool {
        let state = |block: &Block| block.state.as_deref().unwrap_or_default().to_owned();
        match self.replayed {
            true => self.blocks.iter().all(|block| block.difference.is_none() && state(block) != "unreached"),
            false => self.blocks.iter().all(|block| ["ok", "skipped"].contains(&state(block).as_str())),
        }
    }

    /// For people. `verbose`: with what only looks, too.
    pub fn text(&self, verbose: bool) -> String {
        shown::text(self, verbose)
    }

    /// The same as JSON.
    pub fn json(&self) -> String {
        escaped_json(&serde_json::to_string_pretty(self).unwrap_or_default()) + "\n"
    }
}
