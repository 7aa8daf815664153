//! SHA-256 as people write it.

use sha2::{Digest, Sha256};

/// The digest in lower-case hexadecimal, 64 digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
