//! What a message says to the machine: blocks, what cloud-init does itself, scripts.

use super::cloud_init;
use crate::blocks::{self, BLOCKS, BlockSpec, Phase};
use crate::context::{handlers, plan};
use crate::desk::opening::{OpeningFault, Unsealed};
use crate::error::Error;
use crate::language::digest::sha256_hex;
use crate::wire::reading::Found;
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

/// Takes user-data apart.
pub(super) fn read(name: &str, unsealed: Result<Unsealed, OpeningFault>) -> Result<Message, Error> {
    let opened = unsealed.map_err(|fault| Error::unreadable(name, fault.to_string()))?.opened;
    let plan = opened
        .parts
        .iter()
        .find(|part| part.content_type == plan::TYPE)
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
    Ok(Message {
        blocks,
        tag: format!("contextc_{}", digest.get(..8).unwrap_or("00000000")),
        cloud_init: cloud_init::read(configs.map(|part| &*part.body)),
        boothooks: names("text/cloud-boothook"),
        scripts,
        notes,
    })
}

/// The settings of a block, where a part has them.
fn block(name: &str, part: &Found, plan: &Value) -> Option<Result<Settings, Error>> {
    let stem = part.content_type.strip_prefix("text/")?.strip_suffix("-config")?;
    let spec = blocks::find(stem).filter(|spec| spec.is_handled())?;
    // As the machine does it: white space around the body says nothing.
    let mut body = part.body.trim_ascii().to_vec();
    body.push(b'\n');
    let mut read: Option<Value> = serde_json::from_slice(&body).ok();
    let settings = match read.as_mut().and_then(|read| read.get_mut(spec.name)).map(Value::take) {
        Some(settings) if settings.is_object() => settings,
        _ => return Some(Err(Error::unreadable(name, format!("the settings of `{stem}` in it are damaged")))),
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
    if part.content_type == "text/x-include-url" && part.filename == "include_modules.txt" {
        return Some("the machine fetches the handlers: here they are those of this contextc".into());
    }
    if part.content_type != "text/part-handler" || part.filename != handlers::PART || blocks.is_empty() {
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
