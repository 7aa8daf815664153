//! A difference for people.

use super::document::{Change, Document, Effect, KeyChange, Lines, Side};
use crate::desk::shown::{beginning, escaped};
use std::fmt::Write;

/// The longest value that is shown, in characters: JSON has more of it.
const LONGEST: usize = 80;

pub(super) fn table(document: &Document, verbose: bool) -> String {
    let mut text = format!("old: {}\nnew: {}\n", side(&document.old), side(&document.new));
    document.warnings.iter().for_each(|warning| text.push_str(&format!("warning: {}\n", escaped(warning))));
    if !document.written.is_empty() {
        text.push_str("\nas written\n");
        document.written.iter().for_each(|change| text.push_str(&key(change)));
        text.push_str(&unlisted(document.unlisted_written));
    }
    for change in &document.changes {
        text.push_str(&part(change, verbose));
    }
    let verdict = match (document.same, document.effect) {
        (true, _) => "the same to a machine",
        (false, Effect::Nothing) => "different; no effect on a running machine",
        (false, Effect::NextBoot) => "different; takes effect at the next boot",
        (false, Effect::NewInstance) if document.changes.iter().all(is_new) => "different; needs a new instance",
        (false, Effect::NewInstance) => "different; some of it needs a new instance",
    };
    let _ = writeln!(text, "\n{verdict}");
    document.notes.iter().for_each(|note| text.push_str(&format!("note: {note}\n")));
    text
}

/// Whether nothing of a change is seen by a machine that is there.
fn is_new(change: &Change) -> bool {
    let keys = change.keys.iter().filter_map(|key| key.consequence.as_ref());
    std::iter::once(&change.consequence).chain(keys).all(|consequence| consequence.effect != Effect::NextBoot)
}

fn side(side: &Side) -> String {
    format!("{}, {} bytes, {}: {}", short(&side.name), side.bytes, side.envelope, side.container)
}

fn part(change: &Change, verbose: bool) -> String {
    let words: Vec<&str> = change.what.iter().map(|what| what.word()).collect();
    let number = match (change.old_number, change.new_number) {
        (Some(old), Some(new)) if old != new => format!(", part {new}, was {old}"),
        (_, Some(new)) => format!(", part {new}"),
        (Some(old), None) => format!(", part {old}"),
        (None, None) => String::new(),
    };
    let was = change.old_filename.as_ref().map(|name| format!(", was {}", short(name))).unwrap_or_default();
    let name = short(&change.filename);
    let mut text = format!("\n{} {name}{was} ({}{number})\n", words.join(" and "), short(&change.content_type));
    let each = change.keys.iter().any(|key| key.consequence.is_some());
    if !each {
        let _ = writeln!(text, "    {}: {}", change.consequence.effect.words(), change.consequence.why);
    }
    change.keys.iter().for_each(|change| text.push_str(&key(change)));
    text.push_str(&unlisted(change.unlisted_keys));
    if change.unlisted_keys > 0 && each {
        let _ =
            writeln!(text, "        all together: {}: {}", change.consequence.effect.words(), change.consequence.why);
    }
    change.lines.iter().for_each(|changed| text.push_str(&lines(changed, verbose)));
    text
}

fn unlisted(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "    and 1 key more, which is not listed\n".into(),
        more => format!("    and {more} keys more, which are not listed\n"),
    }
}

fn key(change: &KeyChange) -> String {
    let path = short(&change.path);
    let value = match (change.secret, &change.old, &change.new) {
        (true, ..) => format!("{}, a secret", change.what.word()),
        (_, Some(old), Some(new)) => format!("{} -> {}", short(old), short(new)),
        (_, None, Some(new)) => format!("{} {}", change.what.word(), short(new)),
        (_, Some(old), None) => format!("{} {}", change.what.word(), short(old)),
        (_, None, None) => change.what.word().to_owned(),
    };
    let mut text = format!("    {path}: {value}\n");
    if let Some(consequence) = &change.consequence {
        let _ = writeln!(text, "        {}: {}", consequence.effect.words(), escaped(&consequence.why));
    }
    text
}

fn lines(lines: &Lines, verbose: bool) -> String {
    let counted = (lines.added + lines.removed > 0).then(|| format!("+{} -{} lines", lines.added, lines.removed));
    let secret = lines.secret.then(|| "a secret in it has changed".to_owned());
    let words: Vec<String> = counted.into_iter().chain(secret).collect();
    let mut text = format!("    {}\n", words.join(", "));
    if verbose {
        lines.unified.lines().for_each(|line| text.push_str(&format!("    | {}\n", escaped(line))));
    }
    text
}

fn short(text: &str) -> String {
    let escaped = escaped(beginning(text, LONGEST + 1));
    let shown = beginning(&escaped, LONGEST);
    if shown.len() < escaped.len() { format!("{shown}...") } else { shown.to_owned() }
}
