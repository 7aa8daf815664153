//! Lines of a text from outside, one at a time, none longer than a limit.

use std::io::{self, BufRead, Read};

/// The longest line that is looked at, in bytes; of a longer one, its beginning. A summary of a machine is one line.
pub(super) const MAX_LINE_BYTES: usize = 1024 * 1024;

/// What is read line by line.
pub(super) trait Log {
    /// One line, without its end.
    fn line(&mut self, line: &str);
}

/// Hands over every line until no more are wanted. Bytes that are not UTF-8 become replacement characters.
///
/// # Errors
/// The reader's own. What was read before counts.
pub(super) fn until(mut reader: impl BufRead, mut take: impl FnMut(&str) -> bool) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let most = MAX_LINE_BYTES as u64;
        let read = reader.by_ref().take(most).read_until(b'\n', &mut line);
        if !line.is_empty() {
            let text = String::from_utf8_lossy(&line);
            if !take(text.trim_end_matches(['\r', '\n'])) {
                return Ok(());
            }
        }
        match read? {
            0 => return Ok(()),
            _ if line.len() == MAX_LINE_BYTES && line.last() != Some(&b'\n') => reader.skip_until(b'\n')?,
            _ => 0,
        };
    }
}
