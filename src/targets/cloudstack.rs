//! Apache CloudStack: the virtual router serves the user-data.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const CLOUDSTACK: Target = Target {
    name: "cloudstack",
    aliases: &["cmk"],
    summary: "Apache CloudStack",
    datasource: "CloudStack",
    limit: Some(Limit {
        bytes: 32_768,
        counted: Counted::Encoded,
        source: "Apache CloudStack documentation, \"up to 32kb\" (vm.userdata.max.length); that a site keeps that number was not checked",
    }),
    accepts: &[Envelope::Base64, Envelope::GzipBase64],
    layout: None,
    notes: &[
        "The API wants base64 and counts it. The command line sends it by POST; by GET it would end at 4096 characters.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
};
