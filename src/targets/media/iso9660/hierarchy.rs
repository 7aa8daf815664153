//! One hierarchy of a volume: the same directories and files under the names of one naming, with its path tables.

use super::record::{Record, both_ends_u32};
use super::{Extent, SECTOR, Sectors};
use crate::targets::media::tree::{Directory, MOST_FILES, Named, Target, Tree};
use std::collections::BTreeMap;

/// By which rules names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// ISO 9660 at its lowest level, and the real names beside it in Rock Ridge.
    Primary,
    /// The real names, in UCS-2.
    Joliet,
}

/// The directories in the order of the path table (ECMA-119, 6.9.1): by level, then by parent, then by identifier.
pub(super) struct Hierarchy<'a> {
    pub naming: Naming,
    directories: Vec<Directory<'a, Vec<u8>>>,
    extents: Vec<Extent>,
    files: Vec<Extent>,
    little: Extent,
    big: Extent,
}

impl<'a> Hierarchy<'a> {
    /// Names everything, and takes the sectors of tables and directories. Files are told later where they lie.
    pub(super) fn new(tree: &'a Tree, naming: Naming, sectors: &mut Sectors) -> Self {
        let directories = tree.directories(vec![0], |below| named(below, naming));
        let nowhere = Extent::default();
        let mut hierarchy =
            Self { naming, directories, extents: Vec::new(), files: Vec::new(), little: nowhere, big: nowhere };
        let table = hierarchy.table(u32::to_le_bytes, u16::to_le_bytes).len();
        (hierarchy.little, hierarchy.big) = (sectors.take(table), sectors.take(table));
        // A record is as long wherever the thing lies: so lengths are known before places are.
        let lengths: Vec<usize> =
            (0..hierarchy.directories.len()).map(|number| hierarchy.bytes(number).len()).collect();
        hierarchy.extents = lengths.into_iter().map(|length| sectors.take(length)).collect();
        hierarchy
    }

    pub(super) fn place(&mut self, files: &[Extent]) {
        self.files = files.to_vec();
    }

    /// What it puts on the medium, in the order in which it took the sectors.
    pub(super) fn pieces(&self) -> Vec<Vec<u8>> {
        let tables = [self.table(u32::to_le_bytes, u16::to_le_bytes), self.table(u32::to_be_bytes, u16::to_be_bytes)];
        tables.into_iter().chain((0..self.directories.len()).map(|number| self.bytes(number))).collect()
    }

    /// The record of the root in the descriptor (8.4.18): without any system use.
    pub(super) fn root(&self) -> Vec<u8> {
        Record { identifier: &[0], extent: self.extent(Target::Directory(0)), directory: true }.bytes(&[])
    }

    /// The length of a path table, and where both are (8.4.13 to 8.4.17); the optional ones are left out.
    pub(super) fn tables(&self) -> Vec<u8> {
        let mut out = both_ends_u32(self.little.bytes).to_vec();
        out.extend(self.little.sector.to_le_bytes());
        out.extend([0; 4]);
        out.extend(self.big.sector.to_be_bytes());
        out.extend([0; 4]);
        out
    }

    /// A path table (9.4) in one order of bytes.
    fn table(&self, long: fn(u32) -> [u8; 4], short: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mut out = Vec::new();
        for (number, directory) in self.directories.iter().enumerate() {
            // Identifiers have at most 128 bytes, and there are at most eight directories for each of 1000 files.
            out.extend([directory.identifier.len() as u8, 0]);
            out.extend(long(self.extent(Target::Directory(number)).sector));
            out.extend(short(directory.parent as u16 + 1));
            out.extend(&directory.identifier);
            out.resize(out.len().next_multiple_of(2), 0);
        }
        out
    }

    fn extent(&self, target: Target) -> Extent {
        let found = match target {
            Target::File(number) => self.files.get(number),
            Target::Directory(number) => self.extents.get(number),
        };
        found.copied().unwrap_or_default()
    }

