//! The blocks: what a machine can be told to become. One file each, one line each in [`BLOCKS`].
//!
//! To add one: `src/blocks/NAME.rs` with a `SPEC`, `examples/blocks/NAME.yaml`, the failing cases of its codes, a line in
//! [`BLOCKS`], and `handlers/NAME.py` where cloud-init cannot do the work itself.

mod amiconfig;
mod certificate;
mod chain;
mod command;
mod cvmfs;
mod disks;
mod ed25519;
mod environment;
mod hosts;
mod localfs;
mod metadata;
mod munge;
mod nfs;
mod on_failure;
mod on_success;
mod outcome;
mod package_source;
mod payload;
mod pilot;
mod pipeline;
mod run;
mod service;
mod software;
mod ssh_access;
mod ucernvm;

use crate::language::content::{self, Content, Secret};
use crate::language::date::Date;
use crate::language::decode::decode;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Node, key_span_at, span_at};
use crate::language::elsewhere::Brought;
use crate::language::fault::Fault;
use crate::language::loader::Loader;
use crate::language::path::Path;
use crate::language::source::Span;
use crate::language::units::MountPoint;
use environment::Variables;
pub(crate) use localfs::VOLUME_GROUP;
pub(crate) use on_failure::LIMIT as VERDICT_WITHIN;
pub(crate) use payload::Payload;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
pub(crate) use ssh_access::key_types as ssh_key_types;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Every block there is. The order matters: it is the order on the machine, disks before caches, caches before services.
#[rustfmt::skip] // one line a block
pub(crate) const BLOCKS: &[&BlockSpec] = &[
    &ucernvm::SPEC,
    &localfs::SPEC,
    &disks::SPEC,
    &hosts::SPEC,
    &environment::SPEC,
    &software::SPEC,
    &ssh_access::SPEC,
    &certificate::SPEC,
    &nfs::SPEC,
    &cvmfs::SPEC,
    &munge::SPEC,
    &run::SPEC,
    &pilot::SPEC,
    &pipeline::SPEC,
    &amiconfig::SPEC,
    &metadata::SPEC,
    &on_failure::SPEC,
    &on_success::SPEC,
];

/// The codes that are no single block's: of [`Lower`], and of values that several blocks take.
pub(crate) fn codes() -> Vec<Code> {
    [content::CODES, command::CODES, chain::CODES, service::CODES, outcome::CODES, cvmfs::PROXIES].concat()
}

/// When a block acts on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Before there is a system: the bootloader reads its own block in the user-data.
    Bootloader,
    /// When its part is walked: before users, mounts and packages, and without counting on the network.
    Early,
    /// In the final stage, when network, packages and users are there.
    Late,
    /// When another agent of the image reads the user-data: beside cloud-init, in no order with it.
    Agent,
    /// When cloud-init's own modules run: the block becomes keys of cloud-config and needs no handler.
    CloudConfig,
    /// When all is over and judged: the block is no part of its own.
    Verdict,
}

impl Phase {
    pub fn name(self) -> &'static str {
        match self {
            Self::Bootloader => "bootloader",
            Self::Early => "early",
            Self::Late => "late",
            Self::Agent => "agent",
            Self::CloudConfig => "cloud-config",
            Self::Verdict => "verdict",
        }
    }
}

/// Reads the node of a block, reporting every fault and leaving the node without them.
type Decode = fn(&BlockSpec, &mut Arc<Node>, &[Code], &mut Report) -> Option<Box<dyn Block>>;

/// [`BlockSpec::decode`] for all blocks but those with a word to say about it.
fn read<T: Block + DeserializeOwned + 'static>(
    spec: &BlockSpec,
    node: &mut Arc<Node>,
    codes: &[Code],
    report: &mut Report,
) -> Option<Box<dyn Block>> {
    decode::<T>(spec.name, node, codes, report).map(boxed)
}

fn boxed<T: Block + 'static>(block: T) -> Box<dyn Block> {
    Box::new(block)
}

/// All that the compiler knows of a block without an instance of it.
pub(crate) struct BlockSpec {
    /// The top-level key, and the stem of all that belongs to the block: files, content type, log.
    pub name: &'static str,
    /// What it does, in a phrase.
    pub summary: &'static str,
    pub phase: Phase,
    /// The Python that does it on the machine, after the parts that it shares with others; nothing where cloud-init does it alone.
    pub handler: &'static [&'static str],
    /// The rules it can find broken.
    pub codes: &'static [Code],
    /// The paths of settings that hold secrets, `*` for any key or index: `identities.*.key`. No message shows what stands there.
    pub secrets: &'static [&'static str],
    pub schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// Reads the block; `None` where nothing of it can be read. The report has every fault, the node is left without them.
    pub decode: Decode,
}

