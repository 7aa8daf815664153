//! The seed of cloud-init's NoCloud datasource: a labelled volume, a seed directory, or the root of a web server.
//!
//! cloud-init, doc/rtd/reference/datasources/nocloud.rst: `user-data` and `meta-data` must both be there, `vendor-data` and
//! `network-config` may be. The bytes of `user-data` are taken as they are, and one layer of gzip is taken off.

use super::{Extra, File, Layout, Medium, Seed};
use crate::language::yaml::quoted;
use crate::wire::envelope::Envelope;

pub(crate) const NOCLOUD: Layout = Layout {
    name: "nocloud",
    label: "cidata",
    kinds: &[Medium::Iso, Medium::Vfat, Medium::Dir],
    envelopes: &[Envelope::Plain, Envelope::Gzip],
    extras: &[Extra::Hostname, Extra::NetworkConfig, Extra::VendorData],
    size: None,
    contents,
};

/// The same files behind a web server. What is missing there is asked for eleven times, a second apart (cloud-init 20.4 to 26.2), so
/// nothing is: an empty file says nothing.
pub(crate) const NOCLOUD_NET: Layout =
    Layout { name: "nocloud-net", kinds: &[Medium::Dir], contents: all_contents, ..NOCLOUD };

fn all_contents(seed: &Seed) -> Result<Vec<File>, String> {
    let given = |bytes: Option<&[u8]>| bytes.unwrap_or_default().to_vec();
    let (network, vendor) = (given(seed.network_config), given(seed.vendor_data));
    contents(&Seed { network_config: Some(&network), vendor_data: Some(&vendor), ..*seed })
}

fn contents(seed: &Seed) -> Result<Vec<File>, String> {
    let mut files = vec![File::new("user-data", seed.user_data), File::new("meta-data", meta_data(seed))];
    files.extend(seed.network_config.map(|bytes| File::new("network-config", bytes)));
    files.extend(seed.vendor_data.map(|bytes| File::new("vendor-data", bytes)));
    Ok(files)
}

/// Quoted, so that an instance-id of digits stays a text. `dsmode: net`, because the late phase wants the network.
fn meta_data(seed: &Seed) -> String {
    let hostname = seed.hostname.map(|name| format!("local-hostname: {}\n", quoted(name))).unwrap_or_default();
    format!("instance-id: {}\n{hostname}dsmode: net\n", quoted(seed.instance_id))
}
