//! What Python's `str` does to a text, where Rust's does a little less or more.

/// Whether Python strips it (`str.isspace`): Unicode's white space, and four separators more.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `str.strip()`.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.lstrip()`.
pub(super) fn lstrip(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// `str.rstrip()`.
pub(super) fn rstrip(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// `str.splitlines()`.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| matches!(c, '\n'..='\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    text.split_inclusive('\n').flat_map(move |line| {
        let line = line.strip_suffix("\r\n").or_else(|| line.strip_suffix('\n')).unwrap_or(line);
        line.split(ends)
    })
}

/// `str.startswith` of the text in lower case, for a beginning that is in lower case already.
pub(super) fn starts_with(text: &str, beginning: &str) -> bool {
    let mut folded = text.chars().flat_map(char::to_lowercase);
    beginning.chars().all(|c| folded.next() == Some(c))
}

/// The valid beginning of bytes that Python would decode with `surrogateescape`, at least as much as one line of it.
pub(super) fn head(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => bytes.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or(""),
    }
}