impl BlockSpec {
    /// The content type of its part, where that is for another program than cloud-init: for uCernVM, or for amiconfig. As the
    /// documents of CernVM have them.
    pub fn passed_type(&self) -> Option<&'static str> {
        match self.phase {
            Phase::Bootloader => Some("text/ucernvm"),
            Phase::Agent => Some("text/amiconfig-user-data"),
            _ => None,
        }
    }

    /// Whether it acts on the machine by a handler of ours.
    pub fn is_handled(&self) -> bool {
        !self.handler.is_empty()
    }
}

/// One top-level key, from text to running machine.
///
/// Implementations do not read files, look at a clock or at the target: they give data back, the plan does the rest.
pub(crate) trait Block: Send + Sync + std::fmt::Debug {
    /// What other blocks may want to know of this one.
    fn offer(&self, _offers: &mut Offers) {}

    /// When it acts, where its settings decide that.
    fn phase(&self) -> Option<Phase> {
        None
    }

    /// The rules between fields and between blocks; rules about one value live in its type.
    fn check(&self, cx: &mut Check);

    /// What the machine is given.
    fn lower(&self, cx: &mut Lower) -> Payload;
}

/// What blocks say of themselves to each other, gathered before any is checked.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    /// The block that speaks.
    pub block: &'static str,
    mounts: Vec<OfferedMount>,
    disks: Vec<(&'static str, String)>,
    /// What cloud-init mounts by its own rows.
    pub other_mounts: Vec<MountPoint>,
    /// The repositories of CVMFS, by their full names; empty where the context lists none.
    pub repositories: Vec<String>,
    /// The homes that cloud-init is told of, by user.
    pub homes: BTreeMap<String, String>,
    /// What all programs of the machine are told.
    pub variables: Variables,
}

/// A file system that will be mounted, in the order of the blocks.
#[derive(Debug)]
pub(crate) struct OfferedMount {
    pub block: &'static str,
    pub at: MountPoint,
    /// Where it is known before the machine is: not for a share of a disk.
    pub bytes: Option<u64>,
}

impl Offers {
    pub fn mount(&mut self, at: &MountPoint, bytes: Option<u64>) {
        self.mounts.push(OfferedMount { block: self.block, at: at.clone(), bytes });
        // Blocks speak as they stand in the file.
        self.mounts.sort_by_key(|mount| position(mount.block));
    }

    /// A disk that the block takes for itself: a path, a serial, `LABEL=...` or `UUID=...`.
    pub fn disk(&mut self, name: impl Into<String>) {
        self.disks.push((self.block, name.into()));
    }

    /// The home of a user, where images and cloud-init have it if nobody says otherwise.
    pub fn home(&self, user: &str) -> String {
        let usual = || if user == "root" { "/root".into() } else { format!("/home/{user}") };
        self.homes.get(user).cloned().unwrap_or_else(usual)
    }

    /// Everything that is mounted, in the order of the blocks.
    pub fn mounts(&self) -> &[OfferedMount] {
        &self.mounts
    }

    /// What blocks before this one mount. Of two that do not go together the later one speaks, or the same would be said twice.
    pub fn mounts_before(&self, block: &str) -> impl Iterator<Item = &OfferedMount> {
        self.mounts.iter().filter(move |mount| position(mount.block) < position(block))
    }

    /// The disks that blocks other than this one take, each with its block.
    pub fn disks_beside(&self, block: &str) -> impl Iterator<Item = (&'static str, &str)> {
        self.disks.iter().filter(move |(by, _)| *by != block).map(|(by, name)| (*by, name.as_str()))
    }

    /// The file system that will hold a path, the innermost where several do.
    pub fn mount_of(&self, path: &str) -> Option<&OfferedMount> {
        self.mounts.iter().filter(|mount| mount.at.holds(path)).max_by_key(|mount| mount.at.0.len())
    }
}

/// What [`Block::check`] is given: the other blocks, and a way to speak about places of this one.
pub(crate) struct Check<'a> {
    pub offers: &'a Offers,
    /// The block's own node; paths start here.
    pub node: &'a Arc<Node>,
    pub report: &'a mut Report,
}

impl<'a> Check<'a> {
    /// Whether nothing of this block has been found wrong: what follows from a fault need not be said.
    pub fn sound(&self) -> bool {
        let place = self.node.span;
        !self.report.diagnostics().iter().any(|fault| (place.start..=place.end).contains(&fault.span().start))
    }

