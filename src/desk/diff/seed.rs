//! What lies beside the user-data in a seed, and is read with it.

use super::document::{Change, Consequence, Effect, What};
use crate::desk::opening::Seed;
use crate::language::diagnostic::Report;
use crate::language::document::Document;
use crate::language::source::Source;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What tells two files apart, and what the machine knows one by.
type Files<'s> = BTreeMap<String, (&'s str, Cow<'s, [u8]>)>;

/// The files that are not as they were, by their names in the new seed, or in the old one where they are gone.
pub(super) fn compare(old: &Seed, new: &Seed) -> Vec<Change> {
    let (olds, news) = (files(old), files(new));
    let there = news.iter().filter_map(|(name, (path, bytes))| match olds.get(name) {
        None => Some(change(What::Added, path, consequence(name, b"", bytes))),
        Some((_, before)) if before != bytes => Some(change(What::Changed, path, consequence(name, before, bytes))),
        Some(_) => None,
    });
    let gone = olds.iter().filter(|(name, _)| !news.contains_key(*name));
    let gone = gone.map(|(name, (path, bytes))| change(What::Removed, path, consequence(name, bytes, b"")));
    there.chain(gone).collect()
}

fn change(what: What, path: &str, consequence: Consequence) -> Change {
    Change { content_type: "seed".into(), filename: path.to_owned(), ..Change::new(vec![what], consequence) }
}

/// Images of one kind name files otherwise than directories: the last of a path counts, without its case. Of what the machine writes the
/// whole path does, and the digest stands for the bytes.
fn files(seed: &Seed) -> Files<'_> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let read = seed.beside.iter().chain(&seed.vendor_data);
    let read = read.map(|(path, bytes)| (name(path), (path.as_str(), Cow::Borrowed(bytes.as_slice()))));
    let written = seed.contents.iter();
    let written = written.map(|(path, digest)| (path.to_ascii_lowercase(), (path.as_str(), digest.as_bytes().into())));
    read.chain(written).collect()
}

/// What a change needs, after cloud-init (26.1): networks are configured for a new instance only (`default_update_events` of
/// `sources/__init__.py`, which neither NoCloud nor ConfigDrive changes); so are the files of a config drive written (`on_first_boot` of
/// `DataSourceConfigDrive.py`).
fn consequence(name: &str, old: &[u8], new: &[u8]) -> Consequence {
    let (effect, why) = match name {
        "network-config" | "network_data.json" => {
            (Effect::NewInstance, "cloud-init configures the network for a new instance only")
        }
        "meta-data" if instance_id(old) != instance_id(new) => (Effect::NewInstance, ANOTHER),
        "meta_data.json" if value(old, "uuid") != value(new, "uuid") => (Effect::NewInstance, ANOTHER),
        "meta_data.json" if ["files", "network_config"].iter().any(|key| value(old, key) != value(new, key)) => {
            (Effect::NewInstance, WRITTEN)
        }
        _ if name.contains('/') => (Effect::NewInstance, WRITTEN),
        _ => (Effect::NextBoot, "cloud-init reads it at every boot"),
    };
    Consequence::new(effect, why)
}

const ANOTHER: &str = "another instance-id makes another instance, which does all of the new file";

const WRITTEN: &str = "cloud-init writes the files of a config drive for a new instance only";

/// The instance-id in `meta-data`, which is YAML or JSON.
fn instance_id(meta_data: &[u8]) -> Option<String> {
    let source = Source::new("", str::from_utf8(meta_data).ok()?);
    let document = Document::parse_foreign(&source, &mut Report::new(&source))?;
    document.root.entry("instance-id").and_then(|(_, id)| id.text().map(str::to_owned))
}

fn value(meta_data: &[u8], key: &str) -> Option<Value> {
    serde_json::from_slice::<Value>(meta_data).ok()?.get_mut(key).map(Value::take)
}
