//! cloud-init's walk over the parts, told beforehand (`cloudinit/handlers/__init__.py`).

use super::covering::HIDDEN;
use super::fate::{Fate, Key, Repeat, Stage};
use super::{PLAN_TYPE, block_of, modules};
use crate::blocks::Phase;
use crate::context::{handlers, pyyaml};
use crate::desk::check;
use crate::desk::takers::{self, Taker, Takers};
use crate::desk::types::{self, clean_filename};
use crate::language::diagnostic::Report;
use crate::language::document::{Document, Kind};
use crate::language::hidden::is_opaque;
use crate::language::source::Source;
use crate::wire::reading::{Found, kinds};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The longest cloud-config whose keys are looked at: longer ones hold files, and reading them takes as long as all the rest.
const MOST_KEYS_BYTES: usize = 256 * 1024;

/// What becomes of each part. Linear in the parts: a file may have hundreds of thousands.
pub(super) fn fates(parts: &[Found]) -> Vec<Fate> {
    let (phases, names, takers) = (phases(parts), script_names(parts), Takers::of(parts));
    let mut walk = Walk { parts, phases, names, takers, first: None };
    parts.iter().enumerate().map(|(index, part)| walk.step(index, part)).collect()
}

struct Walk<'a> {
    parts: &'a [Found],
    /// Of our blocks, as the plan says.
    phases: HashMap<String, String>,
    /// Of the user scripts, as cloud-init writes them, sorted as they run; with the index of the last part of each name.
    names: BTreeMap<String, (usize, usize)>,
    takers: Takers,
    /// The first part-handler that has come.
    first: Option<&'a str>,
}

