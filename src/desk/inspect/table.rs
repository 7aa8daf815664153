//! An inspection as a table for people.

use super::document::{permille, total};
use crate::desk::anatomy::fate::Fate;
use crate::desk::anatomy::{Anatomy, dies_of, layer_name, modules, taken_off_at};
use crate::desk::shown::{beginning, escaped};
use crate::language::digest::sha256_hex;
use crate::wire::reading::Found;
use std::fmt::Write;

/// The longest name or type that is shown, in characters.
const LONGEST: usize = 60;

/// The most keys of one cloud-config that are shown; JSON has all of them.
const MOST_KEYS: usize = 60;

const HEADINGS: [&str; 8] = ["#", "TYPE", "NAME", "ENCODING", "BYTES", "SHARE", "STAGE", "HOW OFTEN"];

pub(super) fn table(anatomy: &Anatomy) -> String {
    let mut text = head(anatomy);
    let total = total(anatomy);
    let lost = anatomy.fate_of_all();
    let rows: Vec<([String; 8], String)> = anatomy
        .parts()
        .zip(1..)
        .map(|((found, fate), number)| ((found, lost.as_ref().unwrap_or(fate)), number))
        .map(|((found, fate), number)| (cells(number, found, fate, total), below(found, fate)))
        .collect();
    let headings = HEADINGS.map(str::to_owned);
    let mut widths = [0; 8];
    for cells in std::iter::once(&headings).chain(rows.iter().map(|(cells, _)| cells)) {
        widths.iter_mut().zip(cells).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
    }
    text.push_str(&line(&headings, &widths));
    for (cells, below) in &rows {
        text.push_str(&line(cells, &widths));
        text.push_str(below);
    }
    text
}

/// The file, and what is around its parts, from the outside in.
fn head(anatomy: &Anatomy) -> String {
    let mut text = format!("{}: {} bytes\n", short(&anatomy.name), anatomy.bytes);
    if let Some(seed) = &anatomy.seed {
        let _ = writeln!(text, "  {seed}: {} bytes, for {}", seed.bytes, seed.reader);
    }
    let layers = &anatomy.opened.layers;
    for (index, layer) in layers.iter().enumerate() {
        let whose = taken_off_at(anatomy, index, layer);
        let _ = writeln!(text, "  {}: {} bytes; {whose}", layer_name(layer.kind), layer.bytes);
    }
    if let Some(why) = anatomy.target.and_then(|_| anatomy.dead()).filter(|_| anatomy.opened.fatal.is_none()) {
        let _ = writeln!(text, "  nothing of it arrives: {why}");
    }
    let parts = anatomy.opened.parts.len();
    let counted = if parts == 1 { "1 part".to_owned() } else { format!("{parts} parts") };
    let _ = writeln!(text, "  {}: {} bytes, {counted}", anatomy.container(), anatomy.opened.inner.len());
    if let Some(fatal) = &anatomy.opened.fatal {
        let _ = writeln!(text, "  cloud-init fails before it handles any part: {}", dies_of(fatal.why));
    }
    if !anatomy.opened.defects.is_empty() {
        let _ = writeln!(
            text,
            "  not as it should be, and passed over by cloud-init: {}; `contextc check` says what",
            anatomy.opened.defects.len()
        );
    }
    text + "\n"
}

fn cells(number: usize, found: &Found, fate: &Fate, total: usize) -> [String; 8] {
    let share = permille(found.body.len(), total);
    [
        number.to_string(),
        short(&found.content_type),
        short(&found.filename),
        short(found.encoding.as_deref().unwrap_or("-")),
        found.body.len().to_string(),
        format!("{}.{} %", share / 10, share % 10),
        fate.stage.name().to_owned(),
        fate.repeat.words().to_owned(),
    ]
}

fn line(cells: &[String; 8], widths: &[usize; 8]) -> String {
    let cells = cells.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column {
        0 | 4 | 5 => format!("{cell:>width$}"),
        _ => format!("{cell:width$}"),
    });
    format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
}

/// What there is no column for, indented below a part.
fn below(found: &Found, fate: &Fate) -> String {
    let mut text = format!("    {}\n", escaped(&fate.what));
    if let Some(declared) = found.declared.as_ref().filter(|declared| **declared != found.content_type) {
        let _ = writeln!(text, "    declared as {}", short(declared));
    }
    if found.within.len() > 1 {
        let within: Vec<String> = found.within.iter().map(|kind| short(kind)).collect();
        let _ = writeln!(text, "    within {}", within.join(", "));
    }
    for key in fate.keys.iter().take(MOST_KEYS) {
        let _ = writeln!(text, "    {}", said_of(&key.key, &key.modules));
    }
    if let Some(more) = fate.keys.len().checked_sub(MOST_KEYS).filter(|more| *more > 0) {
        let _ = writeln!(text, "    and {more} keys more");
    }
    let _ = writeln!(text, "    sha256 {}", sha256_hex(&found.body));
    text
}

fn said_of(key: &str, read_by: &[modules::Module]) -> String {
    let shown = short(key);
    if read_by.is_empty() {
        let whose = if modules::is_known(key) {
            "read by cloud-init itself"
        } else {
            "no key that cloud-init is known to read"
        };
        return format!("{shown}: {whose}");
    }
    let modules: Vec<String> = read_by
        .iter()
        .map(|module| format!("{} ({}, {})", module.module, module.stage.name(), module.repeat.words()))
        .collect();
    format!("{shown}: {}", modules.join(", "))
}

fn short(text: &str) -> String {
    let escaped = escaped(beginning(text, LONGEST + 1));
    let shown = beginning(&escaped, LONGEST);
    if shown.len() < escaped.len() { format!("{shown}...") } else { shown.to_owned() }
}
