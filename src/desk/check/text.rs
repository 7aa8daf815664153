//! Bytes as a text of the same length, so that places hold in both.

use std::borrow::Cow;

/// A byte that is not of UTF-8 is `?`. What is text already is not copied: it may be hundreds of mebibytes.
pub(super) fn of(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    #[test]
    fn places_hold() {
        assert_eq!(super::of(b"a\xffb\xe2\x82"), "a?b??");
        assert_eq!(super::of("aé€".as_bytes()), "aé€");
    }
}
