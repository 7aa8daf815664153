//! Base64 as Python reads it, which the `email` package and PyYAML do.

/// `binascii.a2b_base64`: it leaves out what is not of the alphabet, and ends at a padding that is whole.
pub(crate) fn loose(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    let (mut position, mut pads, mut bits) = (0u8, 0u8, 0u32);
    for byte in encoded {
        if *byte == b'=' {
            if position >= 2 {
                pads += 1;
                if position + pads >= 4 {
                    return Some(out);
                }
            }
            continue;
        }
        let Some(value) = sextet(*byte) else { continue };
        pads = 0;
        bits = bits << 6 | value;
        position = (position + 1) % 4;
        match position {
            2 => out.extend(u8::try_from(bits >> 4 & 0xff)),
            3 => out.extend(u8::try_from(bits >> 2 & 0xff)),
            0 => out.extend(u8::try_from(bits & 0xff)),
            _ => {}
        }
    }
    (position == 0).then_some(out)
}

/// The six bits of a letter of the alphabet.
pub(crate) fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}
