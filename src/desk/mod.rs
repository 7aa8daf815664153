//! What an admin does with machines and messages that are there. Each command is a library function first.

pub(crate) mod opening;
mod anatomy;
pub mod diff;
pub mod inspect;
#[cfg(feature = "cli")]
pub(crate) mod process;
pub(crate) mod runner;
pub(crate) mod starters;
pub mod summary;
