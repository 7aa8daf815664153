//! The JSON Schema of the language, draft 07: what the YAML servers of editors understand.

use super::examples;
use crate::blocks::{BLOCKS, BlockSpec};
use crate::context::{config, keys, variables};
use crate::language::content::Script;
use crate::language::units::Url;
use crate::targets;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

pub(crate) fn schema() -> String {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut properties = Map::new();
    // What is ours is put in last: cloud-init has keys of the same name.
    properties.extend(keys::cloud_config().map(|key| (key.to_owned(), of_cloud_init())));
    let ours = ours(&mut generator);
    properties.extend(ours.into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    let blocks: Vec<_> = BLOCKS.iter().map(|spec| (spec, (spec.schema)(&mut generator).to_value())).collect();
    let definitions = with_nothing(generator.take_definitions(true));
    properties
        .extend(blocks.into_iter().map(|(spec, schema)| (spec.name.to_owned(), block(spec, schema, &definitions))));
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "contextc",
        "description": "What a virtual machine is to become.",
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {"description": "Ignored: a home for anchors."}},
        "additionalProperties": false,
        "definitions": definitions,
    });
    format!("{schema:#}\n")
}

/// The block's own schema with what it is in a sentence, and its example. Where nothing after the key asks for its defaults, that
/// is said, too.
fn block(spec: &BlockSpec, schema: Value, definitions: &Map<String, Value>) -> Value {
    let mut ways = vec![schema];
    if ways.iter().any(|schema| takes_nothing(schema, definitions)) {
        ways.push(json!({"type": "null"}));
    }
    let example = examples::smallest(spec.name).and_then(|text| serde_yaml::from_str::<Value>(text).ok());
    json!({
        "title": spec.name,
        "description": sentence(spec.summary),
        "anyOf": ways,
        "examples": example.as_ref().and_then(|file| file.get(spec.name)).into_iter().collect::<Vec<_>>(),
    })
}

/// A key with nothing after it is an empty list, or a map of nothing but defaults: so serde reads it.
fn with_nothing(mut definitions: Map<String, Value>) -> Map<String, Value> {
    let as_they_were = definitions.clone();
    let properties = definitions.values_mut().filter_map(|schema| schema.get_mut("properties")?.as_object_mut());
    for property in properties.flat_map(Map::values_mut) {
        let kind = property.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        if ["array", "object"].contains(&kind.as_str()) && property.get("minItems").is_none() {
            property["type"] = json!([kind, "null"]);
        } else if property.get("allOf").or(property.get("$ref")).is_some() && takes_nothing(property, &as_they_were) {
            let Some(map) = property.as_object_mut() else { continue };
            let mut named = map.remove("allOf").and_then(|all| all.get(0).cloned());
            named = named.or_else(|| map.remove("$ref").map(|name| json!({"$ref": name})));
            map.insert("anyOf".into(), json!([named, {"type": "null"}]));
        }
    }
    definitions
}

/// Whether a schema takes a map without a key.
fn takes_nothing(schema: &Value, definitions: &Map<String, Value>) -> bool {
    let of = |word: &str| schema.get(word).and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let named = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
    let above = named.and_then(|name| definitions.get(name)).is_some_and(|schema| takes_nothing(schema, definitions));
    let map = schema.get("type").is_some_and(|kind| kind == "object") && of("required").is_empty();
    above || map || of("anyOf").iter().chain(of("allOf")).any(|schema| takes_nothing(schema, definitions))
}

fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

fn of_cloud_init() -> Value {
    json!({"title": "a key of cloud-init", "description": "A key of cloud-init, which gets it as it is written."})
}

/// The keys of the language itself.
fn ours(generator: &mut SchemaGenerator) -> Vec<(&'static str, Value)> {
    let (scripts, urls) = (list_of(generator.subschema_for::<Script>().to_value()), generator.subschema_for::<Url>());
    let urls = list_of(urls.to_value());
    let handlers = generator.subschema_for::<config::HandlersMap>();
    vec![
        (
            "version",
            described("The version of the language: there is only one.", json!({"enum": [1, "1"], "default": 1})),
        ),
        (
            "target",
            described(
                "Where the machine is launched: it decides how user-data is wrapped, and how large it may be.",
                json!({"enum": target_names(), "default": targets::DEFAULT.name()}),
            ),
        ),
        (
            "handlers",
            described(
                "Where the machine gets the handlers from: in the message itself, or from a web server.",
                json!({"anyOf": [{"const": "embed"}, handlers], "default": "embed"}),
            ),
        ),
        (
            "variables",
            described("Values for `{{ name }}` in blocks; `--set NAME=VALUE` gives others.", variables::schema()),
        ),
        (
            "scripts",
            described("Scripts to run once, after all blocks: a path, the text, or {file: PATH}.", scripts.clone()),
        ),
        ("boothooks", described("Scripts to run early at every boot.", scripts)),
        ("include", described("Addresses of more user-data, fetched by cloud-init.", urls)),
        ("cloud-config", described("Keys of cloud-init that pass unchecked.", json!({"type": ["object", "null"]}))),
    ]
}

/// One, a list of them, or nothing.
fn list_of(item: Value) -> Value {
    json!({"anyOf": [item, {"type": "array", "items": item}, {"type": "null"}]})
}

fn described(text: &str, mut schema: Value) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.insert("description".into(), text.into());
    }
    schema
}

fn target_names() -> Vec<&'static str> {
    targets::TARGETS.iter().flat_map(|target| target.names()).collect()
}
