//! An opened file as JSON, for the tests that hold it against cloud-init's own parser.

use super::{Found, LayerKind, open};
use crate::language::digest::sha256_hex;
use serde_json::{Value, json};

pub(crate) fn json(bytes: &[u8]) -> String {
    let value = match open(bytes) {
        Err(fault) => json!({"fault": format!("{fault:?}")}),
        Ok(opened) => json!({
            "layers": opened.layers.iter().map(|layer| name(layer.kind)).collect::<Vec<_>>(),
            "parts": opened.parts.iter().map(part).collect::<Vec<_>>(),
            "fatal": opened.fatal.map(|fatal| format!("{:?}", fatal.why)),
            "defects": opened.defects.iter().map(|defect| format!("{:?}", defect.kind)).collect::<Vec<_>>(),
        }),
    };
    value.to_string()
}

fn name(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::Gzip => "gzip",
        LayerKind::Base64 { .. } => "base64",
        LayerKind::ByteOrderMark => "bom",
        LayerKind::BlankLines { .. } => "blank",
    }
}

fn part(found: &Found) -> Value {
    json!([found.content_type, found.filename, sha256_hex(&found.body), found.addresses()])
}
