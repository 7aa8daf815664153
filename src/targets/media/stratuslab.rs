//! The disk of StratusLab: a config drive of OpenStack's version 1, which cloud-init still reads.
//!
//! The StratusLab client (tm/TMContext.py, TMMakeVFAT.py) makes a VFAT image of one fixed size with `meta.js`; cloud-init's
//! `read_v1` takes `user-data` and `instance-id` from it. What is in JSON is text: gzip cannot be.

use super::{File, Layout, Medium, Seed};
use crate::wire::envelope::Envelope;
use serde_json::json;

pub(crate) const STRATUSLAB: Layout = Layout {
    name: "stratuslab",
    label: "_CLOUD_INIT",
    kinds: &[Medium::Vfat, Medium::Dir],
    envelopes: &[Envelope::Plain],
    extras: &[],
    // 1000 blocks of 1024 bytes.
    size: Some(1_024_000),
    contents,
};

/// `dsmode` must be there: without one, cloud-init takes nothing from a drive of this version. The client itself writes
/// `local`; the late phase wants the network.
fn contents(seed: &Seed) -> Result<Vec<File>, String> {
    let Ok(text) = std::str::from_utf8(seed.user_data) else {
        return Err("user-data that is not UTF-8 cannot be in the JSON of a StratusLab medium".to_owned());
    };
    let meta = json!({"dsmode": "net", "instance-id": seed.instance_id, "user-data": text});
    Ok(vec![File::new("meta.js", meta.to_string())])
}
