//! Google Compute Engine: the user-data is a value of the instance's metadata.

use super::launch::{Ansible, Refused, Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const GCE: Target = Target {
    name: "gce",
    aliases: &["google"],
    summary: "Google Compute Engine",
    datasource: "GCE",
    limit: Some(Limit {
        bytes: 262_144,
        counted: Counted::Sent,
        source: "Google Compute Engine API, Metadata: 262144 bytes for a value, 512 KB for all",
    }),
    accepts: &[Envelope::Plain, Envelope::GzipBase64],
    layout: None,
    notes: &[
        "A value is a text. cloud-init decodes base64 only where the key user-data-encoding says base64: the launch command sets it with that envelope.",
        "The image must have cloud-init.",
        "The flags of gcloud are remembered, not checked. An image of another project is given whole: projects/PROJECT/global/images/IMAGE.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "gcloud compute instances create {names} --zone {zone} --machine-type {flavor} --image {image} --metadata-from-file=user-data={path}[ {base64?}--metadata=user-data-encoding=base64]",
        ],
        refused: &[Refused {
            places: &["path"],
            characters: ",",
            because: "gcloud splits the value of --metadata-from-file there",
        }],
        tofu: Some(Tofu {
            provider: ("google", "hashicorp/google", None),
            resources: &[Resource {
                kind: "google_compute_instance",
                attributes: &[
                    ("name", "{name}"),
                    ("machine_type", "{flavor}"),
                    ("zone", "{zone}"),
                    ("boot_disk/0/initialize_params/0/image", "{image}"),
                    ("network_interface/0/network", "default"),
                    ("metadata/user-data", "{text}"),
                    ("metadata/user-data-encoding", "{base64?}base64"),
                ],
            }],
        }),
        ansible: Some(Ansible {
            module: "google.cloud.gcp_compute_instance",
            arguments: &[
                ("name", "{name}"),
                ("machine_type", "{flavor}"),
                ("zone", "{zone}"),
                ("project", "{project}"),
                ("auth_kind", "application"),
                ("disks/0/auto_delete", "true"),
                ("disks/0/boot", "true"),
                ("disks/0/initialize_params/source_image", "{image}"),
                ("network_interfaces/0/access_configs/0/name", "External NAT"),
                ("network_interfaces/0/access_configs/0/type", "ONE_TO_ONE_NAT"),
                ("metadata/user-data", "{text}"),
                ("metadata/user-data-encoding", "{base64?}base64"),
            ],
        }),
        ..Launch::NONE
    },
};
