//! What becomes of a part on the machine, in a row and a phrase.

use super::modules::Module;
use schemars::JsonSchema;
use serde::Serialize;

/// The stage of cloud-init in which something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::desk) enum Stage {
    /// When the parts are walked, or in the modules of the stage: before users, mounts and packages.
    Init,
    /// In the modules of the config stage.
    Config,
    /// At the end of the boot: packages, then scripts.
    Final,
    /// In several of them.
    Several,
    /// In none: another program reads it, or nobody.
    None,
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Config => "config",
            Self::Final => "final",
            Self::Several => "several",
            Self::None => "-",
        }
    }
}

/// How often it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::desk) enum Repeat {
    EveryBoot,
    OncePerInstance,
    /// Once on a disk, whatever instances follow.
    Once,
    /// Once for an instance and a plan of contextc's: another plan is another context to its handler.
    OncePerPlan,
    /// Each key as its modules are.
    ByModule,
    /// As its part-handler says, which is not ours.
    ByHandler,
    Never,
}

impl Repeat {
    pub fn words(self) -> &'static str {
        match self {
            Self::EveryBoot => "every boot",
            Self::OncePerInstance => "once per instance",
            Self::Once => "once per disk",
            Self::OncePerPlan => "once per plan",
            Self::ByModule => "by module",
            Self::ByHandler => "by its handler",
            Self::Never => "never",
        }
    }
}

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
