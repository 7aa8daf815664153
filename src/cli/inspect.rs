//! `contextc inspect`: what a finished user-data file is made of.

use super::options::Options;
use super::{Failure, Outcome, output, userdata};
use contextc::inspect::{Inspection, Part};
use std::io::IsTerminal;
use std::path::PathBuf;

const HELP: &str = "\
FILE is user-data in any envelope (gzip, base64, both, a MIME message, an archive), anybody's; an image of a seed (ISO 9660, vfat), or its directory; or a \
context, which is compiled first, with the options of `compile`.

No secret is shown without --show-secrets: of bodies the table has none but the keys of cloud-config, and --part covers what is a secret by \
its name, its form or its place. Nobody knows all secrets of a script. --extract writes every body as it is.

Examples:
  contextc inspect user-data
  contextc inspect worker.yaml --target openstack
  curl -s http://169.254.169.254/latest/user-data | contextc inspect -
  contextc inspect user-data --part 3
  contextc inspect user-data --extract parts
  contextc inspect user-data --format json | jq '.parts[] | .filename, .sha256'

Exit codes: 0 done; 1 a context is rejected; 2 could not work.";

/// Say what finished user-data is made of, and what becomes of its parts
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// User-data, an image of a seed, or a context; `-` for standard input
    file: String,
    /// Write the body of one part to standard output
    #[arg(long, value_name = "N", conflicts_with_all = ["extract", "format"])]
    part: Option<usize>,
    /// Write every body into a directory, byte for byte, mode 0600: all or none. Nothing is overwritten
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    extract: Option<PathBuf>,
    /// A table for people, or JSON (`contextc schema inspection`)
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = ["table", "json"])]
    format: String,
    /// With --part: the body as it is
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    options: Options,
}

/// Takes the file apart, and shows or writes what was asked for.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let Some(inspection) = userdata::read(&arguments.file, &arguments.options)? else { return Ok(Outcome::Rejected) };
    if let Some(option) = arguments.options.only_for_a_context().filter(|_| !inspection.is_of_a_context()) {
        return Err(format!(
            "`{}` is finished user-data, and `{option}` is for a context, which is compiled first",
            arguments.file
        ));
    }
    match (&arguments.part, &arguments.extract) {
        (Some(number), _) => part(&inspection, *number, arguments.show_secrets)?,
        (_, Some(folder)) => extract(&inspection, folder)?,
        (None, None) => {
            let json = arguments.format == "json";
            let text = if json { inspection.json() } else { inspection.table() };
            output::to_stdout(text.as_bytes(), false)?;
        }
    }
    Ok(Outcome::Done)
}

fn part(inspection: &Inspection, number: usize, secrets: bool) -> Result<(), Failure> {
    let found = inspection.part(number).ok_or_else(|| {
        let count = inspection.parts().count();
        format!("there is no part {number}: the parts are 1 to {count}")
    })?;
    let bytes = if secrets { found.body().to_vec() } else { covered(&found)?.into_bytes() };
    match std::io::stdout().is_terminal() {
        true => {
            let text = String::from_utf8(bytes)
                .map_err(|_| "this is not text, which a terminal cannot show: write it to a file")?;
            output::to_stdout(harmless(&text).as_bytes(), false)
        }
        false => output::to_stdout(&bytes, false),
    }
}

fn covered(part: &Part) -> Result<String, Failure> {
    let number = part.number();
    let shown = part.shown().ok_or_else(|| {
        format!("part {number} is no text of at most 4 MiB, and nobody can say what is a secret in it: `--show-secrets` gives it as it is")
    })?;
    if shown.as_bytes() != part.body() {
        output::note(format_args!("secrets are covered in part {number}: `--show-secrets` gives it as it is"));
    }
    Ok(shown)
}

/// A text of which a terminal obeys line ends and tabs alone.
fn harmless(text: &str) -> String {
    let sound = |c: char| matches!(c, '\n' | '\t') || !c.is_control();
    text.chars().flat_map(|c| if sound(c) { vec![c] } else { c.escape_default().collect() }).collect()
}

fn extract(inspection: &Inspection, folder: &std::path::Path) -> Result<(), Failure> {
    let files: Vec<(String, &[u8])> = inspection.parts().map(|part| (part.safe_name(), part.body())).collect();
    output::to_new_files(folder, &files)?;
    let count = files.len();
    output::note(format_args!(
        "{}: {count} bodies as they are, with their secrets, for you alone (mode 0600)",
        folder.display()
    ));
    Ok(())
}
