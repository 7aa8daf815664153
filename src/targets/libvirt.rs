//! libvirt: virt-install makes a NoCloud disk for the first boot.

use super::launch::{Refused, Resource, Tofu};
use super::{Form, Launch, Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const LIBVIRT: Target = Target {
    name: "libvirt",
    aliases: &["virt-install", "kvm"],
    summary: "libvirt, by virt-install",
    datasource: "NoCloud",
    limit: None,
    accepts: &[Envelope::Plain],
    layout: Some(&media::NOCLOUD),
    notes: &[
        "virt-install reads the file as text.",
        "`--image` is a file; for Terraform the name of a volume in the pool default. What is fixed here of Terraform's provider was remembered, of its releases before 0.9. A domain's XML wants the disk that the target nocloud makes.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            r#"virt-install --name {name} --memory "${{MEMORY:-2048}}" --vcpus "${{VCPUS:-2}}" --import --disk size="${{DISK_GB:-20}}",backing_store={image} --osinfo "${{OSINFO:-detect=on,require=off}}" --network default --cloud-init user-data={path},disable=on --noautoconsole"#,
        ],
        refused: &[Refused {
            places: &["image", "path"],
            characters: ",'\"\\",
            because: "virt-install takes its options apart there",
        }],
        tofu: Some(Tofu {
            provider: ("libvirt", "dmacvicar/libvirt", Some("~> 0.8.0")),
            resources: &[
                Resource {
                    kind: "libvirt_domain",
                    attributes: &[
                        ("name", "{name}"),
                        ("memory", "2048"),
                        ("vcpu", "2"),
                        ("cloudinit", "${{libvirt_cloudinit_disk.vm.id}}"),
                        (
                            "disk/0/volume_id",
                            "[{several?}${{libvirt_volume.vm[[count.index]].id}}][{one?}${{libvirt_volume.vm.id}}]",
                        ),
                        ("network_interface/0/network_name", "default"),
                    ],
                },
                Resource {
                    kind: "libvirt_volume",
                    attributes: &[
                        ("name", "{name}.qcow2"),
                        ("base_volume_name", "{image}"),
                        ("count", "[{several?}{count}]"),
                    ],
                },
                Resource {
                    kind: "libvirt_cloudinit_disk",
                    attributes: &[("name", "{name-seed}"), ("user_data", "{text}")],
                },
            ],
        }),
        domain: true,
        domain_file: Some("seed.iso"),
        ..Launch::NONE
    },
};
