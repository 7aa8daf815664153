//! What a block gives to the plan.

use serde_json::{Map, Value};

/// What a block becomes.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    /// The complete settings for the handler, every default filled; null for a block without one.
    pub settings: Value,
    /// Keys for cloud-init itself, merged with those of other blocks and the user's own.
    pub cloud_config: Map<String, Value>,
    /// Keys for cloud-init itself, each only where nobody else sets it.
    pub defaults: Vec<(&'static str, Value)>,
    /// The lines of a part that another program reads, each ended by a line feed: printable ASCII, which travels as it is.
    pub lines: Option<String>,
    /// What is to follow the verdict, for the plan.
    pub outcome: Map<String, Value>,
    /// What the user will want to have of the result, in a line each: for the terminal, never a secret.
    pub notes: Vec<String>,
}

impl Payload {
    /// A block that its handler does.
    pub fn settings(settings: Value) -> Self {
        Self { settings, ..Self::default() }
    }

    /// A block that cloud-init does: the fields of a JSON object are its keys.
    pub fn cloud_config(keys: Value) -> Self {
        Self { cloud_config: fields(keys), ..Self::default() }
    }

    /// A block that another program than cloud-init reads, exact by line.
    pub fn lines(lines: String) -> Self {
        Self { lines: Some(lines), ..Self::default() }
    }

    /// A block that says what is to follow the verdict: fields of a JSON object.
    pub fn outcome(fields_of: Value) -> Self {
        Self { outcome: fields(fields_of), ..Self::default() }
    }
}

fn fields(object: Value) -> Map<String, Value> {
    if let Value::Object(fields) = object { fields } else { Map::new() }
}
