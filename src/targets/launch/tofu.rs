//! Configuration of OpenTofu and Terraform, in their JSON syntax: a file `*.tf.json` beside the user-data.
//!
//! A text in it is a template of theirs (OpenTofu documentation, "JSON Configuration Syntax"), so a value is written such
//! that the template gives it back.

use super::order::Request;
use super::template::{Dialect, attributes};
use super::{Draft, Target};
use crate::wire::envelope::Envelope;
use serde_json::{Map, Value, json};

struct Tofu;

/// The label of the resources.
const LABEL: &str = "vm";

pub(super) fn draft(target: &Target, request: &Request) -> Result<Draft, String> {
    let Some(tofu) = &target.launch.tofu else { return Ok(Draft::default()) };
    let mut used: Vec<&str> = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    let mut resources = Map::new();
    for (index, resource) in tofu.resources.iter().enumerate() {
        let templates = resource.attributes.iter().map(|(_, template)| super::template::Template::parse(template));
        used.extend(templates.flat_map(|template| template.places()));
        let (mut body, absent) = attributes(resource.attributes, request, &Tofu)?;
        missing.extend(absent);
        if let (0, true, Some(body)) = (index, request.several(), body.as_object_mut()) {
            body.insert("count".into(), request.count.into());
        }
        resources.insert(resource.kind.into(), json!({ LABEL: body }));
    }
    request.all_used(&format!("the resources of {}", target.name), &used)?;
    missing.sort();
    missing.dedup();
    let (name, source, version) = tofu.provider;
    let mut provider = json!({ "source": source });
    if let (Some(version), Some(provider)) = (version, provider.as_object_mut()) {
        provider.insert("version".into(), version.into());
    }
    let mut root = json!({
        "terraform": { "required_providers": { name: provider } },
        "resource": resources,
    });
    if let (false, Some(root)) = (missing.is_empty(), root.as_object_mut()) {
        root.insert("variable".into(), variables(&missing));
    }
    Ok(Draft { text: format!("{root:#}\n"), missing })
}

/// Without a default: the run asks for them, or fails.
fn variables(missing: &[String]) -> Value {
    missing.iter().map(|place| (place.clone(), json!({ "type": "string" }))).collect::<Map<_, _>>().into()
}

/// A text inside an expression. `$` and `%` begin something only before `{`; doubled they would be read differently
/// depending on what stands before them, so each is given by an expression where it matters.
fn escaped(value: &str) -> String {
    match value.contains("${") || value.contains("%{") {
        true => value.chars().map(|c| if "$%".contains(c) { format!("${{\"{c}\"}}") } else { c.to_string() }).collect(),
        false => value.into(),
    }
}

/// A text in quotes inside an expression.
fn literal(value: &str) -> Result<String, String> {
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '$' => text.push_str("\\u0024"),
            '%' => text.push_str("\\u0025"),
            c if c.is_control() => return Err("`--user-data` holds a control character".into()),
            c => text.push(c),
        }
    }
    Ok(text + "\"")
}

/// The file, relative to the configuration.
fn path(file: &str) -> Result<String, String> {
    match file.starts_with('/') {
        true => literal(file),
        false => {
            literal(&format!("/{file}")).map(|text| format!("\"${{path.module}}{}", text.get(1..).unwrap_or_default()))
        }
    }
}

impl Dialect for Tofu {
    fn value(&self, _: &str, value: &str) -> Result<String, String> {
        Ok(escaped(value))
    }

    fn missing(&self, place: &str) -> String {
        format!("${{var.{place}}}")
    }

    fn special(&self, place: &str, request: &Request) -> Option<Result<String, String>> {
        let read = |function: &str| path(&request.file).map(|path| format!("${{{function}({path})}}"));
        let encoded = matches!(request.envelope, Envelope::Base64 | Envelope::GzipBase64);
        match place {
            "text" if request.envelope.is_binary() => Some(Err(
                "this attribute takes a text, and the user-data is gzip: `--envelope plain`, where it fits".into(),
            )),
            "text" => Some(read("file")),
            "base64" if encoded => Some(read("file")),
            "base64" => Some(read("filebase64")),
            "path" => Some(path(&request.file).map(|path| format!("${{{path}}}"))),
            "name-seed" => Some(Ok(escaped(request.name()) + "-seed.iso")),
            "name" if request.several() => Some(Ok(escaped(request.name()) + "-${count.index + 1}")),
            _ => None,
        }
    }
}
