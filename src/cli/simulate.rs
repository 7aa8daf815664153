//! `contextc simulate`: what the machine would do, without a machine.

use super::identities::Identities;
use super::options::ContentOptions;
use super::{Failure, Outcome, input, output, render, seed};
use contextc::simulate::{Bytes, Disk, Facts, Family, Simulation, Simulator};
use contextc::{Checked, Diagnostic, ErrorKind, Kind, ProcessRunner, Severity, Source};
use std::path::{Path, PathBuf};

const HELP: &str = "\
FILE is a context, or finished user-data in any envelope, which is judged as by `check` first; an image of a seed, or its directory. The handlers are run by python3 (3.8 or newer) against a machine in memory: nothing of \
this one is read or changed. What it cannot know is taken to be well: that packages can be had, servers answer, commands of users succeed. \
What of the user-data is not simulated is named with the reason. `contextc schema simulation` describes the JSON.

A DISK is NAME=SIZE and, after commas, what else is known: serial=TEXT, holds=xfs|ext4|swap|... (`data`: an ext4 with files; `lvm`; `table`: \
partitions), empty (a filesystem without files), read-only, label=TEXT, group=NAME (it is that volume group), volumes=VOLUME+VOLUME... (of that \
group, or of `attached`, which localfs makes by default). A VOLUME is NAME[:SIZE[:TYPE]], `home:20G:xfs`; without more it is an ext4 of 4 MiB. All but \
swap has files. vda is what it boots from.

Facts in a file (YAML or JSON; options win):
  family: rhel              # or debian
  cores: 4
  memory: 8G
  network: false            # nothing can be fetched
  package-manager: false    # neither apt nor dnf
  selinux: true
  packages: [cvmfs]         # the image has them, beside lvm2, xfsprogs, e2fsprogs, openssl
  lacks: [lvm2]             # or not
  users: [alice]
  files: {/etc/hosts: \"127.0.0.1 localhost\\n\"}
  disks: [\"vdb=100G,serial=data\", \"vdc=50G,group=old,volumes=home:20G:xfs+swap:2G:swap\"]
  mounts: [{device: tmpfs, mount: /tmp, type: tmpfs}]
  commands: [{command: cvmfs_config probe, exit: 1, output: \"Probing /cvmfs/a... Failed!\\n\"}]

A record is what a machine keeps in /var/lib/contextc/record: what each block asked for and was answered, secrets as digests. With it the blocks are \
run with those answers, and must ask for the same.

Examples:
  contextc simulate worker.yaml --disk vdb=100G
  contextc simulate worker.yaml --disk vdb=100G,holds=data          what becomes of a disk with files
  contextc simulate worker.yaml --disk vdb=100G,volumes=home:20G:xfs   and of volumes
  contextc simulate user-data --record node1/record

Exit codes: 0 all blocks ok or skipped, or the same as in the record; 1 a block fails, or not the same; 2 could not work.";

/// Say what the machine would do, without a machine
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// A context, user-data or a seed, `-` for standard input
    file: String,
    /// A disk of the machine; may be given more than once
    #[arg(long = "disk", value_name = "DISK")]
    disks: Vec<Disk>,
    /// The family of its distribution
    #[arg(long, value_parser = ["debian", "rhel"])]
    family: Option<String>,
    /// Its processors
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    cores: Option<u32>,
    /// Its memory, like 8G
    #[arg(long, value_name = "SIZE")]
    memory: Option<Bytes>,
    /// It has no network
    #[arg(long)]
    no_network: bool,
    /// It has neither apt nor dnf
    #[arg(long)]
    no_package_manager: bool,
    /// A user that its image has; may be given more than once
    #[arg(long = "user", value_name = "NAME")]
    users: Vec<String>,
    /// A package that its image lacks; may be given more than once
    #[arg(long = "lacks", value_name = "PACKAGE")]
    lacks: Vec<String>,
    /// Facts of the machine, in YAML or JSON
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// What a machine recorded: the directory, or the file of one block
    #[arg(long, value_name = "PATH")]
    record: Option<PathBuf>,
    /// Text for people, or JSON
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
    /// Show secrets, too
    #[arg(long)]
    show_secrets: bool,
    /// Also show what only looks
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    options: ContentOptions,
}

/// Simulates one file.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let facts = match facts(arguments) {
        Ok(facts) => facts,
        Err(error) => return error,
    };
    let mut simulator = Simulator::new(facts);
    if arguments.show_secrets {
        simulator = simulator.show_secrets();
    }
    if let Some(path) = &arguments.record {
        simulator = records(simulator, path)?;
    }
    match simulation(arguments, &simulator)? {
        None => Ok(Outcome::Rejected),
        Some(simulated) => shown(simulated, arguments),
    }
}

fn shown(simulated: Simulated, arguments: &Arguments) -> Result<Outcome, Failure> {
    match simulated {
        Ok(simulation) => show(&simulation, arguments),
        Err(error) if error.report().is_some() => render::rejected(&error),
        Err(error) => Err(error.to_string()),
    }
}

type Simulated = Result<Simulation, contextc::Error>;

/// `None` where it is user-data that no machine takes, and all has been said.
fn simulation(arguments: &Arguments, simulator: &Simulator) -> Result<Option<Simulated>, Failure> {
    let compiler = arguments.options.compiler();
    let folder = Path::new(&arguments.file);
    if arguments.file != "-" && folder.is_dir() {
        let files = seed::files(folder)?;
        let checked = contextc::check_seed(&arguments.file, &files, &compiler);
        let taken = checked.is_none_or(|checked| is_taken(&checked));
        return Ok(taken.then(|| simulator.seed(&arguments.file, &files, &ProcessRunner)));
    }
    let (name, bytes, loader) = input::read_any(&arguments.file, &arguments.options.identities()?)?;
    if matches!(contextc::kind(&bytes), Kind::UserData | Kind::Image) {
        let checked = contextc::check(name, bytes.clone(), &compiler);
        if !is_taken(&checked) {
            return Ok(None);
        }
        let simulated = simulator.user_data(name, &bytes, &ProcessRunner);
        // The judge knows better what it is instead of user-data.
        let is_none = simulated.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unreadable);
        return Ok(if is_none && is_refused(&checked) { None } else { Some(simulated) });
    }
    let source = Source::from_bytes(name, bytes);
    Ok(Some(simulator.context(&source, &compiler.loader(loader), &ProcessRunner)))
}

