//! Finished user-data taken apart, as cloud-init takes it apart on the machine: layers off, parts in the order of its walk.
//!
//! Beyond what cloud-init does, layers that it would leave are taken off too, each named, so that somebody can say so.
//!
//! The reference is cloud-init 26.2 on Python 3.11; from 20.3 on all releases agree. Earlier ones: up to 20.2 a damaged gzip
//! part is passed over and not fatal, up to 18.2 so are bytes that are not UTF-8; 20.2 guesses the type of any part by its
//! beginning, earlier ones not that of `text/x-shellscript`; before 18.4 there is no `text/jinja2`, before 22.1 there are no
//! `text/x-shellscript-per-*`. Python 3.13 folds headers a little otherwise (`mime/headers.rs`).

mod archive;
mod budget;
mod bytes;
mod gzip;
pub(crate) mod kinds;
mod layers;
mod message;
mod mime;
mod plain;
mod python;
#[cfg(test)]
mod tests;
pub(crate) mod told;
mod walk;

pub(crate) use archive::is_entry;
pub(crate) use bytes::Bytes;
pub(crate) use message::{Outermost, is_message, outermost};
use std::fmt;
use std::ops::Range;

/// The largest foreign file that is read, in bytes (CONTRACT.md, the file).
pub(crate) const MAX_FOREIGN_BYTES: usize = 64 * 1024 * 1024;

/// The most that a foreign file may unpack to, all layers and parts together, in bytes (CONTRACT.md, the file).
pub(crate) const MAX_UNPACKED_BYTES: usize = 256 * 1024 * 1024;

/// Multiparts within each other. cloud-init itself dies of some 900; nobody means ten.
pub(crate) const MAX_PART_DEPTH: usize = 100;

/// The most parts of one file, and the most headers of all: some hundred bytes of memory each.
pub(crate) const MAX_PARTS: usize = 100_000;

/// Finished user-data, opened.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// What was taken off, from the outside in.
    pub layers: Vec<Layer>,
    /// What was within them: a message, or the one text that it is.
    pub inner: Bytes,
    /// As cloud-init would see them, had all layers been taken off.
    pub parts: Vec<Found>,
    /// What cloud-init dies of before it handles any part. The parts are then those that it would see without this fault.
    pub fatal: Option<Fatal>,
    /// What is not as it should be and cloud-init passes over in silence, in the order of the file.
    pub defects: Vec<Defect>,
}

/// One layer around what cloud-init reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layer {
    pub kind: LayerKind,
    /// Its size, as wrapped, in bytes.
    pub bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LayerKind {
    Gzip,
    /// `wrapped`: in several lines, which some datasources do not decode.
    Base64 {
        wrapped: bool,
    },
    /// UTF-8's, by which cloud-init knows neither a message nor a first line.
    ByteOrderMark,
    /// Before a message: cloud-init takes its headers for text.
    BlankLines {
        lines: usize,
    },
}

/// A part as cloud-init's walk gives it to its handlers.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The content type that its header declares, in lower case and without parameters; `None` where there is no such header.
    pub declared: Option<String>,
    /// What cloud-init takes it for, after a look at its first characters.
    pub content_type: String,
    /// As given, or cloud-init's `part-001`. Of an include, whose parts are not fetched here and so not counted, too.
    pub filename: String,
    /// The transfer encoding that it declares, in lower case.
    pub encoding: Option<String>,
    /// All headers, in order, unfolded. Of a compressed part only those that cloud-init keeps.
    pub headers: Vec<(String, String)>,
    /// The payload, decoded: the bytes that a handler would write.
    pub body: Bytes,
    /// Where its headers are in [`Opened::inner`]; empty for what has none (of an archive, of a text alone).
    pub head: Range<usize>,
    /// Where the body stands in [`Opened::inner`] as it is; `None` where it was decoded.
    pub place: Option<Range<usize>>,
    /// What it is in, from the outside in, as content types: `multipart/mixed`, `text/cloud-config-archive`, `application/gzip`.
    pub within: Vec<String>,
}

