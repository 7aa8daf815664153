//! The settings of a block, from the schema that the types write: their texts stand beside the types, and nowhere else.

use super::indented;
use crate::catalog;
use serde_json::{Map, Value};

/// Deeper settings than that are for the example to show.
const LEVELS: usize = 4;

/// The settings of a block, a paragraph each, inner ones below their map.
pub(super) fn of(block: &str) -> String {
    let schema: Value = serde_json::from_str(&catalog::schema()).unwrap_or_default();
    let rows = Rows { definitions: schema.get("definitions").and_then(Value::as_object) };
    let Some(block) = schema.get("properties").and_then(|blocks| blocks.get(block)) else { return String::new() };
    // A block without settings is a word.
    match rows.below(block, 1) {
        below if below.is_empty() => indented(&rows.words(block), 2),
        below => below,
    }
}

struct Rows<'s> {
    definitions: Option<&'s Map<String, Value>>,
}

impl<'s> Rows<'s> {
    /// Every schema that a value may be of: itself, what it refers to, its choices, the items of a list, the values of a map.
    fn all(&self, schema: &'s Value, found: &mut Vec<&'s Value>) {
        if found.len() > 100 || found.iter().any(|known| std::ptr::eq(*known, schema)) {
            return;
        }
        found.push(schema);
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        let definition = name.and_then(|name| self.definitions?.get(name));
        let lists = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
        let single = ["items", "additionalProperties"].into_iter().filter_map(|key| schema.get(key));
        definition
            .into_iter()
            .chain(lists)
            .chain(single.filter(|one| one.is_object()))
            .for_each(|one| self.all(one, found));
    }

    fn below(&self, schema: &'s Value, level: usize) -> String {
        let mut schemas = Vec::new();
        self.all(schema, &mut schemas);
        let maps = schemas.iter().filter_map(|schema| schema.get("properties")?.as_object());
        let mut rows: Vec<(&String, &Value)> = maps.flatten().collect();
        rows.dedup_by_key(|(name, _)| *name);
        let row = |(name, schema): (&String, &'s Value)| {
            let inner = if level < LEVELS { self.below(schema, level + 1) } else { String::new() };
            format!("{}{}{inner}", indented(name, 2 * level), indented(&self.told(schema), 2 * level + 4))
        };
        rows.into_iter().map(row).collect()
    }

    /// What it is, its default where the text does not name it, and its words with what each means.
    fn told(&self, schema: &'s Value) -> String {
        let mut schemas = Vec::new();
        self.all(schema, &mut schemas);
        let text = |schema: &&'s Value| schema.get("description").and_then(Value::as_str);
        let mut told = schemas.iter().find_map(text).unwrap_or_default().to_owned();
        let default = schema.get("default").filter(|default| !default.is_null() && !told.contains("efault"));
        told += &default.map(|default| format!(" Default `{}`.", bare(default))).unwrap_or_default();
        format!("{told}\n{}", self.words(schema))
    }

    /// The words that it may be, with what each means.
    fn words(&self, schema: &'s Value) -> String {
        let mut schemas = Vec::new();
        self.all(schema, &mut schemas);
        let word = |schema: &&'s Value| Some((schema.get("const")?, schema.get("description")?.as_str()?));
        schemas.iter().filter_map(word).map(|(word, text)| format!("`{}`: {text}\n", bare(word))).collect()
    }
}

/// A text without the quotes of JSON.
fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
