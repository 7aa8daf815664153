//! The parts of two files compared.

use super::consequence::{self, Plan};
use super::document::{Change, Consequence, Document, Effect, SCHEMA, Side, What};
use super::{headers, lines, pairing, seed, settings};
use crate::desk::anatomy::fate::{Fate, NOTHING, Repeat};
use crate::desk::anatomy::settings::Tree;
use crate::desk::anatomy::{Anatomy, PLAN_TYPE, block_of};
use crate::desk::shown::beginning;
use crate::desk::{check, takers};
use crate::wire::reading::Found;
use std::collections::HashMap;

/// What always holds: who has read cloud-init knows it, and nobody else.
const GIVEN: &str = "All this is for a machine that is given the new file under its old instance-id. Many datasources (those of OpenStack and of config drives among them) keep what they read at the first boot: there every change needs a new instance.";

const CLOUD_CONFIG: &str = "text/cloud-config";

/// The longest name in a warning, in characters.
const LONGEST: usize = 60;

/// A part of a file, with what becomes of it.
type Told<'a> = (&'a Found, &'a Fate);

pub(super) fn compare(old: &Anatomy, new: &Anatomy) -> Document {
    let plan = Plan::of(old, new);
    let pairing = pairing::pair(&old.opened.parts, &new.opened.parts);
    let mut changes: Vec<(usize, Change)> = Vec::new();
    for pair in &pairing.pairs {
        if let (Some(before), Some(after)) = (side(old, pair.old), side(new, pair.new)) {
            let change = paired(before, after, pair.moved, plan);
            changes.extend(change.map(|change| (pair.new, numbered(change, Some(pair.old), Some(pair.new)))));
        }
    }
    for index in &pairing.added {
        let change = side(new, *index).map(|side| alone(side, What::Added, plan));
        changes.extend(change.map(|change| (*index, numbered(change, None, Some(*index)))));
    }
    changes.sort_by_key(|(index, _)| *index);
    let mut changes: Vec<Change> = changes.into_iter().map(|(_, change)| change).collect();
    for index in &pairing.removed {
        let change = side(old, *index).map(|side| alone(side, What::Removed, plan));
        changes.extend(change.map(|change| numbered(change, Some(*index), None)));
    }
    changes.extend(beside(old, new));
    document(old, new, plan, changes)
}

/// What is read with the user-data, of two seeds.
fn beside(old: &Anatomy, new: &Anatomy) -> Vec<Change> {
    let (Some(old), Some(new)) = (&old.seed, &new.seed) else { return Vec::new() };
    seed::compare(old, new)
}

fn document(old: &Anatomy, new: &Anatomy, plan: Plan, mut changes: Vec<Change>) -> Document {
    let keeping = consequence::keeps_the_first(old).zip(consequence::keeps_the_first(new)).map(|(_, new)| new);
    if keeping.is_some() {
        changes.iter_mut().for_each(keep);
    }
    let dead = [old.dead(), new.dead()];
    let mut warnings = lost(&dead);
    warnings.extend(useless(old, new, &dead, &changes));
    warnings.extend(damaged(old, new));
    let mut notes = Vec::new();
    if old.seed.is_some() != new.seed.is_some() {
        notes.push("What lies beside the user-data in the seed is not compared.".into());
    }
    if old.envelope() != new.envelope() || old.seed.is_some() != new.seed.is_some() {
        let means = if warnings.is_empty() { ", which is no difference to what is in it" } else { "" };
        notes.push(format!("The envelope has changed ({} was {}){means}.", wrapping(new), wrapping(old)));
    }
    let [old_dead, new_dead] = dead.map(|why| why.is_some());
    let same = changes.is_empty() && old_dead == new_dead;
    match keeping {
        _ if same => {}
        Some(target) => notes.push(format!(
            "Machines on {target} keep the user-data of their first boot: none that is there is given the new file."
        )),
        None => {
            warnings.extend(plan.warnings(old, new));
            notes.extend(plan.notes());
            notes.push(GIVEN.into());
        }
    }
    let side = |anatomy: &Anatomy| Side {
        name: anatomy.name.clone(),
        bytes: anatomy.bytes,
        envelope: wrapping(anatomy),
        container: anatomy.container().into(),
    };
    let most = changes.iter().map(|change| change.consequence.effect).max().unwrap_or(Effect::Nothing);
    let effect = match (old_dead, new_dead) {
        (false, true) if keeping.is_none() => Effect::NextBoot.max(most),
        // What is done once per instance has had its turn, with nothing.
        (true, false) | (false, true) => Effect::NewInstance,
        _ => most,
    };
    let contexts = old.context.as_ref().zip(new.context.as_ref()).filter(|_| !same);
    let written = contexts.map(|(old, new)| settings::compare(Some(old), Some(new))).unwrap_or_default();
    let (written, unlisted_written) = settings::listed(written);
    let (old, new) = (side(old), side(new));
    Document { schema: SCHEMA, same, old, new, effect, warnings, notes, written, unlisted_written, changes }
}

