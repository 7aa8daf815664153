//! MAAS: bare machines that a site deploys.

use super::{Form, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const MAAS: Target = Target {
    name: "maas",
    aliases: &[],
    summary: "MAAS",
    datasource: "MAAS",
    limit: None,
    accepts: &[Envelope::Base64, Envelope::GzipBase64],
    layout: None,
    notes: &["The API wants base64; machines get the bytes in it. No limit is documented."],
    form: Form::Message,
    proved: Proof::Datasource,
};
