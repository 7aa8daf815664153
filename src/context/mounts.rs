//! Mount points of the blocks, held against the rows of cloud-init's own `mounts`.

use super::config::{Config, UsedBlock};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node};
use crate::language::source::Span;
use crate::language::units::{MountPoint, Unit};
use std::sync::Arc;

const SAME_MOUNT: Code = Code::new(
    "cloud-config/same-mount",
    "cloud-init mounts its rows without a look at what blocks mount: of two on one mount point the second hides the first.",
);

pub(crate) const CODES: &[Code] = &[SAME_MOUNT];

pub(crate) fn check(config: &Config, report: &mut Report) {
    for (field, at) in rows(config) {
        let Some(taken) = config.offers.mounts().iter().find(|mount| mount.at == at) else { continue };
        let message = format!("`{}` mounts something at `{}`", taken.block, at.0);
        let mut fault = Diagnostic::error(SAME_MOUNT, field.span, message);
        if let Some(block) = config.blocks.iter().find(|used| used.spec.name == taken.block) {
            fault = fault.also(place(block, &at), "here");
        }
        report.push(fault.help("choose another mount point for one of the two"));
    }
}

/// The mount points of cloud-init's own rows.
pub(super) fn of_cloud_init(config: &Config) -> Vec<MountPoint> {
    rows(config).map(|(_, at)| at).collect()
}

fn rows(config: &Config) -> impl Iterator<Item = (&Arc<Node>, MountPoint)> {
    let mounts = config.cloud_config.iter().filter(|(key, _)| key.text() == Some("mounts"));
    let fields = mounts.flat_map(|(_, rows)| items(rows)).filter_map(|row| items(row).get(1));
    fields.filter_map(|field| Some((field, mount_point(field)?)))
}

fn items(node: &Node) -> &[Arc<Node>] {
    match &node.kind {
        Kind::Sequence(items) => items,
        _ => &[],
    }
}

fn mount_point(node: &Node) -> Option<MountPoint> {
    MountPoint::parse(node.text()?).ok()
}

/// Where the block names the mount point; where it means it without a word, the block.
fn place(used: &UsedBlock, at: &MountPoint) -> Span {
    named(&used.node, at).unwrap_or(used.node.span)
}

fn named(node: &Node, at: &MountPoint) -> Option<Span> {
    match &node.kind {
        Kind::Mapping(pairs) => pairs.iter().find_map(|(_, value)| named(value, at)),
        Kind::Sequence(items) => items.iter().find_map(|item| named(item, at)),
        Kind::Scalar { .. } | Kind::Faulty => (mount_point(node).as_ref() == Some(at)).then_some(node.span),
    }
}
