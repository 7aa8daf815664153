//! OCCI: one interface before several clouds.

use super::{Form, Launch, Proof, Target};
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
    launch: Launch {
        shell: &[
            "occi --endpoint {endpoint} --auth x509 --user-cred {proxy} --voms --action create --resource compute --mixin os_tpl#{image} --mixin resource_tpl#{flavor} --attribute occi.core.title={name} --context user_data=file://{path}",
        ],
        ..Launch::NONE
    },
};
