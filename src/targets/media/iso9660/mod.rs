//! ISO 9660 images with Joliet and Rock Ridge.
//!
//! A writer of our own, because no crate makes the same bytes twice: `hadris-iso`, the one that writes all three, puts
//! the time of day into its records (2.5). It is small, because a medium is a handful of files of ASCII names: one volume, no boot
//! record, no links, no name that needs a continuation.
//!
//! Sources: ECMA-119 (2nd edition) for ISO 9660, the Joliet Specification 1.1, the System Use Sharing Protocol and the Rock
//! Ridge Interchange Protocol (IEEE P1281 and P1282). Each field names its section.
//!
//! The order on the medium: system area, descriptors, then of each hierarchy its two path tables and its directories,
//! and the files, which both hierarchies share.

mod descriptor;
mod hierarchy;
mod reading;
mod record;

pub(super) use reading::read;

use super::File;
use super::tree::Tree;
use descriptor::Volume;
use hierarchy::{Hierarchy, Naming};

/// A logical sector and a logical block (ECMA-119, 6.1.2 and 6.2.2).
const SECTOR: usize = 2048;

/// The system area (6.2.1) is left empty.
const SYSTEM_AREA: u32 = 16;

/// Primary descriptor, that of Joliet, and the terminator of the set (6.7.1).
const DESCRIPTORS: u32 = 3;

/// 1980-01-01, the date of everything: there is no clock here. The first that VFAT can hold, too.
const YEAR: u8 = 80;

/// Where a thing lies: its first sector, and its length in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Extent {
    sector: u32,
    bytes: u32,
}

/// Gives out the sectors of the medium one after the other.
struct Sectors {
    next: u32,
}

impl Sectors {
    /// The medium is at most 1 GiB (`LARGEST`), and what describes it far smaller: the numbers fit.
    fn take(&mut self, bytes: usize) -> Extent {
        let extent = Extent { sector: self.next, bytes: bytes as u32 };
        self.next += bytes.div_ceil(SECTOR) as u32;
        extent
    }
}

/// The image of a volume with this label and these files.
pub(super) fn image(label: &str, files: &[File]) -> Result<Vec<u8>, String> {
    let tree = Tree::new(files)?;
    let mut sectors = Sectors { next: SYSTEM_AREA + DESCRIPTORS };
    let mut primary = Hierarchy::new(&tree, Naming::Primary, &mut sectors);
    let mut joliet = Hierarchy::new(&tree, Naming::Joliet, &mut sectors);
    let places: Vec<Extent> = files.iter().map(|file| sectors.take(file.bytes.len())).collect();
    primary.place(&places);
    joliet.place(&places);
    let volume = Volume { label, sectors: sectors.next };

    let mut out = Vec::with_capacity(sectors.next as usize * SECTOR);
    append(&mut out, &vec![0; SYSTEM_AREA as usize * SECTOR]);
    append(&mut out, &volume.descriptor(&primary)?);
    append(&mut out, &volume.descriptor(&joliet)?);
    append(&mut out, &descriptor::terminator());
    [primary, joliet].iter().flat_map(Hierarchy::pieces).for_each(|piece| append(&mut out, &piece));
    files.iter().for_each(|file| append(&mut out, &file.bytes));
    Ok(out)
}

/// Puts something at the next sector, and fills its last one.
fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    out.resize(out.len().next_multiple_of(SECTOR), 0);
}

#[cfg(test)]
mod tests;
