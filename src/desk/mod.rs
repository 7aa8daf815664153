//! What an admin does with machines and messages that are there. Each command is a library function first.

mod anatomy;
pub(crate) mod check;
pub mod diagnostics;
pub mod diff;
pub mod explain;
pub mod inspect;
pub(crate) mod opening;
#[cfg(feature = "cli")]
pub(crate) mod process;
pub(crate) mod runner;
mod shown;
pub mod simulate;
pub(crate) mod starters;
pub mod summary;
mod takers;
mod types;
