//! A fault that the validator found, in words for people: what is taken there, and what to write instead.

use super::typed::{NO_JSON, entry};
use super::{SCHEMA, extent};
use crate::language::diagnostic::Diagnostic;
use crate::language::document::{Kind, Node};
use crate::language::source::Span;
use crate::language::suggest;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Fault};
use jsonschema::paths::{Location, LocationSegment};
use serde_json::Value;
use std::sync::Arc;

/// The steps of a path in the document.
pub(super) fn path_of(location: &Location) -> Vec<String> {
    let step = |segment: LocationSegment| match segment {
        LocationSegment::Property(name) => name.into_owned(),
        LocationSegment::Index(index) => index.to_string(),
    };
    location.iter().map(step).collect()
}

/// Where the value at a path stands, or its key, and what it is called. What is not there is marked where it should be.
pub(super) fn place(path: &[String], root: &Arc<Node>, at_key: bool) -> (Span, String) {
    let (key, node) = found(path, root);
    let span = key.filter(|_| at_key).map_or_else(|| extent(node, key), |key| key.span);
    (span, called(path))
}

fn found<'n>(path: &[String], root: &'n Arc<Node>) -> (Option<&'n Node>, &'n Node) {
    let mut at: (Option<&Node>, &Node) = (None, root);
    for step in path {
        let below = match &at.1.kind {
            Kind::Sequence(items) => {
                step.parse().ok().and_then(|index: usize| items.get(index)).map(|item| (None, &**item))
            }
            _ => entry(at.1, step).map(|(key, value)| (Some(&**key), &**value)),
        };
        match below {
            Some(below) => at = below,
            None => break,
        }
    }
    at
}

fn called(path: &[String]) -> String {
    let is_index = |step: &String| step.bytes().all(|byte| byte.is_ascii_digit());
    match path.iter().rposition(|step| !is_index(step)) {
        Some(at) if at + 1 < path.len() => format!("an item of `{}`", path.get(at).map_or("", String::as_str)),
        Some(at) => format!("`{}`", path.get(at).map_or("", String::as_str)),
        None => "this".into(),
    }
}

/// A day as Python's `date.fromisoformat` takes it in all versions.
pub(super) fn is_date(text: &str) -> bool {
    let widths = [4, 2, 2];
    let parts: Vec<&str> = text.split('-').collect();
    let sound = |(part, width): (&&str, usize)| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == widths.len()
        && parts.iter().zip(widths).all(sound)
        && text.parse::<crate::language::date::Date>().is_ok()
}

/// What is wrong, once for each thing that is.
pub(super) fn faults(error: &ValidationError, root: &Arc<Node>, schema: &Value) -> Vec<Diagnostic> {
    let about = About { path: path_of(error.instance_path()), root, schema };
    match error.kind() {
        Fault::AnyOf { context } | Fault::OneOfNotValid { context } => about.none_of(context),
        Fault::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|name| about.unknown(name, error.schema_path())).collect()
        }
        _ => vec![about.one(error)],
    }
}

/// One fault, and what is needed to speak about it.
struct About<'a> {
    path: Vec<String>,
    root: &'a Arc<Node>,
    schema: &'a Value,
}

