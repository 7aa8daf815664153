//! A message becomes what one target wants: in the first envelope that fits, or not at all.

use super::instance::Instance;
use super::limit::{Counted, Sizes};
use super::media::{File, Medium, Seed};
use super::{Form, Limit, Target, ssh};
use crate::context::handlers;
use crate::context::passed;
use crate::context::plan::Plan;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::digest;
use crate::language::source::Span;
use crate::wire::envelope::Envelope;
use crate::wire::message::Message;
use std::fmt;

const TOO_LARGE: Code =
    Code::new("target/too-large", "The target refuses user-data beyond its limit, or cuts it short.");
const NEARLY_FULL: Code =
    Code::new("target/nearly-full", "Above nine tenths of the limit a small change makes user-data that is refused.");
const ENVELOPE: Code = Code::new(
    "target/envelope",
    "An envelope that the target does not unwrap reaches the machine as rubbish, and nothing runs.",
);
const MEDIUM: Code = Code::new(
    "target/medium",
    "A medium (an image, a directory) that nothing on a machine of this target reads has no effect.",
);

pub(super) const CODES: &[Code] = &[TOO_LARGE, NEARLY_FULL, ENVELOPE, MEDIUM];

/// What is handed to the cloud.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    bytes: Vec<u8>,
    envelope: Envelope,
    counted: Option<usize>,
    files: Vec<File>,
}

/// Never the bytes, which may hold secrets.
impl fmt::Debug for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, envelope) = (self.bytes.len(), self.envelope);
        f.debug_struct("Artifact")
            .field("size", &size)
            .field("envelope", &envelope)
            .field("files", &self.files)
            .finish()
    }
}

impl Artifact {
    /// The user-data, exactly as it is to be handed over.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Their SHA-256, in lower-case hex.
    pub fn sha256(&self) -> String {
        digest::sha256_hex(&self.bytes)
    }

    /// How they are wrapped.
    pub fn envelope(&self) -> Envelope {
        self.envelope
    }

    /// What the target counts of it against its limit, in bytes; nothing where no limit is known.
    pub fn counted(&self) -> Option<usize> {
        self.counted
    }

    /// The medium with the user-data on it: one image, or the files of a directory. None where no medium was asked for.
    pub fn files(&self) -> &[File] {
        &self.files
    }
}

impl Target {
    /// Wraps a message for this target: as asked, or in the first envelope that fits.
    pub(crate) fn deliver(
        &self,
        message: &Message,
        plan: &Plan,
        asked: Option<Envelope>,
        place: Span,
        report: &mut Report,
    ) -> Option<Artifact> {
        let candidates = match &asked {
            Some(envelope) if !self.accepts.contains(envelope) => {
                report.push(self.refused(*envelope, place));
                return None;
            }
            Some(envelope) => std::slice::from_ref(envelope),
            None => self.accepts,
        };
        let run_file = match self.form {
            Form::Message => None,
            Form::RunFile => Some(Message { bytes: ssh::run_file(plan, report)? }),
        };
        let message = run_file.as_ref().unwrap_or(message);
        let Some(envelope) = self.first_that_fits(candidates, message) else {
            report.push(self.too_large(message, plan, candidates, place));
            return None;
        };
        // What is on a disk does not pass through amiconfig's fetching.
        if envelope.inner() == Envelope::Gzip && self.layout.is_none() {
            passed::warn_of_gzip(plan, place, report);
        }
        let counted = self.counts(message, envelope);
        // Another envelope that leaves room is taken as soon as it is needed.
        if candidates.iter().all(|other| self.is_nearly_full(message, *other)) {
            let roomy = self.accepts.iter().find(|other| !self.is_nearly_full(message, **other));
            let help =
                roomy.map_or(saving(plan).into(), |other| format!("leave out `--envelope`: as {other} there is room"));
            report.push(self.nearly_full(counted, help, envelope, place));
        }
        Some(Artifact {
            bytes: envelope.wrap(&message.bytes),
            envelope,
            counted: counted.map(|(size, _)| size),
            files: Vec::new(),
        })
    }

    /// Puts what is delivered on a medium that its machines read.
    pub(crate) fn pack(
        &self,
        artifact: Artifact,
        medium: Medium,
        instance: &Instance,
        place: Span,
        report: &mut Report,
    ) -> Option<Artifact> {
        instance.check(report);
        let id = instance.id_for(&artifact.bytes);
        let seed = Seed {
            user_data: &artifact.bytes,
            envelope: artifact.envelope,
            instance_id: &id,
            hostname: instance.hostname.as_deref(),
            network_config: instance.network_config.as_deref(),
            vendor_data: instance.vendor_data.as_deref(),
        };
        match self.layout.ok_or_else(|| self.no_medium()).and_then(|layout| layout.packed(medium, &seed)) {
            Ok(files) => Some(Artifact { files, ..artifact }),
            Err(why) => {
                report.push(
                    Diagnostic::error(MEDIUM, place, why).help(format!("`contextc targets {self}` says what it takes")),
                );
                None
            }
        }
    }

    fn no_medium(&self) -> String {
        format!("{self} has no medium: what launches the machine is given the user-data itself")
    }

