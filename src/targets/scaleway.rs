//! Scaleway: the user-data key cloud-init.

use super::launch::{Resource, Tofu};
use super::{Launch, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const SCALEWAY: Target = Target {
    name: "scaleway",
    aliases: &["scw"],
    summary: "Scaleway",
    datasource: "Scaleway",
    limit: None,
    accepts: &[Envelope::Plain],
    notes: &["Texts only. A limit is not documented where we looked; some remember 127 KB."],
    proved: Proof::Format,
    launch: Launch {
        shell: &["scw instance server create name={name} image={image} type={flavor} cloud-init=@{path}"],
        tofu: Some(Tofu {
            provider: ("scaleway", "scaleway/scaleway", None),
            resources: &[Resource {
                kind: "scaleway_instance_server",
                attributes: &[
                    ("name", "{name}"),
                    ("image", "{image}"),
                    ("type", "{flavor}"),
                    ("user_data/cloud-init", "{text}"),
                ],
            }],
        }),
        ..Launch::NONE
    },
};
