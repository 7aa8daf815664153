//! `summary.json`: a machine's own verdict (`schemas/summary.schema.json`).

use super::machine::{Block, Machine, MachineState, Module, Origin, Script};
use serde::Deserialize;

/// The version of the format that this program reads.
const SCHEMA: u64 = 1;

/// A summary. Keys that are newer than this program are passed over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Summary {
    machine: MachineState,
    contextc: Option<String>,
    digest: Option<String>,
    instance_id: Option<String>,
    cloud_init: Option<String>,
    started: Option<String>,
    pub finished: String,
    duration: Option<f64>,
    blocks: Vec<Block>,
    #[serde(default)]
    scripts: Vec<Script>,
    #[serde(default)]
    modules: Vec<Module>,
}

#[derive(Deserialize)]
struct Version {
    schema: u64,
}

impl Summary {
    /// Reads a whole text, or says in a phrase why it is none. serde_json refuses what is nested deeper than 128 levels.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_end();
        let version: Version = serde_json::from_slice(text).map_err(|error| phrase(&error))?;
        if version.schema != SCHEMA {
            return Err(format!("has the format {}, and this program reads {SCHEMA}", version.schema));
        }
        serde_json::from_slice(text).map_err(|error| phrase(&error))
    }

    /// Reads what a text begins with, whatever follows: a carriage return, an escape sequence.
    pub fn read_first(text: &str) -> Result<Self, String> {
        let mut whole = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
        match whole.next() {
            Some(Ok(_)) => Self::read(text.as_bytes().get(..whole.byte_offset()).unwrap_or_default()),
            // A kernel writes into the lines of others.
            _ => Err("is cut off, or mixed with other output".into()),
        }
    }

    /// The machine as it saw itself.
    pub fn into_machine(self, name: &str, origin: Origin) -> Machine {
        let reason = self.digest.is_none().then(|| "no plan arrived".to_owned());
        Machine {
            reason,
            contextc: self.contextc,
            digest: self.digest,
            instance_id: self.instance_id,
            cloud_init: self.cloud_init,
            started: self.started,
            finished: Some(self.finished),
            duration: self.duration,
            blocks: self.blocks,
            scripts: self.scripts,
            modules: self.modules,
            ..Machine::new(name, self.machine, origin)
        }
    }
}

fn phrase(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    match error.classify() {
        Category::Eof => "is cut off".into(),
        Category::Data => format!("is not a summary: {error}"),
        _ => format!("is not JSON: {error}"),
    }
}
