//! Exoscale.

use super::launch::{Refused, Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const EXOSCALE: Target = Target {
    name: "exoscale",
    aliases: &["exo"],
    summary: "Exoscale",
    datasource: "Exoscale",
    limit: Some(Limit {
        bytes: 32_767,
        counted: Counted::Encoded,
        source: "Exoscale command line, pkg/userdata: refused from 32768 characters of base64 on",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &[
        "The command line puts base64 around the file. The provider of Terraform refuses a gzip file that is not in base64.",
        "Of the command line --cloud-init is from its source; its other words are remembered.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "exo compute instance create {name} --zone {zone} --template {image} --instance-type {flavor} [--ssh-key {key} ]--cloud-init {path}",
        ],
        refused: &[Refused { places: &["key"], characters: ",\"\n", because: "lists of keys are split there" }],
        tofu: Some(Tofu {
            provider: ("exoscale", "exoscale/exoscale", None),
            resources: &[Resource {
                kind: "exoscale_compute_instance",
                attributes: &[
                    ("name", "{name}"),
                    ("zone", "{zone}"),
                    ("template_id", "{image}"),
                    ("type", "{flavor}"),
                    ("disk_size", "20"),
                    ("ssh_keys/0", "[{key}]"),
                    ("user_data", "{plain?}{text}"),
                    ("user_data", "{gzip?}{base64}"),
                ],
            }],
        }),
        ..Launch::NONE
    },
};
