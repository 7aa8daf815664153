//! What a machine would do with user-data, without a machine.
//!
//! The real handlers are run, by python3, against [`Facts`]: a machine in memory answers what they ask. Nothing of the host is read or
//! changed. Or they are run against what a real machine recorded ([`Simulator::record`]), and must ask for the same again.
//!
//! ```no_run
//! # #[cfg(feature = "cli")]
//! # fn told() -> Result<(), contextc::Error> {
//! use contextc::simulate::{Facts, Simulator};
//! let source = contextc::Source::new("worker.yaml", "localfs: {parts: {home: 40}}\n");
//! let facts = Facts { disks: vec!["vdb=100G".parse().unwrap()], ..Facts::default() };
//! let simulation = Simulator::new(facts).context(&source, &contextc::Compiler::new(), &contextc::ProcessRunner)?;
//! assert!(simulation.is_well());
//! println!("{}", simulation.text(false));
//! # Ok(())
//! # }
//! ```

mod cloud_init;
mod covered;
mod disk;
mod facts;
mod message;
mod shown;
mod simulation;

pub use disk::{Disk, HeldVolume};
pub use facts::{Answer, Bytes, Facts, Family, Mounted};
pub use simulation::{Action, Block, Difference, Group, NotSimulated, Proved, Simulation, Stage, Volume};

use super::anatomy::Anatomy;
use super::anatomy::covering::shown_words;
use super::runner::{Command, RunError, Runner};
use crate::compiler::Compiler;
use crate::context::handlers;
use crate::error::Error;
use crate::language::source::Source;
use crate::targets::{self, File};
use crate::wire::envelope::Envelope;
use cloud_init::{CloudInit, STAGES};
use covered::Secrets;
use message::Message;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// What runs the handlers: one program, so that it can be given to the interpreter as a word.
const DRIVER: &str = concat!(
    include_str!("machine.py"),
    include_str!("storage.py"),
    include_str!("image.py"),
    include_str!("driver.py")
);

/// How long the handlers may take: they compute a second at most.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How much may be said of what they do, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Simulates.
#[derive(Debug, Clone, Default)]
pub struct Simulator {
    facts: Facts,
    records: Option<BTreeMap<String, Value>>,
    secrets: bool,
}

impl Simulator {
    /// Of a machine with these facts.
    pub fn new(facts: Facts) -> Self {
        Self { facts, ..Self::default() }
    }

    /// Replays what a machine recorded of a block: a file of `/var/lib/contextc/record`. With one of them, blocks are replayed and not simulated, and
    /// a block that has none is one that the machine did not do. The record tells of which block it is.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable): it is no record.
    pub fn record(mut self, name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let record: Value = serde_json::from_slice(bytes).unwrap_or_default();
        match (record.get("name").and_then(Value::as_str), record.get("actions").is_some_and(Value::is_array)) {
            (Some(block), true) => {
                self.records.get_or_insert_default().insert(block.to_owned(), record.clone());
                Ok(self)
            }
            _ => Err(Error::unreadable(name, "it is no record of a block")),
        }
    }

    /// Replays even where no record is given: no block was done.
    pub fn replay(mut self) -> Self {
        self.records.get_or_insert_default();
        self
    }

    /// Shows what is hidden otherwise.
    pub fn show_secrets(mut self) -> Self {
        self.secrets = true;
        self
    }

    /// Simulates a context, for the target `generic`: how user-data travels changes nothing of what a machine does with it.
    ///
    /// # Errors
    /// As [`user_data`](Self::user_data), and [`ErrorKind::Rejected`](crate::ErrorKind::Rejected) with the report, where anything is wrong with it.
    pub fn context(&self, source: &Source, compiler: &Compiler, runner: &dyn Runner) -> Result<Simulation, Error> {
        let compiler = compiler.clone().target(targets::DEFAULT).envelope(Envelope::Plain);
        let compiled = compiler.compile(source)?;
        self.user_data(source.name(), compiled.artifact().bytes(), runner)
    }

    /// Simulates finished user-data, in any envelope, or the image of a seed with it.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable): it cannot be taken apart;
    /// [`ErrorKind::NotRun`](crate::ErrorKind::NotRun): python3 is not there, or does not come to an end.
    pub fn user_data(&self, name: &str, bytes: &[u8], runner: &dyn Runner) -> Result<Simulation, Error> {
        self.message(name, message::read(name, &Anatomy::open(name, bytes)?, &self.facts)?, runner)
    }

    /// Simulates the user-data of a seed directory.
    ///
    /// # Errors
    /// As [`user_data`](Self::user_data).
    pub fn seed(&self, name: &str, files: &[File], runner: &dyn Runner) -> Result<Simulation, Error> {
        self.message(name, message::read(name, &Anatomy::open_directory(name, files)?, &self.facts)?, runner)
    }

