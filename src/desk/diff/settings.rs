//! Settings compared key by key.

use super::document::{Effect, KeyChange, What};
use crate::desk::anatomy::covering::HIDDEN;
use crate::desk::anatomy::settings::{Key, Tree};
use crate::desk::shown::beginning;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::{HashMap, HashSet};

/// A longer value is cut, in characters.
const LONGEST: usize = 200;

/// What two long values have in common at their beginnings is left out but for the last of it, in characters.
const COMMON: usize = 60;
const BEFORE: usize = 20;

/// The most changes of one part that are listed one by one.
const MOST: usize = 1000;

/// The longest lists that are compared in their order: that takes as long as the product of their lengths.
const MOST_ITEMS: usize = 2000;

/// What is different between two trees, in the order of the new one; what is only in the old one comes after, where it stood.
pub(super) fn compare(old: Option<&Tree>, new: Option<&Tree>) -> Vec<KeyChange> {
    let mut changes = Vec::new();
    differ("", old, new, &mut changes);
    changes
}

/// What is different of one thing.
pub(super) fn of_one(path: &str, old: Option<Tree>, new: Option<Tree>) -> Option<KeyChange> {
    let mut changes = Vec::new();
    if old.is_some() || new.is_some() {
        differ(path, old.as_ref(), new.as_ref(), &mut changes);
    }
    changes.pop()
}

fn differ(path: &str, old: Option<&Tree>, new: Option<&Tree>, changes: &mut Vec<KeyChange>) {
    let empty = Tree::Map(Vec::new());
    match (old, new) {
        (Some(old), Some(new)) if old.is_same(new) => {}
        (Some(Tree::Map(_)), Some(Tree::Map(_))) => maps(path, old.unwrap_or(&empty), new.unwrap_or(&empty), changes),
        // A whole file that was added: each of its keys was.
        (None, Some(Tree::Map(_))) if path.is_empty() => maps(path, &empty, new.unwrap_or(&empty), changes),
        (Some(Tree::Map(_)), None) if path.is_empty() => maps(path, old.unwrap_or(&empty), &empty, changes),
        (Some(Tree::List(olds)), Some(Tree::List(news))) if olds.len() + news.len() <= MOST_ITEMS => {
            lists(path, olds, news, changes);
        }
        (old, new) => changes.push(change(path, old, new)),
    }
}

fn maps(path: &str, old: &Tree, new: &Tree, changes: &mut Vec<KeyChange>) {
    let (Tree::Map(olds), Tree::Map(news)) = (old, new) else { return };
    let below = |key: &Key| if path.is_empty() { key.shown.clone() } else { format!("{path}.{}", key.shown) };
    let there: HashMap<&Key, &Tree> = olds.iter().map(|(key, value)| (key, value)).collect();
    let stays: HashSet<&Key> = news.iter().map(|(key, _)| key).collect();
    for (key, value) in news {
        differ(&below(key), there.get(key).copied(), Some(value), changes);
    }
    for (key, value) in olds.iter().filter(|(key, _)| !stays.contains(key)) {
        differ(&below(key), Some(value), None, changes);
    }
}

fn lists(path: &str, olds: &[Tree], news: &[Tree], changes: &mut Vec<KeyChange>) {
    let meanings = |items: &[Tree]| items.iter().map(Tree::meaning).collect::<Vec<_>>();
    if let (Some(olds), Some(news)) = (named(olds), named(news)) {
        return entries(path, &olds, &news, changes);
    }
    let at = |index: usize| format!("{path}[{index}]");
    for op in capture_diff_slices(Algorithm::Myers, &meanings(olds), &meanings(news)) {
        let (old, new) = (op.old_range(), op.new_range());
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Replace { .. } if old.len() == new.len() => {
                old.zip(new).for_each(|(old, new)| differ(&at(new), olds.get(old), news.get(new), changes));
            }
            _ => {
                old.for_each(|index| differ(&at(index), olds.get(index), None, changes));
                new.for_each(|index| differ(&at(index), None, news.get(index), changes));
            }
        }
    }
}

