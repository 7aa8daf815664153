//! libvirt: virt-install makes a NoCloud disk for the first boot.

use super::{Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const LIBVIRT: Target = Target {
    name: "libvirt",
    aliases: &["virt-install", "kvm"],
    summary: "libvirt, by virt-install",
    datasource: "NoCloud",
    limit: None,
    accepts: &[Envelope::Plain],
    notes: &["virt-install reads the file as text."],
    proved: Proof::Format,
};
