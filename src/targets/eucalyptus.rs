//! Eucalyptus: the API of EC2, with the older tools.

use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const EUCALYPTUS: Target = Target {
    name: "eucalyptus",
    aliases: &["euca"],
    summary: "Eucalyptus, by euca2ools",
    datasource: "Ec2",
    limit: Some(Limit {
        bytes: 16_384,
        counted: Counted::Raw,
        source: "Amazon EC2's; for Eucalyptus itself it was not checked",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &["euca-run-instances puts base64 around the file (its source): it wants the file plain or gzip."],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &["euca-run-instances {image} -t {flavor} [-k {key} ]-n {count} -f {path}"],
        ..Launch::NONE
    },
};
