//! What a simulation may show: the words of commands as `inspect` shows them, nothing that the settings say is a secret, and no digest of one.

use super::message::Message;
use super::simulation::{Action, Block, Difference, Simulation};
use crate::desk::anatomy::covering::{HIDDEN, secret_texts, shown_words};
use crate::desk::shown::cover;
use serde_json::Value;
use std::collections::HashMap;

/// Shorter texts are words that stand anywhere.
const SHORTEST: usize = 4;

/// Texts of so many bytes are no words: where one stands within another word, it is hidden there, too.
const LONG: usize = 8;

/// How a record writes what may be a secret (handlers/_record.py): a short one can be guessed from it.
const SEALED: &str = "sha256:";

/// The hexadecimal digits of such a digest.
const DIGITS: usize = 64;

/// The texts that the settings of a message say are secrets, by their first bytes, the longest first.
pub(super) struct Secrets(HashMap<[u8; SHORTEST], Vec<String>>);

impl Secrets {
    pub fn of(message: &Message) -> Self {
        let mut found = HashMap::<_, Vec<String>>::new();
        let texts = message.blocks.iter().flat_map(|block| secret_texts(&block.settings, block.spec));
        for line in texts.flat_map(str::lines).map(str::trim).filter(|line| !line.starts_with(['/', '~', '.'])) {
            if let Some(first) = line.as_bytes().first_chunk() {
                found.entry(*first).or_default().push(line.to_owned());
            }
        }
        for lines in found.values_mut() {
            lines.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
            lines.dedup();
        }
        Self(found)
    }

    /// Covers what looks like a secret, or is one somewhere.
    pub fn cover(&self, simulation: &mut Simulation) {
        simulation.notes.iter_mut().for_each(|note| self.text(note));
        simulation.cloud_init.iter_mut().flat_map(|stage| &mut stage.does).for_each(cover);
        simulation.not_simulated.iter_mut().for_each(|passed| cover(&mut passed.what));
        simulation.blocks.iter_mut().for_each(|block| self.block(block));
    }

    fn block(&self, block: &mut Block) {
        block.reason.iter_mut().for_each(|text| self.text(text));
        block.results.iter_mut().for_each(|found| self.text(&mut found.result));
        block.actions.iter_mut().for_each(|action| self.action(action));
        block.difference.iter_mut().for_each(|difference| self.difference(difference));
    }

    fn action(&self, action: &mut Action) {
        // Of a user's command the runtime keeps the last that it writes.
        let is_users = action.with.get("last").and_then(Value::as_u64).is_some_and(|last| last > 0);
        if !action.words.is_empty() {
            action.what = shown_words(&action.words, is_users).join(" ");
        }
        self.text(&mut action.what);
        action.notes.iter_mut().chain(&mut action.failed).for_each(|text| self.text(text));
        self.lines(&mut action.text);
        self.value(&mut action.with);
    }

    /// As one text: a private key goes over several lines.
    fn lines(&self, lines: &mut Vec<String>) {
        let mut whole = lines.join("\n");
        self.text(&mut whole);
        if !lines.is_empty() {
            *lines = whole.split('\n').map(str::to_owned).collect();
        }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(values) => {
                let words: Option<Vec<String>> = values.iter().map(|word| word.as_str().map(str::to_owned)).collect();
                if let Some(words) = words {
                    *values = shown_words(&words, false).into_iter().map(Value::from).collect();
                }
                values.iter_mut().for_each(|value| self.value(value));
            }
            Value::Object(map) => {
                let is_file = map.contains_key("mode");
                map.iter_mut().for_each(|(key, value)| match (key.as_str(), &value) {
                    ("stdin" | "env" | "url", Value::String(_)) => *value = HIDDEN.into(),
                    ("text", Value::String(text)) if is_file && !text.is_empty() => *value = HIDDEN.into(),
                    _ => self.value(value),
                });
            }
            _ => {}
        }
    }

    /// Where two are only told apart by what is covered, that is said.
    fn difference(&self, difference: &mut Difference) {
        let Difference { then, now, .. } = difference;
        let were_same = then == now;
        [&mut *then, &mut *now].into_iter().for_each(|text| self.text(text));
        if then == now && !were_same {
            now.push_str(" (with another secret)");
        }
    }

    fn text(&self, text: &mut String) {
        *text = self.without_known(text);
        cover(text);
    }

    /// A text without digests of secrets, and without the secrets of the settings.
    fn without_known(&self, text: &str) -> String {
        let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
        let mut inside = false;
        while let Some(first) = rest.chars().next() {
            let known = sealed(rest).or_else(|| self.begins(rest, inside));
            let length = match known {
                Some(length) => {
                    shown.push_str(HIDDEN);
                    length
                }
                None => {
                    shown.push(first);
                    first.len_utf8()
                }
            };
            inside = known.is_none() && first.is_alphanumeric();
            rest = rest.get(length..).unwrap_or_default();
        }
        shown
    }

    /// The length of a secret that stands here. `inside`: in the middle of a word.
    fn begins(&self, text: &str, inside: bool) -> Option<usize> {
        let candidates = self.0.get(text.as_bytes().first_chunk::<SHORTEST>()?)?;
        let alone = |length: usize| {
            let behind = text.get(length..).and_then(|rest| rest.chars().next());
            !inside && !behind.is_some_and(char::is_alphanumeric)
        };
        let stands = |line: &&String| text.starts_with(line.as_str()) && (line.len() >= LONG || alone(line.len()));
        candidates.iter().find(stands).map(String::len)
    }
}

/// The length of a digest that stands here.
fn sealed(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(SEALED)?.get(..DIGITS)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(SEALED.len() + DIGITS)
}
