//! VMware: keys of guestinfo, which the machine's tools read.

use super::launch::{Ansible, Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const VMWARE: Target = Target {
    name: "vmware",
    aliases: &["vsphere", "guestinfo"],
    summary: "VMware vSphere, by guestinfo",
    datasource: "VMware",
    limit: Some(Limit {
        bytes: 65_536,
        counted: Counted::Sent,
        source: "open-vm-tools, GUESTMSG_MAX_IN_SIZE: 64 KiB for a value; that its frame needs nothing of it was not checked",
    }),
    accepts: &[Envelope::GzipBase64, Envelope::Base64],
    layout: None,
    notes: &[
        "cloud-init decodes by guestinfo.userdata.encoding, which the launch command sets. gzip is known under gzip+base64 alone.",
        "`--image` is the machine or template to clone: its name for govc and Ansible, its UUID for Terraform.",
        "govc vm.change is documented with these keys; the words of vm.clone and vm.power are remembered.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "test -s {path} &&",
            "govc vm.clone -vm {image} -on=false {name} &&",
            "govc vm.change -vm {name} -e guestinfo.userdata={contents} -e guestinfo.userdata.encoding={encoding} &&",
            "govc vm.power -on {name}",
        ],
        tofu: Some(Tofu {
            provider: ("vsphere", "vmware/vsphere", None),
            resources: &[Resource {
                kind: "vsphere_virtual_machine",
                attributes: &[
                    ("name", "{name}"),
                    ("resource_pool_id", "{resource_pool_id}"),
                    ("datastore_id", "{datastore_id}"),
                    ("guest_id", "{guest_id}"),
                    ("num_cpus", "2"),
                    ("memory", "2048"),
                    ("network_interface/0/network_id", "{network_id}"),
                    ("disk/0/label", "disk0"),
                    ("disk/0/size", "{disk_size}"),
                    ("clone/0/template_uuid", "{image}"),
                    ("extra_config/guestinfo.userdata", "{text}"),
                    ("extra_config/guestinfo.userdata.encoding", "{encoding}"),
                ],
            }],
        }),
        ansible: Some(Ansible {
            module: "community.vmware.vmware_guest",
            arguments: &[
                ("name", "{name}"),
                ("template", "{image}"),
                ("datacenter", "{datacenter}"),
                ("folder", "{folder}"),
                ("state", "poweredon"),
                ("advanced_settings/0/key", "guestinfo.userdata"),
                ("advanced_settings/0/value", "{text}"),
                ("advanced_settings/1/key", "guestinfo.userdata.encoding"),
                ("advanced_settings/1/value", "{encoding}"),
            ],
        }),
        ..Launch::NONE
    },
};
