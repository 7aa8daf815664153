//! The verdict on a machine, as it is handed out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What became of a machine, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MachineState {
    /// All that was asked for is there.
    Ok,
    /// The blocks are ok; a user script or a module of cloud-init is not.
    Degraded,
    /// A block failed.
    Failed,
    /// A part, a block or a script did not arrive, did not begin or did not come to its end.
    Unreached,
    /// Nothing was found that says what became of it.
    NoVerdict,
    /// The host did not answer.
    NoAnswer,
}

impl MachineState {
    /// Every state, from the best to the worst.
    pub const ALL: &'static [Self] =
        &[Self::Ok, Self::Degraded, Self::Failed, Self::Unreached, Self::NoVerdict, Self::NoAnswer];

    /// The state in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Unreached => "unreached",
            Self::NoVerdict => "no verdict",
            Self::NoAnswer => "no answer",
        }
    }

    /// Whether it is as bad as that, or worse.
    ///
    /// ```
    /// use contextc::summary::{FailOn, MachineState};
    /// assert!(MachineState::Failed.meets(FailOn::Degraded) && !MachineState::Degraded.meets(FailOn::Failed));
    /// assert!(FailOn::ALL.iter().all(|on| MachineState::NoVerdict.meets(*on)));
    /// ```
    pub fn meets(self, on: FailOn) -> bool {
        match on {
            FailOn::Degraded => self >= Self::Degraded,
            FailOn::Failed => self >= Self::Failed,
            FailOn::Unreached => self >= Self::Unreached,
        }
    }
}

impl fmt::Display for MachineState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// From which state on a machine counts as bad. One without a verdict always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum FailOn {
    /// Degraded, and what is worse.
    Degraded,
    /// Failed, and what is worse.
    #[default]
    Failed,
    /// Unreached, and without a verdict.
    Unreached,
}

impl FailOn {
    /// Every one, the strictest first.
    pub const ALL: &'static [Self] = &[Self::Degraded, Self::Failed, Self::Unreached];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Unreached => "unreached",
        }
    }
}

/// What became of a block or a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BlockState {
    /// It is as it should be.
    Ok,
    /// There was nothing to do for it.
    Skipped,
    /// It is not as it should be.
    Failed,
    /// It did not arrive, did not begin or did not come to its end.
    Unreached,
}

impl BlockState {
    /// The state in a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Unreached => "unreached",
        }
    }

    /// Whether it is not as it should be.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Unreached)
    }
}

/// What a verdict was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Origin {
    /// `summary.json`.
    Summary,
    /// The last whole `contextc-summary:` line of a console log.
    Console,
    /// The logs of the blocks, for want of a summary.
    BlockLogs,
    /// Logs as the first contextualization handlers wrote them: `cloud-init-<block>.log`.
    HeritageLogs,
    /// What cloud-init itself said.
    CloudInit,
    /// Nothing.
    Nothing,
}

/// Something that a block proved, or a step of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct StepResult {
    /// What was looked at.
    pub name: String,
    /// What was found.
    pub result: String,
}

/// A block of a machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Block {
    /// Its name.
    pub name: String,
    /// `early` or `late`, where that is known.
    #[serde(default)]
    pub phase: Option<String>,
    /// What became of it.
    pub state: BlockState,
    /// Why, or what is awaited.
    #[serde(default)]
    pub reason: Option<String>,
    /// When it began, `YYYY-MM-DDTHH:MM:SSZ`; in heritage logs the machine's local time, without the `Z`.
    #[serde(default)]
    pub started: Option<String>,
    /// When it ended.
    #[serde(default)]
    pub ended: Option<String>,
    /// Seconds.
    #[serde(default)]
    pub duration: Option<f64>,
    /// What it proved, or what became of each of its steps, in order.
    #[serde(default)]
    pub results: Vec<StepResult>,
    /// The last lines of its log, where it is not as it should be.
    #[serde(default)]
    pub log: Vec<String>,
}

/// A script of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Script {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub state: BlockState,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A module of cloud-init that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Module {
    /// Its name.
    pub name: String,
    /// Why, or where that stands.
    pub reason: String,
}

/// What is known of a machine.
///
/// Secrets that look like it (private keys, passwords in addresses, values of names like `password`) are covered with `*`
/// in all that came from logs. Control characters are in it: [`table`](super::table) and [`json`](super::json) escape them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Machine {
    /// What it was given as: a path, a host, or `ARCHIVE:DIRECTORY` where an archive holds several machines.
    pub name: String,
    /// What became of it.
    pub state: MachineState,
    /// Why, where its blocks, scripts and modules do not tell.
    pub reason: Option<String>,
    /// What the verdict was made from.
    pub origin: Origin,
    /// The version of the compiler.
    pub contextc: Option<String>,
    /// The digest of the plan, in hexadecimal: 64 digits of a summary, 8 of a log.
    pub digest: Option<String>,
    /// The identity of the instance.
    pub instance_id: Option<String>,
    /// The version of cloud-init.
    pub cloud_init: Option<String>,
    /// When the plan was first seen.
    pub started: Option<String>,
    /// When the machine's own verdict was made.
    pub finished: Option<String>,
    /// Seconds from the one to the other.
    pub duration: Option<f64>,
    /// In the order of the plan, or of their beginning.
    pub blocks: Vec<Block>,
    /// User scripts and runcmd.
    pub scripts: Vec<Script>,
    /// Modules of cloud-init that failed.
    pub modules: Vec<Module>,
    /// What else was noticed: what could not be read, how far cloud-init came.
    pub notes: Vec<String>,
}

impl Machine {
    /// One of which nothing is known yet.
    pub(super) fn new(name: &str, state: MachineState, origin: Origin) -> Self {
        Self {
            name: name.into(),
            state,
            reason: None,
            origin,
            contextc: None,
            digest: None,
            instance_id: None,
            cloud_init: None,
            started: None,
            finished: None,
            duration: None,
            blocks: Vec::new(),
            scripts: Vec::new(),
            modules: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The state that blocks, scripts and modules add up to, by the rule of the machine's own summary.
    pub(super) fn sum(&self) -> MachineState {
        let scripts = || self.scripts.iter().map(|script| script.state);
        let mut states = self.blocks.iter().map(|block| block.state);
        if states.any(|state| state == BlockState::Failed) {
            return MachineState::Failed;
        }
        let mut all = self.blocks.iter().map(|block| block.state).chain(scripts());
        match all.any(|state| state == BlockState::Unreached) {
            true => MachineState::Unreached,
            false if !self.modules.is_empty() || scripts().any(BlockState::is_bad) => MachineState::Degraded,
            false => MachineState::Ok,
        }
    }
}