    /// A fault of the value at a path.
    pub fn error(&self, code: Code, at: &Path, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, span_at(self.node, at), message)
    }

    /// A fault of the key that leads to a path.
    pub fn error_at_key(&self, code: Code, at: &Path, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, key_span_at(self.node, at), message)
    }

    /// Something that surely is not meant, at the key that leads to a path.
    pub fn warning_at_key(&self, code: Code, at: &Path, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(code, key_span_at(self.node, at), message)
    }

    /// Whether a setting is written, with a sound value or not, but with one: what is said of its absence would be wrong then.
    pub fn written(&self, at: &Path) -> bool {
        at.steps().iter().try_fold(self.node, |node, step| node.child(step)).is_some_and(|node| !node.is_null())
    }

    /// The keys and values of the map at a path, by name: looking up one after the other takes the square of their number.
    pub fn entries(&self, at: &Path) -> HashMap<&'a str, (&'a Arc<Node>, &'a Arc<Node>)> {
        let map = at.steps().iter().try_fold(self.node, |node, step| node.child(step));
        let pairs = map.map(|map| map.pairs()).unwrap_or_default();
        pairs.iter().filter_map(|(key, value)| Some((key.text()?, (key, value)))).collect()
    }

    /// The extent of the value at a path, to be marked beside a fault.
    pub fn span(&self, at: &Path) -> Span {
        span_at(self.node, at)
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }
}

/// What [`Block::lower`] is given.
pub(crate) struct Lower<'a> {
    pub offers: &'a Offers,
    pub loader: &'a dyn Loader,
    /// The day on which the machine is to be made, where the caller says.
    pub today: Option<Date>,
    pub node: &'a Arc<Node>,
    pub report: &'a mut Report,
    /// The places of secrets that it was given.
    pub secrets: Vec<Path>,
    /// What came from elsewhere.
    pub brought: Brought,
}

impl Lower<'_> {
    /// The text that a block names at a path; `None`, and reported, where it cannot be had.
    pub fn text(&mut self, content: &Content, at: &Path) -> Option<String> {
        if content.is_encrypted() {
            self.secrets.push(at.clone());
        }
        let read = content.text(self.loader);
        let text = self.reported(read, content, at)?;
        if !matches!(content, Content::Text(_)) {
            self.brought.add(&text);
        }
        Some(text)
    }

    fn reported<T>(&mut self, read: Result<T, Diagnostic>, content: &Content, at: &Path) -> Option<T> {
        // The place is looked for only where it is wanted: among many users each look is a long one.
        read.map_err(|fault| self.report.push(fault.at(span_at(self.node, &content.place(at))))).ok()
    }

    /// A fault of the value at a path. Of what was brought in from elsewhere nothing is shown.
    pub fn refuse(&mut self, fault: Fault, at: &Path) {
        if self.report.is_full() {
            return;
        }
        let place = span_at(self.node, at);
        let shown = |text: &str| self.brought.hide(text, self.report.source().text());
        let diagnostic = Diagnostic::error(fault.code, place, shown(&fault.message)).help(shown(&fault.help));
        self.report.push(diagnostic);
    }

    /// The secret that a block names at a path, as [`text`](Self::text) gives it. It goes into the settings and nowhere else.
    pub fn secret(&mut self, secret: &Secret, at: &Path) -> Option<String> {
        self.secrets.push(at.clone());
        self.text(&secret.0, at)
    }

    /// A secret that need not be text, for settings that carry it in base64.
    pub fn secret_bytes(&mut self, secret: &Secret, at: &Path) -> Option<Vec<u8>> {
        self.secrets.push(at.clone());
        self.bytes(&secret.0, at)
    }

    /// What a block names at a path and need not be text.
    pub fn bytes(&mut self, content: &Content, at: &Path) -> Option<Vec<u8>> {
        if content.is_encrypted() {
            self.secrets.push(at.clone());
        }
        let read = content.bytes(self.loader);
        self.reported(read, content, at)
    }
}

/// A default for cloud-init, which would mount the first ephemeral disk on /mnt and hold a disk that a block is to take. A row with
/// nothing but the device leaves that out, and is what cloud-init's schema allows (a null mount point is not).
fn no_ephemeral_mount() -> (&'static str, Value) {
    ("mounts", json!([["ephemeral0"]]))
}

/// When the block comes among all.
fn position(block: &str) -> Option<usize> {
    BLOCKS.iter().position(|spec| spec.name == block)
}

/// The block of a name.
pub(crate) fn find(name: &str) -> Option<&'static BlockSpec> {
    BLOCKS.iter().copied().find(|spec| spec.name == name)
}
