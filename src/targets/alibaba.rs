//! Alibaba Cloud ECS.

use super::launch::{Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const ALIBABA: Target = Target {
    name: "alibaba",
    aliases: &["aliyun"],
    summary: "Alibaba Cloud ECS",
    datasource: "AliYun",
    limit: Some(Limit {
        bytes: 16_384,
        counted: Counted::Raw,
        source: "Alibaba Cloud ECS documentation: 16 KB before base64; newer development kits say 32 KB",
    }),
    accepts: &[Envelope::Base64, Envelope::GzipBase64],
    layout: None,
    notes: &[
        "The API wants base64. Machines in a VPC only.",
        "The words of the command line are remembered, not checked.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "test -s {path} &&",
            "aliyun ecs RunInstances --ImageId {image} --InstanceType {flavor} --VSwitchId {vswitch_id} --SecurityGroupId {security_group_id} [--KeyPairName {key} ][--InstanceName {name} ]--Amount {count} --UserData {contents}",
        ],
        tofu: Some(Tofu {
            provider: ("alicloud", "aliyun/alicloud", None),
            resources: &[Resource {
                kind: "alicloud_instance",
                attributes: &[
                    ("instance_name", "{name}"),
                    ("image_id", "{image}"),
                    ("instance_type", "{flavor}"),
                    ("vswitch_id", "{vswitch_id}"),
                    ("security_groups/0", "{security_group_id}"),
                    ("key_name", "[{key}]"),
                    ("user_data", "{base64}"),
                ],
            }],
        }),
        ..Launch::NONE
    },
};
