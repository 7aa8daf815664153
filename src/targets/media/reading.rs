//! Images that are there: which kind one is, its label, and the files in it, by the names that Linux would show them under.
//!
//! An image comes from outside and may say anything. Each of its directories is looked at once, all of them together are no longer than
//! the image, and files are slices of it: so an answer takes time and memory by its length, whatever it says.

use super::File;
use super::{iso9660, vfat};
use crate::wire::reading::MAX_FOREIGN_BYTES;
use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};

/// How often the same bytes may be a file: a config drive has ten directories, which may share what is the same in them.
const MOST_TIMES: usize = 16;

/// The most files and directories: a config drive of OpenStack has about fifty, for ten versions of its format.
const MOST_ENTRIES: usize = 4096;

/// Levels of directories: twice what ISO 9660 allows (ECMA-119, 6.8.2.1), which Rock Ridge and Joliet pass.
const DEEPEST: usize = 16;

/// What an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Iso9660(Names),
    /// With the width of an entry of its table: 12, 16 or 32.
    Vfat(usize),
}

/// Whose names a CD shows: Linux prefers them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    RockRidge,
    Joliet,
    /// Of ISO 9660 alone, in lower case and without their version: `user-data` may be called `user_dat`.
    Plain,
}

impl Format {
    /// With its article, for the middle of a sentence.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Iso9660(Names::Plain) => "an ISO 9660 image without Rock Ridge and Joliet",
            Self::Iso9660(_) => "an ISO 9660 image",
            Self::Vfat(12) => "a FAT12 image",
            Self::Vfat(16) => "a FAT16 image",
            Self::Vfat(_) => "a FAT32 image",
        }
    }

    /// Whether Linux finds a file by its name in another case.
    fn folds_case(self) -> bool {
        self != Self::Iso9660(Names::RockRidge)
    }
}

/// An image, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Image<'a> {
    pub format: Format,
    pub label: String,
    /// Directory by directory, each in its own order.
    pub files: Vec<Stored<'a>>,
}

impl Image<'_> {
    /// The path that Linux finds by this one.
    pub(crate) fn is_called(&self, stored: &Stored, path: &str) -> bool {
        stored.path == path || self.format.folds_case() && stored.path.eq_ignore_ascii_case(path)
    }
}

/// A file of an image or of a directory.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stored<'a> {
    /// Relative; no part of it is empty, `.` or `..`.
    pub path: String,
    /// What it is made of, one after the other.
    pieces: Vec<&'a [u8]>,
}

/// Never the bytes, which may hold secrets.
impl std::fmt::Debug for Stored<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.path, self.size())
    }
}

impl<'a> From<&'a File> for Stored<'a> {
    fn from(file: &'a File) -> Self {
        Self { path: file.path.clone(), pieces: vec![&file.bytes] }
    }
}

impl<'a> Stored<'a> {
    /// In bytes.
    pub(crate) fn size(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    /// Its bytes; copied where they do not lie in one piece.
    pub(crate) fn bytes(&self) -> Cow<'a, [u8]> {
        match self.pieces.as_slice() {
            [] => Cow::Borrowed(&[]),
            [piece] => Cow::Borrowed(piece),
            pieces => Cow::Owned(pieces.concat()),
        }
    }
}

/// Why an image could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageFault {
    /// More than [`MAX_FOREIGN_BYTES`].
    TooLarge,
    /// More than 4096 files and directories.
    TooManyFiles,
    /// More than 16 levels of directories.
    TooDeep,
    /// Its files lie upon each other: together they are 16 times as long as it.
    Repeated,
    /// It is shorter than it says.
    CutShort,
    /// Something in it cannot be: a phrase that says what.
    Damaged(&'static str),
}

impl std::fmt::Display for ImageFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge => write!(f, "it has more than {} MiB", MAX_FOREIGN_BYTES >> 20),
            Self::TooManyFiles => write!(f, "it holds more than {MOST_ENTRIES} files and directories"),
            Self::TooDeep => write!(f, "its directories are more than {DEEPEST} levels deep"),
            Self::Repeated => write!(f, "its files lie upon each other, more than {MOST_TIMES} times"),
            Self::CutShort => f.write_str("it is cut short: what it describes lies behind its end"),
            Self::Damaged(what) => write!(f, "it is damaged: {what}"),
        }
    }
}

/// Takes an image apart; `None` for what is none.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<Image<'_>>, ImageFault> {
    let found = match iso9660::read(bytes) {
        Some(found) => found,
        None => match vfat::read(bytes) {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    // Behind the look at its first sectors: what is large and no image is somebody else's to refuse.
    if bytes.len() > MAX_FOREIGN_BYTES {
        return Err(ImageFault::TooLarge);
    }
    let found = found?;
    let unpacked = found.files.iter().fold(0usize, |sum, file| sum.saturating_add(file.size()));
    if unpacked > bytes.len().saturating_mul(MOST_TIMES) { Err(ImageFault::Repeated) } else { Ok(Some(found)) }
}

/// What a directory has under a name: the format's own mark of a directory, or the pieces of a file.
pub(super) enum Entry<'a, Directory> {
    Directory(String, Directory),
    File(String, Vec<&'a [u8]>),
}

/// All files below a directory. One that is met again, within itself or elsewhere, has been seen.
pub(super) fn walk<'a, Directory: Ord + Copy>(
    root: Directory,
    mut list: impl FnMut(Directory) -> Result<Vec<Entry<'a, Directory>>, ImageFault>,
) -> Result<Vec<Stored<'a>>, ImageFault> {
    let (mut files, mut entries, mut seen) = (Vec::new(), 0, BTreeSet::new());
    let mut waiting = VecDeque::from([(root, String::new(), 1)]);
    while let Some((directory, path, depth)) = waiting.pop_front() {
        if !seen.insert(directory) {
            continue;
        }
        for entry in list(directory)? {
            entries += 1;
            few(entries)?;
            match entry {
                Entry::File(name, pieces) => files.push(Stored { path: format!("{path}{}", sound(&name)?), pieces }),
                Entry::Directory(..) if depth == DEEPEST => return Err(ImageFault::TooDeep),
                Entry::Directory(name, below) => {
                    waiting.push_back((below, format!("{path}{}/", sound(&name)?), depth + 1))
                }
            }
        }
    }
    Ok(files)
}

/// Whether so many entries may be on a medium.
pub(super) fn few(entries: usize) -> Result<(), ImageFault> {
    if entries > MOST_ENTRIES { Err(ImageFault::TooManyFiles) } else { Ok(()) }
}

/// A name that stays within its directory, wherever it is written to.
fn sound(name: &str) -> Result<&str, ImageFault> {
    match name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
        true => Err(ImageFault::Damaged("a file has a name that no file can have")),
        false => Ok(name),
    }
}

/// A number of up to four bytes, the lowest first.
pub(super) fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let digits = bytes.get(at..at.checked_add(width)?)?;
    Some(digits.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests;
