//! Rows of cloud-init's `users`, as options of useradd(8).

use super::{Read, list, map, refused, switch, text, unclear};
use crate::language::document::{Kind, Node};
use serde_json::{Value, json};

pub(super) const INSTEAD: &str =
    "make users with `users: [{name: NAME}]` or in the image; passwords are set there, keys by the block `ssh-access`";

/// One user; none for `default`, which is the user of an image with cloud-init.
pub(super) fn user(item: &Node) -> Read<Option<Value>> {
    if !matches!(item.kind, Kind::Mapping(_)) {
        let name = account(item)?;
        return Ok((name != "default").then(|| row(name, Row::default())));
    }
    let (mut name, mut asked) = (String::new(), Row::default());
    for (key, value) in map(item)?.iter().filter(|(_, value)| !value.is_null()) {
        match key.text().unwrap_or_default() {
            "name" => name = account(value)?,
            _ => asked.read(key, value)?,
        }
    }
    match name.is_empty() {
        true => Err(unclear(item, "this user has no name").help("add `name: NAME`")),
        false => Ok(Some(row(name, asked))),
    }
}

#[derive(Default)]
struct Row {
    /// For useradd(8), as cloud-init's `create_user` gives them.
    options: Vec<String>,
    groups: Vec<String>,
    primary_group: Option<String>,
    sudo: Vec<String>,
    without_home: bool,
}

impl Row {
    fn read(&mut self, key: &Node, value: &Node) -> Read<()> {
        let mut option = |name: &str, value: String| self.options.extend([name.to_owned(), value]);
        match key.text().unwrap_or_default() {
            "gecos" => option("--comment", text(value)?),
            "homedir" => option("--home-dir", text(value)?),
            "shell" => option("--shell", text(value)?),
            "uid" => option("--uid", text(value)?),
            "primary_group" | "primary-group" => {
                let group = account(value)?;
                option("--gid", group.clone());
                self.primary_group = Some(group);
            }
            "groups" => self.groups = groups(value)?,
            "system" if switch(value)? => {
                self.options.push("--system".into());
                self.without_home = true;
            }
            "no_create_home" | "no-create-home" => self.without_home |= switch(value)?,
            "system" => {}
            "sudo" => self.sudo = rules(value)?,
            "lock_passwd" | "lock-passwd" if switch(value)? => {}
            "ssh_authorized_keys" | "ssh-authorized-keys" => {
                return Err(refused(key).help("let the block `ssh-access` do it: `authorized: {NAME: KEY}`"));
            }
            _ => return Err(refused(key).help(INSTEAD)),
        }
        Ok(())
    }
}

fn row(name: String, mut asked: Row) -> Value {
    if !asked.groups.is_empty() {
        asked.options.extend(["--groups".to_owned(), asked.groups.join(",")]);
    }
    asked.options.push(if asked.without_home { "-M" } else { "-m" }.into());
    json!({"name": name, "options": asked.options, "groups": asked.groups, "primary_group": asked.primary_group, "sudo": asked.sudo})
}

/// A list, or a text with commas.
fn groups(value: &Node) -> Read<Vec<String>> {
    if let Kind::Sequence(items) = &value.kind {
        return items.iter().map(|item| account(item)).collect();
    }
    let names = text(value)?;
    let names: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
    names.into_iter().map(|name| checked(value, name)).collect()
}

fn rules(value: &Node) -> Read<Vec<String>> {
    let rules = match &value.kind {
        Kind::Sequence(_) => list(value)?.iter().map(|rule| text(rule)).collect::<Read<Vec<_>>>()?,
        _ if switch(value).is_ok_and(|on| !on) => Vec::new(),
        _ => vec![text(value)?],
    };
    match rules.iter().any(|rule| rule.contains('\n')) {
        true => Err(unclear(value, "this is more than one line").help("write one rule an item")),
        false => Ok(rules),
    }
}

fn account(node: &Node) -> Read<String> {
    checked(node, text(node)?)
}

/// Names as useradd(8) takes them on every distribution.
fn checked(node: &Node, name: String) -> Read<String> {
    let sound = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.len() <= 32
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    match sound {
        true => Ok(name),
        false => Err(unclear(node, "this is not the name of a user or a group").help("write a name like `alice`")),
    }
}
