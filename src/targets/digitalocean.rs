//! DigitalOcean: plain text.

use super::launch::{Ansible, Refused, Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
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
    launch: Launch {
        shell: &[
            "doctl compute droplet create {names} --region {region} --size {flavor} --image {image} [--ssh-keys {key} ]--user-data-file {path}",
        ],
        refused: &[Refused { places: &["key"], characters: ",\"\n", because: "doctl splits lists of keys there" }],
        tofu: Some(Tofu {
            provider: ("digitalocean", "digitalocean/digitalocean", None),
            resources: &[Resource {
                kind: "digitalocean_droplet",
                attributes: &[
                    ("name", "{name}"),
                    ("region", "{region}"),
                    ("size", "{flavor}"),
                    ("image", "{image}"),
                    ("ssh_keys/0", "[{key}]"),
                    ("user_data", "{text}"),
                ],
            }],
        }),
        ansible: Some(Ansible {
            module: "community.digitalocean.digital_ocean_droplet",
            arguments: &[
                ("name", "{name}"),
                ("unique_name", "true"),
                ("region", "{region}"),
                ("size", "{flavor}"),
                ("image", "{image}"),
                ("ssh_keys/0", "[{key}]"),
                ("user_data", "{text}"),
            ],
        }),
        ..Launch::NONE
    },
};
