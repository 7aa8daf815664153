//! The keys of cloud-config that the driver applies in cloud-init's place, and what is said of all others.
//!
//! The machine has no YAML parser. So values are taken only in forms that PyYAML surely reads as this file does.

mod users;

use crate::blocks::Phase;
use crate::context::plan::Plan;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node, Style, shortened};
use crate::language::source::Span;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const NEEDS: Code = Code::new(
    "ssh/needs-cloud-init",
    "Without cloud-init only some of its keys are applied: files, commands, packages and their sources, the machine's name, host keys.",
);
const UNCLEAR: Code = Code::new(
    "ssh/unclear",
    "Without cloud-init its YAML parser is not there either, so a value is written in a form that can be taken in one way only.",
);

pub(super) const CODES: &[Code] = &[NEEDS, UNCLEAR];

type Read<T> = Result<T, Diagnostic>;

/// What the driver applies, by its own names.
pub(super) fn settings(plan: &Plan, report: &mut Report) -> Value {
    let mut settings = Map::new();
    for (key, value) in plan.cloud_config.iter().filter(|(_, value)| !value.is_null()) {
        let own = plan.blocks.iter().any(|(spec, place)| spec.phase != Phase::Verdict && *place == value.span);
        match setting(key, value, own, plan) {
            Ok(Some((name, value))) => merge(&mut settings, name, value),
            Ok(None) => {}
            Err(fault) => report.push(fault),
        }
    }
    finished(settings)
}

/// Maps with one name become one map.
fn merge(settings: &mut Map<String, Value>, name: &str, value: Value) {
    match (settings.get_mut(name), value) {
        (Some(Value::Object(there)), Value::Object(more)) => there.extend(more),
        (_, value) => drop(settings.insert(name.to_owned(), value)),
    }
}

/// One key of cloud-init as a setting of the driver; none where it asks for nothing. `own`: a block of ours wrote it.
fn setting(key: &Node, value: &Node, own: bool, plan: &Plan) -> Read<Option<(&'static str, Value)>> {
    let name = key.text().unwrap_or_default();
    let named = |name: &'static str, field: &str, value: Value| Ok(Some((name, json!({ field: value }))));
    match name {
        "bootcmd" => Ok(Some(("bootcmd", commands(value)?.into()))),
        "runcmd" => Ok(Some(("runcmd", commands(value)?.into()))),
        "write_files" => Ok(Some(("files", list(value)?.iter().map(|row| file(row)).collect::<Read<_>>()?))),
        "hostname" | "fqdn" => named("hostname", name, text(value)?.into()),
        "prefer_fqdn_over_hostname" => named("hostname", "prefer_fqdn", switch(value)?.into()),
        "preserve_hostname" => named("hostname", "preserve", switch(value)?.into()),
        "packages" => named("packages", "names", list(value)?.iter().map(|item| package(item)).collect::<Read<_>>()?),
        "package_update" => named("packages", "update", switch(value)?.into()),
        "package_upgrade" => named("packages", "upgrade", switch(value)?.into()),
        "users" => {
            let users: Vec<Value> =
                list(value)?.iter().filter_map(|item| users::user(item).transpose()).collect::<Read<_>>()?;
            Ok(Some(("users", users.into())))
        }
        "apt" => Ok(Some(("apt", apt(value)?))),
        "yum_repos" => {
            Ok(Some(("yum", map(value)?.iter().map(|(key, row)| repository(key, row)).collect::<Read<_>>()?)))
        }
        "ssh_deletekeys" => named("ssh", "delete", switch(value)?.into()),
        "ssh_keys" => {
            named("ssh", "keys", map(value)?.iter().map(|(key, text)| host_key(key, text)).collect::<Read<_>>()?)
        }
        "ssh_genkeytypes" => named("ssh", "types", list(value)?.iter().map(|item| text(item)).collect::<Read<_>>()?),
        // The block does it by itself, late; cloud-init does it earlier.
        "ssh_pwauth" if own => Ok(None),
        "manage_etc_hosts" | "package_reboot_if_required" if !switch(value).unwrap_or(true) => Ok(None),
        // There is no cloud that mounts a disk by itself.
        "mounts" if plan.is_default(key) => Ok(None),
        _ => Err(refused(key).help(instead(name))),
    }
}

