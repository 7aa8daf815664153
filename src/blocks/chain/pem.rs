//! Text with blocks of PEM in it (RFC 7468), whatever stands between them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One block: `-----BEGIN label-----`, base64, `-----END label-----`.
pub(super) struct Block<'a> {
    pub label: &'a str,
    body: &'a str,
}

impl Block<'_> {
    /// The bytes; `None` where the text is not base64, or has headers, as old encrypted keys do.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let packed: String = self.body.split_whitespace().collect();
        STANDARD.decode(packed).ok().filter(|bytes| !bytes.is_empty())
    }

    /// Whether it is a key that only its owner may see.
    pub fn is_private(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    /// Whether it wants a passphrase.
    pub fn is_encrypted(&self) -> bool {
        self.label.starts_with("ENCRYPTED") || self.body.contains("ENCRYPTED")
    }

    /// The block alone, as programs write it.
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.body.split_whitespace().collect();
        format!("-----BEGIN {0}-----\n{1}\n-----END {0}-----\n", self.label, lines.join("\n"))
    }
}

/// Every block of a text; `None` where one has no end.
pub(super) fn blocks(text: &str) -> Option<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----")?;
        let (body, after) = after.split_once(&format!("-----END {label}-----"))?;
        blocks.push(Block { label, body });
        rest = after;
    }
    Some(blocks)
}
