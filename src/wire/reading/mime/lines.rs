//! The lines of a message with false ends, as Python's parser of mail reads them (`BufferedSubFile` of `email/feedparser.py`).

use std::ops::Range;

/// A line at which a message within another ends.
#[derive(Debug)]
pub(super) enum End {
    /// A blank one.
    Blank,
    Boundary(Boundary),
}

/// A delimiter: two dashes and the boundary.
#[derive(Debug, Clone)]
pub(super) struct Boundary(Vec<u8>);

impl Boundary {
    pub fn new(boundary: &str) -> Self {
        Self(format!("--{boundary}").into_bytes())
    }

    /// Whether a line is this delimiter, and then whether it is the last one. White space may follow.
    pub fn closes(&self, line: &[u8]) -> Option<bool> {
        let rest = line.strip_prefix(self.0.as_slice())?;
        let blank = |rest: &[u8]| {
            let end = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(rest.len());
            matches!(rest.get(end..), Some(b"" | b"\n" | b"\r" | b"\r\n"))
        };
        match rest.strip_prefix(b"--") {
            Some(rest) if blank(rest) => Some(true),
            _ => blank(rest).then_some(false),
        }
    }
}

impl End {
    fn is(&self, line: &[u8]) -> bool {
        match self {
            Self::Blank => line.starts_with(b"\n") || line.starts_with(b"\r"),
            Self::Boundary(boundary) => line.starts_with(b"--") && boundary.closes(line).is_some(),
        }
    }
}

/// The lines of a text, each with its end, as ranges. An empty range is the end, or a false one.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    /// Put back, the next one last.
    back: Vec<Range<usize>>,
    ends: Vec<End>,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, back: Vec::new(), ends: Vec::new() }
    }

    pub fn of(&self, line: &Range<usize>) -> &'t [u8] {
        self.text.get(line.clone()).unwrap_or_default()
    }

    /// The next line, or an empty range before one at which a message ends, which stays.
    pub fn read(&mut self) -> Range<usize> {
        let line = self.next();
        if self.ends.iter().any(|end| end.is(self.of(&line))) {
            let place = line.start;
            self.back.push(line);
            return place..place;
        }
        line
    }

    fn next(&mut self) -> Range<usize> {
        if let Some(line) = self.back.pop() {
            return line;
        }
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let length = match rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(end) if rest.get(end..end + 2) == Some(b"\r\n") => end + 2,
            Some(end) => end + 1,
            None => rest.len(),
        };
        self.at += length;
        start..self.at
    }

    pub fn unread(&mut self, line: Range<usize>) {
        self.back.push(line);
    }

    pub fn push_end(&mut self, end: End) {
        self.ends.push(end);
    }

    pub fn pop_end(&mut self) {
        self.ends.pop();
    }

    /// All lines to the end, joined: mostly one range.
    pub fn rest(&mut self) -> Vec<Range<usize>> {
        let mut pieces: Vec<Range<usize>> = Vec::new();
        loop {
            let line = self.read();
            if line.is_empty() {
                return pieces;
            }
            join(&mut pieces, line);
        }
    }
}

/// Adds a line to what stands before it.
pub(super) fn join(pieces: &mut Vec<Range<usize>>, line: Range<usize>) {
    match pieces.last_mut() {
        Some(last) if last.end == line.start => last.end = line.end,
        _ => pieces.push(line),
    }
}

/// The length of the line end at the end of a text.
pub(super) fn line_end(text: &[u8]) -> usize {
    match text {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n' | b'\r'] => 1,
        _ => 0,
    }
}
