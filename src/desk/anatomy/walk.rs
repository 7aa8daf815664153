//! cloud-init's walk over the parts, told beforehand (`cloudinit/handlers/__init__.py`).

use super::fate::{Fate, Key, Repeat, Stage};
use super::settings::HIDDEN;
use super::{PLAN_TYPE, block_of, modules};
use crate::blocks::Phase;
use crate::context::handlers;
use crate::desk::claims;
use crate::language::diagnostic::Report;
use crate::language::document::Document;
use crate::language::hidden::is_opaque;
use crate::language::source::Source;
use crate::wire::reading::Found;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The longest cloud-config whose keys are looked at: longer ones hold files, and reading them takes as long as all the rest.
const MOST_KEYS_BYTES: usize = 256 * 1024;

/// The types that cloud-init takes by itself, beside cloud-config and part-handlers.
#[rustfmt::skip] // one line a type
const BUILT_IN: &[(&str, Stage, Repeat, &str)] = &[
    ("text/cloud-boothook", Stage::Init, Repeat::EveryBoot, "run where it stands among the parts"),
    ("text/x-shellscript-per-boot", Stage::Final, Repeat::EveryBoot, "run by name (cloud-init 22.1 and newer)"),
    ("text/x-shellscript-per-instance", Stage::Final, Repeat::OncePerInstance, "run by name (cloud-init 22.1 and newer)"),
    ("text/x-shellscript-per-once", Stage::Final, Repeat::Once, "run by name (cloud-init 22.1 and newer)"),
    ("text/jinja2", Stage::Several, Repeat::EveryBoot, "filled in with the data of the instance, then taken for what its next line says"),
    ("text/cloud-config-jsonp", Stage::Several, Repeat::EveryBoot, "a JSON patch of the merged cloud-config"),
    ("text/upstart-job", Stage::None, Repeat::Never, "ignored since cloud-init 22.2"),
];

/// What becomes of each part. Linear in the parts: a file may have hundreds of thousands.
pub(super) fn fates(parts: &[Found]) -> Vec<Fate> {
    let handlers = parts.iter().enumerate().filter(|(_, part)| part.content_type == "text/part-handler");
    let mut walk = Walk {
        phases: phases(parts),
        names: script_names(parts),
        handlers: handlers.map(|(index, part)| Handler::new(index, part)).collect(),
        ours: false,
        fetched: false,
        first: None,
    };
    parts.iter().enumerate().map(|(index, part)| walk.step(index, part)).collect()
}

struct Walk<'a> {
    /// Of our blocks, as the plan says.
    phases: HashMap<String, String>,
    /// Of the user scripts, as cloud-init writes them, sorted as they run; with the index of the last part of each name.
    names: BTreeMap<String, (usize, usize)>,
    handlers: Vec<Handler<'a>>,
    /// Whether our handler has come, or something that brings it.
    ours: bool,
    /// Whether something was fetched.
    fetched: bool,
    /// The first part-handler that has come.
    first: Option<&'a str>,
}

/// A part-handler that is not ours, or is.
struct Handler<'a> {
    index: usize,
    filename: &'a str,
    /// The types that it may take.
    claims: HashSet<String>,
}

impl<'a> Handler<'a> {
    fn new(index: usize, part: &'a Found) -> Self {
        Self { index, filename: &part.filename, claims: claims::of(&part.body) }
    }

    fn is_ours(&self) -> bool {
        self.filename == handlers::PART
    }

    fn takes(&self, kind: &str) -> bool {
        self.claims.contains(kind) || self.is_ours() && is_of_ours(kind)
    }
}

impl<'a> Walk<'a> {
    fn step(&mut self, index: usize, part: &'a Found) -> Fate {
        let kind = part.content_type.as_str();
        if let Some((_, stage, repeat, what)) = BUILT_IN.iter().find(|(known, ..)| *known == kind) {
            return Fate::new(*stage, *repeat, *what);
        }
        match kind {
            "text/cloud-config" => cloud_config(part),
            "text/x-shellscript" => self.script(index, part),
            "text/part-handler" => self.handler(part),
            "text/x-include-url" | "text/x-include-once-url" => self.include(part),
            _ if part.body.trim_ascii().is_empty() && self.first.is_none() => {
                Fate::new(Stage::None, Repeat::Never, "empty, and nobody takes it")
            }
            PLAN_TYPE if self.ours => Fate::new(
                Stage::Init,
                Repeat::EveryBoot,
                "says what must arrive; a plan that is done is not done again",
            ),
            _ => self.custom(index, part),
        }
    }

    fn script(&self, index: usize, part: &Found) -> Fate {
        let (last, place) = self.names.get(&clean_filename(&part.filename)).copied().unwrap_or((index, 0));
        if last > index {
            let what = format!("never run: part {} has the same name, and is written over it", last + 1);
            return Fate::new(Stage::None, Repeat::Never, what);
        }
        Fate::new(Stage::Final, Repeat::OncePerInstance, format!("run by name: {place} of {}", self.names.len()))
    }