    fn message(&self, name: &str, message: Message, runner: &dyn Runner) -> Result<Simulation, Error> {
        let answered = if message.blocks.is_empty() { Answered::default() } else { self.blocks(&message, runner)? };
        let secrets = Secrets::of(&message);
        let Message { cloud_init: CloudInit { does, not_simulated, .. }, boothooks, scripts, mut notes, .. } = message;
        notes.extend(self.passed_over(&answered.given));
        let blocks = answered.blocks;
        let cloud_init =
            STAGES.iter().zip(does).map(|(stage, does)| Stage { stage: stage.name().to_owned(), does }).collect();
        let (source, replayed) = (name.to_owned(), self.records.is_some());
        let (schema, verdict) = (1, String::new());
        let mut simulation = Simulation {
            schema,
            verdict,
            source,
            replayed,
            notes,
            boothooks,
            blocks,
            cloud_init,
            scripts,
            not_simulated,
        };
        simulation.verdict = shown::verdict(&simulation).to_owned();
        if !self.secrets {
            secrets.cover(&mut simulation);
        }
        Ok(simulation)
    }

    fn blocks(&self, message: &Message, runner: &dyn Runner) -> Result<Answered, Error> {
        let not_run = |reason: String| Error::not_run("python3", reason);
        let mut asked = Vec::new();
        for settings in &message.blocks {
            let name = settings.spec.name;
            let record = self.records.as_ref().map(|records| records.get(name));
            match record {
                Some(None) => continue,
                Some(Some(record)) if record.get("sha256").and_then(Value::as_str) != Some(&settings.sha256) => {
                    let reason = format!("the record of `{name}` is of other settings than the ones in this file");
                    return Err(Error::unreadable("record", reason));
                }
                _ => {}
            }
            asked.push(json!({"name": name, "phase": settings.phase, "settings": settings.settings, "record": record}));
        }
        let mut users = message.cloud_init.users.clone();
        users.iter_mut().filter(|user| *user == "default").for_each(|user| {
            // As the images of these distributions have it.
            *user = if self.facts.family == Family::Debian { "debian" } else { "cloud-user" }.to_owned();
        });
        let specs: Vec<_> = message.blocks.iter().map(|block| block.spec).collect();
        let input = json!({
            "bundle": handlers::bundle(&specs, false, &[]), "facts": self.facts, "tag": message.tag, "blocks": asked,
            "users": users, "packages": message.cloud_init.packages, "secrets": self.secrets,
        });
        // Alone with the standard library: nothing of the user's or of the site's is loaded, no bytecode is written.
        let command = Command::new("python3", ["-I", "-S", "-B", "-c", DRIVER]).fed(input.to_string());
        let command = command.within(TIMEOUT).printing_at_most(MAX_ANSWER_BYTES);
        let finished = runner.run(&command).map_err(|error| not_run(absent(&error)))?;
        let said = String::from_utf8_lossy(&finished.stderr);
        let last = said.trim_end().lines().last().unwrap_or("it ended without a word").to_owned();
        if finished.code != Some(0) {
            return Err(not_run(last));
        }
        let answer: Answered = serde_json::from_slice(&finished.stdout).map_err(|error| not_run(error.to_string()))?;
        Ok(Answered { blocks: self.in_order(message, answer.blocks), ..answer })
    }

    /// The commands of the facts that nothing has run. A replay has the answers of its record.
    fn passed_over(&self, given: &[usize]) -> Vec<String> {
        let commands = self.facts.commands.iter().enumerate().filter(|_| self.records.is_none());
        let unused = commands.filter(|(index, _)| !given.contains(index));
        unused.map(|(_, answer)| format!("`{}` of the facts matched no command", self.shown(&answer.command))).collect()
    }

    /// A command that may have a secret in it.
    fn shown(&self, command: &str) -> String {
        let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
        if self.secrets { command.to_owned() } else { shown_words(&words, true).join(" ") }
    }

    /// What was run, and between it what has no record.
    fn in_order(&self, message: &Message, mut ran: Vec<Block>) -> Vec<Block> {
        let mut blocks = Vec::new();
        for settings in &message.blocks {
            let place = ran.iter().position(|block| block.name == settings.spec.name);
            blocks.push(place.map_or_else(|| Block::unreached(settings), |place| ran.remove(place)));
        }
        blocks
    }
}

fn absent(error: &RunError) -> String {
    format!("{error}; the handlers are Python, and a simulation needs Python 3.8 or newer")
}

/// The JSON Schema (draft 07) of what [`Simulation::json`] gives.
///
/// ```
/// assert!(contextc::simulate::schema().contains("not-simulated"));
/// ```
pub fn schema() -> String {
    simulation::schema()
}

/// What the driver says.
#[derive(Default, Deserialize)]
struct Answered {
    blocks: Vec<Block>,
    /// Which of the commands of the facts were run, by their indexes.
    given: Vec<usize>,
}
