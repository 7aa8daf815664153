//! What an admin does with machines and messages that are there. Each command is a library function first.

mod anatomy;
pub mod diff;
pub mod inspect;
pub(crate) mod opening;
pub(crate) mod check;
pub mod diagnostics;
pub mod explain;
#[cfg(feature = "cli")]
pub(crate) mod process;
pub(crate) mod runner;
pub(crate) mod starters;
pub mod summary;
