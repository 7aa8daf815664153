//! What was found of one machine, and the verdict that follows from it.

use super::block_log::BlockLog;
use super::cloud_init::CloudInit;
use super::document::Summary;
use super::heritage_log::HeritageLog;
use super::machine::{Machine, MachineState, Origin};
use super::{covered, time};
use std::collections::BTreeMap;

/// What was found of one machine.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub summary: Option<(Summary, Origin)>,
    pub blocks: BTreeMap<String, BlockLog>,
    pub heritage: BTreeMap<String, HeritageLog>,
    pub cloud_init: CloudInit,
    /// Whether the scripts of the message ran without handlers, and nothing came later.
    pub never_arrived: bool,
    /// Files that could not be read: no matter where there is a summary.
    pub unread: Vec<String>,
    /// What else should be known.
    pub notes: Vec<String>,
}

/// More is not said of one machine.
const MOST_NOTES: usize = 20;

impl Evidence {
    pub fn unread(&mut self, path: &str, reason: &dyn std::fmt::Display) {
        if self.unread.len() < MOST_NOTES {
            self.unread.push(format!("{path}: {reason}"));
        }
    }

    pub fn note(&mut self, note: impl Into<String>) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(note.into());
        }
    }

    /// Whether a block began again after its machine's verdict: then that one is of an earlier life, a snapshot's perhaps.
    fn is_stale(&self, summary: &Summary) -> bool {
        let finished = time::seconds(&summary.finished);
        let begun = self.blocks.values().filter_map(BlockLog::begun).filter_map(time::seconds).max();
        begun.zip(finished).is_some_and(|(begun, finished)| begun > finished)
    }

    /// The best that can be said: the machine's own word before its logs, and those before cloud-init's.
    pub fn verdict(mut self, name: &str, looked_for: &str) -> Machine {
        let mut machine = match self.summary.take() {
            Some((summary, origin)) if !self.never_arrived => match self.is_stale(&summary) {
                false => summary.into_machine(name, origin),
                true => {
                    self.note(format!("its summary of {} is older than its logs", summary.finished));
                    self.by_logs(name, looked_for)
                }
            },
            _ => self.by_logs(name, looked_for),
        };
        machine.notes.append(&mut self.notes);
        covered::cover(&mut machine);
        machine
    }

    fn by_logs(&mut self, name: &str, looked_for: &str) -> Machine {
        let heritage = self.heritage.values().any(|log| !log.is_empty());
        let mut machine = match () {
            // A machine that has logs all the same was made from one that ran.
            () if self.never_arrived => {
                let reason = Some("the handlers never arrived".to_owned());
                Machine { reason, ..Machine::new(name, MachineState::Unreached, Origin::CloudInit) }
            }
            () if !self.blocks.is_empty() => self.by_block_logs(name),
            () if heritage => self.by_heritage_logs(name),
            () if self.cloud_init.is_under_way() => {
                let reason = Some("no verdict of its own, and no log of a block".to_owned());
                Machine { reason, ..Machine::new(name, MachineState::Unreached, Origin::CloudInit) }
            }
            () => {
                let reason = Some(format!("found no {looked_for}"));
                Machine { reason, ..Machine::new(name, MachineState::NoVerdict, Origin::Nothing) }
            }
        };
        machine.cloud_init = self.cloud_init.version.clone();
        machine.notes = self.cloud_init.notes();
        machine.notes.append(&mut self.unread);
        machine
    }

    /// A machine that came to its end has a summary: without one it is unreached, if not worse.
    fn by_block_logs(&mut self, name: &str) -> Machine {
        let mut machine = Machine::new(name, MachineState::Unreached, Origin::BlockLogs);
        let last = self.blocks.values().max_by_key(|log| log.begun());
        machine.digest = last.and_then(|log| log.digest.clone());
        // Logs of another plan are of an earlier life.
        let blocks = std::mem::take(&mut self.blocks).into_iter();
        let blocks = blocks.filter(|(_, log)| log.digest.is_none() || log.digest == machine.digest);
        machine.blocks = blocks.map(|(name, log)| log.into_block(&name)).collect();
        self.finish(&mut machine);
        match machine.sum() {
            state @ (MachineState::Failed | MachineState::Unreached) => machine.state = state,
            _ => {
                let reason = "it made no summary: the blocks that have logs ended, others may not have begun";
                machine.reason = Some(reason.into());
            }
        }
        machine
    }

    fn by_heritage_logs(&mut self, name: &str) -> Machine {
        let mut machine = Machine::new(name, MachineState::Ok, Origin::HeritageLogs);
        let logs = std::mem::take(&mut self.heritage).into_values().filter(|log| !log.is_empty());
        machine.blocks = logs.map(HeritageLog::into_block).collect();
        self.finish(&mut machine);
        machine.state = machine.sum();
        machine.duration = machine.blocks.iter().map(|block| block.duration).sum();
        machine
    }

    /// What both kinds of logs have in common: the order in which the blocks began, and what cloud-init says.
    fn finish(&self, machine: &mut Machine) {
        machine.blocks.sort_by(|one, other| (&one.started, &one.name).cmp(&(&other.started, &other.name)));
        machine.started = machine.blocks.iter().filter_map(|block| block.started.clone()).min();
        (machine.scripts, machine.modules) = (self.cloud_init.scripts(), self.cloud_init.modules());
    }
}