/// The keys by which people tell the maps of a list apart, the first that all have.
const NAMES: [&str; 2] = ["name", "mount"];

/// The items of a list by their names, where all have one, and each its own.
fn named(items: &[Tree]) -> Option<Vec<(String, &Tree)>> {
    NAMES.iter().find_map(|key| {
        let named: Vec<(String, &Tree)> =
            items.iter().map(|item| Some((item.text_of(key)?.to_owned(), item))).collect::<Option<_>>()?;
        let different: HashSet<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
        (different.len() == named.len()).then_some(named)
    })
}

/// Lists of maps with names: `volumes[scratch]`. Their order means something, and is told where it alone has changed.
fn entries(path: &str, olds: &[(String, &Tree)], news: &[(String, &Tree)], changes: &mut Vec<KeyChange>) {
    let at = |name: &str| format!("{path}[{name}]");
    let there: HashMap<&str, &Tree> = olds.iter().map(|(name, item)| (name.as_str(), *item)).collect();
    let stays: HashSet<&str> = news.iter().map(|(name, _)| name.as_str()).collect();
    for (name, item) in news {
        differ(&at(name), there.get(name.as_str()).copied(), Some(*item), changes);
    }
    for (name, item) in olds.iter().filter(|(name, _)| !stays.contains(name.as_str())) {
        differ(&at(name), Some(*item), None, changes);
    }
    let order = |from: &[(String, &Tree)], kept: &dyn Fn(&str) -> bool| -> Tree {
        Tree::words(from.iter().map(|(name, _)| name.as_str()).filter(|name| kept(name)))
    };
    let (before, after) = (order(olds, &|name| stays.contains(name)), order(news, &|name| there.contains_key(name)));
    if !before.is_same(&after) {
        changes.push(change(path, Some(&before), Some(&after)));
    }
}

fn change(path: &str, old: Option<&Tree>, new: Option<&Tree>) -> KeyChange {
    let what = match (old, new) {
        (None, _) => What::Added,
        (_, None) => What::Removed,
        _ => What::Changed,
    };
    let (old, new) = (old.map(Tree::shown), new.map(Tree::shown));
    // Where both look alike, what differs is covered.
    let covered = |value: &Option<String>| value.as_ref().is_none_or(|value| value.trim_matches('"') == HIDDEN);
    let secret = old == new || covered(&old) && covered(&new);
    let from = match (&old, &new) {
        (Some(old), Some(new)) => old.chars().zip(new.chars()).take_while(|(one, other)| one == other).count(),
        _ => 0,
    };
    let kept = |value: Option<String>| value.filter(|_| !secret).map(|value| cut(&value, from));
    KeyChange {
        path: if path.is_empty() { ".".into() } else { path.into() },
        what,
        secret,
        old: kept(old),
        new: kept(new),
        consequence: None,
    }
}

/// As much of a value as is shown. `from`: the characters that it has in common with the other one.
fn cut(text: &str, from: usize) -> String {
    let left_out = if from > COMMON { from - BEFORE } else { 0 };
    let rest: String = text.chars().skip(left_out).collect();
    let shown = beginning(&rest, LONGEST);
    let (before, after) = (if left_out > 0 { "..." } else { "" }, if shown.len() < rest.len() { "..." } else { "" });
    format!("{before}{shown}{after}")
}

/// The changes that are listed, and how many are not: of those the first that needs more than all that are.
pub(super) fn listed(mut changes: Vec<KeyChange>) -> (Vec<KeyChange>, usize) {
    let rest = changes.split_off(changes.len().min(MOST));
    let count = rest.len();
    let effect = |change: &KeyChange| change.consequence.as_ref().map(|consequence| consequence.effect);
    let mut told: Vec<Option<Effect>> = changes.iter().map(effect).collect();
    told.sort_unstable();
    told.dedup();
    for change in rest {
        if !told.contains(&effect(&change)) {
            told.push(effect(&change));
            changes.push(change);
        }
    }
    let unlisted = count - (changes.len().max(MOST) - MOST);
    (changes, unlisted)
}
