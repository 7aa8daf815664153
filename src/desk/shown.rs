//! What may be shown of texts from outside: secrets are covered, control characters are escaped, and what is too long is cut.

use crate::language::hidden::Hidden;
use std::borrow::Cow;

/// A word of so many characters that mixes the alphabet of base64 is a key, or part of one.
const LONGEST_WORD: usize = 40;

/// A text with its secrets covered.
pub(super) fn covered(shown: &str) -> String {
    let mut shown = shown.to_owned();
    cover(&mut shown);
    shown
}

/// Covers secrets in one text.
pub(super) fn cover(text: &mut String) {
    let mut hidden = Hidden::default();
    hidden.search(text);
    let covered = match hidden.covered(text) {
        Cow::Borrowed(_) => None,
        Cow::Owned(covered) => Some(covered),
    };
    if let Some(covered) = covered {
        *text = covered;
    }
    if text.split_whitespace().any(is_key) {
        // What is between the words stays: it may be the end of a line.
        *text = text
            .split_inclusive(char::is_whitespace)
            .flat_map(|word| match word.trim_end() {
                key if is_key(key) => ["***", word.get(key.len()..).unwrap_or_default()],
                _ => [word, ""],
            })
            .collect();
    }
}

/// Digests and identities have letters of one case.
fn is_key(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.bytes().any(|byte| kind(&byte));
    word.len() >= LONGEST_WORD
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
        && !word.starts_with('/')
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
}

/// Whether a terminal may act on a character, or show the text in another order than it is.
fn is_unshown(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A text for a terminal: on one line, nothing in it that the terminal would act on.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unshown) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if is_unshown(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

/// JSON with the same characters escaped: serde_json leaves DEL and those beyond ASCII as they are.
pub(super) fn escaped_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match is_unshown(c) && c != '\n' {
            true => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => text.push(c),
        }
    }
    text
}

/// The beginning of a text, in characters.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{cover, escaped, escaped_json};

    #[test]
    fn a_terminal_gets_no_orders() {
        assert_eq!(escaped("a\u{1b}[2Jb\r\n\u{9b}c\u{202e}é"), "a\\u{1b}[2Jb\\r\\n\\u{9b}c\\u{202e}é");
        assert_eq!(escaped_json("[\n\"\u{7f}\u{9b}\"]"), "[\n\"\\u007f\\u009b\"]");
    }

    #[test]
    fn what_looks_like_a_secret_is_covered() {
        let key = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v5VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
        let digest = "bdc5b372041d7b2b05cf77ed6a0b5bb6bdc5b372041d7b2b05cf77ed6a0b5bb6";
        for (secret, shown) in [
            (format!("read {key} from disk"), "read *** from disk"),
            (format!("-----BEGIN PRIVATE KEY-----\n{key}"), "-----BEGIN PRIVATE KEY-----\n"),
            ("cannot fetch https://me:word@example.org/x".into(), "cannot fetch https://*******@example.org/x"),
            ("db_password: hunter2".into(), "db_password:"),
        ] {
            let mut found = secret.clone();
            cover(&mut found);
            assert!(found.starts_with(shown) && !found.contains("word@") && !found.contains("hunter2"), "{found}");
            assert!(!found.contains(key), "{found}");
        }
        for plain in [digest, "/usr/lib/python3/dist-packages/cloudinit/Sources1", "exit 3"] {
            let mut found = plain.to_owned();
            cover(&mut found);
            assert_eq!(found, plain);
        }
    }
}
