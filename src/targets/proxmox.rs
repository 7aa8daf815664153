//! Proxmox VE: a snippet that its own NoCloud disk is made of.

use super::launch::{Refused, Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const PROXMOX: Target = Target {
    name: "proxmox",
    aliases: &["pve"],
    summary: "Proxmox VE, as a snippet",
    datasource: "NoCloud",
    limit: Some(Limit {
        bytes: 3_145_728,
        counted: Counted::Raw,
        source: "Proxmox VE, PVE/QemuServer/Cloudinit.pm: 3 MiB for user, network, meta and vendor files together",
    }),
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &[
        "The snippet takes the place of all user-data that Proxmox writes: users and keys of its form are not set.",
        "`--image` is the number of the template. The command lines are for the node itself; that /var/lib/vz/snippets is the storage local, and that pvesh prints a free number, is remembered, not checked.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "cp {path} /var/lib/vz/snippets/{name}.yaml &&",
            "id=$(pvesh get /cluster/nextid) &&",
            r#"qm clone {image} "$id" --name {name} &&"#,
            r#"qm set "$id" --ide2 {storage}:cloudinit --cicustom user=local:snippets/{name}.yaml &&"#,
            r#"qm start "$id""#,
        ],
        refused: &[Refused {
            places: &["name"],
            characters: " \t\n,/:='\"\\",
            because: "it is the name of the snippet, too",
        }],
        tofu: Some(Tofu {
            provider: ("proxmox", "bpg/proxmox", None),
            resources: &[
                Resource {
                    kind: "proxmox_virtual_environment_vm",
                    attributes: &[
                        ("name", "{name}"),
                        ("node_name", "{node_name}"),
                        ("clone/0/vm_id", "{image}"),
                        ("initialization/0/user_data_file_id", "${{proxmox_virtual_environment_file.vm.id}}"),
                    ],
                },
                Resource {
                    kind: "proxmox_virtual_environment_file",
                    attributes: &[
                        ("content_type", "snippets"),
                        ("datastore_id", "local"),
                        ("node_name", "{node_name}"),
                        ("source_file/0/path", "{path}"),
                    ],
                },
            ],
        }),
        ..Launch::NONE
    },
};
