//! Gzip and base64 around user-data, taken off one after the other.

use super::{Layer, LayerKind, MAX_UNPACKED_BYTES, OpenFault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// More layers than that nobody put on by mistake.
const MOST_LAYERS: usize = 8;

/// What is within all layers.
pub(super) fn peel(bytes: &[u8]) -> Result<(Vec<Layer>, Vec<u8>), OpenFault> {
    let (mut layers, mut inner) = (Vec::new(), bytes.to_vec());
    while let Some((kind, unwrapped)) = one(&inner)? {
        if layers.len() == MOST_LAYERS {
            return Err(OpenFault::TooDeep);
        }
        layers.push(Layer { kind, bytes: inner.len() });
        inner = unwrapped;
    }
    Ok((layers, inner))
}

fn one(bytes: &[u8]) -> Result<Option<(LayerKind, Vec<u8>)>, OpenFault> {
    // RFC 1952, section 2.3.1.
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return gunzip(bytes).map(|inner| Some((LayerKind::Gzip, inner)));
    }
    Ok(unbase64(bytes).map(|(wrapped, inner)| (LayerKind::Base64 { wrapped }, inner)))
}

fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, OpenFault> {
    let mut inner = Vec::new();
    let limit = MAX_UNPACKED_BYTES as u64 + 1;
    MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut inner).map_err(|_| OpenFault::DamagedGzip)?;
    if inner.len() > MAX_UNPACKED_BYTES { Err(OpenFault::TooLargeUnpacked) } else { Ok(inner) }
}

fn unbase64(bytes: &[u8]) -> Option<(bool, Vec<u8>)> {
    let sound = |byte: &u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=".contains(byte);
    let text = bytes.trim_ascii();
    if text.len() < 16 || !text.iter().all(sound) {
        return None;
    }
    let joined: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(&joined).ok().map(|inner| (joined.len() != text.len(), inner))
}