fn keep(change: &mut Change) {
    change.consequence = change.consequence.clone().kept();
    change.keys.iter_mut().for_each(|key| key.consequence = key.consequence.take().map(Consequence::kept));
}

/// Which of the two files arrives as nothing.
fn lost(dead: &[Option<String>; 2]) -> Vec<String> {
    let said = |(which, why): (&str, &Option<String>)| {
        let why = why.as_ref()?;
        Some(format!("The {which} file arrives as nothing: {why} (`contextc check` says more)."))
    };
    ["old", "new"].into_iter().zip(dead).filter_map(said).collect()
}

/// Of which parts that are not the same nothing comes, on a new machine either.
fn useless(old: &Anatomy, new: &Anatomy, dead: &[Option<String>; 2], changes: &[Change]) -> Vec<String> {
    // Of a file that arrives as nothing that is said.
    let [no_old, no_new] = dead.each_ref().map(Option::is_some);
    let of_old = || useless_of("old", old, changes.iter().filter_map(|change| change.old_number));
    let of_new = || useless_of("new", new, changes.iter().filter_map(|change| change.new_number));
    let said = [(!no_old).then(of_old).flatten(), (!no_new).then(of_new).flatten()];
    said.into_iter().flatten().collect()
}

fn useless_of(which: &str, anatomy: &Anatomy, numbers: impl Iterator<Item = usize>) -> Option<String> {
    let parts = numbers.filter_map(|number| side(anatomy, number.checked_sub(1)?));
    let mut parts = parts.filter(|(part, fate)| fate.repeat == Repeat::Never && !part.body.trim_ascii().is_empty());
    let (part, fate) = parts.next()?;
    let more = match parts.count() {
        0 => String::new(),
        count => format!("; nor of {count} more of its parts"),
    };
    let why = fate.what.strip_prefix(NOTHING).unwrap_or(&fate.what);
    let name = beginning(&part.filename, LONGEST);
    Some(format!("On a new machine, too, nothing comes of `{name}` of the {which} file: {why}{more}."))
}

/// Which of them is not what our own plan says.
fn damaged(old: &Anatomy, new: &Anatomy) -> Vec<String> {
    let said = |(which, anatomy): (&str, &Anatomy)| {
        let why = check::damaged(&anatomy.opened)?;
        Some(format!(
            "The {which} file is damaged, and its machine stays half made: {why} (`contextc check` says more)."
        ))
    };
    [("old", old), ("new", new)].into_iter().filter_map(said).collect()
}

/// The layers, and the image around them.
fn wrapping(anatomy: &Anatomy) -> String {
    match &anatomy.seed {
        Some(seed) => format!("{} in {}", anatomy.envelope(), seed.kind),
        None => anatomy.envelope(),
    }
}

fn side(anatomy: &Anatomy, index: usize) -> Option<Told<'_>> {
    Some((anatomy.opened.parts.get(index)?, anatomy.fates.get(index)?))
}

/// A change as it is told: with the numbers of its part, and no more keys than are listed.
fn numbered(mut change: Change, old: Option<usize>, new: Option<usize>) -> Change {
    (change.keys, change.unlisted_keys) = settings::listed(change.keys);
    Change { old_number: old.map(|index| index + 1), new_number: new.map(|index| index + 1), ..change }
}

/// A part that is only in one of them.
fn alone((part, fate): Told<'_>, what: What, plan: Plan) -> Change {
    let mut change = blank(part, vec![what], consequence::of_part(what, part, fate, plan));
    if let Some(tree) = read((part, fate)) {
        change.keys = match what {
            What::Removed => settings::compare(Some(&tree), None),
            _ => settings::compare(None, Some(&tree)),
        };
        judge_keys(&mut change);
    }
    change
}

