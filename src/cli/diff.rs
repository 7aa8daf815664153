//! `contextc diff`: what is different between two user-data files, and what that does to a machine.

use super::options::Options;
use super::{Failure, Outcome, output, render, userdata};
use contextc::inspect::Inspection;
use contextc::{Report, diff};

const HELP: &str = "\
OLD and NEW are user-data in any envelope, images of seeds, or contexts, which are compiled first, with the options of `compile`. They are \
compared by meaning: the envelope and the order of keys make no difference, the order of lists and of parts does. A secret is only said to \
have changed.

Each change says what it needs to take effect on a machine that runs with OLD. --target says where finished user-data goes, too: which layers \
come off there, and whether a machine that is there is ever given NEW.

Exit codes: 0 the same to a machine; 1 different, or a context is rejected, which standard error says; 2 could not work.";

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
    let mut said = Vec::new();
    let old = read(&arguments.old, arguments, &mut said)?;
    let new = read(&arguments.new, arguments, &mut said)?;
    let (Some(old), Some(new)) = (old, new) else { return Ok(Outcome::Rejected) };
    let difference = diff::between(&old, &new);
    let text = match arguments.format.as_str() {
        "json" => difference.json(),
        _ => difference.table(arguments.verbose),
    };
    output::to_stdout(text.as_bytes(), false)?;
    Ok(if difference.is_same() { Outcome::Done } else { Outcome::Rejected })
}

/// A file, taken apart; `None` where it is rejected. `said`: the messages of the file before, which are not said again.
fn read(path: &str, arguments: &Arguments, said: &mut Vec<String>) -> Result<Option<Inspection>, Failure> {
    let read = userdata::read_telling(path, &arguments.options, |report| told(path, report, said))?;
    if read.is_none() {
        eprintln!("`{path}` is rejected: nothing was compared");
    }
    Ok(read)
}

/// The warnings of a file, or that they are those of the other one.
fn told(path: &str, report: &Report, said: &mut Vec<String>) {
    let own: Vec<String> = report.diagnostics().iter().map(|each| each.message().to_owned()).collect();
    match !own.is_empty() && own == *said {
        true => eprintln!("{path}: the same warnings\n"),
        false => render::report(report),
    }
    *said = own;
}
