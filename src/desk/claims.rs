//! Which types a part-handler takes, as far as its text says so. It is never run here.

use std::collections::HashSet;

/// The longest word that is looked at: no type is longer.
const MOST_BYTES: usize = 200;

/// What our handler makes the types of blocks with, from their names.
const PATTERN: &str = "text/%s-config";

/// The types that may be meant: what stands in quotes and has a slash, and in a handler of ours, of which the names of blocks are
/// the keys of a map, their types. One pass, whatever asks afterwards.
pub(super) fn of(handler: &[u8]) -> HashSet<String> {
    let text = String::from_utf8_lossy(handler);
    let mut words = text.split(['"', '\'']).peekable();
    let (mut types, mut names) = (HashSet::new(), Vec::new());
    while let Some(word) = words.next() {
        if word.len() > MOST_BYTES {
            continue;
        }
        if word.contains('/') && word.bytes().all(|byte| byte.is_ascii_graphic()) {
            types.insert(word.to_ascii_lowercase());
        } else if words.peek().is_some_and(|next| next.starts_with(':')) {
            names.push(word);
        }
    }
    if types.contains(PATTERN) {
        types.extend(names.into_iter().map(|name| format!("text/{name}-config")));
    }
    types
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_in_quotes_is_claimed() {
        let types = super::of(b"def list_types():\n return ['text/a', \"Text/B\"]\n# text/c \"d\": 1\n");
        assert_eq!(types, ["text/a", "text/b"].map(String::from).into());
        let ours = super::of(b"T=\"text/%s-config\"\nH={\"localfs\":f,\"cvmfs\": g}\n");
        assert!(["text/localfs-config", "text/cvmfs-config"].iter().all(|kind| ours.contains(*kind)));
    }
}
