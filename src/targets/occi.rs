//! OCCI: one interface before several clouds.

use super::{Form, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const OCCI: Target = Target {
    name: "occi",
    aliases: &["rocci"],
    summary: "OCCI clouds of the grid, by the rOCCI client",
    datasource: "OpenStack or OpenNebula",
    limit: None,
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &[
        "The limit is that of the cloud behind it: 65535 characters of base64 where that is OpenStack. That the client encodes is remembered, not checked.",
    ],
    form: Form::Message,
    proved: Proof::Format,
};
