//! How much of an input is read, and how a refusal travels through readers.

use std::fmt;
use std::io::{self, Read};

/// Why an input is not read at all.
#[derive(Debug, Clone)]
pub(super) struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// The refusal that a reader has passed on.
pub(super) fn refused(error: &io::Error) -> Option<&Refused> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// A reader that refuses to give more than so many bytes.
pub(super) struct Limited<R> {
    inner: R,
    left: u64,
    words: &'static str,
}

impl<R> Limited<R> {
    pub fn new(inner: R, most: u64, words: &'static str) -> Self {
        Self { inner, left: most, words }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other(Refused(self.words.into())))?;
        Ok(read)
    }
}
