//! A document to typed settings: what each top-level key is, and the rules across them.

use super::hiding::{hide_foreign, hide_secrets, hide_variables, secret_names};
use super::keys::{self, Key};
use super::{told, variables};
use crate::blocks::{self, BLOCKS, Block, BlockSpec, Check, Offers, Phase};
use crate::language::content::Script;
use crate::language::decode::decode;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Document, Kind, Node, shortened};
use crate::language::placeholder::{Renderer, Variables};
use crate::language::several::{Several, several_are_some};
use crate::language::stated::{either, stated};
use crate::language::units::{self, Url};
use serde::Deserialize;
use std::sync::Arc;

const NOT_A_MAP: Code = Code::new("context/not-a-map", "A context is a map of keys, like `localfs:`.");
const UNKNOWN_KEY: Code = Code::new(
    "context/unknown-key",
    "A top-level key is a block, a key of the language, or one of cloud-init: any other would have no effect.",
);
const VERSION: Code =
    Code::new("context/version", "The version of the language that a context is written in; there is only version 1.");
const HANDLERS: Code = Code::new(
    "handlers/unknown",
    "Handlers travel in the message (`embed`) or are fetched at boot (`{pinned: {urls: [URL]}}`, `{include: URL}`).",
);

const UNVERIFIED: Code = Code::new(
    "handlers/unverified",
    "What `include` names runs as root, and cloud-init does not verify what came. Some of its releases end their work when nothing comes.",
);

pub(crate) const CODES: &[Code] = &[NOT_A_MAP, UNKNOWN_KEY, VERSION, HANDLERS, UNVERIFIED];

/// Where the machine gets the handlers from.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Handlers {
    /// In the message itself, only those that are used. Needs no web server.
    #[default]
    Embed,
    /// Fetched by cloud-init from this address at boot, as a `text/x-include-url` part.
    ///
    /// Never verified: who serves it, or is on the way, decides what runs as root.
    Include(String),
    /// Fetched by a small part-handler from the first of these mirrors that has the bundle of this version, by its SHA-256.
    ///
    /// An address that ends in `/` is a directory in which the bundle lies under [its name](crate::Bundle::name).
    Pinned(Vec<String>),
}

/// Never the addresses, which may hold logins and tokens.
impl std::fmt::Debug for Handlers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Embed => f.write_str("Embed"),
            Self::Include(_) => f.write_str("Include(1 address)"),
            Self::Pinned(urls) => write!(f, "Pinned({} addresses)", urls.len()),
        }
    }
}

/// A block of the context, with the node it was read from.
pub(crate) struct UsedBlock {
    pub spec: &'static BlockSpec,
    pub block: Box<dyn Block>,
    pub node: Arc<Node>,
}

impl UsedBlock {
    /// When it acts on the machine.
    pub fn phase(&self) -> Phase {
        self.block.phase().unwrap_or(self.spec.phase)
    }
}

/// A list whose items are read one by one, with the place of each.
pub(crate) type Items<T> = Vec<(T, Arc<Node>)>;

/// A context, every default filled.
#[derive(Default)]
pub(crate) struct Config {
    pub target: Option<(String, Arc<Node>)>,
    pub handlers: Option<Handlers>,
    /// In the order of [`BLOCKS`].
    pub blocks: Vec<UsedBlock>,
    pub scripts: Items<Script>,
    pub boothooks: Items<Script>,
    pub include: Items<Url>,
    /// The user's own keys for cloud-init, as written.
    pub cloud_config: Vec<(Arc<Node>, Arc<Node>)>,
    pub offers: Offers,
}

/// Where the machine fetches the handlers from.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`embed`, `{pinned: {urls: [URL]}}`, or `{include: URL}`")]
#[schemars(transform = either("include", "pinned"))]
pub(crate) struct HandlersMap {
    /// Fetched by cloud-init, and run whatever it is.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "Url")]
    include: Option<Url>,
    /// Fetched and verified by a small part-handler.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "Mirrors")]
    pinned: Option<Mirrors>,
    /// The digest of the bundle, to be sure that it is the one that is served.
    sha256: Option<units::Sha256>,
}

/// Mirrors of the bundle of this version.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `urls`")]
struct Mirrors {
    /// In the order in which they are asked; one that ends in `/` is a directory.
    #[schemars(transform = several_are_some)]
    urls: Several<Url>,
    /// The digest of the bundle, to be sure that it is the one that is served.
    sha256: Option<units::Sha256>,
}

