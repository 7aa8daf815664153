//! Oracle Cloud Infrastructure.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const ORACLE: Target = Target {
    name: "oracle",
    aliases: &["oci"],
    summary: "Oracle Cloud Infrastructure",
    datasource: "Oracle",
    limit: Some(Limit {
        bytes: 32_000,
        counted: Counted::Encoded,
        source: "Oracle Cloud documentation, instance metadata: 32000 bytes for all of it, the user-data in base64, keys and the names of keys included",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &[
        "That the command line encodes the file is remembered, not checked. SSH keys count, too: leave room for them.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
};
