//! What may be shown of the settings that our handlers are given.

use crate::blocks::BlockSpec;
use crate::context::hiding::{is_public_key, secret_names};
use crate::desk::shown::covered;
use crate::language::hidden::{is_opaque, names_a_secret, opens_an_address};
use serde_json::Value;

/// What stands for a secret.
pub(in crate::desk) const HIDDEN: &str = "***";

/// Settings of ours, by what is a secret in them.
pub(super) struct Ours {
    names: Vec<&'static str>,
    /// Texts of several lines are files, and may hold any of the block's secrets.
    files: bool,
}

impl Ours {
    /// Of a block; of the plan, which is none, and speaks of all.
    pub fn of(block: Option<&BlockSpec>) -> Self {
        Self { names: secret_names(), files: block.is_none_or(|spec| !spec.secrets.is_empty()) }
    }

    pub fn is_secret(&self, key: &str) -> bool {
        names_a_secret(key) || self.names.contains(&key) || matches!(key, "env" | "failure" | "success") && self.files
    }

    /// `secret`: a name says that it is one.
    pub fn shown(&self, text: &str, secret: bool) -> String {
        let several = text.trim_end_matches('\n').contains('\n');
        let opens = opens_an_address(text) || !is_public_key(text) && text.split_whitespace().any(is_opaque);
        sight(text, secret && !is_harmless(text) || opens || several && self.files)
    }

    /// The texts below names of secrets.
    fn gather<'v>(&self, value: &'v Value, secret: bool, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(map) => {
                map.iter().for_each(|(key, value)| match value {
                    // What a program is told by its environment is covered there. Elsewhere it may be any word: `WHERE: data`.
                    Value::Object(variables) if !secret && matches!(key.as_str(), "env" | "environment") => {
                        let told = variables.iter().filter(|(name, value)| names_a_secret(name) || opens(value));
                        told.for_each(|(_, value)| self.gather(value, true, found));
                    }
                    _ => self.gather(value, secret || self.is_secret(key), found),
                });
            }
            Value::Array(items) => {
                let told = told(items.iter().map(|item| item.as_str().unwrap_or_default()));
                items.iter().zip(told).for_each(|(item, told)| self.gather(item, secret || told, found));
            }
            Value::String(text) if secret && !is_harmless(text) => found.push(text),
            _ => {}
        }
    }
}

/// Whether a value is a secret whatever it is called.
fn opens(value: &Value) -> bool {
    value.as_str().is_some_and(|text| opens_an_address(text) || text.split_whitespace().any(is_opaque))
}

/// What follows an option is perhaps told by it: `[mysql, --password, WORD]`.
pub(super) fn told<'w>(words: impl Iterator<Item = &'w str>) -> impl Iterator<Item = bool> {
    let tells = |word: &str| word.starts_with('-') && names_a_secret(word.trim_start_matches('-'));
    std::iter::once(false).chain(words.map(tells))
}

/// The words of a command as the settings of a block would show them. `files`: whether those may hold secrets of theirs in any text of several
/// lines.
pub(in crate::desk) fn shown_words(words: &[String], files: bool) -> Vec<String> {
    let ours = Ours { names: Vec::new(), files };
    let told = told(words.iter().map(String::as_str));
    words.iter().zip(told).map(|(word, told)| ours.shown(word, told)).collect()
}

/// The texts in the settings of a block that their names say are secrets.
pub(in crate::desk) fn secret_texts<'v>(settings: &'v Value, spec: &BlockSpec) -> Vec<&'v str> {
    let mut found = Vec::new();
    Ours::of(Some(spec)).gather(settings, false, &mut found);
    found
}

/// A text as it may be shown, with all of it covered or only what a word in it opens.
pub(super) fn sight(text: &str, hidden: bool) -> String {
    match hidden || text.contains("PRIVATE KEY") {
        true => HIDDEN.into(),
        false if is_public_key(text) => text.to_owned(),
        false => squeezed(&covered(text)),
    }
}

/// Said of a secret without saying it.
fn is_harmless(text: &str) -> bool {
    matches!(text, "" | "null" | "~" | "true" | "false" | "log" | "notify" | "poweroff")
}

/// As many stars for a secret of any length. Fewer than four are perhaps the writer's.
fn squeezed(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c| c != '*') {
        let stars = piece.bytes().take_while(|byte| *byte == b'*').count();
        shown.push_str(if stars > HIDDEN.len() { HIDDEN } else { piece.get(..stars).unwrap_or_default() });
        shown.push_str(piece.get(stars..).unwrap_or_default());
    }
    shown
}
