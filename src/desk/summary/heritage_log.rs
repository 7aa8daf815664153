//! The log of a handler of the first contextualization systems: `cloud-init-<block>.log`, lines of
//! `YYYY-MM-DD HH:MM:SS - LEVEL - message` from `==== received ctype=...` to `==== end ctype=...`, runs one after another.

use super::block_log::Tail;
use super::lines::Log;
use super::machine::{Block, BlockState};
use super::time;
use crate::desk::shown::beginning;

/// Faults that were known and tolerated. Of munge's the exact words differed: see [`HeritageLog::tolerates`].
const TOLERATED: [&str; 3] = [
    "install ig-vomscerts-all' returned 1",
    "install lcg-vomscerts-desy' returned 1",
    "File[zabbix_agentd_conf]/ensure: change from absent to file failed",
];

/// Words of a fault in the output of Puppet (`merr`: the colour of `err:`) and YAIM, which log it below their own level.
const WORDS: [&str; 3] = ["ERROR", "merr", "errno"];
const WORDY: [&str; 2] = ["puppet", "yaim"];

/// What a log says of all the runs of its block.
#[derive(Debug, Default)]
pub(super) struct HeritageLog {
    block: String,
    error: Option<String>,
    /// The line after a tolerated one of munge belongs to it.
    skips: bool,
    ended: bool,
    started: Option<String>,
    last: Option<String>,
    /// Seconds of the runs before this one, and when this one began.
    earlier: f64,
    run: Option<String>,
    tail: Tail,
    empty: bool,
}

/// Time, level and message.
fn fields(line: &str) -> Option<(&str, &str, &str)> {
    let mut fields = line.splitn(3, " - ");
    let time =
        fields.next().filter(|time| time.len() == 19 && time.as_bytes().first().is_some_and(u8::is_ascii_digit))?;
    Some((time, fields.next()?.trim(), fields.next()?))
}

/// The block of a file `cloud-init-<block>.log`. cloud-init's own output has such a name, too.
pub(super) fn block_of(file: &str) -> Option<&str> {
    let block = file.strip_prefix("cloud-init-")?.strip_suffix(".log")?;
    (!block.is_empty() && block != "output").then_some(block)
}

impl HeritageLog {
    pub fn new(block: &str) -> Self {
        Self { block: block.into(), empty: true, ..Self::default() }
    }

    /// Whether a file that begins with this line is such a log.
    pub fn begins_with(line: &str) -> bool {
        fields(line).is_some_and(|(time, ..)| time::seconds(time).is_some())
    }

    /// A handler that was loaded and never used leaves an empty file, which says nothing.
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    fn is_fault(&self, line: &str) -> bool {
        if WORDY.iter().any(|name| self.block.contains(name)) {
            return WORDS.iter().any(|word| line.contains(word));
        }
        fields(line).is_some_and(|(_, level, _)| level == "ERROR" || level == "CRITICAL")
    }

    /// A missing key of munge was no fault: the server's own was used.
    fn tolerates(&mut self, line: &str) -> bool {
        let lower = || line.to_ascii_lowercase();
        let munge = line.contains("munge") && (lower().contains("not found") || lower().contains("no such file"));
        self.skips = munge;
        munge || TOLERATED.iter().any(|known| line.contains(known))
    }

    /// Adds up runs, not the days between them.
    fn clock(&mut self, time: &str, message: &str) {
        if message.starts_with("==== received") || self.run.is_none() {
            self.earlier += self.run_seconds().unwrap_or_default();
            self.run = Some(time.into());
        }
        self.started.get_or_insert_with(|| time.into());
        self.last = Some(time.into());
    }

    fn run_seconds(&self) -> Option<f64> {
        time::between(self.run.as_deref()?, self.last.as_deref()?)
    }

    /// The row of the block.
    pub fn into_block(self) -> Block {
        // What prepared the machine for the handlers never wrote an end.
        let ended = self.ended || self.block.contains("preconfig");
        let (state, reason) = match (&self.error, ended) {
            (Some(error), _) => (BlockState::Failed, Some(error.clone())),
            (None, true) => (BlockState::Ok, None),
            (None, false) => (BlockState::Unreached, Some("interrupted, or still at work: its log has no end".into())),
        };
        let duration = self.run_seconds().map(|last| self.earlier + last);
        let log = if state.is_bad() { self.tail.into_lines() } else { Vec::new() };
        let (name, phase, results) = (self.block, None, Vec::new());
        Block { name, phase, state, reason, started: self.started, ended: self.last, duration, results, log }
    }
}

impl Log for HeritageLog {
    fn line(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        self.empty = false;
        self.ended = line.contains("==== end ctype");
        if !std::mem::take(&mut self.skips) && self.error.is_none() && self.is_fault(line) && !self.tolerates(line) {
            let message = fields(line).map_or(line, |(.., message)| message);
            self.error = Some(beginning(message, 500).to_owned());
        }
        if let Some((time, _, message)) = fields(line) {
            self.clock(time, message);
        }
        self.tail.push(line);
    }
}