impl Found {
    /// The addresses that cloud-init would fetch for it: of an include only.
    pub fn addresses(&self) -> Vec<String> {
        if kinds::is_include(&self.content_type) { kinds::addresses(&self.body) } else { Vec::new() }
    }
}

/// Why a file could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenFault {
    /// More than [`MAX_FOREIGN_BYTES`].
    TooLarge,
    /// It unpacks to more than [`MAX_UNPACKED_BYTES`].
    TooLargeUnpacked,
    /// Layers or multiparts within each other, deeper than anybody means.
    TooDeep,
    /// More than [`MAX_PARTS`].
    TooManyParts,
    /// Compressed, and cut short or damaged, or with something else behind: cloud-init leaves it as it is.
    DamagedGzip,
}

impl fmt::Display for OpenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "it is larger than 64 MiB, and no cloud takes nearly as much",
            Self::TooLargeUnpacked => "it unpacks to more than 256 MiB",
            Self::TooDeep => "its layers or messages go deeper within each other than anybody means",
            Self::TooManyParts => return write!(f, "it has more than {MAX_PARTS} parts"),
            Self::DamagedGzip => "it is gzip that is damaged, or cut short",
        })
    }
}

/// What cloud-init dies of. Its stage fails then: no part is handled, no user made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fatal {
    pub why: FatalKind,
    /// Where in [`Opened::inner`]: the byte, or the headers of the part.
    pub place: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FatalKind {
    /// A byte of a message that is not UTF-8.
    NotUtf8,
    /// A part that declares to be compressed and is not, or is damaged, or is no UTF-8 text within.
    DamagedGzipPart,
    /// A header whose parameters Python cannot read: a filename or a boundary in parts of RFC 2231 that do not fit.
    UnreadableParameter,
    /// An archive with an entry that cloud-init cannot make a part of: content that is no text, a type without a slash.
    ArchiveEntry,
}

/// Something amiss that cloud-init says nothing of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Defect {
    pub kind: DefectKind,
    /// Where in [`Opened::inner`].
    pub place: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefectKind {
    /// A line among headers that is none: the body begins with it.
    MissingHeaderBodySeparator,
    /// Headers that begin with a folded line, which is lost.
    FirstHeaderLineIsContinuation,
    /// A line `From ...` among headers, which is lost.
    MisplacedEnvelopeHeader,
    /// A header without a name, which is lost.
    InvalidHeader,
    /// A multipart that names no boundary: all that is in it is lost.
    NoBoundary,
    /// A multipart in which its boundary never stands: all that is in it is lost.
    StartBoundaryNotFound,
    /// A multipart without its end: perhaps it was cut short.
    CloseBoundaryNotFound,
    /// Text of a multipart before the first boundary or after the last: it is lost.
    OutsideParts,
    /// Base64 without its padding.
    Base64Padding,
    /// Base64 with other characters, which are left out.
    Base64Characters,
    /// Base64 that cannot be decoded: the body is what is written.
    Base64Length,
    /// Uuencoded without its first line, or damaged: the body is what is written.
    Uuencode,
    /// A transfer encoding that Python does not know: the body is what is written.
    UnknownEncoding,
    /// Characters that are not ASCII without an encoding for them: cloud-init replaces them.
    NotAscii,
    /// An archive that is no list in YAML: no part of it is seen.
    ArchiveUnreadable,
    /// An entry of an archive that is neither text nor a map: it is left out.
    ArchiveEntryIgnored,
}

/// Takes a file apart.
pub(crate) fn open(bytes: &[u8]) -> Result<Opened, OpenFault> {
    if bytes.len() > MAX_FOREIGN_BYTES {
        return Err(OpenFault::TooLarge);
    }
    let mut budget = budget::Budget::new();
    let (layers, inner) = layers::peel(bytes, &mut budget)?;
    let seen = message::seen(&inner, budget)?;
    Ok(Opened { layers, inner, parts: seen.parts, fatal: seen.fatal, defects: seen.defects })
}
