//! Who takes the parts that cloud-init does not take itself: part-handlers, as far as their text says so (none is run here), and what
//! is fetched.

use crate::context::{handlers, plan};
use crate::wire::reading::{Found, kinds};
use std::collections::{HashMap, HashSet};

/// The longest word that is looked at: no type is longer.
const MOST_BYTES: usize = 200;

/// What our handler makes the types of blocks with, from their names.
const PATTERN: &str = "text/%s-config";

/// The type of a part-handler.
pub(super) const PART_HANDLER: &str = "text/part-handler";

/// Who takes a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taker {
    /// Our handler, or what brings it.
    Ours,
    /// The part-handler at this index.
    Handler(usize),
    /// One that comes too late.
    Late(usize),
    /// Something that is fetched may.
    Fetched,
    Nobody,
}

/// What takes parts, read once: a file may have hundreds of handlers, and as many parts for them.
pub(super) struct Takers {
    /// The handlers of each type in their order, by their indexes.
    handlers: HashMap<String, Vec<usize>>,
    /// Those that are ours.
    ours: HashSet<usize>,
    /// The first include, and the first of our own handlers.
    fetched: Option<usize>,
    included: Option<usize>,
    /// Types that are claimed with capitals, by what they are without.
    capital: HashMap<String, String>,
}

impl Takers {
    pub fn of(parts: &[Found]) -> Self {
        let (mut handlers, mut capital) = (HashMap::<String, Vec<usize>>::new(), HashMap::new());
        let found = || parts.iter().enumerate().filter(|(_, part)| part.content_type == PART_HANDLER);
        for (index, part) in found() {
            for kind in claims(&part.body) {
                let small = kind.to_ascii_lowercase();
                if small != kind {
                    capital.insert(small, kind.clone());
                }
                handlers.entry(kind).or_default().push(index);
            }
        }
        Self {
            handlers,
            ours: found().filter(|(_, part)| is_ours(part)).map(|(index, _)| index).collect(),
            fetched: parts.iter().position(includes),
            included: parts.iter().position(|part| includes(part) && includes_ours(part)),
            capital,
        }
    }

    /// Who takes the type of the part at an index. Of several handlers it is the last that has come (`ContentHandlers.register`); types
    /// are compared as they are written, and that of a part is always in small letters (`walk` of `handlers/__init__.py`).
    pub fn of_type(&self, index: usize, kind: &str) -> Taker {
        let before = |at: Option<usize>| at.is_some_and(|at| at < index);
        let known = self.handlers.get(kind).map(Vec::as_slice).unwrap_or_default();
        let come = known.iter().rev().find(|at| **at < index);
        match (come, known.first()) {
            (Some(at), _) if self.ours.contains(at) => Taker::Ours,
            (Some(at), _) => Taker::Handler(*at),
            _ if before(self.included) && handlers::takes(kind) => Taker::Ours,
            (None, Some(late)) => Taker::Late(*late),
            (None, None) if before(self.fetched) => Taker::Fetched,
            (None, None) => Taker::Nobody,
        }
    }

    /// How a handler writes a type that nobody takes, where only capitals keep it from that.
    pub fn with_capitals(&self, kind: &str) -> Option<&str> {
        self.capital.get(kind).map(String::as_str)
    }
}

/// Whether a part-handler is the one that contextc ships.
pub(super) fn is_ours(part: &Found) -> bool {
    part.filename == handlers::PART
}

fn includes(part: &Found) -> bool {
    kinds::is_include(&part.content_type)
}

/// Whether the handlers of contextc are fetched, of whichever version.
fn includes_ours(part: &Found) -> bool {
    part.filename == plan::INCLUDED || String::from_utf8_lossy(&part.body).contains(handlers::BUNDLES)
}

/// The types that may be meant: what stands in quotes and has a slash, and in a handler of ours, of which the names of blocks are
/// the keys of a map, their types. One pass, whatever asks afterwards.
fn claims(handler: &[u8]) -> HashSet<String> {
    let text = String::from_utf8_lossy(handler);
    let mut words = text.split(['"', '\'']).peekable();
    let (mut types, mut names) = (HashSet::new(), Vec::new());
    while let Some(word) = words.next() {
        if word.len() > MOST_BYTES {
            continue;
        }
        if word.contains('/') && word.bytes().all(|byte| byte.is_ascii_graphic()) {
            types.insert(word.to_owned());
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
    use super::{Taker, Takers, claims};
    use crate::wire::reading;

    #[test]
    fn what_is_in_quotes_is_claimed() {
        let types = claims(b"def list_types():\n return ['text/a', \"Text/B\"]\n# text/c \"d\": 1\n");
        assert_eq!(types, ["text/a", "Text/B"].map(String::from).into());
        let ours = claims(b"T=\"text/%s-config\"\nH={\"localfs\":f,\"cvmfs\": g}\n");
        assert!(["text/localfs-config", "text/cvmfs-config"].iter().all(|kind| ours.contains(*kind)));
    }

    #[test]
    fn the_last_handler_that_has_come_takes_a_part() {
        let part = |kind: &str, body: &str| format!("--b\nContent-Type: {kind}\n\n{body}\n");
        let handler =
            |kind: &str| part("text/part-handler", &format!("#part-handler\ndef list_types(): return ['{kind}']"));
        let (include, other) = (part("text/x-include-url", "https://example.org/x"), part("text/x", ""));
        let parts = [other.clone(), handler("text/x"), handler("text/x"), other, handler("Text/Y"), include];
        let message =
            format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{}--b--\n", parts.concat());
        let takers = Takers::of(&reading::open(message.as_bytes()).unwrap().parts);
        for (index, kind, taker) in [
            (0, "text/x", Taker::Late(1)),
            (2, "text/x", Taker::Handler(1)),
            (3, "text/x", Taker::Handler(2)),
            (5, "text/y", Taker::Nobody),
            (6, "text/y", Taker::Fetched),
            (6, "text/localfs-config", Taker::Fetched),
        ] {
            assert_eq!(takers.of_type(index, kind), taker, "{index} {kind}");
        }
        assert_eq!((takers.with_capitals("text/y"), takers.with_capitals("text/x")), (Some("Text/Y"), None));
    }
}
