//! What a change does to a machine that runs with the old file, and is given the new one under the same instance-id.
//!
//! cloud-init reads its parts at every boot, and takes marks of what it does once per instance. Our handler is called at every boot
//! (`frequency = "always"`), and takes another plan for another context (`receive_plan` and `begin` of `handlers/_runtime.py`;
//! `tests/handlers/test_changed.py` shows it).

use super::document::{Consequence, Effect, What};
use crate::context::handlers;
use crate::desk::anatomy::fate::{Fate, Repeat};
use crate::desk::anatomy::{Anatomy, PLAN_TYPE, block_of, modules};
use crate::wire::reading::Found;
use serde_json::Value;

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

    /// What it means for the machine as a whole.
    pub fn notes(self, old: &Anatomy, new: &Anatomy) -> Vec<String> {
        let mut notes = Vec::new();
        match self {
            Self::Changed { digest } => {
                notes.push("contextc's plan has changed: at the next boot its handler begins a new context. It does all blocks again, then runs all user scripts that lie on the machine: those of the old file, and `runcmd` as it was at the first boot, too.".into());
                let keeps = |anatomy: &Anatomy, at: fn(&Found) -> bool| anatomy.opened.parts.iter().any(at);
                if digest && keeps(old, has_volumes) && keeps(new, refuses) {
                    notes.push("localfs no longer knows the volumes of the old context: it refuses their disk, and fails, unless the new file says `existing: reuse`.".into());
                }
            }
            Self::Appears => notes.push(
                "contextc's plan is new: at the next boot its handler does all blocks. User scripts are not run again."
                    .into(),
            ),
            Self::Disappears => notes
                .push("contextc's plan is gone: what its handler has done stays, and nothing is done again.".into()),
            Self::Absent | Self::Same => {}
        }
        notes
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
    use Effect::{NextBoot, NoEffect};
    let kind = part.content_type.as_str();
    let is_gone = what == What::Removed;
    let (effect, why) = match kind {
        "text/part-handler" if part.filename == handlers::PART => match plan.begins() {
            true => (NextBoot, "it does the new plan"),
            false => (NoEffect, "a plan that is done is not done again"),
        },
        "text/part-handler" if is_gone => (NextBoot, "it is loaded no longer; what it did stays"),
        "text/part-handler" => {
            (NextBoot, "it is loaded at every boot, and takes what it takes once per instance no second time")
        }
        PLAN_TYPE if plan.begins() => (NextBoot, "contextc's handler begins a new context"),
        PLAN_TYPE => (NoEffect, "what was done stays"),
        _ if block_of(kind).is_some() && fate.repeat == Repeat::OncePerPlan => block(what, plan),
        "text/x-shellscript" => script(is_gone, part, fate, plan),
        "text/x-shellscript-per-boot" if is_gone => (NoEffect, "its copy on the machine stays, and runs at every boot"),
        _ if is_gone => gone(fate.repeat),
        _ => by_repeat(fate.repeat),
    };
    Consequence::new(effect, why)
}

fn block(what: What, plan: Plan) -> (Effect, &'static str) {
    match (what, plan.begins()) {
        (What::Removed, _) => (Effect::NoEffect, "what the block did stays"),
        (What::Added, true) => (Effect::NextBoot, "the block is done"),
        (_, true) => (Effect::NextBoot, "the block is done again, with all others"),
        (_, false) => (Effect::NoEffect, "no plan of contextc's has it"),
    }
}

fn script(is_gone: bool, part: &Found, fate: &Fate, plan: Plan) -> (Effect, &'static str) {
    use Effect::{NewInstance, NextBoot, NoEffect};
    match (plan, is_gone) {
        _ if ["00-contextc-late", "zz-contextc-finish"].contains(&part.filename.as_str()) => {
            (NoEffect, "contextc's handler does its work at later boots")
        }
        _ if fate.repeat == Repeat::Never => (NoEffect, "it is never run"),
        (Plan::Changed { .. }, false) => (NextBoot, "contextc's handler runs all user scripts again"),
        (Plan::Changed { .. }, true) => {
            (NextBoot, "its copy on the machine stays, and contextc's handler runs it once more")
        }
        (_, true) => (NoEffect, "it has run"),
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
        Repeat::Never => (Effect::NoEffect, "nobody takes it"),
    }
}

fn gone(repeat: Repeat) -> (Effect, &'static str) {
    match repeat {
        Repeat::EveryBoot => (Effect::NextBoot, "it is no longer done; what it did stays"),
        Repeat::Never => (Effect::NoEffect, "nobody takes it"),
        _ => (Effect::NoEffect, "what it did stays"),
    }
}

/// Of a part that only stands elsewhere among the others.
pub(super) fn of_move(part: &Found) -> Consequence {
    match part.content_type.as_str() {
        kind if kind.starts_with("text/x-shellscript") => {
            Consequence::new(Effect::NoEffect, "scripts run by name, wherever they stand")
        }
        kind if block_of(kind).is_some() || kind == PLAN_TYPE => {
            Consequence::new(Effect::NoEffect, "what is done is not done again")
        }
        _ => Consequence::new(Effect::NextBoot, "the parts are walked in another order"),
    }
}

/// Of a key of cloud-config, by the path that begins with it.
pub(super) fn of_key(path: &str, what: What, whole: bool) -> Consequence {
    let key = path.split(['.', '[']).next().unwrap_or_default();
    let read_by = modules::reading(key);
    let always = read_by.iter().find(|module| module.repeat == Repeat::EveryBoot);
    let is_gone = what == What::Removed && whole;
    match (always, read_by.first()) {
        (Some(module), _) if is_gone => {
            Consequence::new(Effect::NextBoot, format!("{} runs at every boot, and does this no longer", module.module))
        }
        (Some(module), _) => Consequence::new(Effect::NextBoot, format!("{} runs at every boot", module.module)),
        (None, Some(module)) if is_gone => {
            Consequence::new(Effect::NoEffect, format!("what {} did stays", module.module))
        }
        (None, Some(module)) => {
            let once = if module.repeat == Repeat::Once { "once on a disk" } else { "once per instance" };
            Consequence::new(Effect::NewInstance, format!("{} runs {once}", module.module))
        }
        (None, None) if modules::is_known(key) => {
            Consequence::new(Effect::NextBoot, "cloud-init itself reads it at every boot")
        }
        (None, None) => Consequence::new(Effect::NoEffect, "cloud-init is not known to read it"),
    }
}
