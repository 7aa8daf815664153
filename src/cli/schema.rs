//! `contextc schema`: the JSON Schema of the language, for editors.

use super::{Failure, Outcome, output};

/// Print the JSON Schema of a context, for editors
#[derive(clap::Args)]
pub struct Arguments {}

/// Prints it.
pub fn run(_arguments: &Arguments) -> Result<Outcome, Failure> {
    output::to_stdout(contextc::schema().as_bytes(), false).map(|()| Outcome::Done)
}
