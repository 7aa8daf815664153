//! Amazon EC2 and what speaks its API.

use super::{Counted, Form, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const EC2: Target = Target {
    name: "ec2",
    aliases: &["aws"],
    summary: "Amazon EC2 and compatible clouds",
    datasource: "Ec2",
    limit: Some(Limit {
        bytes: 16_384,
        counted: Counted::Raw,
        source: "Amazon EC2 User Guide, \"Run commands when you launch an EC2 instance with user data input\": 16 KB in raw form, before base64",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &[
        "The command line tools put base64 around what they are given, and cloud-init unzips one layer: so never base64 here.",
        "A launch configuration of autoscaling counts 21847 characters of base64: 16383 bytes (reports of users).",
    ],
    form: Form::Message,
    proved: Proof::Boot,
};
