//! Directories: short entries ("FAT Directory Structure"), and before each the long name that it stands for.

use crate::targets::media::File;
use crate::targets::media::tree::{Directory, Named, Target, Tree};
use std::collections::BTreeMap;

const LABEL: u8 = 0x08;
const DIRECTORY: u8 = 0x10;
const FILE: u8 = 0x20; // "archive": as every system marks what it writes
const LONG_NAME: u8 = 0x0f;

/// 1980-01-01, the first date of FAT, for everything: there is no clock here.
const DATE: u16 = 1 << 5 | 1;

type ShortName = [u8; 11];

/// The first cluster of each directory and file; 0 of what has none.
pub(super) struct Places {
    pub directories: Vec<u32>,
    pub files: Vec<u32>,
}

pub(super) struct Directories<'a> {
    directories: Vec<Directory<'a, ShortName>>,
    label: [u8; 11],
}

impl<'a> Directories<'a> {
    pub(super) fn new(tree: &'a Tree, label: [u8; 11]) -> Self {
        Self { directories: tree.directories(label, named), label }
    }

    /// The length of each in bytes, the root's first.
    pub(super) fn lengths(&self) -> Vec<usize> {
        let nowhere = Places { directories: Vec::new(), files: Vec::new() };
        self.contents(&[], &nowhere).iter().map(Vec::len).collect()
    }

    /// The content of each, the root's first.
    pub(super) fn contents(&self, files: &[File], places: &Places) -> Vec<Vec<u8>> {
        let content =
            |(number, directory)| [self.beginning(number, directory, places), entries(directory, files, places)];
        self.directories.iter().enumerate().map(|numbered| content(numbered).concat()).collect()
    }

    /// The root has the label, any other itself and the one it is in; the root is 0 there, with FAT32 too.
    fn beginning(&self, number: usize, directory: &Directory<ShortName>, places: &Places) -> Vec<u8> {
        if number == 0 {
            return entry(&self.label, LABEL, 0, 0);
        }
        let first = |number| places.directories.get(number).copied().unwrap_or_default();
        let above = if directory.parent == 0 { 0 } else { first(directory.parent) };
        [entry(b".          ", DIRECTORY, first(number), 0), entry(b"..         ", DIRECTORY, above, 0)].concat()
    }
}

fn entries(directory: &Directory<ShortName>, files: &[File], places: &Places) -> Vec<u8> {
    let mut out = Vec::new();
    for named in &directory.entries {
        let short = &named.identifier;
        out.extend(long_entries(named.name, checksum(short)));
        out.extend(match named.target {
            Target::Directory(number) => entry(short, DIRECTORY, place(&places.directories, number), 0),
            // A file is smaller than 1 GiB.
            Target::File(number) => {
                let size = files.get(number).map_or(0, |file| file.bytes.len());
                entry(short, FILE, place(&places.files, number), size as u32)
            }
        });
    }
    out
}

fn place(places: &[u32], number: usize) -> u32 {
    places.get(number).copied().unwrap_or_default()
}

/// A short entry: name, kind, three dates, first cluster, size.
fn entry(name: &ShortName, kind: u8, cluster: u32, size: u32) -> Vec<u8> {
    let [low, high] = [cluster as u16, (cluster >> 16) as u16].map(u16::to_le_bytes);
    let date = DATE.to_le_bytes();
    let midnight = [0, 0];
    let made = [[0, 0], midnight, date].concat();
    let mut out = [name.as_slice(), &[kind], &made, &date, &high, &midnight, &date, &low].concat();
    out.extend(size.to_le_bytes());
    out
}

/// "FAT Long Directory Entries": the name in pieces of 13 characters, the last piece first.
fn long_entries(name: &str, checksum: u8) -> Vec<u8> {
    const PIECE: usize = 13;
    const LAST: u8 = 0x40;
    let mut characters: Vec<u16> = name.encode_utf16().collect();
    if !characters.len().is_multiple_of(PIECE) {
        characters.push(0);
        characters.resize(characters.len().next_multiple_of(PIECE), 0xffff);
    }
    let pieces: Vec<&[u16]> = characters.chunks(PIECE).collect();
    let number = |at: usize| at as u8 + 1 + if at + 1 == pieces.len() { LAST } else { 0 };
    let pieces = pieces.iter().enumerate().rev();
    pieces.flat_map(|(at, piece)| long_entry(number(at), piece, checksum)).collect()
}

fn long_entry(number: u8, piece: &[u16], checksum: u8) -> Vec<u8> {
    let bytes = |from: usize, count: usize| piece.iter().skip(from).take(count).flat_map(|unit| unit.to_le_bytes());
    let mut out = vec![number];
    out.extend(bytes(0, 5));
    out.extend([LONG_NAME, 0, checksum]);
    out.extend(bytes(5, 6));
    out.extend([0, 0]);
    out.extend(bytes(11, 2));
    out
}

/// What ties a long name to its short entry.
fn checksum(name: &ShortName) -> u8 {
    name.iter().fold(0u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte))
}

/// Every entry has a long name; a short one is nothing but unique, by its number: `USER-D~2`.
fn named(below: &BTreeMap<String, Tree>) -> Named<'_, ShortName> {
    let numbered = below.iter().enumerate();
    numbered.map(|(at, (name, tree))| (short_name(name, at + 1), name.as_str(), tree)).collect()
}

fn short_name(name: &str, number: usize) -> ShortName {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let plain = |text: &str| text.replace('.', "").to_ascii_uppercase();
    let tail = format!("~{number}");
    let stem: String = plain(stem).chars().take(8 - tail.len()).chain(tail.chars()).collect();
    let mut short = [b' '; 11];
    for (place, byte) in short.iter_mut().zip(format!("{stem:<8}{:.3}", plain(extension)).bytes()) {
        *place = byte;
    }
    short
}
