//! The config drive of OpenStack, version 2: what Nova attaches to a machine, and what several other clouds imitate.
//!
//! cloud-init's DataSourceConfigDrive takes a VFAT or ISO 9660 volume, or any with the label `config-2` or `CONFIG-2`. Its
//! reader wants `openstack/latest/meta_data.json` with `uuid`, which becomes the instance-id; `user_data` is taken as it is,
//! and one layer of gzip is taken off. A file of JSON that cannot be read makes it drop the whole drive: so such text is
//! refused here.

use super::{Extra, File, Layout, Medium, Seed};
use crate::wire::envelope::Envelope;
use serde_json::Value;

pub(crate) const CONFIG_DRIVE: Layout = Layout {
    name: "config-drive",
    label: "config-2",
    kinds: &[Medium::Iso, Medium::Vfat, Medium::Dir],
    envelopes: &[Envelope::Plain, Envelope::Gzip],
    extras: &[Extra::Hostname, Extra::NetworkConfig, Extra::VendorData],
    size: None,
    contents,
};

fn contents(seed: &Seed) -> Result<Vec<File>, String> {
    let file = |name: &str, bytes: &[u8]| File::new(&format!("openstack/latest/{name}"), bytes);
    let meta_data = meta_data(seed);
    let mut files = vec![file("meta_data.json", meta_data.as_bytes()), file("user_data", seed.user_data)];
    if let Some(bytes) = seed.network_config {
        files.push(file("network_data.json", network_data(bytes)?));
    }
    if let Some(bytes) = seed.vendor_data {
        files.push(file("vendor_data.json", vendor_data(bytes)?));
    }
    Ok(files)
}

fn meta_data(seed: &Seed) -> String {
    let mut keys = serde_json::Map::from_iter([("uuid".to_owned(), Value::from(seed.instance_id))]);
    keys.extend(seed.hostname.map(|name| ("hostname".to_owned(), Value::from(name))));
    format!("{}\n", Value::from(keys))
}

/// OpenStack's own form, a JSON object with `links`, `networks` and `services`; not cloud-init's network-config.
fn network_data(bytes: &[u8]) -> Result<&[u8], String> {
    const EXPECTED: &str =
        "a config drive takes OpenStack's network_data.json, a JSON object with `links` and `networks`";
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(_)) => Ok(bytes),
        Ok(_) => Err(format!("the network-config is no object: {EXPECTED}")),
        Err(err) => Err(format!("the network-config is not JSON ({err}): {EXPECTED}")),
    }
}

/// cloud-init takes an object, whose key `cloud-init` holds a text or a list of texts, a list, or a text.
fn vendor_data(bytes: &[u8]) -> Result<&[u8], String> {
    const EXPECTED: &str = "a config drive takes JSON, like `{\"cloud-init\": \"#cloud-config\\n...\"}`";
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(keys)) if keys.get("cloud-init").is_some_and(Value::is_object) => {
            Err(format!("`cloud-init` in the vendor-data is an object, where it must be a text or a list: {EXPECTED}"))
        }
        Ok(Value::Object(_) | Value::Array(_) | Value::String(_)) => Ok(bytes),
        Ok(_) => Err(format!("the vendor-data is no object, list or text: {EXPECTED}")),
        Err(err) => Err(format!("the vendor-data is not JSON ({err}): {EXPECTED}")),
    }
}
