//! LXD and Incus: a key of the instance's configuration.

use super::{Form, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const LXD: Target = Target {
    name: "lxd",
    aliases: &["incus"],
    summary: "LXD and Incus",
    datasource: "LXD",
    limit: None,
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &["Texts only, and nothing is decoded. Old images read user.user-data instead."],
    form: Form::Message,
    proved: Proof::Datasource,
};
