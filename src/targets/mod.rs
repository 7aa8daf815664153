//! The places to launch a machine. One file each, a constant of data; one line each in [`TARGETS`].

mod ec2;
mod generic;
mod ssh;

use crate::context::handlers;
use crate::context::plan::Plan;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::Span;
use crate::wire::envelope::Envelope;
use crate::wire::message::Message;
use std::fmt;

/// Where nothing is said.
pub(crate) const DEFAULT: &Target = &generic::GENERIC;

/// Every target there is, the default first.
pub(crate) const TARGETS: &[&Target] = &[DEFAULT, &ec2::EC2, &ssh::SSH];

const UNKNOWN: Code = Code::new(
    "target/unknown",
    "A target is the place where the machine is launched; its rules decide size and encoding.",
);
const TOO_LARGE: Code =
    Code::new("target/too-large", "The target refuses user-data beyond its limit, or cuts it short.");
const ENVELOPE: Code = Code::new(
    "target/envelope",
    "An envelope that the target does not unwrap reaches the machine as rubbish, and nothing runs.",
);

const CODES: &[Code] = &[UNKNOWN, TOO_LARGE, ENVELOPE];

/// The codes of all targets.
pub(crate) fn codes() -> Vec<Code> {
    [&[CODES], ssh::CODES].concat().concat()
}

/// What a target is handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// User-data for cloud-init.
    Message,
    /// A script that does without it.
    RunFile,
}

/// At which stage a target counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Counted {
    /// Before base64: what the machine receives.
    Raw,
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "before base64",
        })
    }
}

/// The most that a target takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    pub bytes: usize,
    pub counted: Counted,
    /// Where the number is from.
    pub source: &'static str,
}

/// A place to launch: its limit, and the envelopes that arrive whole.
///
/// ```
/// let ec2 = contextc::target("aws").unwrap();
/// assert_eq!((ec2.name(), ec2.limit()), ("ec2", Some(16_384)));
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) summary: &'static str,
    /// cloud-init's name for what reads it on the machine.
    pub(crate) datasource: &'static str,
    pub(crate) limit: Option<Limit>,
    /// In order of preference: the first that fits is taken.
    pub(crate) accepts: &'static [Envelope],
    pub(crate) form: Form,
}

impl Target {
    /// The name, as in `--target ec2`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Other names for it.
    pub fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// The name and the other names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// What it is, in a phrase.
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// cloud-init's datasource for it.
    pub fn datasource(&self) -> &'static str {
        self.datasource
    }

    /// The most that it takes, in bytes.
    pub fn limit(&self) -> Option<usize> {
        self.limit.map(|limit| limit.bytes)
    }

    /// At which stage the limit counts, and where the number is from.
    pub fn limit_source(&self) -> Option<(Counted, &'static str)> {
        self.limit.map(|limit| (limit.counted, limit.source))
    }

    /// The envelopes that arrive whole, in order of preference.
    pub fn envelopes(&self) -> &'static [Envelope] {
        self.accepts
    }

    /// Whether the result is handed to a cloud, and not to the machine itself.
    pub(crate) fn is_user_data(&self) -> bool {
        self.form == Form::Message
    }

    fn fits(&self, wrapped: &[u8]) -> bool {
        self.limit.is_none_or(|Limit { bytes, counted: Counted::Raw, .. }| wrapped.len() <= bytes)
    }

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
            Form::RunFile => Some(ssh::run_file(plan, report)?),
        };
        let content = run_file.as_ref().unwrap_or(&message.bytes);
        let mut smallest: Option<Artifact> = None;
        for envelope in candidates {
            let artifact = Artifact { bytes: envelope.wrap(content), envelope: *envelope };
            if self.fits(&artifact.bytes) {
                return Some(artifact);
            }
            smallest = smallest.filter(|best| best.bytes.len() <= artifact.bytes.len()).or(Some(artifact));
        }
        let other = self.accepts.iter().find(|other| self.fits(&other.wrap(content)));
        let help = other.map_or(saving(plan).into(), |other| format!("leave out `--envelope`: as {other} it fits"));
        report.push(self.too_large(plan, &smallest?, place, help));
        None
    }

    fn refused(&self, envelope: Envelope, place: Span) -> Diagnostic {
        let accepted: Vec<String> = self.accepts.iter().map(|envelope| format!("`{envelope}`")).collect();
        Diagnostic::error(ENVELOPE, place, format!("`{envelope}` does not arrive whole on {}", self.name))
            .help(format!("use {}, or leave the choice to the target", accepted.join(" or ")))
    }

    fn too_large(&self, plan: &Plan, smallest: &Artifact, place: Span, help: String) -> Diagnostic {
        let limit = self.limit().unwrap_or_default();
        let over = smallest.bytes.len().saturating_sub(limit);
        let mut costs = Message::costs(plan);
        costs.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        let table = costs.iter().map(|(name, bytes)| format!("\n{bytes:>8}  {name}")).collect::<String>();
        let message = format!(
            "{} bytes ({}) are {over} more than {} takes ({limit})",
            smallest.bytes.len(),
            smallest.envelope,
            self.name
        );
        Diagnostic::error(TOO_LARGE, place, message)
            .help(help)
            .help(format!("parts by their cost in bytes, before any compression:{table}"))
    }
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

/// The target of a name or alias.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().copied().find(|target| target.names().any(|known| known == name))
}

/// Every target, the default first.
pub fn targets() -> impl Iterator<Item = &'static Target> {
    TARGETS.iter().copied()
}

/// What to say of a target that is not known.
pub(crate) fn unknown(name: &str, place: Span) -> Diagnostic {
    let known: Vec<&str> = TARGETS.iter().flat_map(|target| target.names()).collect();
    Diagnostic::error(UNKNOWN, place, format!("`{name}` is not a target"))
        .help(crate::language::suggest::advice(name, &known))
}

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

    /// How they are wrapped.
    pub fn envelope(&self) -> Envelope {
        self.envelope
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
