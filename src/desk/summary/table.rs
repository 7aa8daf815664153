//! Machines as a table for people.

use super::machine::{Block, BlockState, Machine, MachineState};
use crate::desk::shown::{beginning, escaped};

/// A longer reason or line of a log ends here, in characters: JSON has all of it.
const LONGEST: usize = 240;

/// A row: machine, block, state, duration, reason; and the lines below it.
struct Row {
    cells: [String; 5],
    below: Vec<String>,
}

const HEADINGS: [&str; 5] = ["MACHINE", "BLOCK", "STATE", "DURATION", "REASON"];

/// A table of machines: a line for each, and below it a line for each block, script and module that is not as it should be,
/// with the last lines of its log. `verbose`: also those that are, and what they proved. Ends with a count where there are
/// several machines. Nothing in it acts on a terminal.
///
/// ```
/// let log = "contextc-summary: {\"schema\": 1, \"machine\": \"ok\", \"finished\": \"2026-11-21T10:00:00Z\", \"blocks\": []}";
/// let machines = contextc::summary::read("node1.log", log.as_bytes())?;
/// assert!(contextc::summary::table(&machines, false).contains("node1.log"));
/// # Ok::<(), contextc::Error>(())
/// ```
pub fn table(machines: &[Machine], verbose: bool) -> String {
    let mut rows = vec![Row { cells: HEADINGS.map(str::to_owned), below: Vec::new() }];
    machines.iter().for_each(|machine| rows.extend(of_machine(machine, verbose)));
    let mut widths = [0; 5];
    for (width, column) in widths.iter_mut().zip(0..) {
        let cells = rows.iter().filter_map(|row| row.cells.get::<usize>(column));
        *width = cells.map(|cell| cell.chars().count()).max().unwrap_or_default();
    }
    let mut text: String = rows.iter().map(|row| line(row, &widths)).collect();
    if machines.len() > 1 {
        text.push_str(&count(machines));
    }
    text
}

fn line(row: &Row, widths: &[usize; 5]) -> String {
    let cells = row.cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    let text = cells.collect::<Vec<_>>().join("  ");
    let below: String = row.below.iter().map(|line| format!("    {line}\n")).collect();
    format!("{}\n{below}", text.trim_end())
}

fn of_machine(machine: &Machine, verbose: bool) -> Vec<Row> {
    let name = short(&machine.name);
    let row = |block: &str, state: &str, duration: Option<f64>, reason: Option<&str>, below| {
        let cells = [name.clone(), short(block), state.to_owned(), span(duration), short(reason.unwrap_or_default())];
        Row { cells, below }
    };
    let notes = machine.notes.iter().map(|note| short(note)).collect();
    let mut rows = vec![row("-", machine.state.name(), machine.duration, reason(machine).as_deref(), notes)];
    for block in machine.blocks.iter().filter(|block| verbose || block.state.is_bad()) {
        let below = details(block, verbose);
        rows.push(row(&block.name, block.state.name(), block.duration, block.reason.as_deref(), below));
    }
    for script in machine.scripts.iter().filter(|script| verbose || script.state.is_bad()) {
        rows.push(row(&script.name, script.state.name(), None, script.reason.as_deref(), Vec::new()));
    }
    for module in &machine.modules {
        rows.push(row(&module.name, BlockState::Failed.name(), None, Some(&module.reason), Vec::new()));
    }
    rows
}

/// What of the machine is not as it should be, in a phrase.
fn reason(machine: &Machine) -> Option<String> {
    let bad = machine.blocks.iter().filter(|block| block.state.is_bad()).count();
    let counted = (bad > 0).then(|| format!("{bad} of {} blocks", machine.blocks.len()));
    machine.reason.clone().or(counted)
}

fn details(block: &Block, verbose: bool) -> Vec<String> {
    let results = block.results.iter().filter(|_| verbose || block.state.is_bad());
    let results = results.map(|found| short(&format!("{}: {}", found.name, found.result)));
    results.chain(block.log.iter().map(|line| short(line))).collect()
}

fn short(text: &str) -> String {
    // What is escaped becomes longer: of a longer text, no more than this is looked at, and no more is shown.
    let escaped = escaped(beginning(text, LONGEST + 1));
    let shown = beginning(&escaped, LONGEST);
    if shown.len() < escaped.len() { format!("{shown}...") } else { shown.to_owned() }
}

/// Seconds as people say them.
fn span(seconds: Option<f64>) -> String {
    let Some(seconds) = seconds else { return "-".into() };
    if !(0.0..3_600_000.0).contains(&seconds) {
        return format!("{seconds:.0} s");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than 1000 hours, not negative")]
    let whole = seconds as u32;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} m {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} m", whole / 3600, whole / 60 % 60),
    }
}

fn count(machines: &[Machine]) -> String {
    let counted = MachineState::ALL.iter().filter_map(|state| {
        let count = machines.iter().filter(|machine| machine.state == *state).count();
        (count > 0).then(|| format!("{count} {state}"))
    });
    format!("{} machines: {}\n", machines.len(), counted.collect::<Vec<_>>().join(", "))
}
