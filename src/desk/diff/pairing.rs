//! Which part of the new file is which of the old one.

use crate::wire::reading::Found;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// A part of the old file with its part of the new one, by their indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub old: usize,
    pub new: usize,
    /// Whether it stands at another place among the others.
    pub moved: bool,
}

/// Who stayed, and who is only in one of them.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// In the order of the new file.
    pub pairs: Vec<Pair>,
    pub removed: Vec<usize>,
    pub added: Vec<usize>,
}

/// First those that are the same in all, then by their bodies (a name that cloud-init gives changes with the number of parts before it), then by
/// their names; at last those that are the only ones of their type.
pub(super) fn pair(old: &[Found], new: &[Found]) -> Pairing {
    let mut rest = Pairing { removed: (0..old.len()).collect(), added: (0..new.len()).collect(), pairs: Vec::new() };
    rest.by(old, new, |part| (part.content_type.as_str(), part.filename.as_str(), &*part.body));
    rest.by(old, new, |part| (part.content_type.as_str(), &*part.body));
    rest.by(old, new, |part| (part.content_type.as_str(), part.filename.as_str()));
    rest.by_type(old, new);
    rest.pairs.sort_by_key(|pair| pair.new);
    mark_moved(&mut rest.pairs);
    rest
}

impl Pairing {
    fn by<'a, K: Hash + Eq>(&mut self, old: &'a [Found], new: &'a [Found], key: impl Fn(&'a Found) -> K) {
        let mut there: HashMap<K, VecDeque<usize>> = HashMap::new();
        for index in &self.removed {
            old.get(*index).into_iter().for_each(|part| there.entry(key(part)).or_default().push_back(*index));
        }
        let mut left = Vec::new();
        for index in std::mem::take(&mut self.added) {
            let found = new.get(index).and_then(|part| there.get_mut(&key(part))).and_then(VecDeque::pop_front);
            match found {
                Some(old) => self.pairs.push(Pair { old, new: index, moved: false }),
                None => left.push(index),
            }
        }
        self.added = left;
        self.removed = there.into_values().flatten().collect();
        self.removed.sort_unstable();
    }

    /// A type of which each file has one left.
    fn by_type(&mut self, old: &[Found], new: &[Found]) {
        let only = |indices: &[usize], parts: &[Found]| {
            let mut counts: HashMap<String, usize> = HashMap::new();
            let kinds = indices.iter().filter_map(|index| parts.get(*index));
            kinds.for_each(|part| *counts.entry(part.content_type.clone()).or_default() += 1);
            counts
        };
        let (olds, news) = (only(&self.removed, old), only(&self.added, new));
        let alone = |kind: &str| olds.get(kind) == Some(&1) && news.get(kind) == Some(&1);
        // A script of another name is another script.
        let paired = |part: &Found| {
            (alone(&part.content_type) && !part.content_type.contains("shellscript"))
                .then_some(part.content_type.clone())
        };
        let lonely: HashMap<String, usize> =
            self.removed.iter().filter_map(|index| Some((paired(old.get(*index)?)?, *index))).collect();
        for index in std::mem::take(&mut self.added) {
            match new.get(index).and_then(|part| lonely.get(&part.content_type)) {
                Some(old) => self.pairs.push(Pair { old: *old, new: index, moved: false }),
                None => self.added.push(index),
            }
        }
        let taken: Vec<usize> = lonely.into_values().collect();
        self.removed.retain(|index| !taken.contains(index));
    }
}

/// Marks the fewest parts that must move for the old order to become the new one: all but a longest increasing run of old indices.
fn mark_moved(pairs: &mut [Pair]) {
    // For each length of a run: the pair that ends it with the smallest old index; and who comes before each pair.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    let old = |at: usize, pairs: &[Pair]| pairs.get(at).map_or(0, |pair| pair.old);
    for at in 0..pairs.len() {
        let length = ends.partition_point(|end| old(*end, pairs) < old(at, pairs));
        before.push(length.checked_sub(1).and_then(|last| ends.get(last).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    pairs.iter_mut().for_each(|pair| pair.moved = true);
    let mut stays = ends.last().copied();
    while let Some(at) = stays {
        pairs.get_mut(at).into_iter().for_each(|pair| pair.moved = false);
        stays = before.get(at).copied().flatten();
    }
}

#[cfg(test)]
mod tests {
    use super::{Pair, mark_moved};

    #[test]
    fn the_fewest_are_moved() {
        let moved = |olds: &[usize]| {
            let mut pairs: Vec<Pair> =
                olds.iter().enumerate().map(|(new, old)| Pair { old: *old, new, moved: false }).collect();
            mark_moved(&mut pairs);
            pairs.iter().filter(|pair| pair.moved).map(|pair| pair.old).collect::<Vec<_>>()
        };
        assert_eq!(moved(&[0, 1, 2, 3]), [0; 0]);
        assert_eq!(moved(&[3, 0, 1, 2]), [3]);
        assert_eq!(moved(&[1, 2, 3, 0]), [0]);
        assert_eq!(moved(&[0, 2, 1, 3]).len(), 1);
        assert_eq!(moved(&[]), [0; 0]);
    }
}
