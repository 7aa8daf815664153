//! Transfer encodings as Python takes them off (`Message.get_payload(decode=True)`), with what it forgives.

use crate::language::base64::{loose, sextet};
use crate::wire::reading::DefectKind;

/// A text without its transfer encoding, `None` where that is the same; and what was amiss.
pub(super) fn decode(text: &[u8], encoding: &str) -> (Option<Vec<u8>>, Option<DefectKind>) {
    let escaped = if text.is_ascii() { None } else { Some(raw_unicode_escape(text)) };
    let written = escaped.as_deref().unwrap_or(text);
    let not_ascii = escaped.is_some().then_some(DefectKind::NotAscii);
    match encoding {
        "quoted-printable" => (Some(quoted_printable(written)), not_ascii),
        "base64" => {
            let (decoded, defect) = base64(written);
            (Some(decoded), not_ascii.or(defect))
        }
        "x-uuencode" | "uuencode" | "uue" | "x-uue" => match uuencoded(written) {
            Some(decoded) => (Some(decoded), not_ascii),
            None => (escaped, Some(DefectKind::Uuencode)),
        },
        "" | "7bit" | "8bit" | "binary" => (escaped, not_ascii),
        _ => (escaped, Some(DefectKind::UnknownEncoding)),
    }
}

/// Python's `raw-unicode-escape`: characters below 256 are one byte, others `\u20ac` or `\U0001f404`.
///
/// Bytes that are not UTF-8, of which cloud-init dies, stay as they are.
pub(crate) fn raw_unicode_escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match u32::from(c) {
                code @ 0..=0xff => out.extend(u8::try_from(code)),
                code @ 0x100..=0xffff => out.extend_from_slice(format!("\\u{code:04x}").as_bytes()),
                code => out.extend_from_slice(format!("\\U{code:08x}").as_bytes()),
            }
        }
        out.extend_from_slice(chunk.invalid());
    }
    out
}

/// `binascii.a2b_qp`: what is no escape stays as it is.
fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'=') {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        let after = rest.get(at + 1..).unwrap_or_default();
        rest = match after {
            [] => after,
            [b'\n' | b'\r', ..] => {
                let end = after.iter().position(|byte| *byte == b'\n').map_or(after.len(), |end| end + 1);
                after.get(end..).unwrap_or_default()
            }
            [b'=', rest @ ..] => {
                out.push(b'=');
                rest
            }
            [high, low, rest @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest
                }
                _ => {
                    out.push(b'=');
                    after
                }
            },
            _ => {
                out.push(b'=');
                after
            }
        };
    }
    out.extend_from_slice(rest);
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// `decode_b` of `email/_encoded_words.py`: padding is added, other characters are left out; what cannot be decoded stays.
fn base64(text: &[u8]) -> (Vec<u8>, Option<DefectKind>) {
    let mut encoded: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let length = encoded.len();
    encoded.resize(length.next_multiple_of(4), b'=');
    if is_strict(&encoded)
        && let Some(decoded) = loose(&encoded)
    {
        return (decoded, (encoded.len() != length).then_some(DefectKind::Base64Padding));
    }
    encoded.truncate(length);
    if let Some(decoded) = loose(&encoded) {
        return (decoded, Some(DefectKind::Base64Characters));
    }
    encoded.extend_from_slice(b"==");
    if let Some(decoded) = loose(&encoded) {
        return (decoded, Some(DefectKind::Base64Padding));
    }
    encoded.truncate(length);
    (encoded, Some(DefectKind::Base64Length))
}

/// Whether `binascii.a2b_base64` takes it in its strict mode: nothing but the alphabet, then what padding it needs.
fn is_strict(encoded: &[u8]) -> bool {
    let letters = encoded.iter().position(|byte| sextet(*byte).is_none()).unwrap_or(encoded.len());
    let padding = encoded.get(letters..).unwrap_or_default();
    // It takes any padding after a whole number of groups, but none at the beginning; fewer or more of it otherwise are not fit.
    let fits = match letters % 4 {
        0 => padding.is_empty() || letters > 0,
        1 => false,
        rest => padding.len() == 4 - rest,
    };
    fits && padding.iter().all(|byte| *byte == b'=')
}

/// `_decode_uu`: from the line `begin MODE NAME` to the line `end`. `None` where Python gives it back as it is.
fn uuencoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = byte_lines(text);
    lines.by_ref().find(|line| begins_uuencoded(line))?;
    let mut out = Vec::new();
    for line in lines {
        if line.is_empty() {
            return None;
        }
        let trimmed = line.trim_ascii();
        if trimmed == b"end" {
            break;
        }
        let length = usize::from(line.first()?.wrapping_sub(b' ') & 63);
        // Some writers pad a line too long; then only as much of it counts as its first byte says.
        let decoded =
            uu_line(line, length).or_else(|| uu_line(line.get(..(length * 4 + 5) / 3).unwrap_or(line), length));
        out.extend(decoded?);
    }
    Some(out)
}

/// `bytes.splitlines()`.
fn byte_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let (line, after) = rest.split_at_checked(end)?;
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
        Some(line)
    })
}

/// Whether this is `begin` with a mode in octal digits, as Python's `int` takes them.
fn begins_uuencoded(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"begin ") else { return false };
    let mode = rest.split(|byte| *byte == b' ').next().unwrap_or_default().trim_ascii();
    let mode = mode.strip_prefix(b"+").or_else(|| mode.strip_prefix(b"-")).unwrap_or(mode);
    let digits = mode
        .strip_prefix(b"0o")
        .or_else(|| mode.strip_prefix(b"0O"))
        .map(|rest| rest.strip_prefix(b"_").unwrap_or(rest));
    digits
        .unwrap_or(mode)
        .split(|byte| *byte == b'_')
        .all(|run| !run.is_empty() && run.iter().all(|d| matches!(d, b'0'..=b'7')))
}

/// `binascii.a2b_uu`.
fn uu_line(line: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut text = line.iter().skip(1);
    let (mut out, mut bits, mut held) = (Vec::with_capacity(length + 2), 0u32, 0);
    while out.len() < length {
        let value = match text.next() {
            // White space at the end of a line gets lost.
            None | Some(b'\n' | b'\r') => 0,
            Some(byte @ b' '..=b'`') => u32::from((byte - b' ') & 63),
            Some(_) => return None,
        };
        bits = bits << 6 | value;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.extend(u8::try_from(bits >> held & 0xff));
        }
    }
    text.all(|byte| matches!(byte, b' ' | b'`' | b'\n' | b'\r')).then_some(out)
}
