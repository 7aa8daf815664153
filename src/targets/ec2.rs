//! Amazon EC2 and what speaks its API.

use super::launch::{Ansible, Refused, Resource, Tofu};
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const EC2: Target = Target {
    name: "ec2",
    aliases: &["aws"],
    summary: "Amazon EC2 and compatible clouds",
    datasource: "Ec2",
    limit: Some(Limit {
        bytes: 16_384,
        counted: Counted::Raw,
        source: "Amazon EC2 User Guide, \"Run commands when you launch an EC2 instance with user data input\": 16 KB in raw form, before base64",
    }),
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: None,
    notes: &[
        "The command line tools put base64 around what they are given, and cloud-init unzips one layer: so never base64 here.",
        "A launch configuration of autoscaling counts 21847 characters of base64: 16383 bytes (reports of users).",
        "That the command line takes fileb:// for gzip and `--count` for several is remembered; its own parser took both.",
    ],
    form: Form::Message,
    proved: Proof::Boot,
    launch: Launch {
        shell: &[
            "aws ec2 run-instances --image-id {image} --instance-type {flavor} [--key-name {key} ]--count {count} --user-data fileb://{path}[ --tag-specifications 'ResourceType=instance,Tags=[[{{Key=Name,Value='{name}'}}]]']",
        ],
        expands: &["file://", "fileb://", "http://", "https://"],
        refused: &[Refused {
            places: &["name"],
            characters: ",=[]{}'\"\\\n",
            because: "the command line of AWS has a meaning for it in a tag",
        }],
        tofu: Some(Tofu {
            provider: ("aws", "hashicorp/aws", None),
            resources: &[Resource {
                kind: "aws_instance",
                attributes: &[
                    ("ami", "{image}"),
                    ("instance_type", "{flavor}"),
                    ("key_name", "[{key}]"),
                    ("user_data", "{plain?}{text}"),
                    ("user_data_base64", "{gzip?}{base64}"),
                    ("tags/Name", "{name}"),
                ],
            }],
        }),
        ansible: Some(Ansible {
            module: "amazon.aws.ec2_instance",
            arguments: &[
                ("image_id", "{image}"),
                ("instance_type", "{flavor}"),
                ("key_name", "[{key}]"),
                ("count", "{count}"),
                ("name", "{one?}{name}"),
                ("tags/Name", "{several?}{name}"),
                ("user_data", "{text}"),
            ],
        }),
        ..Launch::NONE
    },
};
