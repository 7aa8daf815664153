//! What cloud-init is told by its own keys, as far as blocks must know of it.

use crate::language::document::{Kind, Node};
use crate::language::units::{MountPoint, Unit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Keys of cloud-init with their values, as they are written.
type Pairs = [(Arc<Node>, Arc<Node>)];

/// The mount points of its rows of `mounts`, each with its place.
pub(super) fn mounts(pairs: &Pairs) -> impl Iterator<Item = (&Arc<Node>, MountPoint)> {
    let fields = rows(pairs, "mounts").filter_map(|row| items(row).get(1));
    fields.filter_map(|field| Some((field, mount_point(field)?)))
}

pub(super) fn mount_points(pairs: &Pairs) -> Vec<MountPoint> {
    mounts(pairs).map(|(_, at)| at).collect()
}

pub(super) fn mount_point(node: &Node) -> Option<MountPoint> {
    MountPoint::parse(node.text()?).ok()
}

/// The homes of users that are not where cloud-init would put them.
pub(super) fn homes(pairs: &Pairs) -> BTreeMap<String, String> {
    let word = |row: &Node, key| row.entry(key).and_then(|(_, value)| value.text()).map(str::to_owned);
    rows(pairs, "users").filter_map(|row| word(row, "name").zip(word(row, "homedir"))).collect()
}

fn rows<'a>(pairs: &'a Pairs, name: &'static str) -> impl Iterator<Item = &'a Arc<Node>> {
    pairs.iter().filter(move |(key, _)| key.text() == Some(name)).flat_map(|(_, value)| items(value))
}

fn items(node: &Node) -> &[Arc<Node>] {
    match &node.kind {
        Kind::Sequence(items) => items,
        _ => &[],
    }
}
