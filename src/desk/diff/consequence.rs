//! What a change does to a machine that runs with the old file, and is given the new one under the same instance-id.
//!
//! cloud-init reads its parts at every boot, and takes marks of what it does once per instance. Our handler is called at every boot
//! (`frequency = "always"`), and takes another plan for another context (`receive_plan` and `begin` of `handlers/_runtime.py`;
//! `tests/handlers/test_changed.py` shows it).

use super::document::{Consequence, Effect, What};
use crate::desk::anatomy::fate::{Fate, Repeat};
use crate::desk::anatomy::{Anatomy, PLAN_TYPE, block_of, modules};
use crate::desk::takers;
use crate::targets::Target;
use crate::wire::reading::Found;
use serde_json::Value;

/// Datasources that are asked by nothing but their instance-id whether they still hold, and then give the user-data of the first boot
/// (`check_instance_id` of `sources/DataSource*.py`, 20.4 to 26.2; LXD's since 22.2). NoCloud does so with a seed in a directory only.
const KEEPING: [&str; 8] = ["Azure", "ConfigDrive", "DigitalOcean", "Hetzner", "LXD", "MAAS", "OpenStack", "Oracle"];

/// Whether the machines of a target never see another file than that of their first boot.
pub(super) fn keeps_the_first(anatomy: &Anatomy) -> Option<&'static Target> {
    anatomy.target.filter(|target| KEEPING.contains(&target.datasource()))
}

/// What became of the plan of contextc's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Neither has one.
    Absent,
    Same,
    /// The handler begins a new context.
    Changed {
        /// Whether its digest has changed, too, by which localfs knows its own volumes.
        digest: bool,
    },
    Appears,
    Disappears,
}

impl Plan {
    pub fn of(old: &Anatomy, new: &Anatomy) -> Self {
        match (plan(old), plan(new)) {
            (None, None) => Self::Absent,
            (None, Some(_)) => Self::Appears,
            (Some(_), None) => Self::Disappears,
            (Some(old), Some(new)) if old == new => Self::Same,
            (Some(old), Some(new)) => {
                let digest = |plan: &Value| plan.pointer("/contextc-plan/digest").cloned();
                Self::Changed { digest: digest(&old) != digest(&new) }
            }
        }
    }

    /// What is done a second time, or fails.
    pub fn warnings(self, old: &Anatomy, new: &Anatomy) -> Vec<String> {
        let Self::Changed { digest } = self else { return Vec::new() };
        let mut warnings = Vec::new();
        let keeps = |anatomy: &Anatomy, at: fn(&Found) -> bool| anatomy.opened.parts.iter().any(at);
        if digest && keeps(old, has_volumes) && keeps(new, refuses) {
            warnings.push("localfs no longer knows the volumes of the old context: it refuses their disk, and fails, unless the new file says `existing: reuse`.".into());
        }
        warnings.push("contextc's plan has changed: at the next boot its handler begins a new context. It does all blocks again, then runs all user scripts that lie on the machine: those of the old file, and `runcmd` as it was at the first boot, too.".into());
        warnings
    }

    /// What else it means for the machine as a whole.
    pub fn notes(self) -> Option<String> {
        let note = match self {
            Self::Appears => {
                "contextc's plan is new: at the next boot its handler does all blocks. User scripts are not run again."
            }
            Self::Disappears => "contextc's plan is gone: what its handler has done stays, and nothing is done again.",
            Self::Absent | Self::Same | Self::Changed { .. } => return None,
        };
        Some(note.into())
    }

    fn begins(self) -> bool {
        matches!(self, Self::Changed { .. } | Self::Appears)
    }
}

fn plan(anatomy: &Anatomy) -> Option<Value> {
    let part = anatomy.opened.parts.iter().find(|part| part.content_type == PLAN_TYPE)?;
    Some(serde_json::from_slice(&part.body).unwrap_or_default())
}

fn localfs(part: &Found) -> Option<Value> {
    let is_one = part.content_type == "text/localfs-config";
    is_one.then(|| serde_json::from_slice(&part.body).ok()).flatten()
}

fn has_volumes(part: &Found) -> bool {
    let volumes = |settings: Value| settings.pointer("/localfs/volumes").and_then(Value::as_array).map(Vec::len);
    localfs(part).and_then(volumes).is_some_and(|count| count > 0)
}

/// What bears the mark of another context is not taken (`localfs_group` of `handlers/localfs.py`).
fn refuses(part: &Found) -> bool {
    let existing = |settings: Value| settings.pointer("/localfs/existing") != Some(&Value::from("reuse"));
    has_volumes(part) && localfs(part).is_some_and(existing)
}

