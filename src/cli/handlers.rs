//! `contextc handlers`: the bundle that `handlers: {include: URL}` serves.

use super::{Failure, Outcome, output};
use std::path::PathBuf;

/// Write the handlers of this version as one file, to be served for `pinned` and `include`
#[derive(clap::Args)]
pub struct Arguments {
    /// The directory to write to
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// Writes the bundle and prints its path and digest.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let bundle = contextc::handlers();
    std::fs::create_dir_all(&arguments.output)
        .map_err(|error| format!("`{}` cannot be made: {error}", arguments.output.display()))?;
    let path = arguments.output.join(bundle.name());
    output::to_file(&path, bundle.text().as_bytes(), output::Readers::All)?;
    let line = format!("{}  {}\n", bundle.sha256(), path.display());
    output::to_stdout(line.as_bytes(), false).map(|()| Outcome::Done)
}
