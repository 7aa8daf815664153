//! What there is, for people and tools: every code, and the JSON Schema of the language from the types that decode it.

use crate::blocks::{self, BLOCKS};
use crate::context::{
    cloud_config, config, foreign, keys, merge, mounts, passed, plain, plan, public_keys, pyyaml, scripts, secrets,
    spelling, variables,
};
use crate::desk::check;
use crate::language::content::Script;
use crate::language::diagnostic::Code;
use crate::language::units::Url;
use crate::language::{decode, document, placeholder, units};
use crate::targets;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Every code there is, in the order of the stages.
pub(crate) fn codes() -> Vec<Code> {
    let reading = [document::CODES, decode::CODES, placeholder::CODES, &units::codes()].concat();
    let meaning = [
        config::CODES,
        variables::CODES,
        foreign::CODES,
        plain::CODES,
        &check::codes(),
        &blocks::codes(),
        cloud_config::CODES,
        spelling::CODES,
        mounts::CODES,
        public_keys::CODES,
        merge::CODES,
        pyyaml::CODES,
        scripts::CODES,
        secrets::CODES,
        passed::CODES,
        plan::CODES,
        &targets::codes(),
    ]
    .concat();
    let of_blocks = BLOCKS.iter().flat_map(|spec| spec.codes.iter().copied());
    reading.into_iter().chain(meaning).chain(of_blocks).collect()
}

/// Draft 07: what the YAML servers of editors understand.
pub(crate) fn schema() -> String {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut properties = Map::new();
    let blocks: Vec<(&str, Value)> =
        BLOCKS.iter().map(|spec| (spec.name, block(spec, (spec.schema)(&mut generator)))).collect();
    let scripts = json!({"type": ["array", "string", "object"], "items": generator.subschema_for::<Script>()});
    let urls = json!({"type": ["array", "string"], "items": generator.subschema_for::<Url>()});
    let handlers = generator.subschema_for::<config::HandlersMap>();
    properties.extend(ours(&scripts, &urls, &handlers));
    properties.extend(blocks.into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    for key in keys::cloud_config() {
        properties.insert(key.into(), json!({"description": "A key of cloud-init, passed through."}));
    }
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "contextc",
        "description": "What a virtual machine is to become.",
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {"description": "Ignored: a home for anchors."}},
        "additionalProperties": false,
        "definitions": generator.take_definitions(true),
    });
    format!("{schema:#}\n")
}

/// The block's own schema with what it is in a phrase; nothing after the key asks for its defaults.
fn block(spec: &crate::blocks::BlockSpec, schema: schemars::Schema) -> Value {
    json!({"description": spec.summary, "anyOf": [schema, {"type": "null"}]})
}

fn ours(scripts: &Value, urls: &Value, handlers: &schemars::Schema) -> Map<String, Value> {
    let described = |text: &str, schema: Value| {
        let mut schema = schema;
        if let Some(map) = schema.as_object_mut() {
            map.insert("description".into(), text.into());
        }
        schema
    };
    let rows = [
        ("version", described("The version of the language.", json!({"const": 1}))),
        ("target", described("Where the machine is launched.", json!({"enum": target_names()}))),
        (
            "handlers",
            described("Where the machine gets the handlers from.", json!({"anyOf": [{"const": "embed"}, handlers]})),
        ),
        ("variables", described("Values for `{{ name }}` in blocks.", variables())),
        (
            "scripts",
            described("Scripts to run once, after all blocks: a path, the text, or {file: PATH}.", scripts.clone()),
        ),
        ("boothooks", described("Scripts to run early at every boot.", scripts.clone())),
        ("include", described("Addresses of more user-data, fetched by cloud-init.", urls.clone())),
        ("cloud-config", described("Keys of cloud-init that pass unchecked.", json!({"type": ["object", "null"]}))),
    ];
    rows.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn variables() -> Value {
    json!({
        "type": ["object", "null"],
        "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    })
}

fn target_names() -> Vec<&'static str> {
    targets::TARGETS.iter().flat_map(|target| target.names()).collect()
}
