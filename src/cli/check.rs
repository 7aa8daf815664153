//! `contextc check`: whether contexts and cloud-configs are right, before the boot.

use super::cloud_init_schema::CloudInit;
use super::identities::Identities;
use super::{Failure, Outcome, input, render, today};
use contextc::{Compiler, Date, Severity};
use std::path::PathBuf;

/// Say what is wrong with contexts and cloud-configs
#[derive(clap::Args)]
pub struct Arguments {
    /// Contexts or cloud-configs, `-` for standard input
    #[arg(required = true)]
    files: Vec<String>,
    /// The day for which certificates are judged, instead of this system's
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Date>,
    /// An identity file of age-keygen, for what stands in `{age: PATH}`; may be given more than once
    #[arg(long = "identity", value_name = "FILE")]
    identities: Vec<PathBuf>,
    #[command(flatten)]
    cloud_init: CloudInit,
}

/// Judges every file; one that cannot be read does not keep the others from being judged.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let today = arguments.today.unwrap_or_else(today::today);
    let identities = Identities::read(&arguments.identities)?;
    let compiler = arguments.cloud_init.known_to(Compiler::new().today(today))?;
    let (mut rejected, mut failures) = (false, Vec::new());
    for file in &arguments.files {
        match one(file, &compiler, &identities) {
            Ok(sound) => rejected |= !sound,
            Err(failure) => failures.push(failure),
        }
    }
    match (failures.is_empty(), rejected) {
        (false, _) => Err(failures.join("\n")),
        (true, true) => Ok(Outcome::Rejected),
        (true, false) => Ok(Outcome::Done),
    }
}

fn one(file: &str, compiler: &Compiler, identities: &Identities) -> Result<bool, Failure> {
    let (source, loader) = input::read(file, identities)?;
    let report = compiler.clone().loader(loader).check(&source);
    render::report(&report);
    let warnings = report.diagnostics().iter().filter(|d| d.severity() == Severity::Warning).count();
    if !report.has_errors() {
        let noted = match warnings {
            0 => String::new(),
            1 => ", with a warning".into(),
            count => format!(", with {count} warnings"),
        };
        println!("{}: right{noted}", source.name());
    }
    Ok(!report.has_errors())
}
