//! Directory records, and what Rock Ridge adds to them.

use super::{Extent, YEAR};

/// Files and directories are root's: user-data may hold secrets.
const FILE_MODE: u32 = 0o100_600;
const DIRECTORY_MODE: u32 = 0o040_700;

/// The flag of a directory (ECMA-119, 9.1.6).
const IS_DIRECTORY: u8 = 2;

/// A number in both orders of bytes (7.3.3).
pub(super) fn both_ends_u32(number: u32) -> [u8; 8] {
    let ([a, b, c, d], [e, f, g, h]) = (number.to_le_bytes(), number.to_be_bytes());
    [a, b, c, d, e, f, g, h]
}

/// A number of 16 bits in both orders of bytes (7.2.3).
pub(super) fn both_ends_u16(number: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (number.to_le_bytes(), number.to_be_bytes());
    [a, b, c, d]
}

/// A directory record (9.1), without its system use.
pub(super) struct Record<'a> {
    pub identifier: &'a [u8],
    pub extent: Extent,
    pub directory: bool,
}

impl Record<'_> {
    /// Identifiers have at most 128 bytes and names 64: a record stays below 255.
    pub(super) fn bytes(&self, system_use: &[u8]) -> Vec<u8> {
        let mut out = vec![0, 0];
        out.extend(both_ends_u32(self.extent.sector));
        out.extend(both_ends_u32(self.extent.bytes));
        out.extend([YEAR, 1, 1, 0, 0, 0, 0]);
        out.push(if self.directory { IS_DIRECTORY } else { 0 });
        out.extend([0, 0]); // not interleaved
        out.extend(both_ends_u16(1)); // on the first volume
        out.push(self.identifier.len() as u8);
        out.extend(self.identifier);
        out.resize(out.len().next_multiple_of(2), 0);
        out.extend(system_use);
        out.resize(out.len().next_multiple_of(2), 0);
        if let (length, Some(first)) = (out.len() as u8, out.first_mut()) {
            *first = length;
        }
        out
    }
}

/// An entry of the System Use Sharing Protocol (SUSP, 4.1): its name, its length, its version, its data.
fn entry(name: [u8; 2], data: &[u8]) -> Vec<u8> {
    let mut out = name.to_vec();
    out.extend([data.len() as u8 + 4, 1]);
    out.extend(data);
    out
}

/// `PX` (RRIP, 4.1.1): mode, links, owner, group. In the length that every version of the protocol knows.
pub(super) fn posix(directory: bool, links: u32) -> Vec<u8> {
    let mode = if directory { DIRECTORY_MODE } else { FILE_MODE };
    entry(*b"PX", &[mode, links, 0, 0].map(both_ends_u32).concat())
}

/// `PX` and `NM` (RRIP, 4.1.4): the name as it is.
pub(super) fn named(name: &str, directory: bool, links: u32) -> Vec<u8> {
    const WHOLE: &[u8] = &[0];
    [posix(directory, links), entry(*b"NM", &[WHOLE, name.as_bytes()].concat())].concat()
}

/// What the root says of itself: `SP` (SUSP, 5.3) that the protocol is in use, `ER` (5.5) that Rock Ridge is. The texts of
/// `ER` are for people and may be empty; so it needs no continuation.
pub(super) fn of_root(links: u32) -> Vec<u8> {
    const IDENTIFIER: &[u8] = b"RRIP_1991A";
    let lengths = [IDENTIFIER.len() as u8, 0, 0, 1];
    let used = entry(*b"SP", &[0xBE, 0xEF, 0]);
    [used, posix(true, links), entry(*b"ER", &[&lengths, IDENTIFIER].concat())].concat()
}

/// The bytes of a record before its identifier (9.1).
pub(super) const FIXED: usize = 33;

/// The name that a record has for ISO 9660 or Joliet.
pub(super) fn identifier(record: &[u8]) -> &[u8] {
    let length = record.get(FIXED - 1).map_or(0, |length| usize::from(*length));
    record.get(FIXED..FIXED + length).unwrap_or_default()
}

/// What follows the identifier, at an even place.
pub(super) fn system_use(record: &[u8]) -> &[u8] {
    record.get((FIXED + identifier(record).len()).next_multiple_of(2)..).unwrap_or_default()
}

/// Entries of the System Use Sharing Protocol, up to its end or to what is none.
pub(super) fn system_entries(mut area: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let (entry, rest) = area.split_at_checked(usize::from(*area.get(2)?))?;
        area = rest;
        Some((entry.get(..2)?, entry.get(4..)?)).filter(|(name, _)| *name != b"ST")
    })
}

/// Where the root's own record says that the protocol is in use (`SP`): the bytes to skip in every other one.
pub(super) fn rock_ridge_skip(own: &[u8]) -> Option<usize> {
    match system_entries(system_use(own)).next()? {
        (b"SP", [0xBE, 0xEF, skip, ..]) => Some(usize::from(*skip)),
        _ => None,
    }
}

/// The flags of a file (9.1.6).
fn has(record: &[u8], flag: u8) -> bool {
    record.get(25).is_some_and(|flags| flags & flag != 0)
}

pub(super) fn is_directory(record: &[u8]) -> bool {
    has(record, IS_DIRECTORY)
}

/// Beside another of the same name, for another system.
pub(super) fn is_associated(record: &[u8]) -> bool {
    has(record, 4)
}

/// The next record has more of the same file.
pub(super) fn is_continued(record: &[u8]) -> bool {
    has(record, 0x80)
}

/// Its units have gaps between them (9.1.7 and 9.1.8).
pub(super) fn is_interleaved(record: &[u8]) -> bool {
    record.get(26..28).is_some_and(|gaps| gaps != [0, 0])
}
