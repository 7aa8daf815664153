//! An Ansible playbook, to be kept beside the user-data. Values are variables of the play, so `-e` sets those that miss.

use super::order::Request;
use super::template::{Dialect, Template, attributes};
use super::{Draft, Target};
use crate::language::yaml::quoted;
use serde_json::Value;
use std::fmt::Write;

struct Play {
    /// Whether the task is repeated, for one machine each.
    looped: bool,
}

/// What Ansible would otherwise find expressions in.
const DELIMITERS: [&str; 3] = ["{{", "{%", "{#"];

pub(super) fn draft(target: &Target, request: &Request) -> Result<Draft, String> {
    let Some(task) = &target.launch.ansible else { return Ok(Draft::default()) };
    let templates: Vec<Template<'_>> = task.arguments.iter().map(|(_, template)| Template::parse(template)).collect();
    let used: Vec<&str> = templates.iter().flat_map(Template::places).collect();
    request.all_used(&format!("the play of {}", target.name), &used)?;
    if request.several() && !used.contains(&"count") && !used.contains(&"name") {
        return Err(format!("`--count` has no place in the play of {}: one task is one machine", target.name));
    }
    let looped = request.several() && !used.contains(&"count");
    let (arguments, missing) = attributes(task.arguments, request, &Play { looped })?;
    let mut missing: Vec<String> = missing.iter().map(|place| variable(place)).collect();
    missing.sort();
    let mut text = format!(
        "- name: Launch from {}\n  hosts: localhost\n  connection: local\n  gather_facts: false\n  vars:\n",
        target.name
    );
    // Writing to a text cannot fail.
    for (place, value) in values(request, &used) {
        let _ = writeln!(text, "    {}: {}", variable(place), scalar(value));
    }
    let _ = writeln!(text, "  tasks:\n    - name: Launch\n      {}:", task.module);
    lines(&arguments, 8, &mut text);
    if looped {
        let _ = writeln!(text, "      loop: \"{{{{ range(1, {}) | list }}}}\"", u64::from(request.count) + 1);
    }
    Ok(Draft { text, missing })
}

/// The variables of the play.
fn values<'a>(request: &'a Request, used: &[&str]) -> Vec<(&'a str, &'a str)> {
    let given = request.given().filter(|place| *place != "name");
    let mut values: Vec<(&str, &str)> = given.filter_map(|place| Some((place, request.value(place)?))).collect();
    if used.contains(&"name") {
        values.push(("name", request.name()));
    }
    values.push(("user_data", &request.file));
    values
}

fn variable(place: &str) -> String {
    format!("vm_{place}")
}

fn scalar(value: &str) -> String {
    let tag = if DELIMITERS.iter().any(|delimiter| value.contains(delimiter)) { "!unsafe " } else { "" };
    format!("{tag}{}", quoted(value))
}

/// An object as a mapping in block style.
fn lines(value: &Value, indent: usize, text: &mut String) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let _ = write!(text, "{:indent$}{}:", "", quoted_key(key));
        below(value, indent, text);
    }
}

fn below(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::String(scalar) => {
            let _ = writeln!(text, " {}", quoted(scalar));
        }
        Value::Array(items) => {
            text.push('\n');
            for item in items {
                let _ = write!(text, "{:1$}-", "", indent + 2);
                below(item, indent + 2, text);
            }
        }
        _ => {
            text.push('\n');
            lines(value, indent + 2, text);
        }
    }
}

fn quoted_key(key: &str) -> String {
    let bare = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if bare { key.into() } else { quoted(key) }
}

impl Dialect for Play {
    fn value(&self, place: &str, _: &str) -> Result<String, String> {
        Ok(format!("{{{{ {} }}}}", variable(place)))
    }

    fn missing(&self, place: &str) -> String {
        format!("{{{{ {} }}}}", variable(place))
    }

    fn special(&self, place: &str, request: &Request) -> Option<Result<String, String>> {
        let read = "lookup('ansible.builtin.file', vm_user_data, rstrip=false)";
        match place {
            "text" if request.envelope.is_binary() => Some(Err(
                "the Ansible module takes a text, and the user-data is gzip: `--envelope plain`, where it fits".into(),
            )),
            "text" => Some(Ok(format!("{{{{ {read} }}}}"))),
            "path" => Some(Ok("{{ vm_user_data }}".into())),
            "name" if self.looped => Some(Ok("{{ vm_name }}-{{ item }}".into())),
            _ => None,
        }
    }
}
