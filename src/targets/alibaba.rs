//! Alibaba Cloud ECS.

use super::{Counted, Form, Limit, Proof, Target};
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
    notes: &["The API wants base64. Machines in a VPC only."],
    form: Form::Message,
    proved: Proof::Datasource,
};
