//! What lies beside the user-data in a seed, and is read with it.

use super::document::{Consequence, Effect, What};
use crate::desk::opening::Seed;

/// The files that are not as they were, by their names in the new seed, or in the old one where they are gone. Images of one kind name them
/// otherwise than directories: the last of a path counts.
pub(super) fn compare(old: &Seed, new: &Seed) -> Vec<(What, String)> {
    let (olds, news) = (files(old), files(new));
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let of = |files: &[(&str, &[u8])], path: &str| -> Option<Vec<u8>> {
        files.iter().find(|(known, _)| name(known) == name(path)).map(|(_, bytes)| bytes.to_vec())
    };
    let there = news.iter().filter_map(|(path, bytes)| match of(&olds, path) {
        None => Some((What::Added, (*path).to_owned())),
        Some(before) => (before != *bytes).then(|| (What::Changed, (*path).to_owned())),
    });
    let gone = olds.iter().filter(|(path, _)| of(&news, path).is_none());
    there.chain(gone.map(|(path, _)| (What::Removed, (*path).to_owned()))).collect()
}

fn files(seed: &Seed) -> Vec<(&str, &[u8])> {
    seed.beside.iter().chain(&seed.vendor_data).map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect()
}

pub(super) fn consequence() -> Consequence {
    Consequence::new(Effect::NextBoot, "cloud-init reads it at every boot; another instance-id makes another instance")
}
