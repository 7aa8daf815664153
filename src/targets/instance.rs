//! What a machine is told of itself, beside its user-data.

use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::digest::sha256_hex;
use crate::language::source::Span;
use crate::language::units::{HostName, Unit};

const INSTANCE_ID: Code = Code::new(
    "target/instance-id",
    "cloud-init names a directory after the instance-id, and takes a machine with another one for a new machine.",
);
pub(super) const CODES: &[Code] = &[INSTANCE_ID];

/// The longest name of a directory on Linux file systems (NAME_MAX).
const LONGEST: usize = 255;

/// What stands beside the user-data on a medium.
///
/// ```
/// use contextc::{Compiler, Instance, Medium, Source};
/// let source = Source::new("worker.yaml", "localfs: {parts: {home: 60}}\n");
/// let compiler = Compiler::new().target(contextc::target("nocloud").unwrap());
/// let seed = compiler.medium(Medium::Dir, Instance::new().hostname("node1")).compile(&source)?;
/// let names: Vec<&str> = seed.artifact().files().iter().map(|file| file.path()).collect();
/// assert_eq!(names, ["user-data", "meta-data"]);
/// # Ok::<(), contextc::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instance {
    id: Option<String>,
    pub(super) hostname: Option<String>,
    pub(super) network_config: Option<Vec<u8>>,
    pub(super) vendor_data: Option<Vec<u8>>,
}

impl Instance {
    /// One whose id is made of its content: new content, new instance.
    pub fn new() -> Self {
        Self::default()
    }

    /// The instance-id. A machine that knows it does nothing again.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The name of the machine.
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.hostname = Some(name.into());
        self
    }

    /// Its network, in the form that the target's reader knows; it is not judged here.
    pub fn network_config(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.network_config = Some(text.into());
        self
    }

    /// The cloud's own user-data.
    pub fn vendor_data(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.vendor_data = Some(text.into());
        self
    }

    /// The id that is given, or one of the content.
    pub(super) fn id_for(&self, user_data: &[u8]) -> String {
        let parts = [
            Some(user_data),
            self.hostname.as_deref().map(str::as_bytes),
            self.network_config.as_deref(),
            self.vendor_data.as_deref(),
        ];
        // The digests have one length, so no two lists of parts read alike.
        let listed: String = parts.map(|part| part.map_or("-".into(), sha256_hex)).join(" ");
        let digest = sha256_hex(listed.as_bytes());
        self.id.clone().unwrap_or_else(|| format!("contextc-{}", digest.get(..16).unwrap_or_default()))
    }

    pub(super) fn check(&self, report: &mut Report) {
        let sound = |id: &String| {
            (1..=LONGEST).contains(&id.len())
                && id.chars().all(|c| c.is_ascii_graphic() && c != '/')
                && !id.starts_with('.')
        };
        if let Some(id) = self.id.as_ref().filter(|id| !sound(id)) {
            let fault = Diagnostic::error(INSTANCE_ID, Span::default(), format!("`{id}` cannot be an instance-id"));
            report.push(
                fault.help("write letters, digits, `-`, `_` and `.`, or leave it out: it is made of the content"),
            );
        }
        if let Some(fault) = self.hostname.as_ref().and_then(|name| HostName::parse(name).err()) {
            report.push(Diagnostic::error(fault.code, Span::default(), fault.message).help(fault.help));
        }
    }
}
