//! `contextc check`: whether contexts, cloud-configs and finished user-data are right, before the boot.

mod directory;
mod fix;

use super::cloud_init_schema::CloudInit;
use super::identities::Identities;
use super::{Failure, Outcome, input, options, output, render, seed, today};
use contextc::{Checked, Compiler, Date, Severity, Target, diagnostics};
use directory::{Below, Skipped};
use std::path::{Path, PathBuf};

const HELP: &str = "\
A file is taken for what its first line says: a context, a cloud-config, or finished user-data in any envelope, with every part in it. What is wrong goes \
to standard error, what is right to standard output. What could not be judged counts as rejected. Of a directory everything is judged that is, by its \
name or its beginning, any of these; the rest is named, and a directory with nothing to judge is an error.

--fix mends only what can be meant in one way: misspelled and older names of keys, values whose right form is certain, a placeholder without quotes, a \
byte-order mark before a cloud-config. It shows the change and writes the file; all else in it stays as it is. Finished user-data is judged and not mended: \
mend what it is made from.

Examples:
  contextc check worker.yaml
  contextc check --target ec2 user-data             with the limits of that target
  contextc check --fix worker.yaml
  contextc check --strict --format sarif contexts/  for code scanning

Exit codes: 0 all is right; 1 something is rejected, with --strict also for a warning; 2 could not work: a file cannot be read, for instance.";

/// Say what is wrong with contexts, cloud-configs, and user-data in any envelope
#[derive(clap::Args)]
#[command(after_help = HELP)]
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
    /// Mend what surely can be, and show the change
    #[arg(long)]
    fix: bool,
    /// For people, as one JSON document, for code scanning, or for the logs of GitHub's runners
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "sarif", "github"])]
    format: String,
    /// An identity file of age-keygen, for what stands in `{age: PATH}`; may be given more than once
    #[arg(long = "identity", value_name = "FILE")]
    identities: Vec<PathBuf>,
    #[command(flatten)]
    cloud_init: CloudInit,
}

/// A file by the name that messages give it, and what was found out about it.
type Judged = (String, Result<Checked, Failure>);

/// What one file comes to.
struct Verdict {
    name: String,
    checked: Checked,
    /// Whether it was to be mended, and is made from something else.
    is_made: bool,
}

/// Judges every file; one that cannot be read does not keep the others from being judged.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let identities = Identities::read(&arguments.identities)?;
    let mut skipped = Vec::new();
    let files: Vec<_> = arguments.files.iter().flat_map(|file| files(file, arguments.target, &mut skipped)).collect();
    if arguments.format == "text" {
        tell_of(&skipped);
    }
    let mut unmended = Vec::new();
    let judge = |(name, file): (String, Result<String, Failure>)| match file
        .and_then(|file| one(&file, arguments, &identities))
    {
        Ok(verdict) => {
            // In a directory there is more than what can be mended, and nobody asked for this file. Of what nothing is said there is nothing to mend.
            let is_faulty = verdict.checked.diagnostics().next().is_some();
            if verdict.is_made && is_faulty && arguments.files.contains(&name) {
                unmended.push(fix::made(&verdict.name));
            }
            (verdict.name, Ok(verdict.checked))
        }
        Err(failure) => (name, Err(failure)),
    };
    let mut told = Ok(());
    let judged: Vec<Judged> = files
        .into_iter()
        .map(judge)
        .inspect(|judged| {
            if arguments.format == "text" && told.is_ok() {
                told = tell(judged, arguments.strict);
            }
        })
        .collect();
    told?;
    if arguments.format != "text" {
        output::to_stdout(document(&judged, &skipped, arguments).as_bytes(), false)?;
    }
    outcome(&judged, &unmended, arguments.strict)
}

/// `unmended`: what is said of files that were to be mended, and cannot be.
fn outcome(judged: &[Judged], unmended: &[Failure], strict: bool) -> Result<Outcome, Failure> {
    let failures = judged.iter().filter_map(|(_, checked)| checked.as_ref().err());
    let failures: Vec<&str> = failures.chain(unmended).map(String::as_str).collect();
    let sound = judged.iter().all(|(_, checked)| checked.as_ref().is_ok_and(|checked| is_sound(checked, strict)));
    match (failures.is_empty(), sound) {
        (false, _) => Err(failures.join("\n")),
        (true, false) => Ok(Outcome::Rejected),
        (true, true) => Ok(Outcome::Done),
    }
}

