//! The outer layers of finished user-data, told by how a file begins. What is in them is not looked at.

use crate::language::hidden::is_opaque;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;

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

/// Fewer characters than that may be a word that begins alike.
const TELLING: usize = 12;

/// The same of what was base64 before it was damaged, in another line or further on: as much of it as is sound.
pub(super) fn damaged_base64_head(text: &str) -> Option<Vec<u8>> {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let mut head: Vec<u8> = text.trim_start().bytes().take_while(letter).take(HEAD).collect();
    head.truncate(head.len() / 4 * 4);
    STANDARD.decode(&head).ok().filter(|_| head.len() >= TELLING)
}

/// Fewer lines among others are no text that was wrapped.
const FEWEST_LINES: usize = 3;

/// Whether a text is nothing but letters of base64, or most of its lines are as `base64` wraps them, all of one width. Certificates and messages have such lines, and say
/// what they are.
pub(super) fn is_lines_of_base64(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let is_named = lines.first().is_none_or(|first| first.starts_with(['#', '-']) || first.contains([' ', ':']));
    if is_named {
        return false;
    }
    let long = lines.iter().filter(|line| line.len() >= SHORTEST && is_opaque(line)).count();
    if lines.iter().all(|line| is_letters(line)) && long > 0 && long * 2 >= lines.len() {
        return true;
    }
    let mut widths: HashMap<usize, usize> = HashMap::new();
    lines.iter().filter(|line| is_base64_line(line)).for_each(|line| *widths.entry(line.len()).or_default() += 1);
    widths.into_values().max().is_some_and(|most| most >= FEWEST_LINES && most > lines.len() / 2)
}

/// A shorter line may be a long word.
const SHORTEST: usize = 60;

/// As long as a line that was wrapped, and no digest.
fn is_base64_line(line: &str) -> bool {
    (SHORTEST..=80).contains(&line.len()) && is_letters(line) && is_opaque(line)
}

fn is_letters(line: &str) -> bool {
    line.trim_end_matches('=').bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{damaged_base64_head, is_lines_of_base64};

    #[test]
    fn base64_is_known_by_its_lines() {
        let line = "I2Nsb3VkLWNvbmZpZwpwYXNzd29yZDogVHIwdWI0ZG9yCmNocGFzc3dkOgogIGV4cGlyZTogZmFs\n";
        let lines = line.repeat(4);
        assert!(is_lines_of_base64(&line.repeat(2)) && is_lines_of_base64(line) && is_lines_of_base64(&lines));
        assert!(is_lines_of_base64(&format!("?{lines}-- the end --\n")));
        for other in [
            "".to_owned(),
            format!("{line}a b\n").repeat(2),
            format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n"),
            format!("Subject: x\n\n{lines}"),
            format!("key: |\n{lines}"),
            "bdc5b372041d7b2b05cf77ed6a0b5bb6bdc5b372041d7b2b05cf77ed6a0b5bb6\n".repeat(4),
            format!("{line}a\nb\nc\nd\n").repeat(3),
        ] {
            assert!(!is_lines_of_base64(&other), "{other}");
        }
    }

    #[test]
    fn the_sound_beginning_is_read() {
        assert_eq!(damaged_base64_head("I2Nsb3VkLWNv!!mZpZwpw\n").unwrap(), b"#cloud-co");
        assert_eq!(damaged_base64_head("I2Nsb3Vk: 1\n"), None);
    }
}
