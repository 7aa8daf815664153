//! A text with a name, and the arithmetic from byte offsets to lines and columns.

use super::encoding;
use std::fmt;
use std::string::FromUtf8Error;
use std::sync::Arc;

/// The largest context that is read, in bytes: a human wrote it, and everything after it is linear in its size.
pub(crate) const MAX_SOURCE_BYTES: usize = 4 * 1024 * 1024;

/// A range of bytes in the source, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }
}

/// A context to compile: its text, and the name that messages give it.
///
/// Cheap to clone. The name is a path only to people (and to a [`FileLoader`](crate::FileLoader) that was made for it);
/// the library never opens it.
///
/// ```
/// let source = contextc::Source::new("worker.yaml", "localfs:\n  parts: {home: 50}\n");
/// assert_eq!(source.line_column(9), (2, 1));
/// ```
#[derive(Clone)]
pub struct Source(Arc<Inner>);

/// Never the text, which may hold secrets.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.0.name).field("bytes", &self.0.bytes).finish_non_exhaustive()
    }
}

struct Inner {
    name: String,
    text: String,
    /// Where the bytes are not UTF-8. The text is empty then: nothing of such a file is interpreted.
    not_utf8: Option<NotUtf8>,
    /// The size as given, which [`Inner::text`] cannot tell for a file that was not taken.
    bytes: usize,
    line_starts: Vec<usize>,
    /// The number of the first line: more than 1 for a piece of a larger text.
    first_line: usize,
}

/// The first byte that is not UTF-8, and what is known of such a file.
pub(crate) struct NotUtf8 {
    pub at: usize,
    /// As messages show it.
    pub byte: String,
    /// The line that it stands in.
    pub line: usize,
    /// What to do, where the file is surely text.
    pub advice: Option<&'static str>,
    /// The first bytes of the file, which tell what else it may be.
    head: Vec<u8>,
}

impl From<FromUtf8Error> for NotUtf8 {
    fn from(error: FromUtf8Error) -> Self {
        let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let before = bytes.get(..at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let head = bytes.iter().copied().take(16).collect();
        Self { at, byte: encoding::shown(bytes, at), line, advice: encoding::advice(bytes), head }
    }
}

impl Source {
    /// A source from text that is already in memory.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::build(name.into(), text.into(), None, None)
    }

    /// A source from bytes as they came from a file. Bytes that are not UTF-8, or are more than 4 MiB, are not an error yet:
    /// compiling or checking the source reports them.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        let size = bytes.len();
        if size > MAX_SOURCE_BYTES {
            return Self::unread(name, size);
        }
        match String::from_utf8(bytes) {
            Ok(text) => Self::build(name.into(), text, None, None),
            Err(error) => Self::build(name.into(), String::new(), Some(error.into()), Some(size)),
        }
    }

    /// A text that is too large to be kept: nothing of it is shown, and who would read it says so.
    pub(crate) fn unread(name: impl Into<String>, size: usize) -> Self {
        Self::build(name.into(), String::new(), None, Some(size))
    }

    /// A piece of a larger text, with the number that its first line has there: places are told as in the whole.
    pub(crate) fn piece(name: impl Into<String>, text: impl Into<String>, first_line: usize) -> Self {
        let mut whole = Self::new(name, text);
        if let Some(inner) = Arc::get_mut(&mut whole.0) {
            inner.first_line = first_line.max(1);
        }
        whole
    }

    fn build(name: String, text: String, not_utf8: Option<NotUtf8>, size: Option<usize>) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect();
        let bytes = size.unwrap_or(text.len());
        Self(Arc::new(Inner { name, text, not_utf8, bytes, line_starts, first_line: 1 }))
    }

    /// The name that messages give this source.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The text. Empty where the bytes were not UTF-8 or too many.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The line and the column of a byte offset, both counted from 1, the column in characters.
    ///
    /// An offset past the end gives the end.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.0.text.len());
        let line = self.0.line_starts.partition_point(|start| *start <= offset);
        let start = self.start_of_nth(line);
        let before = self.0.text.get(start..offset).unwrap_or_default();
        (line + self.0.first_line - 1, before.chars().count() + 1)
    }

    /// A line by its number, as [`line_column`](Self::line_column) counts them, without its line end. Empty where there is none.
    pub fn line(&self, number: usize) -> &str {
        let rest =
            self.0.text.get(self.start_of_nth((number + 1).saturating_sub(self.0.first_line))..).unwrap_or_default();
        rest.lines().next().unwrap_or_default()
    }

    fn start_of_nth(&self, line: usize) -> usize {
        let index = line.saturating_sub(1);
        let past_the_end = self.0.text.len();
        *self.0.line_starts.get(index).unwrap_or(&past_the_end)
    }

    pub(crate) fn size(&self) -> usize {
        self.0.bytes
    }

    pub(crate) fn not_utf8(&self) -> Option<&NotUtf8> {
        self.0.not_utf8.as_ref()
    }

    /// How a file begins that is not UTF-8.
    pub(crate) fn head_of_not_utf8(&self) -> Option<&[u8]> {
        self.0.not_utf8.as_ref().map(|bytes| bytes.head.as_slice())
    }
}
