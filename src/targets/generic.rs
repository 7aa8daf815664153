//! Anything that hands bytes through: no limit, no encoding of its own.

use super::{Form, Launch, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const GENERIC: Target = Target {
    name: "generic",
    aliases: &[],
    summary: "a file for any place that takes user-data as it is",
    datasource: "any",
    limit: None,
    accepts: &[Envelope::Plain, Envelope::Gzip, Envelope::Base64, Envelope::GzipBase64],
    layout: None,
    notes: &["The default. Every envelope can be asked for; the plain message is taken unless one is."],
    form: Form::Message,
    proved: Proof::Boot,
    launch: Launch::NONE,
};
