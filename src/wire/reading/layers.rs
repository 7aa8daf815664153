//! What lies around user-data, taken off one after the other.
//!
//! cloud-init itself takes off one layer of gzip and no more; base64 is taken off by some datasources.

use super::budget::Budget;
use super::bytes::Bytes;
use super::{Layer, LayerKind, OpenFault, gzip, kinds, message};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// More layers than that nobody put on by mistake.
const MOST_LAYERS: usize = 8;

/// In shorter texts of base64 letters alone no user-data is hidden: they are words.
const LEAST_BASE64: usize = 16;

/// UTF-8's.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What is within all layers.
pub(super) fn peel(bytes: &[u8], budget: &mut Budget) -> Result<(Vec<Layer>, Bytes), OpenFault> {
    let mut layers = Vec::new();
    let mut inner: Option<Bytes> = None;
    while let Some((kind, unwrapped)) = one(inner.as_ref().map_or(bytes, |inner| inner), budget)? {
        if layers.len() == MOST_LAYERS {
            return Err(OpenFault::TooDeep);
        }
        layers.push(Layer { kind, bytes: inner.as_ref().map_or(bytes.len(), |inner| inner.len()) });
        inner = Some(unwrapped);
    }
    Ok((layers, inner.unwrap_or_else(|| bytes.to_vec().into())))
}

fn one(bytes: &[u8], budget: &mut Budget) -> Result<Option<(LayerKind, Bytes)>, OpenFault> {
    if gzip::is_gzip(bytes) {
        return Ok(Some((LayerKind::Gzip, gzip::unpack(bytes, budget)?.into())));
    }
    if let Some(rest) = bytes.strip_prefix(BYTE_ORDER_MARK) {
        return Ok(Some((LayerKind::ByteOrderMark, rest.to_vec().into())));
    }
    if let Some((lines, rest)) = blank_lines(bytes) {
        return Ok(Some((LayerKind::BlankLines { lines }, rest.to_vec().into())));
    }
    let Some((wrapped, inner)) = unbase64(bytes) else { return Ok(None) };
    budget.charge(inner.len())?;
    Ok(Some((LayerKind::Base64 { wrapped }, inner.into())))
}

/// Blank lines before a message, which end its headers before they begin. Before anything else they do no harm.
fn blank_lines(bytes: &[u8]) -> Option<(usize, &[u8])> {
    if !bytes.starts_with(b"\n") && !bytes.starts_with(b"\r") {
        return None;
    }
    let blank = bytes.len() - bytes.trim_ascii_start().len();
    let end = bytes.get(..blank)?.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'))? + 1;
    let (blank, rest) = bytes.split_at_checked(end)?;
    let name = rest.split(|byte| matches!(byte, b':' | b'\n')).next()?;
    let names: [&[u8]; 2] = [b"mime-version", b"content-type"];
    let begins = names.iter().any(|known| name.eq_ignore_ascii_case(known));
    let lines = blank.iter().filter(|byte| **byte == b'\n').count();
    (begins && message::is_message(rest)).then_some((lines, rest))
}

/// What a text encodes, where that can be user-data. The alphabet is the standard one: nothing decodes the URL-safe one.
fn unbase64(bytes: &[u8]) -> Option<(bool, Vec<u8>)> {
    let sound = |byte: &u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=".contains(byte);
    let text = bytes.trim_ascii();
    if text.len() < LEAST_BASE64 || !text.iter().all(sound) {
        return None;
    }
    let wrapped = text.iter().any(u8::is_ascii_whitespace);
    let decoded = match wrapped {
        false => STANDARD.decode(text),
        true => STANDARD.decode(text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>()),
    };
    decoded.ok().filter(|inner| is_user_data(inner)).map(|inner| (wrapped, inner))
}

/// Whether bytes can be meant as user-data: a word of base64 letters is decoded to noise.
fn is_user_data(bytes: &[u8]) -> bool {
    let is_text = |text: &str| !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    gzip::is_gzip(bytes)
        || bytes.starts_with(BYTE_ORDER_MARK)
        || kinds::by_beginning(bytes).is_some()
        || message::is_message(bytes)
        || std::str::from_utf8(bytes).is_ok_and(is_text)
}
