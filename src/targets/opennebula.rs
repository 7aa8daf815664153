//! OpenNebula's contextualization: a shell file of variables on a disk.

use super::launch::{Refused, Resource, Tofu};
use super::{Form, Launch, Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const OPENNEBULA: Target = Target {
    name: "opennebula",
    aliases: &["one"],
    summary: "OpenNebula, from the context of the template",
    datasource: "OpenNebula",
    limit: None,
    accepts: &[Envelope::GzipBase64, Envelope::Base64],
    layout: Some(&media::OPENNEBULA),
    notes: &[
        "The value stands in a template where `$` and quotes have a meaning, so it goes as base64, with USERDATA_ENCODING=base64 beside it; cloud-init then decodes it (its source).",
        "EC2_USER_DATA is for CernVM: cloud-init does not read it. No limit is documented.",
        "cloud-init has one instance-id for all machines of OpenNebula: a machine that gets another context is no new instance to it.",
        "Its reader takes time as the square of the size (measured: 200 KB of base64 in 5 s, 400 KB in 23 s, by release 26.2), so gzip comes first.",
        "`--image` is a template for the command line and for Terraform (there its number), and the image of the disk in a template of `--format opennebula`. Some versions let the context of a launch replace that of the template: NETWORK and the key are repeated in it.",
    ],
    form: Form::Message,
    proved: Proof::Boot,
    launch: Launch {
        shell: &[
            "test -s {path} &&",
            r#"(umask 077; {{ printf 'CONTEXT = [[ NETWORK = "YES", SSH_PUBLIC_KEY = "$USER[[SSH_PUBLIC_KEY]]", USERDATA_ENCODING = "base64", USER_DATA = "'; cat {path}; printf '" ]]\n'; }} > {path}.one) &&"#,
            "onetemplate instantiate {image} {path}.one --name {numbered}[ {several?}--multiple {count}]",
        ],
        refused: &[Refused { places: &["name"], characters: "%", because: "onetemplate fills in what begins with it" }],
        tofu: Some(Tofu {
            provider: ("opennebula", "OpenNebula/opennebula", None),
            resources: &[Resource {
                kind: "opennebula_virtual_machine",
                attributes: &[
                    ("name", "{name}"),
                    ("template_id", "{image}"),
                    ("context/NETWORK", "YES"),
                    ("context/SSH_PUBLIC_KEY", "$USER[[SSH_PUBLIC_KEY]]"),
                    ("context/USERDATA_ENCODING", "base64"),
                    ("context/USER_DATA", "{base64}"),
                ],
            }],
        }),
        opennebula: true,
        ..Launch::NONE
    },
};
