//! What cloud-init does by itself with a cloud-config, in words.

use super::facts::Facts;
use super::simulation::NotSimulated;
use crate::context::modes;
use crate::desk::anatomy::covering::HIDDEN;
use crate::desk::anatomy::fate::Stage;
use crate::desk::anatomy::modules::{self, Module};
use crate::desk::check::merging::{is_own, says_how};
use crate::language::diagnostic::Report;
use crate::language::document::value::value_of;
use crate::language::document::{Document, Kind, Node};
use crate::language::hidden::{is_opaque, names_a_secret};
use crate::language::source::Source;
use crate::wire::reading::Found;
use serde_yaml::Value;
use std::collections::HashMap;

/// The stages of cloud-init in their order: before the network counts, with it, at the end of the boot.
pub(super) const STAGES: [Stage; 3] = [Stage::Init, Stage::Config, Stage::Final];

/// The module that installs packages.
const INSTALLER: &str = "package_update_upgrade_install";

/// What cloud-init does, and what the blocks find done.
#[derive(Default)]
pub(super) struct CloudInit {
    /// What is done in each stage, a line each.
    pub does: [Vec<String>; 3],
    pub users: Vec<String>,
    pub packages: Vec<String>,
    pub not_simulated: Vec<NotSimulated>,
}

/// Reads every cloud-config of a message, in the order in which they are merged. What cannot be read says so: judging is for `contextc check`.
pub(super) fn read<'a>(parts: impl Iterator<Item = &'a Found>, facts: &Facts) -> CloudInit {
    let mut merged = Merged::default();
    parts.for_each(|part| merged.add(part));
    let mut found = CloudInit { not_simulated: merged.not_simulated, ..CloudInit::default() };
    merged.settings.iter().flatten().for_each(|(key, value)| found.note(key, value, facts));
    found
}

/// The settings of all parts.
#[derive(Default)]
struct Merged<'a> {
    /// Nothing where one was replaced.
    settings: Vec<Option<(String, Value)>>,
    /// Where in them a key stands, and the last part that has it.
    places: HashMap<String, (Vec<usize>, &'a str)>,
    not_simulated: Vec<NotSimulated>,
}

impl<'a> Merged<'a> {
    fn add(&mut self, part: &'a Found) {
        let source = Source::from_bytes("cloud-config", part.body.to_vec());
        let document = Document::parse_foreign(&source, &mut Report::new(&source));
        let value = document.as_ref().map(|document| with_modes(&document.root));
        match (&document, value) {
            (Some(document), Some(Value::Mapping(map))) => {
                let says_how = says_how(part, document);
                map.into_iter().for_each(|(key, value)| self.setting(part, says_how, &key, value));
            }
            (_, Some(Value::Null)) => {}
            _ => self.not(format!("`{}`", part.filename), "it cannot be read as a map of keys"),
        }
    }

    fn setting(&mut self, part: &'a Found, says_how: bool, key: &Value, value: Value) {
        let Some(name) = key.as_str() else {
            return self.not(format!("a key of `{}` that is no text", part.filename), "cloud-init knows no such key");
        };
        if is_own(name) {
            let reason = match name {
                "launch-index" => "which machine of several this is, is not known here",
                _ => "how parts are merged is not worked out here",
            };
            return self.not(format!("`{name}` of `{}`", part.filename), reason);
        }
        let (mut places, other) = self.places.remove(name).unwrap_or_default();
        if !places.is_empty() {
            let (key, mine) = (shown_key(name), &part.filename);
            match says_how {
                true => self.not(
                    format!("`{key}` of `{mine}`"),
                    format!("it is merged with that of `{other}` as the part says, and both are listed as they stand"),
                ),
                false => self.not(format!("`{key}` of `{other}`"), format!("that of `{mine}` replaces it")),
            }
        }
        if !says_how {
            for place in places.drain(..) {
                self.settings.get_mut(place).into_iter().for_each(|replaced| *replaced = None);
            }
        }
        places.push(self.settings.len());
        self.places.insert(name.to_owned(), (places, &part.filename));
        self.settings.push(Some((name.to_owned(), value)));
    }

    fn not(&mut self, what: String, reason: impl Into<String>) {
        self.not_simulated.push(NotSimulated { what, reason: reason.into() });
    }
}

