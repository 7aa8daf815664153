//! Values of services.

use serde::{Deserialize, Serialize};

/// What becomes of the machine when the work has ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::blocks) enum WhenDone {
    /// It stays as it is.
    #[default]
    Nothing,
    /// It is powered off, when cloud-init has ended too.
    Poweroff,
}

impl WhenDone {
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Poweroff => "poweroff",
        }
    }
}