impl Config {
    /// Reads every key; what is wrong is in the report, what is sound in the result.
    pub fn decode(document: &Document, settings: &Variables, report: &mut Report) -> Self {
        let mut config = Self::default();
        if !matches!(document.root.kind, Kind::Mapping(_)) {
            let fault = Diagnostic::error(
                NOT_A_MAP,
                document.root.span,
                format!("this is {}, not a map of keys", document.root.describe()),
            );
            report.hide_named(&secret_names());
            let fault = fault.help("write at least one block, for instance `localfs: {parts: {home: 50}}`");
            report.push(match document.root.text() {
                Some(text) if text.contains(' ') => fault.help("a script begins with `#!/bin/sh`"),
                _ => fault,
            });
            return config;
        }
        hide_variables(&document.root, report);
        hide_foreign(&document.root, report);
        let variables = variables::declared(document, settings, report);
        let renderer = Renderer::new(&variables);
        let mut above = None;
        for (key, value) in document.root.pairs() {
            config.read_key(&document.root, (key, value), above, &renderer, report);
            if report.is_full() || renderer.is_exhausted() {
                break;
            }
            above = key.text().filter(|name| value.is_null() && matches!(keys::classify(name), Key::Block(_)));
        }
        if !variables.is_empty() {
            let outside = config.cloud_config.iter().map(|(_, value)| value);
            let scripts = config.scripts.iter().chain(&config.boothooks).map(|(_, node)| node);
            outside.chain(scripts).for_each(|node| variables::check_outside(node, &variables, report));
        }
        config.offers.other_mounts = told::mount_points(&config.cloud_config);
        config.offers.homes = told::homes(&config.cloud_config);
        config.blocks.sort_by_key(|used| BLOCKS.iter().position(|spec| spec.name == used.spec.name));
        config
    }

    /// `above`: the block before it, if nothing stands below that.
    fn read_key(
        &mut self,
        map: &Node,
        (key, value): (&Arc<Node>, &Arc<Node>),
        above: Option<&str>,
        renderer: &Renderer,
        report: &mut Report,
    ) {
        let name = key.text().unwrap_or_default();
        match keys::classify(name) {
            Key::Ours => self.read_ours(name, value, report),
            Key::Block(spec) => self.read_block(spec, key, value, renderer, report),
            Key::CloudConfig => self.cloud_config.push((Arc::clone(key), Arc::clone(value))),
            Key::Ignored => {}
            Key::Unknown => {
                // Nobody knows what it is: a secret, perhaps, that belongs to the block above.
                report.hide_unknown(value);
                let message = format!("`{}` is not a key of a context", shortened(name));
                let fault = Diagnostic::error(UNKNOWN_KEY, key.span, message).label("not known");
                report.push(match above {
                    Some(above) => {
                        let help =
                            format!("does it belong to `{}` above? put two spaces in front of it", shortened(above));
                        fault.help(help)
                    }
                    None => fault.help(keys::advice(name)).fix(keys::renamed(map, key)),
                });
            }
        }
    }

    fn read_ours(&mut self, name: &str, value: &Arc<Node>, report: &mut Report) {
        match name {
            "version" if value.text() != Some("1") => {
                let fault = Diagnostic::error(
                    VERSION,
                    value.span,
                    format!("the version of the language is 1, not {}", value.describe()),
                );
                report.push(fault.help("write `version: 1`"));
            }
            "target" => {
                self.target = decode::<String>("target", &mut Arc::clone(value), &[], report)
                    .map(|target| (target, Arc::clone(value)))
            }
            "handlers" => self.handlers = handlers(value, report),
            "scripts" => self.scripts = items(name, value, report),
            "boothooks" => self.boothooks = items(name, value, report),
            "include" => self.include = items(name, value, report),
            "cloud-config" => self.read_unchecked(value, report),
            _ => {}
        }
    }

    /// Keys below `cloud-config:` pass unchecked, for keys that are newer than this program.
    fn read_unchecked(&mut self, value: &Arc<Node>, report: &mut Report) {
        match &value.kind {
            Kind::Mapping(pairs) => self.cloud_config.extend(pairs.iter().cloned()),
            _ if value.is_null() => {}
            _ => {
                let fault = Diagnostic::error(
                    NOT_A_MAP,
                    value.span,
                    format!("`cloud-config` is a map of keys, not {}", value.describe()),
                );
                report.push(fault.help("write `cloud-config: {KEY: VALUE}`"));
            }
        }
    }

