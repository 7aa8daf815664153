//! `contextc schema`: the JSON Schemas, for editors and other tools.

use super::{Failure, Outcome, output};

/// Print a JSON Schema: of a context, for editors; or of what `summary`, `check`, `inspect`, `diff` or `simulate` prints as JSON
#[derive(clap::Args)]
pub struct Arguments {
    /// Of what
    #[arg(default_value = "context", value_parser = ["context", "machines", "diagnostics", "inspection", "difference", "simulation"])]
    of: String,
}

/// Prints it.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let schema = match arguments.of.as_str() {
        "machines" => contextc::summary::schema(),
        "inspection" => contextc::inspect::schema(),
        "difference" => contextc::diff::schema(),
        "simulation" => contextc::simulate::schema(),
        "diagnostics" => contextc::diagnostics::schema(),
        _ => contextc::schema(),
    };
    output::to_stdout(schema.as_bytes(), false).map(|()| Outcome::Done)
}
