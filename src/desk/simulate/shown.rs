//! A simulation for people.

use super::{Action, Block, Group, Simulation};
use crate::desk::shown::escaped;
use std::fmt::Write;

pub(super) fn text(simulation: &Simulation, verbose: bool) -> String {
    let mut out = String::new();
    simulation.notes.iter().for_each(|note| line(&mut out, &format!("note: {note}")));
    not_run(&mut out, "boothook", &simulation.boothooks);
    blocks(&mut out, simulation, "early", verbose);
    for stage in &simulation.cloud_init {
        if !stage.does.is_empty() {
            line(&mut out, &format!("cloud-init does ({}):", stage.stage));
            stage.does.iter().for_each(|done| line(&mut out, &format!("  {done}")));
            out.push('\n');
        }
    }
    blocks(&mut out, simulation, "late", verbose);
    not_run(&mut out, "script", &simulation.scripts);
    for passed in &simulation.not_simulated {
        line(&mut out, &format!("not simulated: {}: {}", passed.what, passed.reason));
    }
    if !simulation.not_simulated.is_empty() {
        out.push('\n');
    }
    line(&mut out, &simulation.verdict);
    out
}

/// All of it in a line.
pub(super) fn verdict(simulation: &Simulation) -> &'static str {
    match (simulation.replayed, simulation.is_well()) {
        _ if simulation.blocks.is_empty() => "no block of contextc acts: what is listed is what cloud-init does itself",
        (true, true) => "the same as on the machine",
        (true, false) => "not the same as on the machine",
        (false, true) => "all blocks ok",
        (false, false) => "a block failed",
    }
}

/// One line; what a terminal would act on is escaped.
fn line(out: &mut String, text: &str) {
    out.push_str(&escaped(text.trim_end()));
    out.push('\n');
}

fn not_run(out: &mut String, what: &str, names: &[String]) {
    names.iter().for_each(|name| line(out, &format!("{what} {name} (not run here)")));
    if !names.is_empty() {
        out.push('\n');
    }
}

fn blocks(out: &mut String, simulation: &Simulation, phase: &str, verbose: bool) {
    for found in simulation.blocks.iter().filter(|block| block.phase == phase) {
        block(out, found, verbose);
        out.push('\n');
    }
}

fn block(out: &mut String, block: &Block, verbose: bool) {
    line(out, &format!("{} ({})", block.name, block.phase));
    let shown = block.actions.iter().filter(|action| verbose || !action.look || action.failed.is_some());
    shown.for_each(|shown| action(out, shown));
    block.groups.iter().for_each(|group| volumes(out, group));
    match (&block.difference, &block.reason) {
        (Some(difference), _) => {
            line(out, &format!("  action {} is another one than on the machine", difference.action));
            line(out, &format!("    there: {}", difference.then));
            line(out, &format!("    here:  {}", difference.now));
        }
        (None, Some(reason)) => line(out, &format!("  {}: {reason}", state(block))),
        (None, None) => line(out, &format!("  {}", state(block))),
    }
    block.notes.iter().for_each(|note| line(out, &format!("  note: {note}")));
}

fn state(block: &Block) -> &str {
    block.state.as_deref().unwrap_or("different")
}

fn action(out: &mut String, action: &Action) {
    let mut text = format!("  {:<10} {}", action.verb, action.what);
    if !action.notes.is_empty() {
        let _ = write!(text, "  [{}]", action.notes.join(", "));
    }
    line(out, &text);
    action.text.iter().for_each(|first| line(out, &format!("               | {first}")));
    if let Some(reason) = &action.failed {
        line(out, &format!("             fails: {reason}"));
    }
}

/// The volumes with their sizes to the byte.
fn volumes(out: &mut String, group: &Group) {
    line(
        out,
        &format!(
            "  volume group {} on {}: {} bytes, {} extents of {}",
            group.name, group.disk, group.bytes, group.extents, group.extent_bytes
        ),
    );
    let rows = group.volumes.iter().map(|volume| {
        let mount = volume.mount.as_deref().unwrap_or("-");
        (volume.name.as_str(), volume.bytes, volume.extents, format!("{}  {mount}", volume.filesystem))
    });
    let left = ("(left)", group.left_bytes, group.left_extents, String::new());
    let wide = group.volumes.iter().map(|volume| volume.name.len()).chain([6]).max().unwrap_or(6);
    for (name, bytes, extents, more) in rows.chain([left]) {
        line(out, &format!("    {name:<wide$} {bytes:>16} bytes {extents:>9} extents  {more}"));
    }
}