/// Of a part that is not cloud-config: `fate` is that of the new one, or of the old one where it is gone.
pub(super) fn of_part(what: What, part: &Found, fate: &Fate, plan: Plan) -> Consequence {
    use Effect::{NextBoot, Nothing};
    let kind = part.content_type.as_str();
    let is_gone = what == What::Removed;
    let (effect, why) = match kind {
        "text/part-handler" if takers::is_ours(part) => match plan.begins() {
            true => (NextBoot, "it does the new plan"),
            false => (Nothing, "a plan that is done is not done again"),
        },
        "text/part-handler" if fate.repeat == Repeat::Never => by_repeat(fate.repeat),
        "text/part-handler" if is_gone => (NextBoot, "it is loaded no longer; what it did stays"),
        "text/part-handler" => {
            (NextBoot, "it is loaded at every boot, and takes what it takes once per instance no second time")
        }
        PLAN_TYPE if plan.begins() => (NextBoot, "contextc's handler begins a new context"),
        PLAN_TYPE => (Nothing, "what was done stays"),
        _ if block_of(kind).is_some() && fate.repeat == Repeat::OncePerPlan => block(what, plan),
        "text/x-shellscript" => script(is_gone, part, fate, plan),
        "text/x-shellscript-per-boot" if is_gone => (Nothing, "its copy on the machine stays, and runs at every boot"),
        _ if is_gone => gone(fate.repeat),
        _ => by_repeat(fate.repeat),
    };
    Consequence::new(effect, why)
}

fn block(what: What, plan: Plan) -> (Effect, &'static str) {
    match (what, plan.begins()) {
        _ if plan == Plan::Same => {
            (Effect::NewInstance, "only one of them is what contextc's plan says, and the machine of the other fails")
        }
        (What::Removed, _) => (Effect::Nothing, "what the block did stays"),
        (What::Added, true) => (Effect::NextBoot, "the block is done"),
        (_, true) => (Effect::NextBoot, "the block is done again, with all others"),
        (_, false) => (Effect::Nothing, "no plan of contextc's has it"),
    }
}

fn script(is_gone: bool, part: &Found, fate: &Fate, plan: Plan) -> (Effect, &'static str) {
    use Effect::{NewInstance, NextBoot, Nothing};
    match (plan, is_gone) {
        _ if ["00-contextc-late", "zz-contextc-finish"].contains(&part.filename.as_str()) => {
            (Nothing, "contextc's handler does its work at later boots")
        }
        _ if fate.repeat == Repeat::Never => (Nothing, "it is never run"),
        (Plan::Changed { .. }, false) => (NextBoot, "contextc's handler runs all user scripts again"),
        (Plan::Changed { .. }, true) => {
            (NextBoot, "its copy on the machine stays, and contextc's handler runs it once more")
        }
        (_, true) => (Nothing, "it has run"),
        (_, false) => (NewInstance, "cloud-init runs user scripts once per instance"),
    }
}

fn by_repeat(repeat: Repeat) -> (Effect, &'static str) {
    match repeat {
        Repeat::EveryBoot | Repeat::OncePerPlan | Repeat::ByModule => {
            (Effect::NextBoot, "cloud-init does this at every boot")
        }
        Repeat::OncePerInstance => (Effect::NewInstance, "cloud-init does this once per instance"),
        Repeat::Once => (Effect::NewInstance, "cloud-init does this once on a disk: it needs a new machine"),
        Repeat::ByHandler => (Effect::NewInstance, "its handler is called once per instance, unless it says `always`"),
        Repeat::Never => (Effect::Nothing, "nothing comes of it"),
    }
}

fn gone(repeat: Repeat) -> (Effect, &'static str) {
    match repeat {
        Repeat::EveryBoot => (Effect::NextBoot, "it is no longer done; what it did stays"),
        Repeat::Never => (Effect::Nothing, "nothing comes of it"),
        _ => (Effect::Nothing, "what it did stays"),
    }
}

/// Of a part that only stands elsewhere among the others.
pub(super) fn of_move(part: &Found) -> Consequence {
    match part.content_type.as_str() {
        kind if kind.starts_with("text/x-shellscript") => {
            Consequence::new(Effect::Nothing, "scripts run by name, wherever they stand")
        }
        kind if block_of(kind).is_some() || kind == PLAN_TYPE => {
            Consequence::new(Effect::Nothing, "what is done is not done again")
        }
        _ => Consequence::new(Effect::NextBoot, "the parts are walked in another order"),
    }
}

/// Of a top-level key of cloud-config, or of something in it.
pub(super) fn of_key(key: &str, what: What, whole: bool) -> Consequence {
    let read_by = modules::acting(key);
    let always = read_by.iter().find(|module| module.repeat == Repeat::EveryBoot);
    let is_gone = what == What::Removed && whole;
    match (always, read_by.first()) {
        (Some(module), _) if is_gone => {
            Consequence::new(Effect::NextBoot, format!("{} runs at every boot, and does this no longer", module.module))
        }
        (Some(module), _) => Consequence::new(Effect::NextBoot, format!("{} runs at every boot", module.module)),
        (None, Some(module)) if is_gone => {
            Consequence::new(Effect::Nothing, format!("what {} did stays", module.module))
        }
        (None, Some(module)) => {
            let once = if module.repeat == Repeat::Once { "once on a disk" } else { "once per instance" };
            Consequence::new(Effect::NewInstance, format!("{} runs {once}", module.module))
        }
        (None, None) if modules::is_known(key) => {
            Consequence::new(Effect::NextBoot, "cloud-init itself reads it at every boot")
        }
        (None, None) => Consequence::new(Effect::Nothing, "cloud-init is not known to read it"),
    }
}
