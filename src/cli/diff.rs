//! `contextc diff`: what is different between two user-data files, and what that does to a machine.

use super::options::Options;
use super::userdata::{self, Looked};
use super::{Failure, Outcome, output};
use contextc::diff;
use contextc::inspect::Inspection;

const HELP: &str = "\
OLD and NEW are user-data in any envelope, images of seeds, or contexts, which are compiled first, with the options of `compile`. They are \
compared by meaning: the envelope and the order of keys make no difference, the order of lists and of parts does. A secret is only said to \
have changed.

Each change says what it needs to take effect on a machine that runs with OLD.

Exit codes: 0 the same to a machine; 1 different; 2 could not work.";

/// Say what is different between two contexts or user-data files, and what that does to a machine
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// What the machine has; `-` for standard input
    old: String,
    /// What it is to have; `-` for standard input
    new: String,
    /// Also show the changed lines of scripts and other texts
    #[arg(short, long)]
    verbose: bool,
    /// A text for people, or JSON (`contextc schema difference`)
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = ["table", "json"])]
    format: String,
    #[command(flatten)]
    options: Options,
}

/// Compares them.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    if arguments.old == "-" && arguments.new == "-" {
        return Err("standard input is one file, and two are compared".into());
    }
    let old = read(&arguments.old, arguments)?;
    let difference = diff::between(&old, &read(&arguments.new, arguments)?);
    let text = match arguments.format.as_str() {
        "json" => difference.json(),
        _ => difference.table(arguments.verbose),
    };
    output::to_stdout(text.as_bytes(), false)?;
    Ok(if difference.is_same() { Outcome::Done } else { Outcome::Rejected })
}

/// What is rejected cannot be compared: 1 says that two files are different, and nothing else.
fn read(path: &str, arguments: &Arguments) -> Result<Inspection, Failure> {
    match userdata::read(path, &arguments.options)? {
        Looked::Into(inspection) => Ok(inspection),
        Looked::Refused => Err(format!("`{path}` is rejected, and was not compared")),
    }
}
