//! Scaleway: the user-data key cloud-init.

use super::{Form, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const SCALEWAY: Target = Target {
    name: "scaleway",
    aliases: &["scw"],
    summary: "Scaleway",
    datasource: "Scaleway",
    limit: None,
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &["Texts only. A limit is not documented where we looked; some remember 127 KB."],
    form: Form::Message,
    proved: Proof::Datasource,
};