fn refused(key: &Node) -> Diagnostic {
    let name = key.text().unwrap_or_default();
    Diagnostic::error(NEEDS, key.span, format!("nobody does what `{}` asks for without cloud-init", shortened(name)))
}

/// What to write in place of a key.
fn instead(name: &str) -> &'static str {
    match name {
        "ssh_authorized_keys" | "disable_root" | "ssh_pwauth" | "ssh_import_id" => {
            "let the block `ssh-access` do it: `authorized`, `root-login`, `password-authentication`"
        }
        "user" | "groups" | "password" | "chpasswd" => users::INSTEAD,
        "mounts" | "disk_setup" | "fs_setup" | "swap" => "let the blocks `localfs`, `disks` and `nfs` do it",
        "manage_etc_hosts" => "let the block `hosts` do it",
        "power_state" => "let the block `on-success` do it: `- poweroff`",
        "phone_home" => "let the block `on-success` do it: `- notify: URL`",
        _ => "do it in one of the `scripts` or in the image, or take a target with cloud-init",
    }
}

/// What the driver finds complete: one setting for each thing that it does.
fn finished(mut settings: Map<String, Value>) -> Value {
    let files =
        settings.remove("files").and_then(|files| if let Value::Array(rows) = files { Some(rows) } else { None });
    let (deferred, early): (Vec<Value>, Vec<Value>) =
        files.unwrap_or_default().into_iter().partition(|row| row.get("defer") == Some(&Value::Bool(true)));
    for (name, rows) in [("write_files", early), ("deferred", deferred)] {
        if !rows.is_empty() {
            settings.insert(name.into(), rows.into());
        }
    }
    fill(&mut settings, "packages", json!({"names": [], "update": false, "upgrade": false}));
    // cloud-init's own types where none are named (`cc_ssh`, GENERATE_KEY_NAMES): keys are deleted, so there must be others.
    fill(&mut settings, "ssh", json!({"delete": false, "keys": {}, "types": ["rsa", "ecdsa", "ed25519"]}));
    if let Some(Value::Object(names)) = settings.remove("hostname") {
        settings.extend(hostname(&names).map(|names| ("hostname".to_owned(), names)));
    }
    Value::Object(settings)
}

fn fill(settings: &mut Map<String, Value>, name: &str, defaults: Value) {
    if let (Some(Value::Object(given)), Value::Object(mut all)) = (settings.get(name).cloned(), defaults) {
        all.extend(given);
        settings.insert(name.to_owned(), Value::Object(all));
    }
}

/// The short and the whole name, as cloud-init's `get_hostname_fqdn` finds them; none where the machine is to keep its own.
fn hostname(names: &Map<String, Value>) -> Option<Value> {
    let word = |key: &str| names.get(key).and_then(Value::as_str).filter(|name| !name.is_empty());
    let short = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let whole = word("fqdn").or(word("hostname").filter(|name| name.contains('.')));
    let host = match word("fqdn") {
        Some(full) => word("hostname").map_or_else(|| short(full), str::to_owned),
        None => short(word("hostname")?),
    };
    let preserved = names.get("preserve") == Some(&Value::Bool(true));
    (!preserved).then(|| json!({"hostname": host, "fqdn": whole, "prefer_fqdn": names.get("prefer_fqdn")}))
}

