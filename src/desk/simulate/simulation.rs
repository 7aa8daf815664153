//! What is said of a machine: every block with what it asks for, in order.

use super::{message, shown};
use crate::desk::shown::{cover, escaped_json};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a machine does with user-data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
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
}

/// A stage of cloud-init.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stage {
    /// `init`, `config` or `final`.
    pub stage: String,
    /// What is done in it, a line each.
    pub does: Vec<String>,
}

/// What a block does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Block {
    /// Its name.
    pub name: String,
    /// `early` or `late`.
    pub phase: String,
    /// `ok`, `skipped` or `failed`; `unreached` where a record is asked for and there is none. Nothing where a replay went another way.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Action {
    /// Its kind, as in the handlers: `Run`, `Write`, `Install`.
    pub action: String,
    /// What it is asked with, as the record of a machine has it: secrets are digests.
    with: Value,
    /// Whether it only looks.
    pub look: bool,
    /// What is done, in a word.
    pub verb: String,
    /// To what: a path, a command line.
    pub what: String,
    /// What is to be said of it: mode and owner, what it answered.
    pub notes: Vec<String>,
    /// The first lines of a text that everybody may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<String>,
    /// What it failed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl Action {
    fn cover(&mut self) {
        cover(&mut self.what);
        self.notes.iter_mut().chain(&mut self.text).chain(&mut self.failed).for_each(cover);
        cover_in(&mut self.with);
    }
}

fn cover_in(value: &mut Value) {
    match value {
        Value::String(text) => cover(text),
        Value::Array(values) => {
            cover_words(values);
            values.iter_mut().for_each(cover_in);
        }
        Value::Object(map) => map.values_mut().for_each(cover_in),
        _ => {}
    }
}

/// Words of one command: what a secret is told by stands in the word before it.
fn cover_words(values: &mut [Value]) {
    let Some(words) = values.iter().map(Value::as_str).collect::<Option<Vec<_>>>() else { return };
    let (lengths, mut line): (Vec<usize>, String) = (words.iter().map(|word| word.len()).collect(), words.join(" "));
    let before = line.len();
    cover(&mut line);
    // As long as it was, where each byte of a secret has its star.
    let mut start = 0;
    for (value, length) in values.iter_mut().zip(lengths).filter(|_| line.len() == before) {
        if let Some(word) = line.get(start..start + length) {
            *value = word.into();
        }
        start += length + 1;
    }
}

/// A finding of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proved {
    /// Of what.
    pub name: String,
    /// The finding.
    pub result: String,
}

/// A volume group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// The number of the action, from 1.
    pub action: usize,
    /// What the machine did.
    pub then: String,
    /// What is done now.
    pub now: String,
}

impl Simulation {
    /// Covers what looks like a secret in words that are not known to be one.
    pub(super) fn cover(&mut self) {
        self.cloud_init.iter_mut().flat_map(|stage| &mut stage.does).for_each(cover);
        for block in &mut self.blocks {
            block.reason.iter_mut().for_each(cover);
            block.results.iter_mut().for_each(|found| cover(&mut found.result));
            block.actions.iter_mut().for_each(Action::cover);
            block.difference.iter_mut().flat_map(|found| [&mut found.then, &mut found.now]).for_each(cover);
        }
    }

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
