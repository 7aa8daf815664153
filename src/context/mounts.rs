//! Mount points of the blocks, held against the rows of cloud-init's own `mounts`.

use super::config::{Config, UsedBlock};
use super::told::{self, mount_point};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node};
use crate::language::source::Span;
use crate::language::units::MountPoint;

const SAME_MOUNT: Code = Code::new(
    "cloud-config/same-mount",
    "cloud-init mounts its rows without a look at what blocks mount: of two on one mount point the second hides the first.",
);

pub(crate) const CODES: &[Code] = &[SAME_MOUNT];

pub(crate) fn check(config: &Config, report: &mut Report) {
    for (field, at) in told::mounts(&config.cloud_config) {
        let Some(taken) = config.offers.mounts().iter().find(|mount| mount.at == at) else { continue };
        let message = format!("`{}` mounts something at `{}`", taken.block, at.0);
        let mut fault = Diagnostic::error(SAME_MOUNT, field.span, message);
        if let Some(block) = config.blocks.iter().find(|used| used.spec.name == taken.block) {
            fault = fault.also(place(block, &at), "here");
        }
        report.push(fault.help("choose another mount point for one of the two"));
    }
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