/// The script that cloud-init makes of commands (`util.shellify`): a text is a line, a list is words.
fn commands(value: &Node) -> Read<String> {
    let mut script = String::from("#!/bin/sh\n");
    for item in list(value)?.iter().filter(|item| !item.is_null()) {
        let line = match &item.kind {
            Kind::Sequence(words) => {
                words.iter().map(|word| Ok(quoted(&text(word)?))).collect::<Read<Vec<_>>>()?.join(" ")
            }
            _ => text(item)?,
        };
        script.push_str(&line);
        script.push('\n');
    }
    Ok(script)
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A row of `write_files`.
fn file(row: &Node) -> Read<Value> {
    let (mut path, mut content, mut mode) = (String::new(), String::new(), "0644".to_owned());
    let (mut owner, mut group) = (Some("root".to_owned()), Some("root".to_owned()));
    let (mut append, mut defer, mut encoding) = (false, false, (false, false));
    for (key, value) in map(row)?.iter().filter(|(_, value)| !value.is_null()) {
        match key.text().unwrap_or_default() {
            "path" => path = text(value)?,
            "content" => content = text(value)?,
            "permissions" => mode = permissions(value)?,
            "owner" => (owner, group) = owners(&text(value)?),
            "encoding" => encoding = encodings(value)?,
            "append" => append = switch(value)?,
            "defer" => defer = switch(value)?,
            _ => return Err(refused(key).help("give the `content` itself")),
        }
    }
    if !path.starts_with('/') {
        return Err(unclear(row, "this file has no path from `/` on").help("add `path: /etc/...`"));
    }
    Ok(json!({
        "path": path, "content": content, "base64": encoding.0, "gzip": encoding.1, "mode": mode,
        "owner": owner, "group": group, "append": append, "defer": defer,
    }))
}

/// The user and the group of `USER:GROUP` (cloud-init's `util.extract_usergroup`).
fn owners(text: &str) -> (Option<String>, Option<String>) {
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    let named =
        |name: &str| Some(name.trim().to_owned()).filter(|name| !["", "-1", "none", "None"].contains(&name.as_str()));
    (named(user), named(group))
}

/// Octal digits after a zero are octal to YAML 1.1 and to cloud-init, in quotes and without.
fn permissions(node: &Node) -> Read<String> {
    let text = node.text().unwrap_or_default();
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal = (3..=5).contains(&digits.len()) && digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    if node.tag.is_none() && octal && (text.starts_with('0') || is_quoted(node)) {
        return Ok(digits.to_owned());
    }
    Err(unclear(node, format!("{} is no mode that can be taken in one way only", node.describe()))
        .help("write `\"0644\"`"))
}

/// Whether it is base64, and whether it is gzip below that.
fn encodings(node: &Node) -> Read<(bool, bool)> {
    match text(node)?.to_ascii_lowercase().as_str() {
        "" | "text/plain" => Ok((false, false)),
        "b64" | "base64" => Ok((true, false)),
        "gz+b64" | "gz+base64" | "gzip+b64" | "gzip+base64" => Ok((true, true)),
        _ => Err(unclear(node, "this encoding is not known here").help("write `b64` or `gz+b64`")),
    }
}

/// A name, or a name with its version.
fn package(item: &Node) -> Read<Value> {
    match &item.kind {
        Kind::Sequence(words) => match words.as_slice() {
            [name] => Ok(json!([text(name)?, null])),
            [name, version] => Ok(json!([text(name)?, text(version)?])),
            _ => Err(unclear(item, "this is not a package and its version").help("write `NAME` or `[NAME, VERSION]`")),
        },
        Kind::Mapping(_) => Err(unclear(item, "package managers are chosen by cloud-init").help("write `NAME`")),
        _ => Ok(json!([text(item)?, null])),
    }
}

/// Files of sources.list(5), by their names.
fn apt(value: &Node) -> Read<Value> {
    let mut files = Map::new();
    for (key, value) in map(value)? {
        match key.text().unwrap_or_default() {
            "sources" => {
                files.extend(map(value)?.iter().map(|(name, row)| source(name, row)).collect::<Read<Vec<_>>>()?)
            }
            "preserve_sources_list" if switch(value)? => {}
            _ => return Err(refused(key).help("the block `software` takes package repositories with their keys")),
        }
    }
    Ok(Value::Object(files))
}

fn source(name: &Node, row: &Node) -> Read<(String, Value)> {
    let file = text(name)?;
    if let Some((other, _)) = map(row)?.iter().find(|(key, _)| key.text() != Some("source")) {
        return Err(refused(other).help("let the block `software` bind the repository to its key"));
    }
    let line = row.entry("source").map(|(_, line)| text(line)).transpose()?.unwrap_or_default();
    if !line.starts_with("deb") || line.contains('$') || !is_file_name(&file) {
        let fault = unclear(row, "this is no line of sources.list(5) in a file of its own");
        return Err(fault.help("write `NAME.list: {source: \"deb ADDRESS SUITE COMPONENT\"}`, without `$`"));
    }
    Ok((if file.ends_with(".list") { file } else { file + ".list" }, line.into()))
}

/// The lines of a repository, under the name that it has in cloud-init 22.4 and later (20.4 changes it).
fn repository(key: &Node, row: &Node) -> Read<(String, Value)> {
    let name = text(key)?;
    if !is_file_name(&name) {
        return Err(unclear(key, "this is not the name of a file").help("write letters, digits and `_`"));
    }
    let line = |(key, value): &(Arc<Node>, Arc<Node>)| {
        let value = match switch(value) {
            Ok(on) => u8::from(on).to_string(),
            Err(_) => text(value)?,
        };
        match value.contains('\n') {
            true => Err(unclear(key, "this is more than one line").help("write one value")),
            false => Ok(format!("{}={value}", text(key)?)),
        }
    };
    Ok((name, map(row)?.iter().map(line).collect::<Read<Vec<_>>>()?.into()))
}

fn host_key(key: &Node, value: &Node) -> Read<(String, Value)> {
    let name = key.text().unwrap_or_default();
    let known = ["rsa", "ecdsa", "ed25519"]
        .iter()
        .any(|family| name.strip_prefix(family).is_some_and(|half| matches!(half, "_private" | "_public")));
    if known { Ok((name.to_owned(), text(value)?.into())) } else { Err(refused(key).help(instead(""))) }
}

fn is_file_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

// Values.

fn unclear(node: &Node, message: impl Into<String>) -> Diagnostic {
    // What a block wrote stands at the block.
    let place: Span = node.span;
    Diagnostic::error(UNCLEAR, place, message)
}

fn list(node: &Node) -> Read<&[Arc<Node>]> {
    match &node.kind {
        Kind::Sequence(items) if node.tag.is_none() => Ok(items),
        _ => Err(unclear(node, "here belongs a list without a tag").help("write `[...]`")),
    }
}

fn map(node: &Node) -> Read<&[(Arc<Node>, Arc<Node>)]> {
    match &node.kind {
        Kind::Mapping(pairs) if node.tag.is_none() => Ok(pairs),
        _ => Err(unclear(node, format!("this is a map, not {}", node.describe())).help("write `{KEY: VALUE}`")),
    }
}

fn is_quoted(node: &Node) -> bool {
    matches!(node.kind, Kind::Scalar { style: Style::Quoted, .. })
}

/// A text, or a whole number in the only way to write it down.
fn text(node: &Node) -> Read<String> {
    let written = node.text().filter(|_| matches!(node.tag.as_deref(), None | Some("!!str")));
    let whole = |text: &str| text.parse::<i64>().is_ok_and(|number| number.to_string() == text);
    match written {
        Some(text) if is_quoted(node) || node.tag.is_some() || whole(text) || !is_resolved(text) => Ok(text.to_owned()),
        // It may be a secret: it is not shown.
        Some(_) => Err(unclear(node, "this is not surely a text to YAML").help("put it between quotes")),
        None => Err(unclear(node, "here belongs a text without a tag").help("write it between quotes")),
    }
}

/// Whether PyYAML takes plain text for something else, or may (its `resolver.py`: words, numbers, dates, `=` and `<<`).
fn is_resolved(text: &str) -> bool {
    let words =
        ["", "~", "null", "true", "false", "yes", "no", "on", "off", "=", "<<", ".inf", "-.inf", "+.inf", ".nan"];
    let number =
        |text: &str| text.chars().all(|c| c.is_ascii_hexdigit() || "xo_+-.:tz ".contains(c.to_ascii_lowercase()));
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    words.contains(&text.to_ascii_lowercase().as_str())
        || begins && text.contains(|c: char| c.is_ascii_digit()) && number(text)
}

fn switch(node: &Node) -> Read<bool> {
    match node.text().map(str::to_ascii_lowercase).as_deref().filter(|_| node.tag.is_none()) {
        Some("true" | "yes" | "on") => Ok(true),
        Some("false" | "no" | "off") => Ok(false),
        _ => {
            Err(unclear(node, format!("{} is neither true nor false", node.describe())).help("write `true` or `false`"))
        }
    }
}
