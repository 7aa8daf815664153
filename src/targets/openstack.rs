//! OpenStack Nova.

use super::launch::{Ansible, Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const OPENSTACK: Target = Target {
    name: "openstack",
    aliases: &["nova"],
    summary: "OpenStack Nova, from its metadata service",
    datasource: "OpenStack",
    limit: Some(Limit {
        bytes: 65_535,
        counted: Counted::Encoded,
        source: "OpenStack Nova, API schema of servers: user_data has at most 65535 characters, in base64",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &[
        "The command line puts base64 around the file; machines get its bytes as they were.",
        "The provider of Terraform encodes the user-data unless it is base64 already: gzip goes to it in base64 (the source of gophercloud).",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "openstack server create --image {image} --flavor {flavor} [--key-name {key} ][{several?}--min {count} --max {count} ]--user-data {path} {name}",
        ],
        tofu: Some(Tofu {
            provider: ("openstack", "terraform-provider-openstack/openstack", None),
            resources: &[Resource {
                kind: "openstack_compute_instance_v2",
                attributes: &[
                    ("name", "{name}"),
                    ("image_name", "{image}"),
                    ("flavor_name", "{flavor}"),
                    ("key_pair", "[{key}]"),
                    ("user_data", "{plain?}{text}"),
                    ("user_data", "{gzip?}{base64}"),
                ],
            }],
        }),
        ansible: Some(Ansible {
            module: "openstack.cloud.server",
            arguments: &[
                ("name", "{name}"),
                ("image", "{image}"),
                ("flavor", "{flavor}"),
                ("key_name", "[{key}]"),
                ("userdata", "{text}"),
            ],
        }),
        heat: true,
        ..Launch::NONE
    },
};
