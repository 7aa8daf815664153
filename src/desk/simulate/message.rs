//! What a message says to the machine: blocks, what cloud-init does itself, scripts.

use super::cloud_init;
use super::facts::Facts;
use super::simulation::NotSimulated;
use crate::blocks::{BLOCKS, BlockSpec, Phase};
use crate::context::{handlers, plan};
use crate::desk::anatomy::fate::Fate;
use crate::desk::anatomy::{Anatomy, PLAN_TYPE, block_of};
use crate::desk::takers::{PART_HANDLER, is_ours};
use crate::error::Error;
use crate::language::digest::sha256_hex;
use crate::wire::reading::{Found, kinds};
use serde_json::Value;

/// A message, as far as it matters to a simulation.
pub(super) struct Message {
    /// The blocks in the order of the message.
    pub blocks: Vec<Settings>,
    /// The LVM tag of the context.
    pub tag: String,
    pub cloud_init: cloud_init::CloudInit,
    /// The names of boothooks and of the user's scripts.
    pub boothooks: Vec<String>,
    pub scripts: Vec<String>,
    pub notes: Vec<String>,
}

/// A block with its settings.
pub(super) struct Settings {
    pub spec: &'static BlockSpec,
    pub phase: &'static str,
    pub settings: Value,
    /// Of the part as the machine sees it.
    pub sha256: String,
}

/// Reads what a message says to a machine of these facts.
pub(super) fn read(name: &str, anatomy: &Anatomy, facts: &Facts) -> Result<Message, Error> {
    let opened = &anatomy.opened;
    if opened.parts.iter().all(|part| part.content_type == kinds::NOT_MULTIPART) {
        return Err(Error::unreadable(name, "there is nothing in it that cloud-init takes"));
    }
    let plan = opened
        .parts
        .iter()
        .find(|part| part.content_type == PLAN_TYPE)
        .and_then(|part| serde_json::from_slice::<Value>(&part.body).ok()?.get("contextc-plan").cloned())
        .unwrap_or_default();
    let blocks = opened.parts.iter().filter_map(|part| block(name, part, &plan)).collect::<Result<Vec<_>, _>>()?;
    let digest = plan.get("digest").and_then(Value::as_str).unwrap_or_default();
    let mut notes = Vec::new();
    for part in &opened.parts {
        notes.extend(note(part, &blocks, &plan));
    }
    notes.extend(plan.get("outcome").and_then(outcome));
    let names = |kind: &str| -> Vec<String> {
        opened.parts.iter().filter(|part| part.content_type == kind).map(|part| part.filename.clone()).collect()
    };
    let mut scripts = names("text/x-shellscript");
    scripts.retain(|name| !name.ends_with("-contextc-late") && !name.ends_with("-contextc-finish"));
    scripts.sort();
    let configs = opened.parts.iter().filter(|part| part.content_type == "text/cloud-config");
    let mut cloud_init = cloud_init::read(configs, facts);
    cloud_init.not_simulated.splice(0..0, anatomy.parts().filter_map(|(part, fate)| not_simulated(part, fate)));
    Ok(Message {
        blocks,
        tag: format!("contextc_{}", digest.get(..8).unwrap_or("00000000")),
        cloud_init,
        boothooks: names("text/cloud-boothook"),
        scripts,
        notes,
    })
}

/// The settings of a block, where a part has them.
fn block(name: &str, part: &Found, plan: &Value) -> Option<Result<Settings, Error>> {
    let spec = block_of(&part.content_type).filter(|spec| spec.is_handled())?;
    // As the machine does it: white space around the body says nothing.
    let mut body = part.body.trim_ascii().to_vec();
    body.push(b'\n');
    let mut read: Option<Value> = serde_json::from_slice(&body).ok();
    let settings = match read.as_mut().and_then(|read| read.get_mut(spec.name)).map(Value::take) {
        Some(settings) if settings.is_object() => settings,
        _ => return Some(Err(Error::unreadable(name, format!("the settings of `{}` in it are damaged", spec.name)))),
    };
    let planned = plan
        .get("blocks")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|row| row.get("name").is_some_and(|name| name == spec.name));
    let early =
        planned.map_or(spec.phase == Phase::Early, |row| row.get("phase").is_some_and(|phase| phase == "early"));
    let phase = if early { "early" } else { "late" };
    Some(Ok(Settings { spec, phase, settings, sha256: sha256_hex(&body) }))
}

/// A part of which nothing else is said, and why.
fn not_simulated(part: &Found, fate: &Fate) -> Option<NotSimulated> {
    let kind = part.content_type.as_str();
    let reason = match kind {
        "text/cloud-config" | "text/x-shellscript" | "text/cloud-boothook" | PLAN_TYPE => return None,
        PART_HANDLER if is_ours(part) => return None,
        _ if part.filename == plan::INCLUDED || block_of(kind).is_some_and(|spec| spec.is_handled()) => return None,
        _ if part.body.trim_ascii().is_empty() => return None,
        PART_HANDLER => "a part-handler of others is not run here".to_owned(),
        "text/jinja2" => "the data of the instance, with which the template is filled in, is not known here".to_owned(),
        "text/cloud-config-jsonp" => "a patch of the merged cloud-config is not made here".to_owned(),
        _ if kind.starts_with("text/x-shellscript-") => "scripts are not run here".to_owned(),
        _ if kinds::is_include(kind) => match part.addresses().len() {
            1 => "what its address gives is not fetched here".to_owned(),
            count => format!("what its {count} addresses give is not fetched here"),
        },
        _ => fate.what.clone(),
    };
    Some(NotSimulated { what: format!("`{}` ({kind})", part.filename), reason })
}

/// What is to follow the verdict.
fn outcome(outcome: &Value) -> Option<String> {
    let steps = |key: &str| outcome.get(key).and_then(Value::as_array).map_or(0, Vec::len);
    let (success, failure) = (steps("success"), steps("failure"));
    (success + failure > 0).then(|| {
        format!("after the verdict: {success} steps where all is well, {failure} where it is not (not run here)")
    })
}

/// What is to be known of how the handlers come.
fn note(part: &Found, blocks: &[Settings], plan: &Value) -> Option<String> {
    if part.content_type == "text/x-include-url" && part.filename == plan::INCLUDED {
        return Some("the machine fetches the handlers: here they are those of this contextc".into());
    }
    if part.content_type != PART_HANDLER || !is_ours(part) || blocks.is_empty() {
        return None;
    }
    let text = String::from_utf8_lossy(&part.body);
    if text.contains("\nURLS=") {
        return Some("the machine fetches the handlers: here they are those of this contextc".into());
    }
    let used: Vec<&BlockSpec> = BLOCKS.iter().copied().filter(|spec| is_in(spec, blocks)).collect();
    let ours = handlers::bundle(&used, plan.get("outcome").is_some(), &[]);
    // Behind the code stand the names of the blocks, and of types for other programs.
    let code = |text: &str| {
        text.split("PASSED[").next().and_then(|code| code.split("HANDLERS.update({").next()).map(str::to_owned)
    };
    let same = code(text.trim()) == code(ours.trim());
    (!same).then(|| "the handlers in it are of another version: what is run here is those of this contextc".into())
}

fn is_in(spec: &BlockSpec, blocks: &[Settings]) -> bool {
    blocks.iter().any(|block| block.spec.name == spec.name)
}
