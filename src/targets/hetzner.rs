//! Hetzner Cloud: texts only, and cloud-init decodes base64.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const HETZNER: Target = Target {
    name: "hetzner",
    aliases: &["hcloud"],
    summary: "Hetzner Cloud",
    datasource: "Hetzner",
    limit: Some(Limit {
        bytes: 32_768,
        counted: Counted::Sent,
        source: "Hetzner Cloud API: user_data is limited to 32 KiB, as sent",
    }),
    accepts: &[Envelope::Plain, Envelope::GzipBase64],
    layout: None,
    notes: &[
        "Systems without cloud-init do not decode. base64 stands on one line without an end: cloud-init would not know it otherwise.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
};