    fn read_block(
        &mut self,
        spec: &'static BlockSpec,
        key: &Arc<Node>,
        value: &Arc<Node>,
        renderer: &Renderer,
        report: &mut Report,
    ) {
        hide_secrets(spec, value, report);
        // `cvmfs:` with nothing after it asks for the block with its defaults.
        let mut node = match value.is_null() {
            true => Arc::new(Node::new(key.span, None, Kind::Mapping(Vec::new()))),
            false => renderer.render(value, report),
        };
        hide_secrets(spec, &node, report);
        if renderer.is_exhausted() {
            // Blocks that need this one would miss it.
            return self.blocks.clear();
        }
        let codes = [spec.codes, &blocks::codes(), &units::codes()].concat();
        if let Some(block) = (spec.decode)(spec, &mut node, &codes, report) {
            self.offers.block = spec.name;
            block.offer(&mut self.offers);
            self.blocks.push(UsedBlock { spec, block, node });
        }
    }

    /// The blocks that a handler does on the machine.
    pub fn handled(&self) -> impl Iterator<Item = &UsedBlock> {
        self.blocks.iter().filter(|used| used.spec.is_handled())
    }

    /// The blocks, in their order.
    pub fn specs(&self) -> Vec<&'static BlockSpec> {
        self.blocks.iter().map(|used| used.spec).collect()
    }

    /// Whether it has parts for other programs than cloud-init.
    pub fn is_read_by_others(&self) -> bool {
        self.blocks.iter().any(|used| used.spec.passed_type().is_some())
    }

    /// Whether the machine has anything of ours on it: a block to be done, or a verdict that something is to follow.
    pub fn is_attended(&self) -> bool {
        self.blocks.iter().any(|used| used.spec.is_handled() || used.spec.phase == Phase::Verdict)
    }

    /// The rules between fields and between blocks.
    pub fn check(&self, report: &mut Report) {
        for used in &self.blocks {
            used.block.check(&mut Check { offers: &self.offers, node: &used.node, report });
        }
    }
}

fn handlers(value: &Arc<Node>, report: &mut Report) -> Option<Handlers> {
    if value.text() == Some("embed") {
        return Some(Handlers::Embed);
    }
    if !matches!(value.kind, Kind::Mapping(_)) {
        return no_handlers(value, report);
    }
    let before = report.diagnostics().len();
    let map: HandlersMap = decode("handlers", &mut Arc::clone(value), &units::codes(), report)?;
    if report.diagnostics().len() > before {
        return None;
    }
    let inside = value.entry("pinned").map_or(value, |(_, mirrors)| mirrors);
    let digests = [(&map.sha256, value), (map.pinned.as_ref().map_or(&None, |mirrors| &mirrors.sha256), inside)];
    for (digest, place) in digests {
        digest.iter().for_each(|digest| super::handlers::check_digest(&digest.0, place, report));
    }
    if let Some(mirrors) = &map.pinned {
        let urls = inside.entry("urls").map_or(inside, |(_, urls)| urls);
        mirrors.urls.items.iter().for_each(|url| super::handlers::check_name(&url.0, urls.span, report));
    }
    match (map.include, map.pinned) {
        (Some(url), None) => {
            let fault =
                Diagnostic::warning(UNVERIFIED, value.span, "nobody verifies what this address gives the machine");
            report.push(
                fault.help("write `handlers: {pinned: {urls: [URL]}}`: the same file, run only if it is the right one"),
            );
            Some(Handlers::Include(url.0))
        }
        (None, Some(Mirrors { urls, .. })) if !urls.items.is_empty() => {
            Some(Handlers::Pinned(urls.items.into_iter().map(|url| url.0).collect()))
        }
        _ => no_handlers(value, report),
    }
}

fn no_handlers(value: &Arc<Node>, report: &mut Report) -> Option<Handlers> {
    let asked = match value.text() {
        Some("include") => "{include: https://...}",
        Some(text) if text.contains("://") => "{pinned: {urls: [ADDRESS]}}",
        Some("pinned") => "{pinned: {urls: [https://...]}}",
        _ if value.entry("pinned").is_some() => "{pinned: {urls: [https://...]}}",
        _ => "embed",
    };
    let found = if matches!(value.kind, Kind::Mapping(_)) { "this".into() } else { value.describe() };
    let message = format!("`handlers` takes one of `embed`, `pinned` with `urls`, and `include`, not {found}");
    report.push(Diagnostic::error(HANDLERS, value.span, message).help(format!("write `handlers: {asked}`")));
    None
}

/// A list, or one item for a list of one. Each is decoded by itself, so that it keeps its place.
fn items<T: serde::de::DeserializeOwned>(name: &str, value: &Arc<Node>, report: &mut Report) -> Items<T> {
    let nodes = match &value.kind {
        Kind::Sequence(nodes) => nodes.as_slice(),
        _ if value.is_null() => &[],
        _ => std::slice::from_ref(value),
    };
    let codes = units::codes();
    nodes
        .iter()
        .filter_map(|node| Some((decode(name, &mut Arc::clone(node), &codes, report)?, Arc::clone(node))))
        .collect()
}
