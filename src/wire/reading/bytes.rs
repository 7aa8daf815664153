//! Bytes that many may hold and nobody copies: a part of 64 MiB stands in memory once.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A range of shared bytes, which reads as a slice.
#[derive(Clone, Default)]
pub(crate) struct Bytes {
    of: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Bytes {
    /// A range within these; what lies outside of them is not there.
    pub fn part(&self, range: &Range<usize>) -> Self {
        let end = self.len().min(range.end);
        let start = end.min(range.start);
        Self { of: Arc::clone(&self.of), range: self.range.start + start..self.range.start + end }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { of: Arc::new(bytes), range }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.of.get(self.range.clone()).unwrap_or_default()
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// Never the bytes, which may hold secrets.
impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}
