//! The command: arguments in, a library call, words and an exit code out.

#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
