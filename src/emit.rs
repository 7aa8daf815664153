//! The stages of a compilation as text, for tests and for looking inside.

use crate::context::config::Config;
use crate::context::plan::Plan;
use crate::language::digest::sha256_hex;
use crate::language::document::{Kind, Node};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Every node with the bytes it stands at.
pub(crate) fn document(node: &Node) -> Value {
    let place = format!("{}..{}", node.span.start, node.span.end);
    let content = match &node.kind {
        Kind::Scalar { text, style } => json!({"scalar": text, "style": format!("{style:?}")}),
        Kind::Faulty => Value::Null,
        Kind::Sequence(items) => items.iter().map(|item| document(item)).collect(),
        Kind::Mapping(pairs) => pairs.iter().map(|(key, value)| json!([document(key), document(value)])).collect(),
    };
    json!({"at": place, "tag": node.tag, "is": content})
}

/// The blocks with every default filled.
pub(crate) fn config(config: &Config) -> String {
    config.blocks.iter().map(|used| format!("{}: {:#?}\n", used.spec.name, used.block)).collect()
}

/// Every part with its body.
pub(crate) fn plan(plan: &Plan) -> Value {
    let part = |part: &crate::context::plan::Part| {
        json!({
            "content_type": part.content_type, "filename": part.filename, "origin": part.origin,
            "size": part.body.len(), "sha256": sha256_hex(part.body.as_bytes()), "body_base64": STANDARD.encode(&part.body),
        })
    };
    json!({"digest": plan.digest, "parts": plan.parts.iter().map(part).collect::<Vec<_>>()})
}
