//! OpenStack Heat: the user-data is a text in a template.

use super::{Counted, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const HEAT: Target = Target {
    name: "heat",
    aliases: &[],
    summary: "OpenStack Heat, as user_data_format RAW",
    datasource: "OpenStack",
    limit: Some(Limit {
        bytes: 65_535,
        counted: Counted::Encoded,
        source: "OpenStack Nova, API schema of servers: user_data has at most 65535 characters, in base64",
    }),
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &[
        "Texts only: a template cannot hold gzip.",
        "The default of the server, HEAT_CFNTOOLS, wraps the user-data in another message: RAW must be said.",
    ],
    proved: Proof::Format,
};
