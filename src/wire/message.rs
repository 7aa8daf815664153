//! Parts to the bytes of a multipart message. The only file that knows the MIME crate.

use crate::context::plan::{Part, Plan};
use crate::language::digest::sha256_hex;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_builder::headers::HeaderType;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};
use std::borrow::Cow;

/// The finished message: all ASCII, the same bytes for the same plan.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub bytes: Vec<u8>,
}

impl Message {
    /// Writes the message of a plan.
    pub fn encode(plan: &Plan) -> Self {
        let boundary = boundary(plan);
        let parts = plan.parts.iter().map(mime_part).collect();
        let content_type = ContentType::new("multipart/mixed").attribute("boundary", boundary.as_str());
        // cloud-init takes a message for one only when `MIME-Version` stands in its first 4096 bytes: it comes first.
        let headers =
            vec![header("MIME-Version", "1.0"), ("Content-Type".into(), HeaderType::ContentType(content_type))];
        Self { bytes: written(MimePart { headers, contents: BodyPart::Multipart(parts) }) }
    }

    /// What each part takes in a message, headers included: its name and bytes, in the order of the plan.
    pub fn costs(plan: &Plan) -> Vec<(&str, usize)> {
        plan.parts.iter().map(|part| (part.filename.as_str(), written(mime_part(part)).len() + DELIMITER)).collect()
    }
}

/// The bytes of a delimiter line: two dashes, the boundary, and the line ends around it.
const DELIMITER: usize = 2 + "==contextc-==".len() + BOUNDARY_DIGITS + 4;

/// Digits of the hash in a boundary: 96 bits.
const BOUNDARY_DIGITS: usize = 24;

fn written(part: MimePart) -> Vec<u8> {
    let mut bytes = Vec::new();
    part.write_part(&mut bytes);
    bytes
}

fn header<'x>(name: &'static str, value: impl Into<Cow<'x, str>>) -> (Cow<'x, str>, HeaderType<'x>) {
    (name.into(), HeaderType::Raw(Raw::new(value)))
}

/// A boundary that depends on the content alone, hashed again until no body holds it.
fn boundary(plan: &Plan) -> String {
    let mut seed = plan.digest.clone();
    loop {
        seed = sha256_hex(seed.as_bytes());
        let boundary = format!("==contextc-{}==", seed.get(..BOUNDARY_DIGITS).unwrap_or(&seed));
        if !plan.parts.iter().any(|part| part.body.contains(&boundary)) {
            return boundary;
        }
    }
}

/// Whether cloud-init gives a body back as it was without any encoding (tabs, line feeds and printable ASCII only).
fn is_7bit(body: &str) -> bool {
    let other = |byte: &u8| u8::from(!matches!(byte, b'\t' | b'\n' | 0x20..=0x7e));
    // Without a way out inside a chunk many bytes are tested at once: one by one they were a third of a compilation.
    body.as_bytes().chunks(256).all(|chunk| chunk.iter().map(other).fold(0, |any, byte| any | byte) == 0)
}

/// The encoding is always said, and always ours: mail-builder's own choice for text changes line ends.
fn mime_part(part: &Part) -> MimePart<'_> {
    let (encoding, charset, body): (_, _, Cow<[u8]>) = match is_7bit(&part.body) {
        true => ("7bit", "us-ascii", Cow::Borrowed(part.body.as_bytes())),
        false => ("base64", "utf-8", Cow::Owned(wrapped_base64(part.body.as_bytes()))),
    };
    let headers = vec![
        header("MIME-Version", "1.0"),
        header("Content-Type", format!("{}; charset=\"{charset}\"", part.content_type)),
        header("Content-Transfer-Encoding", encoding),
        header("Content-Disposition", format!("attachment; filename=\"{}\"", part.filename)),
    ];
    MimePart { headers, contents: BodyPart::Binary(body) }
}

/// Base64 in lines of 76 characters (RFC 2045, section 6.8).
pub(crate) fn wrapped_base64(body: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(body);
    text.as_bytes().chunks(76).flat_map(|line| line.iter().copied().chain([b'\n'])).collect()
}
