//! Apache CloudStack: the virtual router serves the user-data.

use super::launch::{Refused, Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const CLOUDSTACK: Target = Target {
    name: "cloudstack",
    aliases: &["cmk"],
    summary: "Apache CloudStack",
    datasource: "CloudStack",
    limit: Some(Limit {
        bytes: 32_768,
        counted: Counted::Encoded,
        source: "Apache CloudStack documentation, \"up to 32kb\" (vm.userdata.max.length); that a site keeps that number was not checked",
    }),
    accepts: &[Envelope::Base64, Envelope::GzipBase64],
    layout: None,
    notes: &[
        "The API wants base64 and counts it. The command line sends it by POST; by GET it would end at 4096 characters.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "test -s {path} &&",
            "cmk deploy virtualmachine name={name} templateid={image} serviceofferingid={flavor} zoneid={zone} [keypair={key} ]userdata={contents}",
        ],
        refused: &[Refused {
            places: &["name", "image", "flavor", "key"],
            characters: " \t\n'\"\\",
            because: "whether cmk takes its words apart there was not checked",
        }],
        tofu: Some(Tofu {
            provider: ("cloudstack", "cloudstack/cloudstack", None),
            resources: &[Resource {
                kind: "cloudstack_instance",
                attributes: &[
                    ("name", "{name}"),
                    ("template", "{image}"),
                    ("service_offering", "{flavor}"),
                    ("zone", "{zone}"),
                    ("keypair", "[{key}]"),
                    ("user_data", "{base64}"),
                ],
            }],
        }),
        ..Launch::NONE
    },
};