/// The file itself, or what there is to judge in a directory; each with the name of what could not be read.
fn files(path: &str, target: Option<&Target>, skipped: &mut Vec<Skipped>) -> Vec<(String, Result<String, Failure>)> {
    let mut found = match path != "-" && Path::new(path).is_dir() {
        true => directory::below(Path::new(path), target),
        false => Below { files: vec![Ok(path.to_owned())], ..Below::default() },
    };
    skipped.append(&mut found.skipped);
    found.files.into_iter().map(|file| (file.clone().unwrap_or(path.to_owned()), file)).collect()
}

fn one(file: &str, arguments: &Arguments, identities: &Identities) -> Result<Verdict, Failure> {
    if file != "-" && Path::new(file).is_dir() {
        // What lies beside it is judged by itself.
        let files = seed::files(Path::new(file))?;
        let own = contextc::seed_paths(&files);
        let files: Vec<_> = files.iter().filter(|file| own.contains(&file.path())).cloned().collect();
        let checked = contextc::check_seed(file, &files, &compiler(arguments)?);
        let verdict = |checked| Verdict { name: file.to_owned(), checked, is_made: arguments.fix };
        return checked.map(verdict).ok_or_else(|| format!("`{file}` is no seed"));
    }
    if arguments.fix {
        return fix::mended(file, arguments, identities);
    }
    let (name, bytes, loader) = input::read_any(file, identities)?;
    let checked = contextc::check(name, bytes, &compiler(arguments)?.loader(loader));
    Ok(Verdict { name: name.to_owned(), checked, is_made: false })
}

/// A line for each directory in which something was not judged.
fn tell_of(skipped: &[Skipped]) {
    for of_one in skipped.chunk_by(|one, other| one.directory == other.directory) {
        let name = |one: &Skipped| Path::new(&one.path).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (names, directory) = (of_one.iter().map(name).collect::<Vec<_>>(), of_one.first());
        let directory = directory.map(|one| one.directory.as_str()).unwrap_or_default();
        output::note(format_args!("{directory}: not judged: {}", names.join(", ")));
    }
}

/// For people: what is wrong on standard error, that nothing is on standard output.
fn tell((name, checked): &Judged, strict: bool) -> Result<(), Failure> {
    let Ok(checked) = checked else { return Ok(()) };
    checked.reports().iter().for_each(render::report);
    if !is_sound(checked, strict) {
        if !checked.has_errors() {
            output::note(format_args!("{name}: rejected: --strict takes warnings for errors"));
        }
        return Ok(());
    }
    output::to_stdout(format!("{name}: right ({}){}\n", checked.evaluated(), noted(checked)).as_bytes(), false)
}

/// For programs: all of it in one document.
fn document(judged: &[Judged], skipped: &[Skipped], arguments: &Arguments) -> String {
    let judged = judged.iter().map(|(name, checked)| match checked {
        Ok(checked) => diagnostics::Judged::new(name, checked.reports()).strict(arguments.strict),
        Err(why) => diagnostics::Judged::unread(name, why),
    });
    let skipped = skipped.iter().map(|one| diagnostics::Judged::skipped(&one.path, one.why));
    let judged: Vec<diagnostics::Judged> = judged.chain(skipped).collect();
    match arguments.format.as_str() {
        "json" => diagnostics::json(&judged),
        "sarif" => diagnostics::sarif(&judged),
        _ => diagnostics::github(&judged),
    }
}

fn compiler(arguments: &Arguments) -> Result<Compiler, Failure> {
    let compiler = Compiler::new().today(arguments.today.unwrap_or_else(today::today));
    let compiler = arguments.target.map_or(compiler.clone(), |target| compiler.target(target));
    let compiler = arguments.settings.iter().fold(compiler, |compiler, (name, value)| compiler.variable(name, value));
    arguments.cloud_init.known_to(compiler)
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
