//! Google Compute Engine: the user-data is a value of the instance's metadata.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const GCE: Target = Target {
    name: "gce",
    aliases: &["google"],
    summary: "Google Compute Engine",
    datasource: "GCE",
    limit: Some(Limit {
        bytes: 262_144,
        counted: Counted::Sent,
        source: "Google Compute Engine API, Metadata: 262144 bytes for a value, 512 KB for all",
    }),
    accepts: &[Envelope::Plain, Envelope::GzipBase64],
    layout: None,
    notes: &[
        "A value is a text. cloud-init decodes base64 only where the key user-data-encoding says base64: the launch command sets it with that envelope.",
        "The image must have cloud-init.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
};
