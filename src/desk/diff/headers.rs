//! Headers of a part that make another thing of the same body.

use super::consequence::{self, Plan};
use super::document::{Consequence, Effect, KeyChange, What};
use super::settings;
use crate::desk::anatomy::fate::Fate;
use crate::desk::anatomy::settings::Tree;
use crate::desk::check::merging;
use crate::wire::reading::Found;

/// Which of several machines of one launch takes the part (`filters/launch_index.py`), in any letters.
const LAUNCH_INDEX: &str = "Launch-Index";

/// What is different, and what that needs. How to merge is said of cloud-config alone (`handlers/cloud_config.py`).
pub(super) fn compare(old: &Found, new: &Found, fate: &Fate, plan: Plan) -> Vec<(KeyChange, Consequence)> {
    let is_config = new.content_type == "text/cloud-config";
    let merging = merging::HEADERS.iter().filter(|_| is_config);
    let names = merging.chain([&LAUNCH_INDEX]);
    let changed =
        names.filter_map(|name| settings::of_one(&format!("header {name}"), value(old, name), value(new, name)));
    changed
        .map(|change| match is_config {
            true => {
                let merged = Consequence::new(Effect::NextBoot, "cloud-init merges the parts at every boot");
                (KeyChange { consequence: Some(merged.clone()), ..change }, merged)
            }
            false => (change, consequence::of_part(What::Changed, new, fate, plan)),
        })
        .collect()
}

fn value(part: &Found, name: &str) -> Option<Tree> {
    let is_it = |found: &str| found == name || name == LAUNCH_INDEX && found.eq_ignore_ascii_case(name);
    let (_, value) = part.headers.iter().find(|(found, _)| is_it(found))?;
    Some(Tree::word(value.trim()))
}
