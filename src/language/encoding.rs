//! Texts that are not UTF-8: in what else they may be written.

/// What to do about a text that is surely in an older encoding; nothing for bytes that are no text.
///
/// With no control character and no byte that windows-1252 leaves out it is text of one byte a character, and windows-1252 has all that
/// ISO 8859-1 shows. Which of the many of its kind it is, nobody can tell.
pub(crate) fn advice(bytes: &[u8]) -> Option<&'static str> {
    let is_text =
        |byte: &u8| !matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f | 0x81 | 0x8d | 0x8f | 0x90 | 0x9d);
    bytes.iter().all(is_text).then_some(
        "is it in the encoding of an older system? then `iconv -f windows-1252 -t utf-8 FILE`, or save it as UTF-8 in the editor",
    )
}

/// The byte at a place, as messages show it: `0x93`.
pub(crate) fn shown(bytes: &[u8], at: usize) -> String {
    bytes.get(at).map_or_else(|| "one".into(), |byte| format!("0x{byte:02x}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn older_texts_are_told_from_programs() {
        for text in [&b"\x93quoted\x94 caf\xe9 \x80 1\n"[..], b"gr\xfc\xdfe\r\n", b"plain\n"] {
            assert!(super::advice(text).unwrap().contains("windows-1252"));
        }
        for bytes in [&b"\x7fELF\x02\x01\x01\0"[..], b"a\x81", b"\x00a"] {
            assert_eq!(super::advice(bytes), None);
        }
        assert_eq!((super::shown(b"\x93", 0), super::shown(b"", 0)), ("0x93".into(), "one".into()));
    }
}
