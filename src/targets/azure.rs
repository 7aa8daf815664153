//! Microsoft Azure: custom data.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const AZURE: Target = Target {
    name: "azure",
    aliases: &["az"],
    summary: "Microsoft Azure, as custom data",
    datasource: "Azure",
    limit: Some(Limit {
        bytes: 65_535,
        counted: Counted::Raw,
        source: "Microsoft Azure REST API, osProfile.customData: 65535 bytes of the decoded array",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &["az puts base64 around the file; cloud-init takes it off again."],
    form: Form::Message,
    proved: Proof::Datasource,
};
