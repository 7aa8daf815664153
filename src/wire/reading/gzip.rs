//! Gzip as Python's `gzip` module takes it off: several members, zeroes after the last, and nothing else behind them.

use super::budget::Budget;
use super::{MAX_UNPACKED_BYTES, OpenFault};
pub(super) use crate::context::layers::is_gzip;
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use std::io::Read;

/// RFC 1952, section 2.3.1.
const DEFLATE: u8 = 8;
const HEADER_CRC: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;

/// Why bytes could not be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GzipFault {
    /// Cut short, damaged, or with something else behind it.
    Damaged,
    TooLarge,
}

impl From<GzipFault> for OpenFault {
    fn from(fault: GzipFault) -> Self {
        match fault {
            GzipFault::Damaged => Self::DamagedGzip,
            GzipFault::TooLarge => Self::TooLargeUnpacked,
        }
    }
}

/// What is in all members together. Nothing at all unpacks to nothing.
pub(super) fn unpack(bytes: &[u8], budget: &mut Budget) -> Result<Vec<u8>, GzipFault> {
    let (mut rest, mut unpacked) = (bytes, Vec::new());
    while !rest.is_empty() {
        rest = header(rest).ok_or(GzipFault::Damaged)?;
        rest = member(rest, &mut unpacked, budget)?;
        rest = rest.iter().position(|byte| *byte != 0).and_then(|at| rest.get(at..)).unwrap_or_default();
    }
    Ok(unpacked)
}

/// What follows the header of a member. Reserved flags and the checksum of the header are not looked at, as in Python.
fn header(bytes: &[u8]) -> Option<&[u8]> {
    let (fixed, mut rest) = bytes.split_at_checked(10)?;
    let flags = *fixed.get(3)?;
    if !is_gzip(fixed) || *fixed.get(2)? != DEFLATE {
        return None;
    }
    if flags & EXTRA != 0 {
        let (length, after) = rest.split_first_chunk::<2>()?;
        rest = after.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & HEADER_CRC != 0 { rest.get(2..) } else { Some(rest) }
}

/// Unpacks one member to the end of `unpacked`; what follows its trailer.
fn member<'b>(bytes: &'b [u8], unpacked: &mut Vec<u8>, budget: &mut Budget) -> Result<&'b [u8], GzipFault> {
    let begin = unpacked.len();
    let mut decoder = DeflateDecoder::new(bytes);
    let most = budget.left() as u64 + 1;
    let read = (&mut decoder).take(most.min(MAX_UNPACKED_BYTES as u64 + 1)).read_to_end(unpacked);
    read.map_err(|_| GzipFault::Damaged)?;
    let content = unpacked.get(begin..).unwrap_or_default();
    budget.charge(content.len()).map_err(|_| GzipFault::TooLarge)?;
    let rest = decoder.into_inner();
    let (checksum, rest) = rest.split_first_chunk::<4>().ok_or(GzipFault::Damaged)?;
    let (size, rest) = rest.split_first_chunk::<4>().ok_or(GzipFault::Damaged)?;
    let mut crc = Crc::new();
    crc.update(content);
    // The size is that of the content modulo 2^32; a larger one does not come here.
    let sound = crc.sum() == u32::from_le_bytes(*checksum) && content.len() == u32::from_le_bytes(*size) as usize;
    if sound { Ok(rest) } else { Err(GzipFault::Damaged) }
}
