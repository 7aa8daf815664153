//! The ordered parts of one machine, each with the block it comes from.

use super::cloud_config::Pairs;
use super::config::{Config, Handlers, UsedBlock};
use super::secrets::{self, Carried};
use super::{cloud_config, handlers, merge, passed, scripts};
use crate::blocks::{self, BlockSpec, Lower, Payload, Phase};
use crate::language::date::Date;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::digest::sha256_hex;
use crate::language::document::Node;
use crate::language::loader::Loader;
use crate::language::source::Span;
use crate::language::units::{Unit, Url};
use serde_json::{Map, Value, json};

const INCLUDED_HANDLER: Code = Code::new(
    "include/part-handler",
    "Part-handlers share one module name in cloud-init: one that is included beside ours may take its place, or lose its own.",
);

const UNWATCHED: Code = Code::new(
    "handlers/unwatched",
    "`on-failure` and `on-success` are the work of the handlers: where these are fetched by `include` and do not come, nobody does it.",
);

pub(crate) const CODES: &[Code] = &[INCLUDED_HANDLER, UNWATCHED, handlers::DIGEST];

/// The version of the plan's own format on the machine.
const PLAN_SCHEMA: u32 = 1;

/// The name of the part that says what must arrive.
pub(crate) const PLAN: &str = "contextc-plan.ccfg";

/// The name of the part that has cloud-init fetch the handlers.
pub(crate) const INCLUDED: &str = "include_modules.txt";

const LATE: &str = "00-contextc-late";
const FINISH: &str = "zz-contextc-finish";

/// Names sort around the user's `50-...` and cloud-init's `runcmd`: cloud-init runs scripts by name.
const LATE_SCRIPT: &str = "#!/bin/sh\n\
    run=/usr/local/sbin/contextc-run\n\
    [ -x $run ] && exec $run --late\n\
    echo 'contextc: the handlers never arrived, see /var/log/cloud-init.log' >&2\n\
    exit 1\n";

const FINISH_SCRIPT: &str = "#!/bin/sh\n\
    run=/usr/local/sbin/contextc-run\n\
    [ -x $run ] && exec $run --finish\n\
    mkdir -p /var/log/contextc\n\
    echo 'machine unreached: the handlers never arrived, see /var/log/cloud-init.log' | tee /var/log/contextc/summary.log >&2\n\
    exit 1\n";

/// One leaf of the message.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub content_type: String,
    pub filename: String,
    pub body: String,
    /// The key of the context that it comes from, or `contextc` for our own.
    pub origin: &'static str,
}

impl Part {
    fn new(
        content_type: impl Into<String>,
        filename: impl Into<String>,
        body: impl Into<String>,
        origin: &'static str,
    ) -> Self {
        Self { content_type: content_type.into(), filename: filename.into(), body: body.into(), origin }
    }
}

/// The parts in the order in which they leave.
pub(crate) struct Plan {
    pub parts: Vec<Part>,
    /// Identifies the content: all parts but the handlers and the plan itself.
    pub digest: String,
    /// What the user will want to have of the result.
    pub notes: Vec<String>,
    /// The secrets that travel in it.
    pub secrets: Vec<Carried>,
    /// The cloud-config part as a tree, with the places of what the user wrote.
    pub cloud_config: Pairs,
    /// The blocks in their order, each with its place.
    pub blocks: Vec<(&'static BlockSpec, Span)>,
    /// The place of the first address that cloud-init is to fetch user-data from.
    pub include: Option<Span>,
}

impl Plan {
    /// Whether amiconfig is to read it, which takes gzip from a disk only: what it fetches over HTTP goes through a variable of a shell, which
    /// has no room for NUL (inferred from its source, never run here).
    pub fn is_for_amiconfig(&self) -> bool {
        self.parts.iter().any(|part| part.origin == "amiconfig")
    }

    /// Lowers the blocks, reads what they name, and puts everything in order.
    pub fn new(
        config: &Config,
        handlers: &Handlers,
        loader: &dyn Loader,
        today: Option<Date>,
        report: &mut Report,
    ) -> Self {
        let (lowered, mut secrets) = lowered(config, loader, today, report);
        secrets.extend(secrets::named(config));
        secrets::merge(&mut secrets);
        let scripts = scripts(config, loader, report);
        cloud_config::check(&config.cloud_config, config.is_attended() || !scripts.is_empty(), report);
        let pairs = merge::merged(&lowered, &config.cloud_config, report);

        let mut parts = boothooks(config, loader, report);
        parts.extend(lowered.iter().filter_map(block_part));
        if !pairs.is_empty() {
            parts.push(Part::new("text/cloud-config", "cloud-config.yaml", cloud_config::body(&pairs), "cloud-config"));
        }
        parts.extend(scripts);
        parts.extend(include(config, report));
        passed::check(&parts, config, report);

        let outcome = outcome(config, &lowered);
        let digest = digest(&parts, outcome.as_ref());
        if config.is_attended() {
            let handled: Vec<&UsedBlock> = config.handled().collect();
            warn_of_unwatched(config, handlers, report);
            let head = head(handlers, &config.specs(), outcome.is_some(), report);
            parts.splice(0..0, [head, plan_part(&handled, &parts, &digest, outcome)]);
        } else if config.is_read_by_others() {
            let text = handlers::passing(&config.specs());
            parts.insert(0, Part::new("text/part-handler", handlers::PART, text, "contextc"));
        }
        let notes = lowered.into_iter().flat_map(|(_, payload)| payload.notes).collect();
        let blocks = config.blocks.iter().map(|used| (used.spec, used.node.span)).collect();
        let include = config.include.first().map(|(_, node)| node.span);
        Self { parts, digest, notes, secrets, cloud_config: pairs, blocks, include }
    }