    fn handler(&mut self, part: &'a Found) -> Fate {
        let is_ours = part.filename == handlers::PART;
        self.ours |= is_ours;
        let takes = if is_ours { "the parts of contextc" } else { "the parts of its types" };
        let what = match self.first {
            Some(first) => {
                format!("loaded, takes {takes} that follow; `{first}` is one, too, and they may shadow each other")
            }
            None => format!("loaded, takes {takes} that follow"),
        };
        self.first = self.first.or(Some(&part.filename));
        Fate::new(Stage::Init, Repeat::EveryBoot, what)
    }

    fn include(&mut self, part: &Found) -> Fate {
        let text = String::from_utf8_lossy(&part.body);
        let once = text.lines().any(|line| line.trim_start().starts_with("#include-once"));
        let count = part.addresses().len();
        let addresses = if count == 1 { "1 address".to_owned() } else { format!("{count} addresses") };
        self.fetched = true;
        self.ours |= text.contains("contextc-handlers-") || part.filename == "include_modules.txt";
        match once {
            true => Fate::new(
                Stage::Init,
                Repeat::OncePerInstance,
                format!("{addresses} fetched, and walked in its place at every boot"),
            ),
            false => Fate::new(Stage::Init, Repeat::EveryBoot, format!("{addresses} fetched, and walked in its place")),
        }
    }

    fn custom(&self, index: usize, part: &Found) -> Fate {
        let kind = part.content_type.as_str();
        if let (true, Some(spec)) = (self.ours, block_of(kind)) {
            return self.block(spec.name, spec.phase);
        }
        match kind {
            "text/ucernvm" => return Fate::new(Stage::None, Repeat::EveryBoot, "read by the bootloader of uCernVM"),
            "text/amiconfig-user-data" => {
                return Fate::new(Stage::None, Repeat::EveryBoot, "read by amiconfig, beside cloud-init");
            }
            _ => {}
        }
        let handler = self.handlers.iter().find(|handler| handler.takes(kind));
        let what = match handler {
            Some(by) if by.index < index => {
                return Fate::new(Stage::Init, Repeat::ByHandler, format!("taken by `{}`", by.filename));
            }
            Some(by) => format!("ignored with a warning: `{}`, which takes it, comes after it", by.filename),
            None if self.fetched => {
                "ignored with a warning, unless what is fetched before it brings a handler".to_owned()
            }
            None => "nobody takes it: ignored with a warning".to_owned(),
        };
        Fate::new(Stage::None, Repeat::Never, what)
    }

    fn block(&self, name: &str, usual: Phase) -> Fate {
        let phase = self.phases.get(name).map_or(usual.name(), String::as_str);
        match phase {
            "early" => {
                Fate::new(Stage::Init, Repeat::OncePerPlan, format!("block {name}, early: done when it is walked"))
            }
            _ => Fate::new(
                Stage::Final,
                Repeat::OncePerPlan,
                format!("block {name}, {phase}: waits for `00-contextc-late`"),
            ),
        }
    }
}

/// Whether a type is one that our handler takes.
fn is_of_ours(kind: &str) -> bool {
    kind == PLAN_TYPE || block_of(kind).is_some()
}

/// The names of user scripts in the order in which they run, each with the last part of it and its place, from 1.
fn script_names(parts: &[Found]) -> BTreeMap<String, (usize, usize)> {
    let scripts = parts.iter().enumerate().filter(|(_, part)| part.content_type == "text/x-shellscript");
    let mut names: BTreeMap<String, (usize, usize)> =
        scripts.map(|(index, part)| (clean_filename(&part.filename), (index, 0))).collect();
    names.values_mut().zip(1..).for_each(|((_, place), number)| *place = number);
    names
}

/// cloud-init's `util.clean_filename`: under which name a script is written.
fn clean_filename(name: &str) -> String {
    name.replace('/', "_").chars().filter(|c| c.is_ascii_alphanumeric() || "-_.()".contains(*c)).collect()
}

fn cloud_config(part: &Found) -> Fate {
    let mut fate =
        Fate::new(Stage::Several, Repeat::ByModule, "merged with what else is cloud-config; its modules run");
    let shown = |key: String| if is_opaque(&key) { HIDDEN.to_owned() } else { key };
    fate.keys =
        keys(&part.body).into_iter().map(|key| Key { modules: modules::reading(&key), key: shown(key) }).collect();
    fate
}

/// The top-level keys; none where it cannot be read.
fn keys(body: &[u8]) -> Vec<String> {
    let Some(text) = Some(body).filter(|body| body.len() <= MOST_KEYS_BYTES).and_then(|body| str::from_utf8(body).ok())
    else {
        return Vec::new();
    };
    let source = Source::new("", text);
    let document = Document::parse(&source, &mut Report::new(&source));
    let keys = document.iter().flat_map(|document| document.root.pairs());
    keys.filter_map(|(key, _)| key.text().map(str::to_owned)).collect()
}

/// The phases of blocks that the plan of contextc's names.
fn phases(parts: &[Found]) -> HashMap<String, String> {
    let plan = parts.iter().find(|part| part.content_type == PLAN_TYPE);
    let plan: Value = plan.and_then(|plan| serde_json::from_slice(&plan.body).ok()).unwrap_or_default();
    let blocks = plan.pointer("/contextc-plan/blocks").and_then(Value::as_array).into_iter().flatten();
    let word = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    blocks.filter_map(|row| Some((word(row, "name")?, word(row, "phase")?))).collect()
}
