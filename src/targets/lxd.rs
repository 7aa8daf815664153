//! LXD and Incus: a key of the instance's configuration.

use super::launch::{Ansible, Resource, Tofu};
use super::{Form, Launch, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const LXD: Target = Target {
    name: "lxd",
    aliases: &["incus"],
    summary: "LXD and Incus",
    datasource: "LXD",
    limit: None,
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &[
        "Texts only, and nothing is decoded. Old images read user.user-data instead.",
        "For Incus the command is incus instead of lxc, with the same words (remembered). `--type` with the size of a cloud is remembered, too.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "lxc init {image} {name} --vm[ --type {flavor}] &&",
            "lxc config set {name} cloud-init.user-data - < {path} &&",
            "lxc start {name}",
        ],
        tofu: Some(Tofu {
            provider: ("lxd", "terraform-lxd/lxd", None),
            resources: &[Resource {
                kind: "lxd_instance",
                attributes: &[("name", "{name}"), ("image", "{image}"), ("config/cloud-init.user-data", "{text}")],
            }],
        }),
        ansible: Some(Ansible {
            module: "community.general.lxd_container",
            arguments: &[
                ("name", "{name}"),
                ("source/type", "image"),
                ("source/alias", "{image}"),
                ("config/cloud-init.user-data", "{text}"),
                ("state", "started"),
            ],
        }),
        ..Launch::NONE
    },
};
