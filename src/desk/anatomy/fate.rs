//! What becomes of a part on the machine, in a row and a phrase.

use super::modules::Module;
pub(in crate::desk) use crate::desk::types::{Repeat, Stage};
use schemars::JsonSchema;
use serde::Serialize;

/// How it is said that cloud-init does nothing with a part.
pub(in crate::desk) const NOTHING: &str = "nothing comes of it: ";

/// What becomes of a part.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Fate {
    pub stage: Stage,
    pub repeat: Repeat,
    /// One phrase.
    pub what: String,
    /// Of cloud-config: its top-level keys in order.
    pub keys: Vec<Key>,
}

impl Fate {
    pub fn new(stage: Stage, repeat: Repeat, what: impl Into<String>) -> Self {
        Self { stage, repeat, what: what.into(), keys: Vec::new() }
    }

    /// Of what `check` has an error that keeps cloud-init from all of it: the message of that.
    pub fn nothing(why: &str) -> Self {
        Self::new(Stage::None, Repeat::Never, format!("{NOTHING}{why}"))
    }
}

/// A top-level key of cloud-config, and the modules that read it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline)]
pub(in crate::desk) struct Key {
    /// As written.
    pub key: String,
    /// None where cloud-init itself reads it (`merge_how`, `datasource`), or where nobody does.
    pub modules: Vec<Module>,
}
