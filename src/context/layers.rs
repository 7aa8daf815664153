//! The outer layers of finished user-data, told by how a file begins. What is in them is not looked at.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Enough to know what follows, and a multiple of four characters.
const HEAD: usize = 4096;

/// RFC 1952, section 2.3.1. No text begins with it: its second byte is not UTF-8 there.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Whether a file is compressed.
pub(crate) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(GZIP)
}

/// Whether a text begins with the headers of a message. cloud-init looks for one of them anywhere in the first 4096 bytes
/// (`wire::reading::is_message`); only a line of its own before the first empty one counts here: a context may well hold a message,
/// but never in such a place.
pub(super) fn has_headers(text: &str) -> bool {
    let name = "mime-version:";
    let is_header = |line: &str| line.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
    text.lines().take_while(|line| !line.is_empty()).any(is_header)
}

/// The beginning of what a text encodes in base64, wrapped or not; `None` where it is no base64.
pub(super) fn base64_head(text: &str) -> Option<Vec<u8>> {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=".contains(&byte);
    if !text.bytes().all(sound) {
        return None;
    }
    // Every four characters stand for themselves, so the beginning can be read without the rest, and of a text that is itself cut.
    let mut head: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).take(HEAD).collect();
    head.truncate(head.len() / 4 * 4);
    STANDARD.decode(head).ok()
}
