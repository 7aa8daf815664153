//! Exoscale.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const EXOSCALE: Target = Target {
    name: "exoscale",
    aliases: &["exo"],
    summary: "Exoscale",
    datasource: "Exoscale",
    limit: Some(Limit {
        bytes: 32_767,
        counted: Counted::Encoded,
        source: "Exoscale command line, pkg/userdata: refused from 32768 characters of base64 on",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &[
        "The command line puts base64 around the file. The provider of Terraform refuses a gzip file that is not in base64.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
};
