//! Finished user-data taken apart, as cloud-init takes it apart on the machine: layers off, parts in the order of its walk.
//!
//! Beyond what cloud-init does, layers that it would leave are taken off too, each named, so that somebody can say so.

mod layers;
mod message;

use std::ops::Range;

/// The largest foreign file that is read, in bytes (CONTRACT.md, the file).
pub(crate) const MAX_FOREIGN_BYTES: usize = 64 * 1024 * 1024;

/// The most that a foreign file may unpack to, all layers and parts together, in bytes (CONTRACT.md, the file).
pub(crate) const MAX_UNPACKED_BYTES: usize = 256 * 1024 * 1024;

/// Finished user-data, opened.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// What was taken off, from the outside in.
    pub layers: Vec<Layer>,
    /// What was within them: a message, or the one text that it is.
    pub inner: Vec<u8>,
    /// As cloud-init would see them, had all layers been taken off.
    pub parts: Vec<Found>,
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
}

/// A part as cloud-init's walk gives it to its handlers.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The content type that its header declares, in lower case and without parameters; `None` where there is no such header.
    pub declared: Option<String>,
    /// What cloud-init takes it for, after a look at its first characters.
    pub content_type: String,
    /// As given, or cloud-init's `part-001`.
    pub filename: String,
    /// The transfer encoding that it declares, in lower case.
    pub encoding: Option<String>,
    /// All headers, in order, unfolded.
    pub headers: Vec<(String, String)>,
    /// The payload, decoded: the bytes that a handler would write.
    pub body: Vec<u8>,
    /// Where its headers are in [`Opened::inner`]; empty for what has none (of an archive, of gzip within).
    pub head: Range<usize>,
    /// Where the body stands in [`Opened::inner`] as it is; `None` where it was decoded.
    pub place: Option<Range<usize>>,
    /// What it is in, from the outside in, as content types: `multipart/mixed`, `text/cloud-config-archive`, `application/gzip`.
    pub within: Vec<String>,
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
    /// Compressed, and cut short or damaged.
    DamagedGzip,
}

/// Takes a file apart.
pub(crate) fn open(bytes: &[u8]) -> Result<Opened, OpenFault> {
    if bytes.len() > MAX_FOREIGN_BYTES {
        return Err(OpenFault::TooLarge);
    }
    let (layers, inner) = layers::peel(bytes)?;
    let parts = message::parts(&inner)?;
    Ok(Opened { layers, inner, parts })
}
