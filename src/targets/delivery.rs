//! A message becomes what one target wants: in the first envelope that fits, or not at all.

use super::{Limit, Target};
use crate::context::handlers;
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

pub(super) const CODES: &[Code] = &[TOO_LARGE, NEARLY_FULL, ENVELOPE];

/// What is handed to the cloud.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    bytes: Vec<u8>,
    envelope: Envelope,
}

/// Never the bytes, which may hold secrets.
impl fmt::Debug for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, envelope) = (self.bytes.len(), self.envelope);
        f.debug_struct("Artifact").field("size", &size).field("envelope", &envelope).finish_non_exhaustive()
    }
}

impl Artifact {
    /// The bytes, exactly as they are to be handed over.
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
        let Some(envelope) = self.first_that_fits(candidates, message) else {
            report.push(self.too_large(message, plan, candidates, place));
            return None;
        };
        if let Some(fault) = self.nearly_full(message, plan, envelope, place) {
            report.push(fault);
        }
        Some(Artifact { bytes: envelope.wrap(&message.bytes), envelope })
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

    fn nearly_full(&self, message: &Message, plan: &Plan, envelope: Envelope, place: Span) -> Option<Diagnostic> {
        let (size, most) = self.counts(message, envelope)?;
        let fault = |size: usize| {
            let said = format!("{size} bytes ({}) of the {most} that {} takes", self.counted(envelope), self.name);
            Diagnostic::warning(NEARLY_FULL, place, said).help(saving(plan))
        };
        (size.saturating_mul(10) > most.saturating_mul(9)).then(|| fault(size))
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
