//! `contextc check`: whether contexts, cloud-configs and finished user-data are right, before the boot.

mod directory;

use super::identities::Identities;
use super::{Failure, Outcome, input, options, render, today};
use contextc::{Checked, Compiler, Date, Severity, Target};
use std::path::{Path, PathBuf};

/// Say what is wrong with contexts, cloud-configs, and user-data in any envelope
#[derive(clap::Args)]
pub struct Arguments {
    /// Contexts, cloud-configs, finished user-data, directories of them, `-` for standard input
    #[arg(required = true)]
    files: Vec<String>,
    /// Judge as this target would
    #[arg(long, value_name = "TARGET", value_parser = options::target)]
    target: Option<&'static Target>,
    /// Reject what has warnings, too
    #[arg(long)]
    strict: bool,
    /// Set a variable that a context declares
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = options::setting)]
    settings: Vec<(String, String)>,
    /// The day for which certificates are judged, instead of this system's
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Date>,
    /// An identity file of age-keygen, for what stands in `{age: PATH}`; may be given more than once
    #[arg(long = "identity", value_name = "FILE")]
    identities: Vec<PathBuf>,
}

/// Judges every file; one that cannot be read does not keep the others from being judged.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let identities = Identities::read(&arguments.identities)?;
    let (mut rejected, mut failures) = (false, Vec::new());
    for file in arguments.files.iter().flat_map(|file| files(file)) {
        match file.and_then(|file| one(&file, arguments, &identities)) {
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

/// The file itself, or what there is to judge in a directory.
fn files(path: &str) -> Vec<Result<String, Failure>> {
    match path != "-" && Path::new(path).is_dir() {
        true => directory::files(Path::new(path)),
        false => vec![Ok(path.to_owned())],
    }
}

fn one(file: &str, arguments: &Arguments, identities: &Identities) -> Result<bool, Failure> {
    let (name, bytes, loader) = input::read_any(file, identities)?;
    let checked = contextc::check(name, bytes, &compiler(arguments).loader(loader));
    checked.reports().iter().for_each(render::report);
    let sound = is_sound(&checked, arguments.strict);
    if sound {
        println!("{name}: right ({}){}", checked.evaluated(), noted(&checked));
    }
    Ok(sound)
}

fn compiler(arguments: &Arguments) -> Compiler {
    let compiler = Compiler::new().today(arguments.today.unwrap_or_else(today::today));
    let compiler = arguments.target.map_or(compiler.clone(), |target| compiler.target(target));
    arguments.settings.iter().fold(compiler, |compiler, (name, value)| compiler.variable(name, value))
}

fn is_sound(checked: &Checked, strict: bool) -> bool {
    !checked.has_errors() && (!strict || checked.diagnostics().next().is_none())
}

fn noted(checked: &Checked) -> String {
    match checked.diagnostics().filter(|found| found.severity() == Severity::Warning).count() {
        0 => String::new(),
        1 => ", with a warning".into(),
        count => format!(", with {count} warnings"),
    }
}
