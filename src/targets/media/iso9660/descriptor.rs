//! Volume descriptors (ECMA-119, 8; Joliet Specification, "SVD").

use super::hierarchy::{Hierarchy, Naming};
use super::record::{both_ends_u16, both_ends_u32};
use super::{SECTOR, YEAR};
use std::ops::Range;

/// What both descriptors say.
pub(super) struct Volume<'a> {
    pub label: &'a str,
    pub sectors: u32,
}

impl Volume<'_> {
    /// The descriptor of one hierarchy (8.4 and 8.5), field after field.
    pub(super) fn descriptor(&self, hierarchy: &Hierarchy) -> Result<Vec<u8>, String> {
        let naming = hierarchy.naming;
        let mut out = begun(match naming {
            Naming::Primary => PRIMARY,
            Naming::Joliet => SUPPLEMENTARY,
        });
        out.push(0);
        out.extend(text(naming, "", 32)?); // system
        out.extend(text(naming, self.label, 32)?);
        out.extend([0; 8]);
        out.extend(both_ends_u32(self.sectors));
        out.extend(escapes(naming));
        out.extend(both_ends_u16(1)); // volumes of the set
        out.extend(both_ends_u16(1)); // the number of this one
        out.extend(both_ends_u16(SECTOR as u16));
        out.extend(hierarchy.tables());
        out.extend(hierarchy.root());
        out.extend(text(naming, "", 128)?); // volume set
        out.extend(text(naming, "", 128)?); // publisher
        out.extend(text(naming, "CONTEXTC", 128)?); // data preparer
        out.extend(text(naming, "", 128)?); // application
        for _ in ["copyright", "abstract", "bibliography"] {
            out.extend(text(naming, "", 37)?);
        }
        out.extend(dates());
        out.push(1); // structure of directories and path tables
        out.resize(SECTOR, 0);
        Ok(out)
    }
}

pub(super) const PRIMARY: u8 = 1;
const SUPPLEMENTARY: u8 = 2;
const TERMINATOR: u8 = 255;

/// The end of the set (8.3).
pub(super) fn terminator() -> Vec<u8> {
    begun(TERMINATOR)
}

/// Type, mark and version (8.1).
fn begun(kind: u8) -> Vec<u8> {
    [&[kind], b"CD001".as_slice(), &[1]].concat()
}

/// A text, filled up with spaces. A label in lower case is beyond the standard, and what every reader of such a medium
/// looks for.
fn text(naming: Naming, text: &str, width: usize) -> Result<Vec<u8>, String> {
    let mut out: Vec<u8> = match naming {
        Naming::Primary => format!("{text:<width$}").into_bytes(),
        Naming::Joliet => {
            format!("{text:<characters$}", characters = width / 2).encode_utf16().flat_map(u16::to_be_bytes).collect()
        }
    };
    if out.len() > width {
        return Err(format!("`{text}` is longer than a label can be"));
    }
    out.resize(width, 0);
    Ok(out)
}

/// In the descriptor of Joliet, that its texts are UCS-2, level 3.
fn escapes(naming: Naming) -> [u8; 32] {
    let mut out = [0; 32];
    if let (Naming::Joliet, Some(beginning)) = (naming, out.first_chunk_mut()) {
        *beginning = *b"%/E";
    }
    out
}

/// Made, changed, valid until, valid from (8.4.26.1); the last two are not given.
fn dates() -> Vec<u8> {
    let made = format!("19{YEAR}010100000000\0");
    let never = "0000000000000000\0";
    format!("{made}{made}{never}{never}").into_bytes()
}

/// Where a descriptor has its label, the size of a logical block, and the record of the root (8.4.7, 8.4.12, 8.4.18).
const LABEL: Range<usize> = 40..72;
pub(super) const BLOCK: usize = 128;
pub(super) const ROOT: Range<usize> = 156..190;

/// Whether a sector is a descriptor.
pub(super) fn is_marked(sector: &[u8]) -> bool {
    sector.get(1..6) == Some(b"CD001")
}

/// Whether a descriptor is that of Joliet, of any of its three levels.
pub(super) fn is_joliet(descriptor: &[u8]) -> bool {
    let escapes = descriptor.get(88..91).unwrap_or_default();
    descriptor.first() == Some(&SUPPLEMENTARY) && [b"%/@", b"%/C", b"%/E"].iter().any(|level| escapes == *level)
}

/// The label of the primary descriptor.
pub(super) fn label(primary: &[u8]) -> String {
    String::from_utf8_lossy(primary.get(LABEL).unwrap_or_default()).trim_end_matches([' ', '\0']).to_owned()
}

/// A text of Joliet.
pub(super) fn ucs2(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte)));
    char::decode_utf16(units).map(|found| found.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