impl About<'_> {
    fn fault(&self, message: String) -> Diagnostic {
        Diagnostic::error(SCHEMA, place(&self.path, self.root, false).0, message)
    }

    fn called(&self) -> String {
        called(&self.path)
    }

    /// What stands there, as a person would call it.
    fn what(&self, instance: &Value) -> String {
        let (_, node) = found(&self.path, self.root);
        let kind = match instance {
            Value::Null => return "nothing".into(),
            Value::Bool(_) => "the switch ",
            Value::Number(_) => "the number ",
            Value::Object(map) if map.contains_key(NO_JSON) && node.text().is_some() => "the date ",
            _ => "",
        };
        format!("{kind}{}", node.describe())
    }

    fn unknown(&self, name: &str, place_in_schema: &Location) -> Diagnostic {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        let within = if self.path.is_empty() { "cloud-init's schema".into() } else { self.called() };
        let (span, _) = place(&path, self.root, true);
        let above = place_in_schema.as_str().rsplit_once('/').map_or("", |(above, _)| above);
        let known = self.schema.pointer(above).and_then(|schema| schema.get("properties")).and_then(Value::as_object);
        let mut known: Vec<&str> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        known.sort_unstable();
        let help = suggest::advice(name, &known);
        let help =
            if help.is_empty() { "remove it, or look it up in cloud-init's module reference".into() } else { help };
        Diagnostic::error(SCHEMA, span, format!("`{name}` is not known in {within}")).label("not known").help(help)
    }

    /// None of several forms: the nearest one tells what is wrong; where none is of this kind, what they take.
    fn none_of(&self, forms: &[Vec<ValidationError>]) -> Vec<Diagnostic> {
        let here = |error: &&ValidationError| path_of(error.instance_path()) == self.path;
        let other_kind = |form: &&Vec<ValidationError>| {
            form.iter()
                .filter(here)
                .any(|error| matches!(error.kind(), Fault::Type { .. } | Fault::Enum { .. } | Fault::Constant { .. }))
        };
        let depth = |form: &Vec<ValidationError>| form.iter().map(|error| path_of(error.instance_path()).len()).max();
        let near = forms.iter().filter(|form| !other_kind(form));
        match near.min_by_key(|form| (form.len(), std::cmp::Reverse(depth(form)))) {
            Some(form) => form.iter().flat_map(|error| faults(error, self.root, self.schema)).take(3).collect(),
            None => {
                forms.iter().flatten().next().map(|first| self.no_kind(forms, first.instance())).into_iter().collect()
            }
        }
    }

    fn no_kind(&self, forms: &[Vec<ValidationError>], instance: &Value) -> Diagnostic {
        let (mut kinds, mut words) = (Vec::new(), Vec::new());
        for error in forms.iter().flatten().filter(|error| path_of(error.instance_path()) == self.path) {
            match error.kind() {
                Fault::Type { kind } => kinds.extend(kinds_of(kind)),
                Fault::Enum { options } => words.extend(options.as_array().into_iter().flatten().map(shown)),
                Fault::Constant { expected_value } => words.push(shown(expected_value)),
                _ => {}
            }
        }
        kinds.retain(|kind| words.is_empty() || *kind != "text");
        let mut taken: Vec<String> = kinds.into_iter().map(str::to_owned).chain(words).collect();
        let mut seen = std::collections::BTreeSet::new();
        taken.retain(|word| seen.insert(word.clone()));
        let words: Vec<&str> = taken.iter().filter_map(|word| word.strip_prefix('`')?.strip_suffix('`')).collect();
        let text = instance.as_str().unwrap_or_default();
        match suggest::nearest(text, words) {
            Some(word) => self.refused(&either(&taken), instance).help(format!("did you mean `{word}`?")),
            None => self.not_taken(&either(&taken), instance),
        }
    }

    fn refused(&self, taken: &str, instance: &Value) -> Diagnostic {
        let what = self.what(instance);
        self.fault(format!("{} takes {taken}, not {what}", self.called())).label(format!("is {what}"))
    }

    fn not_taken(&self, taken: &str, instance: &Value) -> Diagnostic {
        let fault = self.refused(taken, instance);
        let text = found(&self.path, self.root).1.text().filter(|_| taken.contains("text"));
        match text.filter(|text| !text.is_empty()) {
            Some(text) => fault.help(format!("put it in quotes: `\"{}\"`", crate::language::document::shortened(text))),
            None => fault.help(format!("write {taken}")),
        }
    }

    fn one(&self, error: &ValidationError) -> Diagnostic {
        let (called, what) = (self.called(), self.what(error.instance()));
        let bound = |message: String, help: String| self.fault(message).help(help);
        match error.kind() {
            Fault::Type { kind } => self.not_taken(&either(&kinds_of(kind)), error.instance()),
            Fault::Enum { options } => {
                let words: Vec<String> = options.as_array().into_iter().flatten().map(plain).collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let help = suggest::advice(&plain(error.instance()), &words);
                bound(
                    format!("{called} cannot be {what}"),
                    if help.is_empty() { "look it up in cloud-init's module reference".into() } else { help },
                )
            }
            Fault::Constant { expected_value } => {
                bound(format!("{called} cannot be {what}"), format!("write {}", shown(expected_value)))
            }
            Fault::Required { property } => {
                let name = plain(property);
                bound(format!("{called} has no `{name}`"), format!("add `{name}: ...`"))
            }
            Fault::Pattern { pattern } => bound(
                format!("{called} cannot be {what}"),
                format!("write what the pattern of cloud-init's schema takes: `{pattern}`"),
            ),
            Fault::Format { format } => {
                bound(format!("{called} is no {format}: {what}"), format!("write a {format}, like `2027-01-31`"))
            }
            Fault::MinItems { limit } => bound(format!("{called} has too few items"), format!("write {limit} or more")),
            Fault::MaxItems { limit } => {
                bound(format!("{called} has too many items"), format!("write {limit} at most"))
            }
            Fault::AdditionalItems { limit } => {
                bound(format!("{called} has too many items"), format!("write {limit} at most"))
            }
            Fault::MinLength { limit } => {
                bound(format!("{called} is too short"), format!("write {limit} characters or more"))
            }
            Fault::MaxLength { limit } => {
                bound(format!("{called} is too long"), format!("write {limit} characters at most"))
            }
            Fault::Minimum { limit } => {
                bound(format!("{called} is too small: {what}"), format!("write {limit} or more"))
            }
            Fault::Maximum { limit } => {
                bound(format!("{called} is too large: {what}"), format!("write {limit} at most"))
            }
            Fault::MinProperties { limit } => {
                bound(format!("{called} has too few keys"), format!("write {limit} or more of them"))
            }
            Fault::MaxProperties { limit } => {
                bound(format!("{called} has too many keys"), format!("write {limit} at most"))
            }
            Fault::UniqueItems => bound(format!("{called} has an item twice"), "remove one of the two".into()),
            Fault::Not { schema } => bound(format!("{called} has what excludes each other"), not(schema)),
            Fault::OneOfMultipleValid { .. } => bound(
                format!("{called} can be read in more than one way"),
                "keep the keys of one way to write it".into(),
            ),
            _ => bound(
                format!("{called} is not what cloud-init's schema takes ({})", error.kind().keyword()),
                "look it up in cloud-init's module reference".into(),
            ),
        }
    }
}

/// The keys that exclude each other.
fn not(schema: &Value) -> String {
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten().map(shown);
    match names.collect::<Vec<_>>().as_slice() {
        [] => "look it up in cloud-init's module reference".into(),
        names => format!("keep one of {}", names.join(" and ")),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shown(value: &Value) -> String {
    format!("`{}`", plain(value))
}

fn kinds_of(kind: &TypeKind) -> Vec<&'static str> {
    let name = |kind: &str| match kind {
        "array" => "a list",
        "object" => "a map",
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        _ => "nothing",
    };
    match kind {
        TypeKind::Single(kind) => vec![name(kind.as_str())],
        TypeKind::Multiple(kinds) => kinds.iter().map(|kind| name(kind.as_str())).collect(),
    }
}

/// `a list, a map or text`.
fn either(words: &[impl AsRef<str>]) -> String {
    match words {
        [] => "another value".into(),
        [one] => one.as_ref().into(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} or {}", first.join(", "), last.as_ref())
        }
    }
}
