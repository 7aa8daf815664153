//! The headers of a message as Python's parser of mail keeps them (`_parse_headers` of `email/feedparser.py`).
//!
//! A value keeps its folds, and white space at its end: `base64 ` is no transfer encoding that Python knows. Up to Python 3.12 a
//! value on the line after its name begins with that line end, later it does not.

use super::lines::{Lines, line_end};
use crate::wire::reading::{DefectKind, MAX_PARTS, OpenFault};
use std::ops::Range;

/// Names and values, in order. Names are compared without case; of several the first counts.
#[derive(Debug, Clone, Default)]
pub(in crate::wire::reading) struct Headers(Vec<(String, String)>);

impl Headers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// For people: without the line ends of folds.
    pub fn unfolded(&self) -> Vec<(String, String)> {
        self.0.iter().map(|(name, value)| (name.clone(), value.replace(['\r', '\n'], ""))).collect()
    }
}

/// Whether a line can be one of the headers: begun, continued, or the line `From ` of a mailbox.
pub(super) fn is_header(line: &[u8]) -> bool {
    let name = |byte: &u8| matches!(byte, 0x21..=0x7e) && *byte != b':';
    let end = line.iter().position(|byte| !name(byte)).unwrap_or(line.len());
    line.starts_with(b"From ") || line.get(end) == Some(&b':') || line.starts_with(b" ") || line.starts_with(b"\t")
}

/// What there was among the lines.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub headers: Headers,
    pub defects: Vec<(DefectKind, Range<usize>)>,
}

/// The lines of headers, taken together.
pub(super) fn read(lines: &mut Lines, of: &[Range<usize>]) -> Result<Read, OpenFault> {
    let mut read = Read::default();
    let mut open: Vec<Range<usize>> = Vec::new();
    for (number, line) in of.iter().enumerate() {
        let text = lines.of(line);
        if text.starts_with(b" ") || text.starts_with(b"\t") {
            match open.is_empty() {
                true => read.defects.push((DefectKind::FirstHeaderLineIsContinuation, line.clone())),
                false => open.push(line.clone()),
            }
            continue;
        }
        read.close(lines, &mut open)?;
        if text.starts_with(b"From ") {
            match number {
                0 => {}
                _ if number + 1 == of.len() => lines.unread(line.clone()),
                _ => read.defects.push((DefectKind::MisplacedEnvelopeHeader, line.clone())),
            }
        } else if text.starts_with(b":") {
            read.defects.push((DefectKind::InvalidHeader, line.clone()));
        } else {
            open.push(line.clone());
        }
    }
    read.close(lines, &mut open)?;
    Ok(read)
}

impl Read {
    /// Keeps the header whose lines are there, if there are any.
    fn close(&mut self, lines: &Lines, open: &mut Vec<Range<usize>>) -> Result<(), OpenFault> {
        let written: Vec<u8> = open.drain(..).flat_map(|line| lines.of(&line)).copied().collect();
        let Some(colon) = written.iter().position(|byte| *byte == b':') else { return Ok(()) };
        if self.headers.len() == MAX_PARTS {
            return Err(OpenFault::TooManyParts);
        }
        let (name, value) = written.split_at_checked(colon).unwrap_or_default();
        let value = String::from_utf8_lossy(value.get(1..).unwrap_or_default());
        let value = value.trim_start_matches([' ', '\t']).trim_end_matches(['\r', '\n']);
        self.headers.push(String::from_utf8_lossy(name), value);
        Ok(())
    }
}

/// Where headers stand, without the end of the last line.
pub(super) fn place(lines: &Lines, of: &[Range<usize>], at: usize) -> Range<usize> {
    match (of.first(), of.last()) {
        (Some(first), Some(last)) => first.start..last.end - line_end(lines.of(last)),
        _ => at..at,
    }
}
