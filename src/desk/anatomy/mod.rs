//! Finished user-data as the desk sees it: its layers, its parts, and what becomes of each on the machine.

pub(super) mod covering;
pub(super) mod fate;
pub(super) mod masked;
pub(super) mod modules;
pub(super) mod settings;
mod walk;

use crate::blocks::{self, BlockSpec};
use crate::desk::check;
use crate::desk::opening::{self, OpeningFault, Seed, Unsealed};
use crate::error::Error;
use crate::targets::{File, Target};
use crate::wire::reading::{FatalKind, Found, Layer, LayerKind, Opened};
use fate::Fate;
use settings::Tree;

/// The type of the part that says what must arrive.
pub(super) use crate::context::handlers::PLAN_TYPE;

/// User-data, opened, each part with what becomes of it.
#[derive(Debug, Clone)]
pub(super) struct Anatomy {
    pub name: String,
    /// The size of the file, in bytes.
    pub bytes: usize,
    /// The image or directory that it came in.
    pub seed: Option<Seed>,
    pub opened: Opened,
    /// Whether the file has a line end, which not everybody who decodes base64 takes.
    pub ended: bool,
    /// Where a machine gets it from, where that is known.
    pub target: Option<&'static Target>,
    /// As many as there are parts.
    pub fates: Vec<Fate>,
    /// Whether it was compiled from a context, and that, where it could be read as settings.
    pub is_compiled: bool,
    pub context: Option<Tree>,
}

impl Anatomy {
    /// Takes a file apart.
    pub fn open(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let anatomy = Self::of(name, bytes.len(), opening::open(bytes))?;
        let ended = anatomy.seed.is_none() && bytes.ends_with(b"\n");
        Ok(Self { ended, ..anatomy })
    }

    /// Takes the files of a seed directory apart.
    pub fn open_directory(name: &str, files: &[File]) -> Result<Self, Error> {
        Self::of(name, files.iter().map(|file| file.bytes().len()).sum(), opening::open_directory(files))
    }

    fn of(name: &str, bytes: usize, unsealed: Result<Unsealed, OpeningFault>) -> Result<Self, Error> {
        let Unsealed { seed, opened } = unsealed.map_err(|fault| Error::unreadable(name, fault.to_string()))?;
        let fates = walk::fates(&opened.parts);
        let (name, ended, target, is_compiled, context) = (name.to_owned(), false, None, false, None);
        Ok(Self { name, bytes, seed, opened, ended, target, fates, is_compiled, context })
    }

    /// Why nothing of it would run, in a phrase.
    pub fn dead(&self) -> Option<String> {
        let fatal = self.opened.fatal.as_ref().map(|fatal| dies_of(fatal.why).to_owned());
        fatal.or_else(|| check::dead(self.ended, &self.opened, self.target))
    }

    /// What becomes of every part where nothing of the whole would run.
    pub fn fate_of_all(&self) -> Option<Fate> {
        self.dead().map(|why| Fate::nothing(&why))
    }

    /// The parts in the order of cloud-init's walk.
    pub fn parts(&self) -> impl Iterator<Item = (&Found, &Fate)> {
        self.opened.parts.iter().zip(&self.fates)
    }

    /// What is within all layers, as people call it.
    pub fn container(&self) -> &'static str {
        let outermost = self.opened.parts.first().and_then(|part| part.within.first());
        match outermost.map(String::as_str) {
            Some(kind) if kind.starts_with("multipart/") => "a MIME message",
            Some("text/cloud-config-archive") => "a cloud-config archive",
            Some(_) => "a part in a layer of its own",
            None => "one text, no message",
        }
    }

    /// The layers in a phrase, as an envelope is called: `gzip+base64`.
    pub fn envelope(&self) -> String {
        let layers: Vec<&str> = self.opened.layers.iter().rev().map(|layer| layer_name(layer.kind)).collect();
        if layers.is_empty() { "plain".into() } else { layers.join("+") }
    }
}

/// What cloud-init dies of, in a phrase.
pub(super) fn dies_of(kind: FatalKind) -> &'static str {
    match kind {
        FatalKind::NotUtf8 => "a byte of the message is not UTF-8",
        FatalKind::DamagedGzipPart => "a part says that it is gzip and is not, or is no UTF-8 text within",
        FatalKind::UnreadableParameter => "a header has parameters that cannot be read",
        FatalKind::ArchiveEntry => "an entry of the archive cannot be made a part of",
    }
}

/// The name of a layer.
pub(super) fn layer_name(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::Gzip => "gzip",
        LayerKind::Base64 { wrapped: true } => "wrapped base64",
        LayerKind::Base64 { wrapped: false } => "base64",
        LayerKind::ByteOrderMark => "byte order mark",
        LayerKind::BlankLines { .. } => "blank lines",
    }
}

/// Who takes a layer off. cloud-init takes off one gzip, right around what it reads, and never base64: that is its datasources' business
/// (`cloudinit/user_data.py`, `convert_string`).
fn taken_off(layer: &Layer, is_innermost: bool) -> &'static str {
    match layer.kind {
        LayerKind::Gzip if is_innermost => "cloud-init takes it off",
        LayerKind::ByteOrderMark | LayerKind::BlankLines { .. } => {
            "nobody takes it off, and cloud-init knows nothing behind it"
        }
        _ => "the cloud has to take it off: cloud-init does not",
    }
}

/// The same, where a target is known: what is decoded there is no question any more.
pub(super) fn taken_off_at(anatomy: &Anatomy, index: usize, layer: &Layer) -> &'static str {
    let is_innermost = index + 1 == anatomy.opened.layers.len();
    match (layer.kind, anatomy.target.is_some() && anatomy.dead().is_none()) {
        (LayerKind::Base64 { .. }, true) => "taken off on its way, on this target",
        _ => taken_off(layer, is_innermost),
    }
}

/// The block whose settings a part holds, by its type.
pub(super) fn block_of(content_type: &str) -> Option<&'static BlockSpec> {
    blocks::find(content_type.strip_prefix("text/")?.strip_suffix("-config")?)
}
