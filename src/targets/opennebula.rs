//! OpenNebula's contextualization: a shell file of variables on a disk.

use super::{Form, Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const OPENNEBULA: Target = Target {
    name: "opennebula",
    aliases: &["one"],
    summary: "OpenNebula, from the context of the template",
    datasource: "OpenNebula",
    limit: None,
    accepts: &[Envelope::GzipBase64, Envelope::Base64],
    layout: Some(&media::OPENNEBULA),
    notes: &[
        "The value stands in a template where `$` and quotes have a meaning, so it goes as base64, with USERDATA_ENCODING=base64 beside it; cloud-init then decodes it (its source).",
        "EC2_USER_DATA is for CernVM: cloud-init does not read it. No limit is documented.",
        "cloud-init has one instance-id for all machines of OpenNebula: a machine that gets another context is no new instance to it.",
        "Its reader takes time as the square of the size (measured: 200 KB of base64 in 5 s, 400 KB in 23 s, by release 26.2), so gzip comes first.",
    ],
    form: Form::Message,
    proved: Proof::Boot,
};