    /// The content of a directory (6.8.1): itself, the one it is in, and its entries. No record spans two sectors.
    fn bytes(&self, number: usize) -> Vec<u8> {
        let Some(directory) = self.directories.get(number) else { return Vec::new() };
        let mut out = Vec::new();
        let own = self.rock_ridge(|| match number {
            0 => super::record::of_root(self.links(0)),
            _ => super::record::posix(true, self.links(number)),
        });
        push(&mut out, self.record(&[0], Target::Directory(number), &own));
        let above = self.rock_ridge(|| super::record::posix(true, self.links(directory.parent)));
        push(&mut out, self.record(&[1], Target::Directory(directory.parent), &above));
        for entry in &directory.entries {
            let named = self.rock_ridge(|| match entry.target {
                Target::File(_) => super::record::named(entry.name, false, 1),
                Target::Directory(below) => super::record::named(entry.name, true, self.links(below)),
            });
            push(&mut out, self.record(&entry.identifier, entry.target, &named));
        }
        out.resize(out.len().next_multiple_of(SECTOR), 0);
        out
    }

    fn rock_ridge(&self, system_use: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
        match self.naming {
            Naming::Primary => system_use(),
            Naming::Joliet => Vec::new(),
        }
    }

    fn record(&self, identifier: &[u8], target: Target, system_use: &[u8]) -> Vec<u8> {
        let directory = matches!(target, Target::Directory(_));
        Record { identifier, extent: self.extent(target), directory }.bytes(system_use)
    }

    /// As POSIX counts them: its own name, its `.`, and the `..` of each directory in it.
    fn links(&self, number: usize) -> u32 {
        let below = |directory: &&Directory<Vec<u8>>| directory.parent == number;
        2 + self.directories.iter().skip(1).filter(below).count() as u32
    }
}

fn push(out: &mut Vec<u8>, record: Vec<u8>) {
    if out.len() % SECTOR + record.len() > SECTOR {
        out.resize(out.len().next_multiple_of(SECTOR), 0);
    }
    out.extend(record);
}

/// What is in a directory, by its identifiers (9.3).
fn named(below: &BTreeMap<String, Tree>, naming: Naming) -> Named<'_, Vec<u8>> {
    let mut taken = Vec::new();
    let mut named: Vec<_> = below
        .iter()
        .map(|(name, below)| {
            let identifier = match naming {
                Naming::Primary => primary_identifier(name, matches!(below, Tree::Directory(_)), &mut taken),
                Naming::Joliet => name.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            };
            (identifier, name.as_str(), below)
        })
        .collect();
    // Without the version: `;` comes after the digits, and would put `A.;1` behind `A.1;1`.
    named.sort_by(|(one, ..), (other, ..)| order(one).cmp(order(other)));
    named
}

fn order(identifier: &[u8]) -> &[u8] {
    identifier.strip_suffix(b";1").unwrap_or(identifier)
}

/// Eight and three capital letters, digits or `_` (7.4.1, 7.5.1, 10.1), told apart by a number at the end of the eight.
fn primary_identifier(name: &str, directory: bool, taken: &mut Vec<String>) -> Vec<u8> {
    let plain = |text: &str, most: usize| -> String {
        let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        text.chars().map(upper).take(most).collect()
    };
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !directory && !stem.is_empty() => (plain(stem, 8), plain(extension, 3)),
        _ => (plain(name, 8), String::new()),
    };
    let whole = |stem: &str| if directory { stem.to_owned() } else { format!("{stem}.{extension}") };
    let numbered = (0..MOST_FILES).map(|number| match number {
        0 => whole(&stem),
        number => whole(&format!("{stem:.length$}{number}", length = 8 - number.to_string().len())),
    });
    let free = numbered.into_iter().find(|candidate| !taken.contains(candidate)).unwrap_or_default();
    taken.push(free.clone());
    if directory { free.into_bytes() } else { format!("{free};1").into_bytes() }
}
