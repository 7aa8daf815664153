//! Vagrant.

use super::{Form, Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const VAGRANT: Target = Target {
    name: "vagrant",
    aliases: &[],
    summary: "Vagrant, with a NoCloud disk in the drive",
    datasource: "NoCloud",
    limit: None,
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: Some(&media::NOCLOUD),
    notes: &[
        "Vagrant's own cloud_init setting takes nine content types and would lose our parts: the whole message goes on a disk in the drive.",
        "That the disk may be an ISO file is in Vagrant's documentation; it was not tried.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
};
