//! Directories: short entries ("FAT Directory Structure"), and before each the long name that it stands for.

use crate::targets::media::File;
use crate::targets::media::reading::number;
use crate::targets::media::tree::{Directory, Named, Target, Tree};
use std::collections::BTreeMap;
use std::ops::Range;

const LABEL: u8 = 0x08;
const DIRECTORY: u8 = 0x10;
const FILE: u8 = 0x20; // "archive": as every system marks what it writes
const LONG_NAME: u8 = 0x0f;

/// In the number of a piece of a long name: its last one, which comes first.
const LAST: u8 = 0x40;

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

/// A short entry of a directory that is there, and the long name that was before it.
pub(super) struct Short<'a> {
    entry: &'a [u8],
    long: Option<String>,
}

/// The bytes of an entry ("FAT Directory Structure").
const ENTRY: usize = 32;

/// Up to the end of a directory, without what was removed.
pub(super) fn shorts(directory: &[u8]) -> Vec<Short<'_>> {
    const REMOVED: u8 = 0xe5;
    let (mut shorts, mut pieces) = (Vec::new(), Vec::new());
    for entry in directory.chunks_exact(ENTRY).take_while(|entry| entry.first() != Some(&0)) {
        match (entry.first(), kind(entry) & 0x3f) {
            (Some(&REMOVED), _) => pieces.clear(),
            (_, LONG_NAME) => pieces.push(entry),
            _ => shorts.push(Short { entry, long: long_name(&std::mem::take(&mut pieces), entry) }),
        }
    }
    shorts
}

fn kind(entry: &[u8]) -> u8 {
    entry.get(11).copied().unwrap_or_default()
}

/// The name in pieces, the last one first; `None` where they are not those of this entry.
fn long_name(pieces: &[&[u8]], entry: &[u8]) -> Option<String> {
    // What a system that knows no long names has left behind stands before the last.
    let last = pieces.iter().rposition(|piece| piece.first().is_some_and(|number| number & LAST != 0))?;
    let pieces = pieces.get(last..)?;
    let checksum = checksum(entry.first_chunk()?);
    let in_order =
        |(at, piece): (usize, &&[u8])| piece.first().map(|number| usize::from(number & !LAST)) == Some(at + 1);
    let theirs = pieces.iter().all(|piece| piece.get(13) == Some(&checksum));
    if !theirs || !pieces.iter().rev().enumerate().all(in_order) {
        return None;
    }
    let units = pieces.iter().rev().flat_map(|piece| units(piece)).take_while(|unit| *unit != 0);
    Some(char::decode_utf16(units).map(|found| found.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// The 13 characters of a piece.
fn units(piece: &[u8]) -> impl Iterator<Item = u16> {
    let at = (1..11).chain(14..26).chain(28..32).step_by(2);
    at.filter_map(|at| number(piece, at, 2)).map(|unit| unit as u16)
}

impl Short<'_> {
    pub(super) fn is_directory(&self) -> bool {
        kind(self.entry) & DIRECTORY != 0
    }

    pub(super) fn is_label(&self) -> bool {
        kind(self.entry) & LABEL != 0
    }

    /// `.` or `..`.
    pub(super) fn is_dots(&self) -> bool {
        self.entry.starts_with(b".          ") || self.entry.starts_with(b"..         ")
    }

    pub(super) fn label(&self) -> String {
        String::from_utf8_lossy(self.part(0..11)).trim_end().to_owned()
    }

    /// The first cluster; 0 of what has none.
    pub(super) fn cluster(&self) -> u32 {
        let half = |at| number(self.entry, at, 2).unwrap_or_default() as u32;
        half(20) << 16 | half(26)
    }

    pub(super) fn size(&self) -> usize {
        number(self.entry, 28, 4).unwrap_or_default()
    }

    fn part(&self, range: Range<usize>) -> &[u8] {
        self.entry.get(range).unwrap_or_default()
    }

    /// The long name; else the short one, of which two bits say that stem or extension are meant in lower case.
    pub(super) fn name(&self) -> String {
        if let Some(long) = &self.long {
            return long.clone();
        }
        let lower = self.part(12..13).first().copied().unwrap_or_default();
        let stem = cased(self.part(0..8), lower & 0x08 != 0);
        let extension = cased(self.part(8..11), lower & 0x10 != 0);
        if extension.is_empty() { stem } else { format!("{stem}.{extension}") }
    }
}

fn cased(part: &[u8], lower: bool) -> String {
    let text = String::from_utf8_lossy(part).trim_end().to_owned();
    if lower { text.to_ascii_lowercase() } else { text }
}
