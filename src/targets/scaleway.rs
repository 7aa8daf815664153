//! Scaleway: the user-data key cloud-init.

use super::launch::{Resource, Tofu};
use super::{Form, Launch, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const SCALEWAY: Target = Target {
    name: "scaleway",
    aliases: &["scw"],
    summary: "Scaleway",
    datasource: "Scaleway",
    limit: None,
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &["Texts only. A limit is not documented where we looked; some remember 127 KB."],
    form: Form::Message,
    proved: Proof::Datasource,
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
