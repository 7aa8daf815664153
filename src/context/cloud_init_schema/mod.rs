//! Values of cloud-config against cloud-init's own JSON Schema, with the place in the user's text of every fault.
//!
//! cloud-init reads its schema with rules of its own (`cloudinit/config/schema.py`), which hold here, too: what is deprecated is no
//! fault, and of the formats only `date` is looked at.

mod typed;
mod words;

use super::keys::{self, Key};
use crate::error::Error;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::document::{Kind, Node};
use crate::language::source::Span;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};
use std::fmt;
use std::sync::Arc;

pub(super) const SCHEMA: Code = Code::new(
    "cloud-config/schema",
    "cloud-init's own schema says what its modules take; with anything else they fail at boot.",
);
const DEPRECATED: Code = Code::new(
    "cloud-config/deprecated",
    "What is deprecated works until cloud-init takes it away, and is written in its log until then.",
);

pub(crate) const CODES: &[Code] = &[SCHEMA, DEPRECATED];

/// cloud-init's own JSON Schema of cloud-config: `schema-cloud-config-v1.json`, which its packages and its sources hold since 22.2.
///
/// ```
/// # let text = r#"{"properties": {"ntp": {"type": "object"}}, "additionalProperties": false}"#;
/// let schema = contextc::CloudInitSchema::parse("schema-cloud-config-v1.json", text)?;
/// let source = contextc::Source::new("worker.yaml", "#cloud-config\nntp: yes please\n");
/// let report = contextc::Compiler::new().cloud_init_schema(schema).check(&source);
/// assert_eq!(report.diagnostics()[0].code().as_str(), "cloud-config/schema");
/// # Ok::<(), contextc::Error>(())
/// ```
#[derive(Clone)]
pub struct CloudInitSchema(Arc<Schema>);

struct Schema {
    name: String,
    text: Value,
    validator: Validator,
}

impl fmt::Debug for CloudInitSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CloudInitSchema").field(&self.0.name).finish()
    }
}

impl CloudInitSchema {
    /// Reads the schema; `name` is what messages call it.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable), where it is no JSON Schema, or refers to others: nothing is fetched.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let mut text: Value = serde_json::from_str(text).map_err(|error| Error::unreadable(name, error.to_string()))?;
        heed_beside_references(&mut text);
        if !text.get("properties").or(text.get("allOf")).is_some_and(|rules| rules.is_object() || rules.is_array()) {
            return Err(Error::unreadable(name, "this is not cloud-init's schema of cloud-config"));
        }
        // Nobody has installed what Python would check the other two with.
        let options = jsonschema::options()
            .with_draft(Draft::Draft4)
            .should_validate_formats(true)
            .with_format("uri", |_| true)
            .with_format("hostname", |_| true)
            .with_format("date", words::is_date);
        let validator = options.build(&text).map_err(|error| Error::unreadable(name, error.to_string()))?;
        Ok(Self(Arc::new(Schema { name: name.to_owned(), text, validator })))
    }

    /// What is wrong with a map of cloud-config keys, and what is deprecated in it. Of a key that nobody knows nothing is said where
    /// `keys_are_judged` by others.
    pub(crate) fn judge(&self, root: &Arc<Node>, keys_are_judged: bool) -> Vec<Diagnostic> {
        if !matches!(root.kind, Kind::Mapping(_)) {
            return Vec::new();
        }
        let Value::Object(mut document) = typed::typed(root) else { return Vec::new() };
        if keys_are_judged {
            document.retain(|key, _| matches!(keys::classify(key), Key::CloudConfig | Key::Ignored));
        }
        let document = Value::Object(document);
        let schema = &*self.0;
        let faults =
            schema.validator.iter_errors(&document).flat_map(|error| words::faults(&error, root, &schema.text));
        let mut found: Vec<Diagnostic> = faults.collect();
        found.extend(self.deprecated(&document, root));
        found.sort_by_key(|fault| (fault.span().start, fault.message().to_owned()));
        found.dedup_by(|one, other| one.span() == other.span() && one.message() == other.message());
        found
    }

    /// Each key alone: of a map that has a fault the schema's notes are not told.
    fn deprecated(&self, document: &Value, root: &Arc<Node>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (key, value) in document.as_object().into_iter().flatten() {
            let alone = Value::Object(Map::from_iter([(key.clone(), value.clone())]));
            let evaluation = self.0.validator.evaluate(&alone);
            for entry in evaluation.iter_annotations() {
                let notes = entry.annotations.value();
                let path = words::path_of(entry.instance_location);
                found.extend(deprecation(notes, &path, root));
            }
        }
        found
    }
}

/// Draft 4 passes over what stands beside `$ref`. cloud-init's validator does not: it is made without that rule.
fn heed_beside_references(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(heed_beside_references),
        Value::Object(map) => {
            if map.len() > 1
                && let Some(Value::String(name)) = map.remove("$ref")
            {
                let mut all = map.remove("allOf").and_then(|all| all.as_array().cloned()).unwrap_or_default();
                all.push(json!({"$ref": name}));
                map.insert("allOf".into(), all.into());
            }
            map.values_mut().for_each(heed_beside_references);
        }
        _ => {}
    }
}

/// What the notes of a schema say of the value at a path.
fn deprecation(notes: &Value, path: &[String], root: &Arc<Node>) -> Option<Diagnostic> {
    let said = |word: &str| notes.get(word).and_then(Value::as_str);
    let is = |word: &str| notes.get(word).is_some_and(|value| value == true);
    let (word, what) = match (is("deprecated"), is("changed")) {
        (true, _) => ("deprecated", "is deprecated in cloud-init"),
        (_, true) => ("changed", "has changed in cloud-init"),
        _ => return None,
    };
    let since = said(&format!("{word}_version")).map_or(String::new(), |version| format!(" since {version}"));
    let help =
        said(&format!("{word}_description")).or(said("description")).unwrap_or("see cloud-init's module reference");
    let help = help.trim().trim_end_matches('.').replace("``", "`").replace('\n', " ").replace("**", "");
    let (span, called) = words::place(path, root, true);
    Some(Diagnostic::warning(DEPRECATED, span, format!("{called} {what}{since}")).help(help))
}

/// For places of a text that nobody can point at.
fn extent(node: &Node, key: Option<&Node>) -> Span {
    match (node.span.start < node.span.end, key) {
        (false, Some(key)) => key.span,
        _ => node.span,
    }
}
