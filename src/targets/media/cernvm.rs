//! The context CD of CernVM.
//!
//! Its boot loader looks for `context.sh` on a CD, sources it, decodes `EC2_USER_DATA` and takes one layer of gzip off
//! (scripts.d/06context of cernvm-micro); amiconfig looks at `ONE_CONTEXT_PATH` (doc-cernvm, cpt-context.rst). cloud-init on
//! that medium finds no user-data: what it is to read too is [`super::OPENNEBULA`]. No label is asked for; that
//! of OpenNebula's CD is taken.

use super::{File, Layout, Medium, Seed, context_sh};
use crate::wire::envelope::Envelope;

pub(crate) const CERNVM: Layout = Layout {
    name: "cernvm",
    label: "CONTEXT",
    kinds: &[Medium::Iso, Medium::Dir],
    envelopes: Envelope::ALL,
    extras: &[],
    size: None,
    contents,
};

fn contents(seed: &Seed) -> Result<Vec<File>, String> {
    let user_data = context_sh::encoded(seed);
    let variables = [("EC2_USER_DATA", user_data.as_str()), ("ONE_CONTEXT_PATH", "/var/lib/amiconfig")];
    Ok(vec![context_sh::file(&variables)?])
}
