//! Hetzner Cloud: texts only, and cloud-init decodes base64.

use super::launch::{Ansible, Refused, Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const HETZNER: Target = Target {
    name: "hetzner",
    aliases: &["hcloud"],
    summary: "Hetzner Cloud",
    datasource: "Hetzner",
    limit: Some(Limit {
        bytes: 32_768,
        counted: Counted::Sent,
        source: "Hetzner Cloud API: user_data is limited to 32 KiB, as sent",
    }),
    accepts: &[Envelope::Plain, Envelope::GzipBase64],
    layout: None,
    notes: &[
        "Systems without cloud-init do not decode. base64 stands on one line without an end: cloud-init would not know it otherwise.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "hcloud server create --name {name} --type {flavor} --image {image} [--ssh-key {key} ]--user-data-from-file {path}",
        ],
        refused: &[Refused { places: &["key"], characters: ",\"\n", because: "hcloud splits lists of keys there" }],
        tofu: Some(Tofu {
            provider: ("hcloud", "hetznercloud/hcloud", None),
            resources: &[Resource {
                kind: "hcloud_server",
                attributes: &[
                    ("name", "{name}"),
                    ("server_type", "{flavor}"),
                    ("image", "{image}"),
                    ("ssh_keys/0", "[{key}]"),
                    ("user_data", "{text}"),
                ],
            }],
        }),
        ansible: Some(Ansible {
            module: "hetzner.hcloud.server",
            arguments: &[
                ("name", "{name}"),
                ("server_type", "{flavor}"),
                ("image", "{image}"),
                ("ssh_keys/0", "[{key}]"),
                ("user_data", "{text}"),
            ],
        }),
        ..Launch::NONE
    },
};
