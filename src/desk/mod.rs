//! What an admin does with machines and messages that are there. Each command is a library function first.

pub mod explain;
#[cfg(feature = "cli")]
pub(crate) mod process;
pub(crate) mod runner;
pub mod summary;
