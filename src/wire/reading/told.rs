//! An opened file as JSON, for the tests that hold it against cloud-init's own parser.

use super::{Found, LayerKind, Opened, open};
use crate::language::digest::sha256_hex;
use serde_json::{Value, json};
use std::ops::Range;

pub(crate) fn json(bytes: &[u8]) -> String {
    let value = match open(bytes) {
        Err(fault) => json!({"fault": format!("{fault:?}")}),
        Ok(opened) => json!({
            "sound": is_sound(&opened),
            "layers": opened.layers.iter().map(|layer| name(layer.kind)).collect::<Vec<_>>(),
            "parts": opened.parts.iter().map(part).collect::<Vec<_>>(),
            "fatal": opened.fatal.map(|fatal| format!("{:?}", fatal.why)),
            "defects": opened.defects.iter().map(|defect| format!("{:?}", defect.kind)).collect::<Vec<_>>(),
        }),
    };
    value.to_string()
}

/// Whether every place is one, and what stands at that of a body is the body.
fn is_sound(opened: &Opened) -> bool {
    let within = |place: &Range<usize>| opened.inner.get(place.clone());
    let stands = |found: &Found| found.place.as_ref().is_none_or(|place| within(place) == Some(&*found.body));
    opened.parts.iter().all(|found| within(&found.head).is_some() && stands(found))
        && opened.fatal.iter().all(|fatal| within(&fatal.place).is_some())
        && opened.defects.iter().all(|defect| within(&defect.place).is_some())
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
