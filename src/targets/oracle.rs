//! Oracle Cloud Infrastructure.

use super::launch::{Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const ORACLE: Target = Target {
    name: "oracle",
    aliases: &["oci"],
    summary: "Oracle Cloud Infrastructure",
    datasource: "Oracle",
    limit: Some(Limit {
        bytes: 31_991,
        counted: Counted::Encoded,
        source: "Oracle Cloud documentation, instance metadata: 32000 bytes for all of it, the user-data in base64, keys and the names of keys included: `user_data` has nine",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &[
        "The command line puts base64 around the file (its source, oci-cli 3.95, whose parser took these words). SSH keys count, too: leave room for them.",
        "`--key` is a file for the command line, and the public key itself for Terraform.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "oci compute instance launch --availability-domain {availability_domain} --compartment-id {compartment_id} --subnet-id {subnet_id} --image-id {image} --shape {flavor} --display-name {name} [--ssh-authorized-keys-file {key} ]--user-data-file {path}",
        ],
        tofu: Some(Tofu {
            provider: ("oci", "oracle/oci", None),
            resources: &[Resource {
                kind: "oci_core_instance",
                attributes: &[
                    ("display_name", "{name}"),
                    ("availability_domain", "{availability_domain}"),
                    ("compartment_id", "{compartment_id}"),
                    ("shape", "{flavor}"),
                    ("source_details/0/source_type", "image"),
                    ("source_details/0/source_id", "{image}"),
                    ("create_vnic_details/0/subnet_id", "{subnet_id}"),
                    ("metadata/ssh_authorized_keys", "[{key}]"),
                    ("metadata/user_data", "{base64}"),
                ],
            }],
        }),
        ..Launch::NONE
    },
};