/// The settings, each file of them with the mode that it gets: what was in quotes, a value does not know any more.
fn with_modes(root: &Node) -> Value {
    let mut settings = value_of(root);
    let written = root.entry("write_files").map(|(_, files)| &files.kind);
    if let (Some(Kind::Sequence(files)), Some(Value::Sequence(values))) = (written, settings.get_mut("write_files")) {
        for (file, value) in files.iter().zip(values) {
            if let Some((mode, (_, node))) = value.get_mut("permissions").zip(file.entry("permissions")) {
                *mode =
                    modes::becomes(node).map_or("(mode not known here)".into(), |mode| format!("{mode:04o}")).into();
            }
        }
    }
    settings
}

fn shown_key(key: &str) -> &str {
    if is_opaque(key) { HIDDEN } else { key }
}

impl CloudInit {
    fn note(&mut self, key: &str, value: &Value, facts: &Facts) {
        let modules = modules::acting(key);
        if let Some(reason) = without_effect(key, &modules, facts) {
            let what = format!("`{}`", shown_key(key));
            return self.not_simulated.push(NotSimulated { what, reason: reason.to_owned() });
        }
        let list = |value: &Value| value.as_sequence().cloned().unwrap_or_else(|| vec![value.clone()]);
        match key {
            "users" => self.users.extend(list(value).iter().filter_map(name)),
            "packages" => self.packages.extend(list(value).iter().filter_map(name)),
            _ => {}
        }
        for (stage, does) in STAGES.iter().zip(&mut self.does) {
            match (key, value) {
                _ if modules.iter().all(|module| module.stage != *stage) => {}
                ("write_files", Value::Sequence(files)) => {
                    let now = files.iter().filter(|file| is_deferred(file) == (*stage == Stage::Final));
                    does.extend(now.map(written));
                }
                // What is one is deferred as a whole or not, and none of it is a file.
                ("write_files", _) if *stage == Stage::Final => {}
                _ => does.push(format!("{key}: {}", shown(key, value))),
            }
        }
    }
}

/// Why nothing is said of a key.
fn without_effect(key: &str, modules: &[Module], facts: &Facts) -> Option<&'static str> {
    let installs = modules.iter().all(|module| module.module == INSTALLER);
    match modules {
        [] if modules::is_known(key) => Some("cloud-init itself reads it, and no module of it"),
        [] => Some("cloud-init knows no such key"),
        _ if installs && !facts.package_manager => Some("the machine has nothing to install packages with"),
        _ if installs && !facts.network => Some("the machine has no network to fetch packages from"),
        _ => None,
    }
}

/// Whether a file is written at the end of the boot (`config/cc_write_files.py`, the words of `util.is_true`).
fn is_deferred(file: &Value) -> bool {
    match file.get("defer") {
        Some(Value::Bool(switch)) => *switch,
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        Some(Value::String(word)) => ["true", "1", "on", "yes"].contains(&word.trim().to_ascii_lowercase().as_str()),
        _ => false,
    }
}

/// The name of a user or a package, however it is written.
fn name(value: &Value) -> Option<String> {
    let first = match value {
        Value::Mapping(_) => value.get("name"),
        Value::Sequence(words) => words.first(),
        _ => Some(value),
    };
    first?.as_str().map(str::to_owned)
}

fn written(file: &Value) -> String {
    let text = |key: &str| file.get(key).and_then(Value::as_str);
    let (mode, owner) = (text("permissions").unwrap_or("0644"), text("owner").unwrap_or("root:root"));
    format!("write {} {mode} {owner}", text("path").unwrap_or("(no path)"))
}

/// A value in a few words. Of a map the keys, of what may be a secret nothing.
fn shown(key: &str, value: &Value) -> String {
    let names = |values: Vec<String>| values.join(", ");
    match value {
        _ if names_a_secret(key) || key == "ssh_keys" || key == "chpasswd" => "***".into(),
        Value::Sequence(items) if ["users", "groups", "packages"].contains(&key) => names(
            items
                .iter()
                .filter_map(|item| name(item).or_else(|| Some(item.as_mapping()?.keys().next()?.as_str()?.to_owned())))
                .collect(),
        ),
        Value::Sequence(items) if items.len() == 1 => "1 entry".into(),
        Value::Sequence(items) => format!("{} entries", items.len()),
        Value::Mapping(map) => names(map.keys().filter_map(|key| key.as_str().map(str::to_owned)).collect()),
        Value::String(text) if text.lines().count() > 1 => format!("{} lines", text.lines().count()),
        Value::String(text) => text.chars().take(60).collect(),
        Value::Null => "nothing".into(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
