//! The log of a block: `YYYY-MM-DDTHH:MM:SSZ LEVEL message`, from `== begin <block> <digest8>` to `== end <block> <state>`.

use super::lines::Log;
use super::machine::{Block, BlockState};
use super::time;
use crate::desk::shown::beginning;
use std::collections::VecDeque;

/// How many lines of a log are shown, and how much of each: as many as the machine's own summary has.
const TAIL: usize = 5;
const SHOWN: usize = 500;

/// The last lines of a log.
#[derive(Debug, Default)]
pub(super) struct Tail(VecDeque<String>);

impl Tail {
    pub fn push(&mut self, line: &str) {
        // A log may have a million lines: the room of the first that is shown is that of the next.
        let first = if self.0.len() == TAIL { self.0.pop_front() } else { None };
        let mut room = first.unwrap_or_default();
        room.clear();
        room.push_str(beginning(line, SHOWN));
        self.0.push_back(room);
    }

    pub fn into_lines(self) -> Vec<String> {
        self.0.into()
    }
}

/// What a log says of the last run of its block.
#[derive(Debug, Default)]
pub(super) struct BlockLog {
    /// Its name, as the log has it.
    name: Option<String>,
    begun: Option<String>,
    pub digest: Option<String>,
    /// When it ended, and with which word.
    ended: Option<(String, String)>,
    error: Option<String>,
    tail: Tail,
}

/// Time, level and message.
fn fields(line: &str) -> Option<(&str, &str, &str)> {
    let mut fields = line.splitn(3, ' ');
    let (time, level) = (fields.next()?, fields.next()?);
    let shaped = time.len() == 20 && time.starts_with(|c: char| c.is_ascii_digit()) && time.ends_with('Z');
    let known = shaped && ["DEBUG", "INFO", "WARNING", "ERROR"].contains(&level);
    known.then_some((time, level, fields.next().unwrap_or_default()))
}

impl BlockLog {
    /// Whether a file that begins with this line is the log of a block: others lie beside it.
    pub fn begins_with(line: &str) -> bool {
        fields(line).is_some_and(|(time, ..)| time::seconds(time).is_some())
    }

    /// The name of the block, where its beginning is in the log.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// When the last run began.
    pub fn begun(&self) -> Option<&str> {
        self.begun.as_deref()
    }

    fn state(&self) -> (BlockState, Option<String>) {
        match self.ended.as_ref().map(|(_, word)| word.as_str()) {
            Some("ok") => (BlockState::Ok, None),
            Some("skipped") => (BlockState::Skipped, None),
            Some("failed") => (BlockState::Failed, self.error.clone()),
            Some(other) => (BlockState::Unreached, Some(format!("its log ends with `{other}`"))),
            None => (BlockState::Unreached, Some("interrupted, or still at work: its log has no end".into())),
        }
    }

    /// `== begin cvmfs 0f3c21aa`, `== end cvmfs ok`.
    fn mark(&mut self, time: &str, message: &str) {
        let words: Vec<&str> = message.splitn(5, ' ').map(|word| beginning(word, SHOWN)).collect();
        match words.as_slice() {
            ["==", "begin", name, digest] => {
                let (name, digest) = (Some((*name).to_owned()), Some((*digest).to_owned()));
                *self = Self { name, begun: Some(time.into()), digest, ..Self::default() };
            }
            ["==", "end", _, state] => self.ended = Some((time.into(), (*state).to_owned())),
            _ => {}
        }
    }

    /// The row of the block.
    pub fn into_block(self, name: &str) -> Block {
        let (state, reason) = self.state();
        let ended = self.ended.map(|(time, _)| time);
        let duration = self.begun.as_deref().zip(ended.as_deref()).and_then(|(from, to)| time::between(from, to));
        let log = if state.is_bad() { self.tail.into_lines() } else { Vec::new() };
        let (name, started) = (name.to_owned(), self.begun);
        Block { name, phase: None, state, reason, started, ended, duration, results: Vec::new(), log }
    }
}

impl Log for BlockLog {
    fn line(&mut self, line: &str) {
        match fields(line) {
            // What a program prints is DEBUG: it cannot end its block.
            Some((time, "INFO", message)) if message.starts_with("== ") => self.mark(time, message),
            Some((_, "ERROR", message)) => self.error = Some(beginning(message, SHOWN).to_owned()),
            _ => {}
        }
        self.tail.push(line);
    }
}
