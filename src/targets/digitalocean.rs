//! DigitalOcean: plain text.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const DIGITALOCEAN: Target = Target {
    name: "digitalocean",
    aliases: &["doctl"],
    summary: "DigitalOcean",
    datasource: "DigitalOcean",
    limit: Some(Limit {
        bytes: 65_536,
        counted: Counted::Sent,
        source: "DigitalOcean API, droplets: user_data is plain text of at most 64 KiB",
    }),
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &[
        "Nothing decodes base64 or unzips here.",
        "cloud-init calls its reader deprecated since 23.2 and will remove it in 28.2: machines have a config drive, too.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
};
