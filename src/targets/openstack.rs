//! OpenStack Nova.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const OPENSTACK: Target = Target {
    name: "openstack",
    aliases: &["nova"],
    summary: "OpenStack Nova, from its metadata service",
    datasource: "OpenStack",
    limit: Some(Limit {
        bytes: 65_535,
        counted: Counted::Encoded,
        source: "OpenStack Nova, API schema of servers: user_data has at most 65535 characters, in base64",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &["The command line puts base64 around the file; machines get its bytes as they were."],
    form: Form::Message,
    proved: Proof::Datasource,
};
