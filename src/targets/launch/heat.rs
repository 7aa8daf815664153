//! A template of OpenStack Heat. `user_data_format: RAW` hands the user-data on as it is; the server's default would wrap it.
//!
//! The alternative, `OS::Heat::MultipartMime`, is not used: Heat puts the parts of a message together anew and drops their
//! transfer encoding (its source, multi_part.py), so a part in base64 would arrive as base64.

use super::Draft;
use super::order::Request;
use crate::language::yaml::quoted;

const GROUP: &str = "    type: OS::Heat::ResourceGroup
    properties:
      count: {get_param: count}
      resource_def:
";

pub(super) fn draft(request: &Request) -> Result<Draft, String> {
    if request.envelope.is_binary() {
        return Err("Heat's client puts base64 around a file that is no text, which nothing takes off again: `--envelope plain`, where it fits".into());
    }
    let places = ["image", "flavor", "key"];
    let mut parameters: String = places.iter().map(|place| parameter(place, request)).collect();
    if request.several() {
        parameters += &format!("  count:\n    type: number\n    default: {}\n", request.count);
    }
    let name = if request.several() { format!("{}-%index%", request.name()) } else { request.name().into() };
    if request.several() && request.name().contains("%index%") {
        return Err("`--name` holds `%index%`, which Heat fills in".into());
    }
    let missing = places.iter().filter(|place| **place != "key" && request.value(place).is_none());
    let missing = missing.map(|place| (*place).into()).collect();
    let server = server(&name, request);
    let resource = match request.several() {
        true => GROUP.to_owned() + &indented(&server, 8),
        false => indented(&server, 4),
    };
    let text = format!("heat_template_version: \"2018-08-31\"\nparameters:\n{parameters}resources:\n  vm:\n{resource}");
    Ok(Draft { text, missing })
}

/// A parameter without a default has to be given, or Heat refuses the stack.
fn parameter(place: &str, request: &Request) -> String {
    match (place, request.value(place)) {
        ("key", None) => String::new(),
        (place, None) => format!("  {place}:\n    type: string\n"),
        (place, Some(value)) => format!("  {place}:\n    type: string\n    default: {}\n", quoted(value)),
    }
}

fn server(name: &str, request: &Request) -> String {
    let key = request.value("key").map_or("", |_| "  key_name: {get_param: key}\n");
    format!(
        "type: OS::Nova::Server\nproperties:\n  name: {}\n  image: {{get_param: image}}\n  flavor: {{get_param: flavor}}\n{key}  user_data_format: RAW\n  user_data: {{get_file: {}}}\n",
        quoted(name),
        quoted(&request.file)
    )
}

fn indented(text: &str, indent: usize) -> String {
    text.lines().map(|line| format!("{:indent$}{line}\n", "")).collect()
}
