//! Secrets in what came from logs.

use super::machine::Machine;
use crate::desk::shown;

/// Covers secrets in all that came from logs.
pub(super) fn cover(machine: &mut Machine) {
    let blocks = machine.blocks.iter_mut();
    for block in blocks {
        block.reason.iter_mut().for_each(shown::cover);
        block.results.iter_mut().for_each(|found| shown::cover(&mut found.result));
        lines(&mut block.log);
    }
    machine.scripts.iter_mut().filter_map(|row| row.reason.as_mut()).for_each(shown::cover);
    machine.modules.iter_mut().for_each(|row| shown::cover(&mut row.reason));
    machine.reason.iter_mut().for_each(shown::cover);
    machine.notes.iter_mut().for_each(shown::cover);
}

/// The lines of a log as one text: a private key goes over several.
fn lines(log: &mut Vec<String>) {
    let mut whole = log.join("\n");
    shown::cover(&mut whole);
    *log = whole.split('\n').filter(|line| !line.is_empty()).map(str::to_owned).collect();
}