    /// The plan's own part where no block asks for one.
    pub fn empty_plan(&self) -> Part {
        plan_part(&[], &self.parts, &self.digest, None)
    }

    /// Whether nobody asked for a key of cloud-config: it is there where cloud-init's own default would be wrong.
    pub fn is_default(&self, key: &Node) -> bool {
        key.span == Span::default()
    }
}

/// What is to follow the verdict, every default filled; nothing where nothing is.
fn outcome(config: &Config, lowered: &[(&UsedBlock, Payload)]) -> Option<Value> {
    let asked: Vec<_> = lowered.iter().filter(|(used, _)| used.spec.phase == Phase::Verdict).collect();
    if asked.is_empty() {
        return None;
    }
    let env: Map<String, Value> =
        config.offers.variables.0.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
    let defaults = [
        ("failure", json!([])),
        ("success", json!([])),
        ("within", json!(blocks::VERDICT_WITHIN)),
        ("degraded", json!(false)),
        ("env", Value::Object(env)),
    ];
    let mut outcome: Map<String, Value> = defaults.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
    asked.iter().for_each(|(_, payload)| outcome.extend(payload.outcome.clone()));
    Some(Value::Object(outcome))
}

/// What cloud-init fetches brings the watch along, or does not come.
fn warn_of_unwatched(config: &Config, handlers: &Handlers, report: &mut Report) {
    let asked = config.blocks.iter().find(|used| used.spec.phase == Phase::Verdict);
    if let (Some(used), Handlers::Include(_)) = (asked, handlers) {
        let fault =
            Diagnostic::warning(UNWATCHED, used.node.span, "where the handlers do not arrive, nobody does this");
        report.push(fault.help("let them be embedded, or write `handlers: {pinned: {urls: [URL]}}`"));
    }
}

fn digest(parts: &[Part], outcome: Option<&Value>) -> String {
    digest_of(
        parts.iter().map(|part| (part.content_type.as_str(), part.filename.as_str(), part.body.as_bytes())),
        outcome,
    )
}

/// The digest of parts, each its content type, filename and body.
pub(crate) fn digest_of<'p>(
    parts: impl Iterator<Item = (&'p str, &'p str, &'p [u8])>,
    outcome: Option<&Value>,
) -> String {
    let mut listed: Vec<_> = parts.map(|(kind, name, body)| json!([kind, name, sha256_hex(body)])).collect();
    listed.extend(outcome.cloned());
    sha256_hex(json!(listed).to_string().as_bytes())
}

fn head(handlers: &Handlers, specs: &[&BlockSpec], watched: bool, report: &mut Report) -> Part {
    let urls = match handlers {
        Handlers::Embed => [].as_slice(),
        Handlers::Include(url) => std::slice::from_ref(url),
        Handlers::Pinned(urls) => urls,
    };
    // A context's own addresses were judged at their places; these may come from the caller.
    for fault in urls.iter().filter_map(|url| Url::parse(url).err()) {
        report.push(Diagnostic::error(fault.code, Default::default(), fault.message).help(fault.help));
    }
    let handler = |text, origin| Part::new("text/part-handler", handlers::PART, text, origin);
    match handlers {
        Handlers::Embed => handler(handlers::bundle(specs, watched, &[]), "contextc"),
        Handlers::Pinned(urls) => handler(handlers::pinned(urls, specs, watched), "handlers"),
        Handlers::Include(url) => {
            let body = format!("#include-once\n{}\n", handlers::address(url));
            Part::new("text/x-include-url", INCLUDED, body, "handlers")
        }
    }
}

/// What must arrive: cloud-init does not notice a message that was cut short.
fn plan_part(used: &[&UsedBlock], parts: &[Part], digest: &str, outcome: Option<Value>) -> Part {
    let body_of = |name: &str| parts.iter().find(|part| part.filename == name).map_or("", |part| part.body.as_str());
    let blocks: Vec<_> = used
        .iter()
        .map(|used| {
            let part = filename(used.spec);
            json!({"name": used.spec.name, "phase": used.phase().name(), "sha256": sha256_hex(body_of(&part).as_bytes()), "part": part})
        })
        .collect();
    let scripts = parts.iter().filter(|part| part.content_type == SHELL);
    let scripts: Vec<_> =
        scripts.map(|part| json!({"name": part.filename, "sha256": sha256_hex(part.body.as_bytes())})).collect();
    let mut plan = json!({
        "schema": PLAN_SCHEMA, "version": env!("CARGO_PKG_VERSION"), "digest": digest, "blocks": blocks, "scripts": scripts,
    });
    if let (Some(plan), Some(outcome)) = (plan.as_object_mut(), outcome) {
        plan.insert("outcome".into(), outcome);
    }
    Part::new(handlers::PLAN_TYPE, PLAN, canonical("contextc-plan", plan), "contextc")
}

const SHELL: &str = "text/x-shellscript";

fn filename(spec: &BlockSpec) -> String {
    format!("{}-config.ccfg", spec.name)
}

/// `{key: value}` as one line of ASCII JSON with sorted keys, which every YAML reader reads alike.
fn canonical(key: &str, value: serde_json::Value) -> String {
    ascii(&json!({ key: value })) + "\n"
}

/// JSON in ASCII on one line.
pub(crate) fn ascii(value: &Value) -> String {
    let text = value.to_string();
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            ' '..='~' => out.push(c),
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out
}

/// The blocks with what each becomes, in their order, and the secrets that they took.
fn lowered<'a>(
    config: &'a Config,
    loader: &dyn Loader,
    today: Option<Date>,
    report: &mut Report,
) -> (Vec<(&'a UsedBlock, Payload)>, Vec<Carried>) {
    let mut carried = Vec::new();
    let lower = |used: &'a UsedBlock| {
        let mut cx = Lower {
            offers: &config.offers,
            loader,
            today,
            node: &used.node,
            report,
            secrets: Vec::new(),
            brought: Default::default(),
        };
        let payload = used.block.lower(&mut cx);
        carried.extend(cx.secrets.iter().map(|at| Carried::of_block(used, at)));
        (used, payload)
    };
    (config.blocks.iter().map(lower).collect(), carried)
}