/// A part that is in both; `None` where nothing is different.
fn paired(before: Told<'_>, after: Told<'_>, moved: bool, plan: Plan) -> Option<Change> {
    let ((old, _), (new, fate)) = (before, after);
    let given = is_given(&old.filename) && is_given(&new.filename);
    let renamed = old.filename != new.filename && !given && has_a_name(&new.content_type);
    let mut change = blank(new, Vec::new(), Consequence::new(Effect::Nothing, "it is the same"));
    if old.body != new.body && changed(before, after, &mut change) {
        change.what.push(What::Changed);
        match change.keys.is_empty() || new.content_type != CLOUD_CONFIG {
            true => change.consequence = consequence::of_part(What::Changed, new, fate, plan),
            false => judge_keys(&mut change),
        }
    }
    for (header, needs) in headers::compare(old, new, fate, plan) {
        change.what = vec![What::Changed];
        change.keys.push(header);
        change.consequence = more(change.consequence, needs);
    }
    if renamed {
        change.what.push(What::Renamed);
        change.old_filename = Some(old.filename.clone());
        change.consequence = more(change.consequence, consequence::of_part(What::Renamed, new, fate, plan));
    }
    if moved {
        change.what.push(What::Moved);
        change.consequence = more(change.consequence, consequence::of_move(new));
    }
    (!change.what.is_empty()).then_some(change)
}

fn more(first: Consequence, second: Consequence) -> Consequence {
    if second.effect > first.effect || first.why == "it is the same" { second } else { first }
}

fn blank(part: &Found, what: Vec<What>, consequence: Consequence) -> Change {
    let (content_type, filename) = (part.content_type.clone(), part.filename.clone());
    Change { content_type, filename, ..Change::new(what, consequence) }
}

/// Whether the name of a part means something: scripts run by it, and handlers that are not ours get it.
fn has_a_name(kind: &str) -> bool {
    let nameless = [CLOUD_CONFIG, "text/cloud-config-jsonp", "text/cloud-boothook", "text/part-handler"];
    !(nameless.contains(&kind) || kind.starts_with("text/x-include"))
}

/// A name that cloud-init gives where there is none.
fn is_given(name: &str) -> bool {
    name.strip_prefix("part-").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Fills in what is different between two bodies; whether anything is.
fn changed(before: Told<'_>, after: Told<'_>, change: &mut Change) -> bool {
    let ((old, _), (new, _)) = (before, after);
    // The digests in the plan say nothing that the parts do not say, and some are of secrets.
    if new.content_type == PLAN_TYPE {
        return true;
    }
    // What cannot be read has no keys: all of the other side's have come, or are gone.
    let (was, is) = (read(before), read(after));
    if was.is_some() != is.is_some() {
        change.keys = settings::compare(was.as_ref(), is.as_ref());
        return true;
    }
    let trees = if is_settings(&new.content_type) { tree(old).zip(tree(new)) } else { None };
    if let Some((old, new)) = trees {
        change.keys = settings::compare(Some(&old), Some(&new));
        return !change.keys.is_empty();
    }
    // Whole programs, of which nobody here is the author.
    if !takers::is_ours(new) {
        change.lines = lines::compare(old, new);
    }
    true
}

fn is_settings(kind: &str) -> bool {
    kind == CLOUD_CONFIG || block_of(kind).is_some()
}

/// The keys of a cloud-config that cloud-init can read.
fn read((part, fate): Told<'_>) -> Option<Tree> {
    Some(part).filter(|part| part.content_type == CLOUD_CONFIG && fate.repeat != Repeat::Never).and_then(tree)
}

fn tree(part: &Found) -> Option<Tree> {
    Tree::read(str::from_utf8(&part.body).ok()?, &part.content_type)
}

/// The consequence of each key, and the largest of all for the part.
fn judge_keys(change: &mut Change) {
    // What a key needs hangs on the first of its path, and on whether all of it went.
    let mut known: HashMap<(String, bool), Consequence> = HashMap::new();
    for key in &mut change.keys {
        let first = key.path.split(['.', '[']).next().unwrap_or_default();
        let is_whole = first.len() == key.path.len();
        let judged = || consequence::of_key(first, key.what, is_whole);
        let found = known.entry((first.to_owned(), key.what == What::Removed && is_whole)).or_insert_with(judged);
        key.consequence = Some(found.clone());
    }
    let all = change.keys.iter().filter_map(|key| key.consequence.as_ref());
    let most = all.max_by_key(|consequence| consequence.effect).cloned();
    change.consequence = most.unwrap_or_else(|| Consequence::new(Effect::Nothing, "nothing is in it"));
}