    /// Says where finished user-data is larger than this target takes, or nearly.
    pub(crate) fn judge_size(&self, sizes: Sizes, report: &mut Report) {
        let Some(Limit { bytes: most, counted, .. }) = self.limit else { return };
        let size = counted.of_finished(&sizes);
        let gains = !sizes.is_packed && counted != Counted::Zipped;
        let help = match gains && self.accepts.iter().any(|envelope| envelope.inner() == Envelope::Gzip) {
            true => "compress it, or move the largest part to where the machine can fetch it",
            false => "move the largest part to where the machine can fetch it, and leave out what is not needed",
        };
        if size > most {
            let said = format!("{size} bytes ({counted}) are {} more than {self} takes ({most})", size - most);
            report.push(Diagnostic::error(TOO_LARGE, Span::default(), said).help(help));
        } else if size.saturating_mul(10) > most.saturating_mul(9) {
            let said = format!("{size} bytes ({counted}) of the {most} that {self} takes");
            report.push(Diagnostic::warning(NEARLY_FULL, Span::default(), said).help(help));
        }
    }

    /// User-data for a target that has no place for it.
    pub(crate) fn takes_a_script(&self) -> Diagnostic {
        Diagnostic::error(ENVELOPE, Span::default(), format!("{self} takes a script, and this is user-data"))
            .help(format!("compile the context again with `--target {self}`"))
    }

    /// User-data without what must be around it.
    pub(crate) fn wants_an_envelope(&self) -> Diagnostic {
        let wanted: Vec<String> = self.accepts.iter().map(|envelope| format!("`{envelope}`")).collect();
        let message = format!("`plain` does not arrive whole on {self}");
        Diagnostic::error(ENVELOPE, Span::default(), message).help(format!("encode it as {}", wanted.join(" or ")))
    }

    /// What counts of a message, in bytes, and the most that it may be.
    fn counts(&self, message: &Message, envelope: Envelope) -> Option<(usize, usize)> {
        self.limit.map(|Limit { bytes, counted, .. }| (counted.size(&message.bytes, envelope), bytes))
    }

    fn first_that_fits(&self, candidates: &[Envelope], message: &Message) -> Option<Envelope> {
        let fits = |envelope: &Envelope| self.counts(message, *envelope).is_none_or(|(size, most)| size <= most);
        candidates.iter().copied().find(fits)
    }

    fn refused(&self, envelope: Envelope, place: Span) -> Diagnostic {
        let accepted: Vec<String> = self.accepts.iter().map(|envelope| format!("`{envelope}`")).collect();
        Diagnostic::error(ENVELOPE, place, format!("`{envelope}` does not arrive whole on {}", self.name))
            .help(format!("use {}, or leave the choice to the target", accepted.join(" or ")))
    }

    fn is_nearly_full(&self, message: &Message, envelope: Envelope) -> bool {
        self.counts(message, envelope).is_some_and(|(size, most)| size.saturating_mul(10) > most.saturating_mul(9))
    }

    fn nearly_full(
        &self,
        counted: Option<(usize, usize)>,
        help: String,
        envelope: Envelope,
        place: Span,
    ) -> Diagnostic {
        let (size, most) = counted.unwrap_or_default();
        let said = format!("{size} bytes ({}) of the {most} that {} takes", self.counted(envelope), self.name);
        Diagnostic::warning(NEARLY_FULL, place, said).help(help)
    }

    /// The envelope, and how it is counted where that is another thing.
    fn counted(&self, envelope: Envelope) -> String {
        self.limit.map_or(envelope.to_string(), |limit| format!("{envelope}, {}", limit.counted))
    }

    fn too_large(&self, message: &Message, plan: &Plan, candidates: &[Envelope], place: Span) -> Diagnostic {
        let sizes = candidates.iter().filter_map(|envelope| Some((self.counts(message, *envelope)?, *envelope)));
        let ((size, most), envelope) = sizes.min_by_key(|(counts, _)| *counts).unwrap_or_default();
        let other = self.first_that_fits(self.accepts, message);
        let help = other.map_or(saving(plan).into(), |other| format!("leave out `--envelope`: as {other} it fits"));
        let said = format!(
            "{size} bytes ({}) are {} more than {} takes ({most})",
            self.counted(envelope),
            size.saturating_sub(most),
            self.name
        );
        Diagnostic::error(TOO_LARGE, place, said)
            .help(help)
            .help(format!("parts by their cost in bytes, before any compression:{}", costs(plan)))
    }
}

/// A line for each part, the most costly first.
fn costs(plan: &Plan) -> String {
    let mut costs = Message::costs(plan);
    costs.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    costs.iter().map(|(name, bytes)| format!("\n{bytes:>8}  {name}")).collect()
}

/// What would save most: the handlers, where they are embedded.
fn saving(plan: &Plan) -> &'static str {
    match plan.parts.iter().any(|part| part.filename == handlers::PART && part.origin == "contextc") {
        true => {
            "let the machine fetch the handlers: `contextc handlers -o DIR`, serve that file, and `handlers: {pinned: {urls: [URL]}}`"
        }
        false => "move the largest part to where the machine can fetch it",
    }
}