/// What the judge has no verdict on: the machine may well take it, and the simulation says that it passes it over.
const NOT_JUDGED: [&str; 2] = ["envelope/fetched", "envelope/not-evaluated"];

/// What the judge has errors for would not get as far as a block: it is said as `check` says it.
fn is_taken(checked: &Checked) -> bool {
    let is_wrong =
        |fault: &Diagnostic| fault.severity() == Severity::Error && !NOT_JUDGED.contains(&fault.code().as_str());
    !(checked.diagnostics().any(is_wrong) && is_refused(checked))
}

/// Says what the judge has against it, where that is an error.
fn is_refused(checked: &Checked) -> bool {
    if checked.has_errors() {
        checked.reports().iter().for_each(render::report);
    }
    checked.has_errors()
}

fn facts(arguments: &Arguments) -> Result<Facts, Result<Outcome, Failure>> {
    let mut facts = match &arguments.facts {
        None => Facts::default(),
        Some(path) => {
            let none = Identities::read(&[]).map_err(Err)?;
            let (source, _) = input::read(&path.to_string_lossy(), &none).map_err(Err)?;
            Facts::read(&source).map_err(|error| render::rejected(&error))?
        }
    };
    facts = facts.with_disks(arguments.disks.clone()).map_err(Err)?;
    match arguments.family.as_deref() {
        Some("rhel") => facts.family = Family::Rhel,
        Some(_) => facts.family = Family::Debian,
        None => {}
    }
    facts.cores = arguments.cores.unwrap_or(facts.cores);
    facts.memory = arguments.memory.unwrap_or(facts.memory);
    facts.network &= !arguments.no_network;
    facts.package_manager &= !arguments.no_package_manager;
    facts = facts.with_users(&arguments.users).map_err(Err)?;
    facts.lacks.extend(arguments.lacks.iter().cloned());
    Ok(facts)
}

/// The record of one block, or of all.
fn records(simulator: Simulator, path: &Path) -> Result<Simulator, Failure> {
    let unreadable = |path: &Path, error: std::io::Error| format!("`{}` cannot be read: {error}", path.display());
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, error))?;
        paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect();
        paths.sort();
    }
    paths.iter().try_fold(simulator.replay(), |simulator, path| {
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, error))?;
        simulator.record(&path.to_string_lossy(), &bytes).map_err(|error| error.to_string())
    })
}

fn show(simulation: &Simulation, arguments: &Arguments) -> Result<Outcome, Failure> {
    let text = match arguments.format.as_str() {
        "json" => simulation.json(),
        _ => simulation.text(arguments.verbose),
    };
    output::to_stdout(text.as_bytes(), false)?;
    Ok(if simulation.is_well() { Outcome::Done } else { Outcome::Rejected })
}
