//! Proxmox VE: a snippet that its own NoCloud disk is made of.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const PROXMOX: Target = Target {
    name: "proxmox",
    aliases: &["pve"],
    summary: "Proxmox VE, as a snippet",
    datasource: "NoCloud",
    limit: Some(Limit {
        bytes: 3_145_728,
        counted: Counted::Raw,
        source: "Proxmox VE, PVE/QemuServer/Cloudinit.pm: 3 MiB for user, network, meta and vendor files together",
    }),
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &[
        "The snippet takes the place of all user-data that Proxmox writes: users and keys of its form are not set.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
};
