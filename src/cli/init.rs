//! `contextc init`: a commented file to begin with.

use super::{Failure, Outcome, output};
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;

/// Write a commented context to begin with
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 written, 2 could not work: a file of that name is there, for instance.")]
pub struct Arguments {
    /// Of what: a worker node, a pipeline, DIRAC pilots, or what the machines of a cluster share
    #[arg(long, value_name = "NAME", default_value = first(), value_parser = names())]
    example: String,
    /// Where to write it; standard output without it, or as `-`. A file that is there is never overwritten
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn first() -> &'static str {
    contextc::starters().next().map_or("", |(name, _)| name)
}

fn names() -> PossibleValuesParser {
    contextc::starters().map(|(name, _)| name).collect::<Vec<_>>().into()
}

/// Writes it.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let text = contextc::starters().find(|(name, _)| *name == arguments.example).map_or("", |(_, text)| text);
    match arguments.output.as_ref().filter(|path| path.as_os_str() != "-") {
        None => output::to_stdout(text.as_bytes(), false)?,
        Some(path) => output::to_new_file(path, text.as_bytes())?,
    }
    Ok(Outcome::Done)
}
