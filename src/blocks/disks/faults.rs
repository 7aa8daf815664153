//! What is said of disks that do not go together, with each other or with those of localfs.

use super::{AUTO, CANNOT_MAKE, Check, DEVICE_TWICE, Disk, FORMAT, Format, HIDES, SAME_MOUNT, Source, WHICH};
use crate::language::path::Path;
use crate::language::units::is_on;

const KEYS: [&str; 4] = ["device", "label", "uuid", "serial"];

/// What is written counts: of a name that has a fault enough is said.
pub(super) fn check_named_once(cx: &mut Check, at: &Path) {
    let written: Vec<&str> = KEYS.into_iter().filter(|key| cx.written(&at.key(*key))).collect();
    match written.as_slice() {
        [] => {
            let fault = cx.error(WHICH, at, "nothing says which disk this is");
            cx.push(fault.help("add one of `label`, `uuid`, `serial` and `device`"));
        }
        [first, second, ..] => {
            let message = format!("`{first}` and `{second}` both say which disk this is");
            cx.push(cx.error_at_key(WHICH, &at.key(*second), message).help("keep one of the two"));
        }
        [_] => {}
    }
}

/// The rules of a disk that may be formatted.
pub(super) fn check_format(disk: &Disk, cx: &mut Check, at: &Path) {
    if let Some((key @ ("label" | "uuid"), _)) = disk.source() {
        let fault = cx.error(FORMAT, &at.key("format"), format!("a blank disk has no {key}"));
        cx.push(fault.also(cx.span(&at.key(key)), "names a file system").help("name the disk by its `serial`"));
    }
    if let Some(kind) = disk.filesystem.as_ref().filter(|kind| !["xfs", "ext4"].contains(&kind.0.as_str())) {
        let fault = cx.error(CANNOT_MAKE, &at.key("filesystem"), format!("`{}` is not made here", kind.0));
        cx.push(fault.help("write `xfs` or `ext4`, or remove `format` and bring the disk with its file system"));
    }
}

/// Two disks of this block.
pub(super) fn check_pair((first, first_at): (&Disk, &Path), (disk, at): (&Disk, &Path), cx: &mut Check) {
    if first.mount == disk.mount {
        let fault = cx.error(SAME_MOUNT, &at.key("mount"), format!("`{}` is already a mount point", disk.mount.0));
        let first = cx.span(&first_at.key("mount"));
        cx.push(fault.also(first, "first here").help("choose another mount point for one of the two"));
    }
    if let (Some((key, source)), Some((first_key, first_source))) = (disk.source(), first.source())
        && source == first_source
    {
        let fault = cx.error(DEVICE_TWICE, &at.key(key), "this disk is already in the list");
        cx.push(fault.also(cx.span(&first_at.key(first_key)), "first here").help("remove one of the two"));
    }
}

/// A disk and what other blocks have.
pub(super) fn check_beside(disk: &Disk, cx: &mut Check, at: &Path) {
    let offers = cx.offers;
    for other in offers.mounts_before("disks") {
        let block = other.block;
        if other.at == disk.mount {
            let message = format!("`{block}` mounts something at `{}`", disk.mount.0);
            cx.push(cx.error(SAME_MOUNT, &at.key("mount"), message).help("choose another mount point"));
        } else if disk.mount.holds(&other.at.0) {
            let message = format!("`{}` would hide `{}`, which `{block}` mounts before it", disk.mount.0, other.at.0);
            cx.push(cx.error(HIDES, &at.key("mount"), message).help("choose a mount point beside or below it"));
        }
    }
    let Some((key, source)) = disk.source() else { return };
    for (block, name) in offers.disks_beside("disks") {
        if name == "auto" && disk.format == Format::IfBlank {
            let message = format!("`{block}` may take this disk: it takes the only blank one");
            cx.push(cx.error(AUTO, &at.key("format"), message).help(format!("name the disk of `{block}`")));
        } else if is_taken(&source, name) {
            let message = format!("`{block}` takes this disk for itself");
            cx.push(cx.error(DEVICE_TWICE, &at.key(key), message).help(format!("remove it here or in `{block}`")));
        }
    }
}

/// Whether what another block names is this disk, or has it as a partition, or is a partition of it.
fn is_taken(source: &Source, name: &str) -> bool {
    match source {
        Source::Device(path) => is_on(path, name) || is_on(name, path),
        _ => source.in_context() == name || source.path() == name,
    }
}
