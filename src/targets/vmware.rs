//! VMware: keys of guestinfo, which the machine's tools read.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const VMWARE: Target = Target {
    name: "vmware",
    aliases: &["vsphere", "guestinfo"],
    summary: "VMware vSphere, by guestinfo",
    datasource: "VMware",
    limit: Some(Limit {
        bytes: 65_536,
        counted: Counted::Sent,
        source: "open-vm-tools, GUESTMSG_MAX_IN_SIZE: 64 KiB for a value; that its frame needs nothing of it was not checked",
    }),
    accepts: &[Envelope::GzipBase64, Envelope::Base64],
    layout: None,
    notes: &[
        "cloud-init decodes by guestinfo.userdata.encoding, which the launch command sets. gzip is known under gzip+base64 alone.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
};
