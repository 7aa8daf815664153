//! OpenNebula's contextualization: a shell file of variables on a disk.

use super::{Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const OPENNEBULA: Target = Target {
    name: "opennebula",
    aliases: &["one"],
    summary: "OpenNebula, from the context of the template",
    datasource: "OpenNebula",
    limit: None,
    accepts: &[Envelope::Base64, Envelope::GzipBase64],
    layout: Some(&media::OPENNEBULA),
    notes: &[
        "The value stands in a template where `$` and quotes have a meaning, so it goes as base64, with USERDATA_ENCODING=base64 beside it; cloud-init then decodes it (its source).",
        "EC2_USER_DATA is for CernVM: cloud-init does not read it. No limit is documented.",
    ],
    proved: Proof::Boot,
};
