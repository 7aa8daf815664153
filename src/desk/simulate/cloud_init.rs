//! What cloud-init does by itself with a cloud-config, in words.

use crate::language::diagnostic::Report;
use crate::language::document::Document;
use crate::language::document::value::value_of;
use crate::language::hidden::names_a_secret;
use crate::language::source::Source;
use serde_yaml::Value;

/// The stages of cloud-init in their order: before the network counts, with it, at the end of the boot.
pub(super) const STAGES: [&str; 3] = ["init", "config", "final"];

/// What cloud-init does, and what the blocks find done.
#[derive(Default)]
pub(super) struct CloudInit {
    /// What is done in each stage, a line each.
    pub does: [Vec<String>; 3],
    pub users: Vec<String>,
    pub packages: Vec<String>,
}

/// The keys whose modules are in the first and in the last stage of cloud-init's own configuration (config/cloud.cfg.tmpl of 26.2);
/// all others are in the second.
const INIT: &str = "bootcmd write_files growpart resize_rootfs disk_setup fs_setup mounts mount_default_fields swap \
    ca_certs ca-certs rsyslog users groups user system_info hostname fqdn prefer_fqdn_over_hostname preserve_hostname manage_etc_hosts manage_resolv_conf \
    resolv_conf ssh_keys ssh_genkeytypes ssh_deletekeys ssh_authorized_keys ssh_pwauth disable_root password chpasswd random_seed";
const FINAL: &str = "packages package_update package_upgrade package_reboot_if_required power_state final_message phone_home \
    puppet chef ansible salt_minion mcollective landscape ubuntu_drivers drivers write_files_deferred";

/// Reads every cloud-config of a message. What cannot be read says so: judging is for `contextc check`.
pub(super) fn read<'a>(bodies: impl Iterator<Item = &'a [u8]>) -> CloudInit {
    let mut found = CloudInit::default();
    for body in bodies {
        let source = Source::from_bytes("cloud-config", body.to_vec());
        match Document::parse(&source, &mut Report::new(&source)).map(|document| value_of(&document.root)) {
            Some(Value::Mapping(map)) => map.iter().for_each(|(key, value)| found.note(key, value)),
            _ => found.unreadable(),
        }
    }
    found
}

impl CloudInit {
    fn unreadable(&mut self) {
        let [init, ..] = &mut self.does;
        init.push("nothing with a cloud-config that cannot be read".into());
    }

    fn note(&mut self, key: &Value, value: &Value) {
        let key = key.as_str().unwrap_or_default();
        let list = |value: &Value| value.as_sequence().cloned().unwrap_or_else(|| vec![value.clone()]);
        match key {
            "users" => self.users.extend(list(value).iter().filter_map(name)),
            "packages" => self.packages.extend(list(value).iter().filter_map(name)),
            _ => {}
        }
        let is_in = |keys: &str| keys.split_whitespace().any(|known| known == key);
        let [init, config, last] = &mut self.does;
        let stage = if is_in(INIT) {
            init
        } else if is_in(FINAL) {
            last
        } else {
            config
        };
        match (key, value) {
            ("write_files", Value::Sequence(files)) => stage.extend(files.iter().map(written)),
            _ => stage.push(format!("{key}: {}", shown(key, value))),
        }
    }
}

/// The name of a user or a package, however it is written.
fn name(value: &Value) -> Option<String> {
    let first = match value {
        Value::Mapping(_) => value.get("name"),
        Value::Sequence(words) => words.first(),
        _ => Some(value),
    };
    first?.as_str().map(str::to_owned)
}

fn written(file: &Value) -> String {
    let text = |key: &str| file.get(key).and_then(Value::as_str);
    let (mode, owner) = (text("permissions").unwrap_or("0644"), text("owner").unwrap_or("root:root"));
    format!("write {} {mode} {owner}", text("path").unwrap_or("(no path)"))
}

/// A value in a few words. Of a map the keys, of what may be a secret nothing.
fn shown(key: &str, value: &Value) -> String {
    let names = |values: Vec<String>| values.join(", ");
    match value {
        _ if names_a_secret(key) || key == "ssh_keys" || key == "chpasswd" => "***".into(),
        Value::Sequence(items) if ["users", "groups", "packages"].contains(&key) => names(
            items
                .iter()
                .filter_map(|item| name(item).or_else(|| Some(item.as_mapping()?.keys().next()?.as_str()?.to_owned())))
                .collect(),
        ),
        Value::Sequence(items) if items.len() == 1 => "1 entry".into(),
        Value::Sequence(items) => format!("{} entries", items.len()),
        Value::Mapping(map) => names(map.keys().filter_map(|key| key.as_str().map(str::to_owned)).collect()),
        Value::String(text) if text.lines().count() > 1 => format!("{} lines", text.lines().count()),
        Value::String(text) => text.chars().take(60).collect(),
        Value::Null => "nothing".into(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
