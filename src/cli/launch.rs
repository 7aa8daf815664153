//! `contextc launch`: the command lines, or the files for an engine, that launch a context's machines.

use super::options::Options;
use super::{Failure, Outcome, input, output, render};
use contextc::{Compiled, Format, Launched, Order};
use std::path::{Path, PathBuf};

/// Print how machines are launched from a context; nothing is run
#[derive(clap::Args)]
pub struct Arguments {
    /// The context, `-` for standard input
    file: String,
    #[command(flatten)]
    options: Options,
    /// The image, template or box, as the target names it
    #[arg(long)]
    image: Option<String>,
    /// The size of the machine, as the target names it
    #[arg(long)]
    flavor: Option<String>,
    /// The SSH key, as the target names it
    #[arg(long)]
    key: Option<String>,
    /// How many machines
    #[arg(long, default_value_t = 1)]
    count: u32,
    /// The name of the machine; several are numbered, as the tool does it
    #[arg(long)]
    name: Option<String>,
    /// The file that is read at the launch, as `compile -o` wrote it, instead of the target's usual one; engines read it relative to where `--output` lies
    #[arg(long, value_name = "PATH")]
    user_data: Option<String>,
    /// What to print: shell, tofu, heat, ansible, opennebula or libvirt
    #[arg(long, default_value = "shell")]
    format: Format,
    /// Where to write it; standard output without it, or as `-`
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

/// Compiles, so that what does not fit is refused, and prints.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let (source, loader) = input::read(&arguments.file, &arguments.options.identities()?)?;
    if arguments.options.targets.len() > 1 {
        return Err(
            "a launch is for one target; `compile --target T,T -o DIR` writes the launch files of several".into()
        );
    }
    let compiled = match arguments.options.compiler().loader(loader.clone()).compile(&source) {
        Ok(compiled) => compiled,
        Err(error) => return render::rejected(&error),
    };
    render::report(compiled.report());
    let launched = compiled.launch(&order(arguments), arguments.format).map_err(|error| error.to_string())?;
    match arguments.output.as_ref().filter(|path| path.as_os_str() != "-") {
        None => output::to_stdout(launched.text().as_bytes(), false)?,
        // A template may hold the user-data.
        Some(path) => {
            output::spare(std::iter::once(path.clone()), &loader)?;
            output::to_file(path, launched.text().as_bytes(), output::Readers::Owner)?;
        }
    }
    if arguments.format == Format::OpenNebula {
        // The only format that holds the user-data itself.
        render::secrets(&compiled);
    }
    notes(arguments, &compiled, &launched).iter().for_each(output::note);
    Ok(Outcome::Done)
}

fn order(arguments: &Arguments) -> Order {
    type Set = fn(Order, &str) -> Order;
    let given: [(&Option<String>, Set); 5] = [
        (&arguments.image, |order, value| order.image(value)),
        (&arguments.flavor, |order, value| order.flavor(value)),
        (&arguments.key, |order, value| order.key(value)),
        (&arguments.name, |order, value| order.name(value)),
        (&arguments.user_data, |order, value| order.user_data(value)),
    ];
    let given = given.iter().filter_map(|(value, set)| Some((value.as_deref()?, set)));
    given.fold(Order::new().count(arguments.count), |order, (value, set)| set(order, value))
}

/// What is still to be done before the launch.
fn notes(arguments: &Arguments, compiled: &Compiled, launched: &Launched) -> Vec<String> {
    let missing = launched.missing().join(", ");
    let missing = (!missing.is_empty()).then(|| format!("to be set for the launch: {missing}"));
    // The engines read beside their file.
    let beside = arguments.output.as_ref().and_then(|path| path.parent()).filter(|_| arguments.format != Format::Shell);
    let here = beside.unwrap_or(Path::new(""));
    let user_data = launched.reads_user_data().then(|| compiled.artifact().bytes());
    let files = launched.files().enumerate().filter_map(|(index, (file, words))| {
        let state = state(&here.join(file), user_data.filter(|_| index == 0))?;
        let (command, rest) = words.split_once(' ').unwrap_or((words, ""));
        let context = &arguments.file;
        Some(format!(
            "`{}` {state}: `contextc {command} {context} {rest} -o {}` makes it, with the options given here",
            here.join(file).display(),
            here.join(file).display()
        ))
    });
    missing.into_iter().chain(files).map(|note| shown(&note)).collect()
}

/// Paths are the user's: a terminal obeys none of their characters.
fn shown(note: &str) -> String {
    note.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// What is wrong with a file that the launch reads, and that is to hold these bytes where they are known.
fn state(file: &Path, wanted: Option<&[u8]>) -> Option<&'static str> {
    if file.is_dir() && wanted.is_none() {
        return None;
    }
    if !file.is_file() {
        return Some("is not here");
    }
    match (std::fs::File::open(file).and_then(input::bytes), wanted) {
        (Err(_), _) => Some("is not here"),
        (Ok(bytes), Some(wanted)) if bytes != wanted => Some("is not what the context compiles to"),
        (Ok(_), _) => None,
    }
}
