//! VFAT images: a FAT volume without a partition table, as `mkfs.vfat` makes one.
//!
//! A writer of our own: `fatfs`, the crate for it, writes long names for `.` and `..` (0.3.6, its last release), which
//! `fsck.vfat` takes for errors in every directory but the root. It is small, because nothing is ever changed: every file
//! lies in one piece, one after the other.
//!
//! Source: Microsoft, "FAT32 File System Specification" (FATGEN 1.03), for all three kinds of FAT; the sections are named.
//!
//! The order on the medium: reserved sectors, the table twice, the root directory of FAT12 and FAT16, the clusters.

mod boot;
mod directory;
mod geometry;
mod reading;

pub(super) use reading::read;

use super::File;
use super::tree::Tree;
use directory::{Directories, Places};
use geometry::{Fat, Geometry, SECTOR};

/// A volume of these files; of a given size, or as large as they need, in whole MiB.
pub(super) fn image(label: &str, files: &[File], size: Option<usize>) -> Result<Vec<u8>, String> {
    let tree = Tree::new(files)?;
    let label = padded(label)?;
    let directories = Directories::new(&tree, label);
    let lengths = Lengths::of(&directories, files);
    let geometry = size.map_or_else(|| lengths.in_least(), |size| lengths.in_size(size))?;
    let mut next = geometry::FIRST_CLUSTER;
    let (of_directories, of_files) = lengths.clusters(geometry);
    let places = Places { directories: firsts(&of_directories, &mut next), files: firsts(&of_files, &mut next) };
    let chains = [of_directories, of_files].concat();

    let mut out = Vec::with_capacity(geometry.sectors * SECTOR);
    out.extend(boot::reserved(geometry, label, boot::volume_id(label, files), chains.iter().sum()));
    let table = table(geometry, &chains);
    out.extend_from_slice(&table);
    out.extend_from_slice(&table);
    for (number, directory) in directories.contents(files, &places).iter().enumerate() {
        match (number, geometry.fat) {
            (0, Fat::Fat12 | Fat::Fat16) => append(&mut out, directory, geometry.root_sectors() * SECTOR),
            _ => append(&mut out, directory, geometry.cluster()),
        }
    }
    files.iter().for_each(|file| append(&mut out, &file.bytes, geometry.cluster()));
    out.resize(geometry.sectors * SECTOR, 0);
    Ok(out)
}

/// Fills up to a whole number of units.
fn append(out: &mut Vec<u8>, bytes: &[u8], unit: usize) {
    out.extend_from_slice(bytes);
    out.resize(out.len() + bytes.len().next_multiple_of(unit) - bytes.len(), 0);
}

/// The label in the eleven bytes that there are, in its own case: some readers look for `config-2` in lower case.
fn padded(label: &str) -> Result<[u8; 11], String> {
    let padded = format!("{label:<11}").into_bytes();
    padded.try_into().map_err(|_| format!("`{label}` is longer than a label of VFAT can be (11)"))
}

/// The lengths of everything in bytes, in the order in which it lies on the medium.
struct Lengths {
    directories: Vec<usize>,
    files: Vec<usize>,
}

impl Lengths {
    fn of(directories: &Directories, files: &[File]) -> Self {
        Self { directories: directories.lengths(), files: files.iter().map(|file| file.bytes.len()).collect() }
    }

    /// The clusters of each; what is empty has none, and the root directory none where it lies outside of them.
    fn clusters(&self, geometry: Geometry) -> (Vec<usize>, Vec<usize>) {
        let count = |length: &usize| length.div_ceil(geometry.cluster());
        let mut directories: Vec<usize> = self.directories.iter().map(count).collect();
        if let (true, Some(root)) = (geometry.root_sectors() > 0, directories.first_mut()) {
            *root = 0;
        }
        (directories, self.files.iter().map(count).collect())
    }

    fn needed(&self, geometry: Geometry) -> usize {
        let (directories, files) = self.clusters(geometry);
        directories.iter().chain(&files).sum()
    }

    fn fit(&self, geometry: Geometry) -> bool {
        let root = self.directories.first().copied().unwrap_or_default();
        let root_fits = geometry.fat == Fat::Fat32 || root <= geometry.root_sectors() * SECTOR;
        root_fits && self.needed(geometry) <= geometry.clusters()
    }

    /// A volume of this size; what does not fit is told with figures.
    fn in_size(&self, size: usize) -> Result<Geometry, String> {
        let geometry = Geometry::of(size);
        let (needed, most) = (self.needed(geometry) * geometry.cluster(), geometry.clusters() * geometry.cluster());
        match self.fit(geometry) {
            true => Ok(geometry),
            false => Err(format!("{needed} bytes do not fit into a VFAT image of {size} bytes, which holds {most}")),
        }
    }

    /// The least number of whole MiB that holds everything.
    fn in_least(&self) -> Result<Geometry, String> {
        const MOST: usize = 2048; // twice what a layout lets through
        let found = (1..=MOST).map(|mib| Geometry::of(mib << 20)).find(|geometry| self.fit(*geometry));
        found.ok_or_else(|| format!("the files do not fit into a VFAT image of {MOST} MiB"))
    }
}

/// Where chains of these clusters begin, one after the other.
fn firsts(counts: &[usize], next: &mut usize) -> Vec<u32> {
    let first = |count: &usize| {
        let first = if *count == 0 { 0 } else { *next as u32 };
        *next += count;
        first
    };
    counts.iter().map(first).collect()
}

/// The table ("FAT Data Structure"): each cluster names the one after it.
fn table(geometry: Geometry, chains: &[usize]) -> Vec<u8> {
    let end = geometry.fat.end();
    // The media byte, and a shutdown that was clean.
    let mut entries = vec![end & !0xff | u32::from(boot::MEDIA), end];
    for count in chains.iter().filter(|count| **count > 0) {
        let first = entries.len() as u32;
        entries.extend((1..*count as u32).map(|number| first + number));
        entries.push(end);
    }
    let mut out = geometry.fat.packed(&entries);
    out.resize(geometry.table_sectors() * SECTOR, 0);
    out
}

#[cfg(test)]
mod tests;
