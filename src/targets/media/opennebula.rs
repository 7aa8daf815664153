//! The context CD of OpenNebula.
//!
//! cloud-init's DataSourceOpenNebula takes a volume with the label `CONTEXT` or `CDROM`, or any ISO 9660 one, and sources its
//! `context.sh`; it decodes `USER_DATA` where `USERDATA_ENCODING` is `base64`, and then takes one layer of gzip off. CernVM
//! reads `EC2_USER_DATA`, which is always base64: so one medium serves both.
//!
//! There is no place for an instance-id: cloud-init says `iid-dsopennebula` for every machine (DEFAULT_IID of its
//! source), so that a machine which gets another context without a new disk does not take it for a new instance.
//!
//! Since 25.1 its reader takes time with the square of the size: 4 to 5 s for 200 KB of user-data, 20 s for 400 KB, on one
//! machine of 2026. What is large is better in gzip.

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
    // cloud-init looks for the first from 22 on, and for the second in every release; OpenNebula's own packages for the first.
    variables.extend(seed.hostname.into_iter().flat_map(|name| [("SET_HOSTNAME", name), ("HOSTNAME", name)]));
    Ok(vec![context_sh::file(&variables)?])
}