fn block_part((used, payload): &(&UsedBlock, Payload)) -> Option<Part> {
    if let (Some(kind), Some(lines)) = (used.spec.passed_type(), &payload.lines) {
        return Some(Part::new(kind, kind.trim_start_matches("text/"), lines.as_str(), used.spec.name));
    }
    if !used.spec.is_handled() {
        return None;
    }
    let (name, body) = (used.spec.name, canonical(used.spec.name, payload.settings.clone()));
    Some(Part::new(format!("text/{name}-config"), filename(used.spec), body, name))
}

/// The user's scripts between our late phase and our finish; ours only where there is a block.
fn scripts(config: &Config, loader: &dyn Loader, report: &mut Report) -> Vec<Part> {
    let user = scripts::read(&config.scripts, loader, report).into_iter().enumerate();
    let mut parts: Vec<Part> = user
        .map(|(index, script)| Part::new(SHELL, format!("50-{:03}-{}", index + 1, script.name), script.text, "scripts"))
        .collect();
    if config.is_attended() {
        parts.insert(0, Part::new(SHELL, LATE, LATE_SCRIPT, "contextc"));
        parts.push(Part::new(SHELL, FINISH, FINISH_SCRIPT, "contextc"));
    }
    parts
}

/// A boothook begins with `#cloud-boothook`, by which cloud-init knows it whatever its declared type.
fn boothooks(config: &Config, loader: &dyn Loader, report: &mut Report) -> Vec<Part> {
    let read = scripts::read(&config.boothooks, loader, report).into_iter().enumerate();
    let part = |(index, script): (usize, scripts::Read)| {
        let body = format!("{}\n{}", scripts::BOOTHOOK, script.text);
        Part::new("text/cloud-boothook", format!("boothook-{:03}", index + 1), body, "boothooks")
    };
    read.map(part).collect()
}

/// Last, so that nothing fetched can come before what is ours.
fn include(config: &Config, report: &mut Report) -> Option<Part> {
    for (url, node) in &config.include {
        if url.0.ends_with(".py") && (config.is_attended() || config.is_read_by_others()) {
            let fault = Diagnostic::warning(INCLUDED_HANDLER, node.span, "this looks like a part-handler, beside ours");
            report.push(fault.help("keep its parts out of this context, or leave it out"));
        }
    }
    let urls: String = config.include.iter().map(|(url, _)| format!("{}\n", url.0)).collect();
    (!urls.is_empty()).then(|| Part::new("text/x-include-url", "include.txt", format!("#include\n{urls}"), "include"))
}
