//! The context CD of OpenNebula.
//!
//! cloud-init's DataSourceOpenNebula takes a volume with the label `CONTEXT` or `CDROM`, or any ISO 9660 one, and sources its
//! `context.sh`; it decodes `USER_DATA` where `USERDATA_ENCODING` is `base64`, and then takes one layer of gzip off. CernVM
//! reads `EC2_USER_DATA`, which is always base64: so one medium serves both.
//!
//! There is no place for an instance-id: cloud-init says `iid-dsopennebula` for every machine (DEFAULT_IID of its
//! source), so that a machine which gets another context without a new disk does not take it for a new instance.

use super::{Extra, File, Layout, Medium, Seed, context_sh};
use crate::wire::envelope::Envelope;

pub(crate) const OPENNEBULA: Layout = Layout {
    name: "opennebula",
    label: "CONTEXT",
    kinds: &[Medium::Iso, Medium::Dir],
    envelopes: Envelope::ALL,
    extras: &[Extra::Hostname],
    size: None,
    contents,
};

fn contents(seed: &Seed) -> Result<Vec<File>, String> {
    let user_data = context_sh::encoded(seed);
    let mut variables =
        vec![("USER_DATA", user_data.as_str()), ("USERDATA_ENCODING", "base64"), ("EC2_USER_DATA", &user_data)];
    // The first of the names that cloud-init looks for, and the one that OpenNebula's own packages act on.
    variables.extend(seed.hostname.map(|name| ("SET_HOSTNAME", name)));
    Ok(vec![context_sh::file(&variables)?])
}
