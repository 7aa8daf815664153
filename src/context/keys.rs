//! Which top-level keys there are: ours, the blocks, cloud-init's.

use super::spelling;
use crate::blocks::{self, BlockSpec};
use crate::language::document::{Node, shortened};
use crate::language::fix::Fix;
use crate::language::suggest;

/// What a top-level key is.
pub(super) enum Key {
    /// One of [`OURS`].
    Ours,
    Block(&'static BlockSpec),
    /// A key of cloud-init, passed through.
    CloudConfig,
    /// `x-...`: ignored, a home for anchors.
    Ignored,
    Unknown,
}

/// The keys of the language itself.
pub(super) const OURS: &[&str] =
    &["version", "target", "handlers", "variables", "scripts", "boothooks", "include", "cloud-config"];

/// One key a line, `#` for comments.
const CLOUD_CONFIG: &str = include_str!("cloud_config_keys.txt");

/// The keys of cloud-config that are known here. A test compares them with cloud-init itself.
pub(crate) fn cloud_config() -> impl Iterator<Item = &'static str> + Clone {
    CLOUD_CONFIG.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

pub(super) fn classify(key: &str) -> Key {
    if OURS.contains(&key) {
        return Key::Ours;
    }
    if let Some(spec) = blocks::find(key) {
        return Key::Block(spec);
    }
    if key.starts_with("x-") {
        return Key::Ignored;
    }
    match cloud_config().any(|known| known == key) {
        true => Key::CloudConfig,
        false => Key::Unknown,
    }
}

/// Whether it is a key of a context or of cloud-init.
pub(crate) fn is_known(key: &str) -> bool {
    !matches!(classify(key), Key::Ignored | Key::Unknown)
}

/// Whether it is none of these, and no note of the user's own.
pub(crate) fn is_unknown(key: &str) -> bool {
    matches!(classify(key), Key::Unknown)
}

/// The right name of a key of a context, where only one can be meant.
pub(super) fn renamed(map: &Node, key: &Node) -> Option<Fix> {
    let blocks = blocks::BLOCKS.iter().map(|spec| spec.name);
    Fix::of_key(map, key, OURS.iter().copied().chain(blocks).chain(cloud_config())).filter(|fix| is_alone(map, fix))
}

/// The right name of a key of cloud-config, where only one can be meant.
pub(super) fn renamed_cloud_config(map: &Node, key: &Node) -> Option<Fix> {
    Fix::of_key(map, key, cloud_config()).filter(|fix| is_alone(map, fix))
}

/// Whether no older name of the same key is there: it becomes that key, too.
fn is_alone(map: &Node, fix: &Fix) -> bool {
    let mut names = map.pairs().iter().filter_map(|(key, _)| key.text());
    !names.any(|name| spelling::newer("", name) == Some(fix.replacement()))
}

/// What to write in place of an unknown key.
pub(super) fn advice(key: &str) -> String {
    let blocks = blocks::BLOCKS.iter().map(|spec| spec.name);
    // Ours first: of two names that are equally near, the one of this language is meant.
    match suggest::nearest(key, OURS.iter().copied().chain(blocks).chain(cloud_config())) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!(
            "a cloud-config key that is newer than this program goes below `cloud-config:`, a note of your own is called `x-{}`",
            shortened(key)
        ),
    }
}

/// The nearest key of cloud-init, as advice.
pub(super) fn nearest_cloud_config(key: &str) -> String {
    match suggest::nearest(key, cloud_config()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "remove it, or look its name up in cloud-init's module reference".into(),
    }
}
