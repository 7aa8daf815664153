//! Microsoft Azure: custom data.

use super::launch::{Ansible, Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const AZURE: Target = Target {
    name: "azure",
    aliases: &["az"],
    summary: "Microsoft Azure, as custom data",
    datasource: "Azure",
    limit: Some(Limit {
        bytes: 65_535,
        counted: Counted::Raw,
        source: "Microsoft Azure REST API, osProfile.customData: 65535 bytes of the decoded array",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &[
        "az puts base64 around the file; cloud-init takes it off again.",
        "az calls its `--count` a preview (its parser took these words).",
        "az reads the file as text (its source), so gzip goes by Terraform alone. In Terraform and Ansible `--key` is the public key itself, and a network interface belongs to one machine.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "test -s {path} &&",
            "az vm create --resource-group {resource_group} --name {name} --image {image} [--size {flavor} ][--ssh-key-values {key} ][{several?}--count {count} ]--custom-data {textfile}",
        ],
        expands: &["@"],
        tofu: Some(Tofu {
            provider: ("azurerm", "hashicorp/azurerm", None),
            resources: &[Resource {
                kind: "azurerm_linux_virtual_machine",
                attributes: &[
                    ("name", "{name}"),
                    ("resource_group_name", "{resource_group}"),
                    ("location", "{location}"),
                    ("size", "{flavor}"),
                    ("source_image_id", "{image}"),
                    ("network_interface_ids/0", "{network_interface_id}"),
                    ("admin_username", "{admin_username}"),
                    ("admin_ssh_key/0/username", "{admin_username}"),
                    ("admin_ssh_key/0/public_key", "{key}"),
                    ("os_disk/0/caching", "ReadWrite"),
                    ("os_disk/0/storage_account_type", "Standard_LRS"),
                    ("custom_data", "{base64}"),
                ],
            }],
        }),
        ansible: Some(Ansible {
            module: "azure.azcollection.azure_rm_virtualmachine",
            arguments: &[
                ("resource_group", "{resource_group}"),
                ("name", "{name}"),
                ("vm_size", "{flavor}"),
                ("image", "{image}"),
                ("admin_username", "{admin_username}"),
                ("ssh_password_enabled", "false"),
                ("ssh_public_keys/0/path", "/home/{admin_username}/.ssh/authorized_keys"),
                ("ssh_public_keys/0/key_data", "{key}"),
                ("custom_data", "{text}"),
            ],
        }),
        ..Launch::NONE
    },
};
