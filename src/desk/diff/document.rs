//! A difference as data, and as JSON.

use crate::desk::shown::escaped_json;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

/// The version of the format.
pub(super) const SCHEMA: u32 = 1;

/// What is different between two user-data files: the output of `contextc diff --format json`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(title = "difference")]
pub(super) struct Document {
    /// The version of this format.
    pub schema: u32,
    /// Whether both mean the same to a machine.
    pub same: bool,
    pub old: Side,
    pub new: Side,
    /// What all changes together need to take effect.
    pub effect: Effect,
    /// What is lost, fails or is done twice, a sentence each.
    pub warnings: Vec<String>,
    /// What else holds for all of them, a sentence each.
    pub notes: Vec<String>,
    /// Of two contexts: the keys that are not as they were, as they were written. What they become on the machine is in the changes.
    pub written: Vec<KeyChange>,
    /// How many more of them there are.
    pub unlisted_written: usize,
    /// In the order of the new file; what is only in the old one comes last.
    pub changes: Vec<Change>,
}

/// One of the two files.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) struct Side {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: usize,
    /// The layers around it, from the outside in.
    pub envelope: String,
    /// What is within them, in words.
    pub container: String,
}

/// What a change needs to take effect on a machine that runs with the old file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Effect {
    /// It has none there.
    #[serde(rename = "no-effect")]
    Nothing,
    /// It has one at the next boot, where the machine is given the new file.
    NextBoot,
    /// It has one only on a new instance.
    NewInstance,
}

impl Effect {
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "no effect on a running machine",
            Self::NextBoot => "at the next boot",
            Self::NewInstance => "needs a new instance",
        }
    }
}

/// What an effect is, and why.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) struct Consequence {
    pub effect: Effect,
    /// In a phrase.
    pub why: String,
}

impl Consequence {
    pub fn new(effect: Effect, why: impl Into<String>) -> Self {
        Self { effect, why: why.into() }
    }
}

impl Consequence {
    /// On a machine that is never given the new file.
    pub fn kept(self) -> Self {
        match self.effect {
            Effect::NextBoot => {
                Self::new(Effect::NewInstance, "a machine that is there keeps the user-data of its first boot")
            }
            _ => self,
        }
    }
}

/// What happened to a part, or to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum What {
    Added,
    Removed,
    Moved,
    Renamed,
    Changed,
}

impl What {
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Moved => "moved",
            Self::Renamed => "renamed",
            Self::Changed => "changed",
        }
    }
}

/// A part that is not as it was.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) struct Change {
    /// All that happened to it.
    pub what: Vec<What>,
    /// What cloud-init takes it for; `seed` for a file that lies beside the user-data.
    pub content_type: String,
    pub filename: String,
    /// Its name in the old file, where it had another.
    pub old_filename: Option<String>,
    /// Its number in the old file, from 1.
    pub old_number: Option<usize>,
    /// Its number in the new file, from 1.
    pub new_number: Option<usize>,
    /// Of the part as a whole: the most that one of its keys needs.
    pub consequence: Consequence,
    /// Of settings: the keys that are not as they were; of more than 1000 the first, and the first of each effect.
    pub keys: Vec<KeyChange>,
    /// How many more keys are not as they were. The consequence of the part is that of all.
    pub unlisted_keys: usize,
    /// Of other text: its lines.
    pub lines: Option<Lines>,
}

impl Change {
    /// Of nothing yet.
    pub fn new(what: Vec<What>, consequence: Consequence) -> Self {
        Self {
            what,
            content_type: String::new(),
            filename: String::new(),
            old_filename: None,
            old_number: None,
            new_number: None,
            consequence,
            keys: Vec::new(),
            unlisted_keys: 0,
            lines: None,
        }
    }
}

/// A setting that is not as it was.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) struct KeyChange {
    /// The keys and positions that lead to it: `users[0].name`.
    pub path: String,
    pub what: What,
    /// Whether it is a secret, of which nothing more is said.
    pub secret: bool,
    /// As JSON, numbers and words without quotes as they are written; long values are cut.
    pub old: Option<String>,
    pub new: Option<String>,
    pub consequence: Option<Consequence>,
}

/// Lines of a text that are not as they were. Secrets are `*` in them.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) struct Lines {
    pub added: usize,
    pub removed: usize,
    /// Whether a secret in it has changed, of which nothing more is said.
    pub secret: bool,
    /// As diff -u writes it; empty where the text is too long for that, or no text.
    pub unified: String,
}

pub(super) fn json(document: &Document) -> String {
    escaped_json(&serde_json::to_string_pretty(document).unwrap_or_default()) + "\n"
}

pub(super) fn schema() -> String {
    let generator = SchemaSettings::draft07().into_generator();
    format!("{:#}\n", generator.into_root_schema_for::<Document>().to_value())
}