impl<'a> Walk<'a> {
    fn step(&mut self, index: usize, part: &'a Found) -> Fate {
        if let Some(why) = check::useless(part) {
            return Fate::nothing(&why);
        }
        let kind = part.content_type.as_str();
        match kind {
            "text/cloud-config" => cloud_config(part),
            "text/x-shellscript" => self.script(index, part),
            "text/part-handler" => self.handler(part),
            _ if kinds::is_include(kind) => include(part),
            _ => match (types::built_in(kind), types::gone_since(kind)) {
                (Some(known), _) => Fate::new(known.stage, known.repeat, known.what),
                (_, Some(since)) => Fate::new(Stage::None, Repeat::Never, format!("ignored since cloud-init {since}")),
                _ => self.custom(index, part),
            },
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
        let takes = if takers::is_ours(part) { "the parts of contextc" } else { "the parts of its types" };
        let what = match self.first {
            Some(first) => {
                format!("loaded, takes {takes} that follow; `{first}` is one, too, and they may shadow each other")
            }
            None => format!("loaded, takes {takes} that follow"),
        };
        self.first = self.first.or(Some(&part.filename));
        Fate::new(Stage::Init, Repeat::EveryBoot, what)
    }

    fn custom(&self, index: usize, part: &Found) -> Fate {
        let kind = part.content_type.as_str();
        let taker = self.takers.of_type(index, kind);
        if let (Taker::Ours, Some(spec)) = (taker, block_of(kind)) {
            return self.block(spec.name, spec.phase);
        }
        let by = |index: usize| self.parts.get(index).map(|part| part.filename.as_str()).unwrap_or_default();
        let (stage, repeat, what) = match (kind, taker) {
            ("text/ucernvm", _) => (Stage::None, Repeat::EveryBoot, "read by the bootloader of uCernVM".into()),
            ("text/amiconfig-user-data", _) => {
                (Stage::None, Repeat::EveryBoot, "read by amiconfig, beside cloud-init".into())
            }
            (PLAN_TYPE, Taker::Ours) => {
                let what = "says what must arrive; a plan that is done is not done again";
                (Stage::Init, Repeat::EveryBoot, what.into())
            }
            (_, Taker::Ours) => (Stage::Init, Repeat::ByHandler, format!("taken by `{}`", handlers::PART)),
            (_, Taker::Handler(at)) => (Stage::Init, Repeat::ByHandler, format!("taken by `{}`", by(at))),
            (_, Taker::Late(at)) => {
                let what = format!("ignored with a warning: `{}`, which takes it, comes after it", by(at));
                (Stage::None, Repeat::Never, what)
            }
            _ if part.body.trim_ascii().is_empty() => (Stage::None, Repeat::Never, "empty, and nobody takes it".into()),
            (_, Taker::Fetched) => {
                let what = "ignored with a warning, unless what is fetched before it brings a handler";
                (Stage::None, Repeat::Never, what.into())
            }
            (_, Taker::Nobody) => (Stage::None, Repeat::Never, "nobody takes it: ignored with a warning".into()),
        };
        Fate::new(stage, repeat, what)
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

fn include(part: &Found) -> Fate {
    let text = String::from_utf8_lossy(&part.body);
    let once = text.lines().any(|line| line.trim_start().starts_with("#include-once"));
    let count = part.addresses().len();
    let addresses = if count == 1 { "1 address".to_owned() } else { format!("{count} addresses") };
    let fetched = format!("{addresses} fetched, and walked in its place");
    match once {
        true => Fate::new(Stage::Init, Repeat::OncePerInstance, format!("{fetched} at every boot")),
        false => Fate::new(Stage::Init, Repeat::EveryBoot, fetched),
    }
}

/// The names of user scripts in the order in which they run, each with the last part of it and its place, from 1.
fn script_names(parts: &[Found]) -> BTreeMap<String, (usize, usize)> {
    let scripts = parts.iter().enumerate().filter(|(_, part)| part.content_type == "text/x-shellscript");
    let mut names: BTreeMap<String, (usize, usize)> =
        scripts.map(|(index, part)| (clean_filename(&part.filename), (index, 0))).collect();
    names.values_mut().zip(1..).for_each(|((_, place), number)| *place = number);
    names
}

fn cloud_config(part: &Found) -> Fate {
    let keys = match keys(&part.body) {
        Ok(keys) => keys,
        Err(why) => return Fate::new(Stage::None, Repeat::Never, why),
    };
    let mut fate =
        Fate::new(Stage::Several, Repeat::ByModule, "merged with what else is cloud-config; its modules run");
    let shown = |key: String| if is_opaque(&key) { HIDDEN.to_owned() } else { key };
    fate.keys = keys.into_iter().map(|key| Key { modules: modules::reading(&key), key: shown(key) }).collect();
    fate
}

/// What is said of a text that PyYAML cannot read, by us or by its own rules. All else that we say of one is no harm to cloud-init: of
/// two equal keys it takes the last, and our limits are not its.
const UNREADABLE: [&str; 6] = [
    "yaml/syntax",
    "yaml/tab",
    "yaml/several-documents",
    "yaml/key-not-scalar",
    "placeholder/unquoted",
    "cloud-config/unreadable",
];

/// The top-level keys; none of what is too long to be read here. An error says why cloud-init has none of them.
fn keys(body: &[u8]) -> Result<Vec<String>, &'static str> {
    let Some(text) = Some(body).filter(|body| body.len() <= MOST_KEYS_BYTES).and_then(|body| str::from_utf8(body).ok())
    else {
        return Ok(Vec::new());
    };
    let source = Source::new("", text);
    let mut report = Report::new(&source);
    let document = Document::parse_foreign(&source, &mut report);
    document.iter().for_each(|document| refused(document, &mut report));
    if report.diagnostics().iter().any(|fault| UNREADABLE.contains(&fault.code().as_str())) {
        return Err("cloud-init cannot read it, and drops all of its keys: `contextc check` says where");
    }
    let is_empty = report.diagnostics().iter().any(|fault| fault.code().as_str() == "yaml/empty");
    if is_empty || document.as_ref().is_some_and(|document| document.root.is_null()) {
        return Err("nothing is in it");
    }
    if document.as_ref().is_some_and(|document| !matches!(document.root.kind, Kind::Mapping(_))) {
        return Err("no map of keys: cloud-init drops it");
    }
    let keys = document.iter().flat_map(|document| document.root.pairs());
    Ok(keys.filter_map(|(key, _)| key.text().map(str::to_owned)).collect())
}

/// What PyYAML alone refuses.
fn refused(document: &Document, report: &mut Report) {
    pyyaml::text::check(document, report);
    document.root.pairs().iter().flat_map(|(key, value)| [key, value]).for_each(|node| pyyaml::check(node, report));
}

/// The phases of blocks that the plan of contextc's names.
fn phases(parts: &[Found]) -> HashMap<String, String> {
    let plan = parts.iter().find(|part| part.content_type == PLAN_TYPE);
    let plan: Value = plan.and_then(|plan| serde_json::from_slice(&plan.body).ok()).unwrap_or_default();
    let blocks = plan.pointer("/contextc-plan/blocks").and_then(Value::as_array).into_iter().flatten();
    let word = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    blocks.filter_map(|row| Some((word(row, "name")?, word(row, "phase")?))).collect()
}
