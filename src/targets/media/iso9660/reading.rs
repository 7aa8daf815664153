//! CDs that are there, read as Linux reads them: by the names of Rock Ridge, else of Joliet, else its own in lower case.
//!
//! Not read: more than one session, interleaved files, what is compressed on the medium (`mkisofs -z`).

use super::{DESCRIPTORS, Extent, SECTOR, SYSTEM_AREA, descriptor, record};
use crate::targets::media::reading::{Entry, Format, Image, ImageFault, Names, few, number, walk};

/// More descriptors than that no medium has: one for each of its names, a boot record, and the end.
const MOST_DESCRIPTORS: usize = 16 * DESCRIPTORS as usize;

/// Takes a CD apart; `None` for what is none.
pub(in crate::targets::media) fn read(image: &[u8]) -> Option<Result<Image<'_>, ImageFault>> {
    let descriptors = descriptors(image);
    let primary = descriptors.iter().find(|found| found.first() == Some(&descriptor::PRIMARY))?;
    let joliet = descriptors.iter().find(|found| descriptor::is_joliet(found));
    Some(Volume::new(image, primary).and_then(|volume| volume.read(primary, joliet.copied())))
}

/// From the first on, as long as they are marked as such (ECMA-119, 8.1).
fn descriptors(image: &[u8]) -> Vec<&[u8]> {
    let sectors = image.chunks_exact(SECTOR).skip(SYSTEM_AREA as usize).take(MOST_DESCRIPTORS);
    sectors.take_while(|sector| descriptor::is_marked(sector)).collect()
}

struct Volume<'a> {
    image: &'a [u8],
    /// The bytes of a logical block, by which places are counted (6.2.2).
    block: usize,
    names: Names,
    /// Bytes before the first entry of Rock Ridge in each record but the first (SUSP, 5.3).
    skip: usize,
    /// How much may still be read of directories and continuations.
    left: usize,
}

impl<'a> Volume<'a> {
    fn new(image: &'a [u8], primary: &[u8]) -> Result<Self, ImageFault> {
        let block = number(primary, descriptor::BLOCK, 2).filter(|block| [512, 1024, SECTOR].contains(block));
        let block = block.ok_or(ImageFault::Damaged("the size of its blocks is none that there is"))?;
        Ok(Self { image, block, names: Names::Plain, skip: 0, left: image.len() })
    }

    fn read(mut self, primary: &'a [u8], joliet: Option<&'a [u8]>) -> Result<Image<'a>, ImageFault> {
        let mut root = root(primary)?;
        if let Some(skip) = self.records(root)?.first().and_then(|own| record::rock_ridge_skip(own)) {
            (self.names, self.skip) = (Names::RockRidge, skip);
        } else if let Some(joliet) = joliet {
            (self.names, root) = (Names::Joliet, self::root(joliet)?);
        }
        // The look at the root was no part of the walk.
        self.left = self.image.len();
        let (format, label) = (Format::Iso9660(self.names), descriptor::label(primary));
        Ok(Image { format, label, files: walk(root, |directory| self.entries(directory))? })
    }

    /// What is in a directory, its own record and that of the one it is in left out.
    fn entries(&mut self, directory: Extent) -> Result<Vec<Entry<'a, Extent>>, ImageFault> {
        let (mut entries, mut before) = (Vec::new(), Vec::new());
        for found in self.records(directory)? {
            let own = record::identifier(found);
            if own == [0] || own == [1] || record::is_associated(found) {
                continue;
            }
            let Some(name) = self.name(found)? else { continue };
            if record::is_directory(found) {
                entries.push(Entry::Directory(name, extent(found)?));
                continue;
            }
            before.push(self.content(extent(found)?, record::is_interleaved(found))?);
            if !record::is_continued(found) {
                entries.push(Entry::File(name, std::mem::take(&mut before)));
            }
        }
        Ok(entries)
    }

    /// None spans two sectors; what is left of one is zero (6.8.1.1).
    fn records(&mut self, directory: Extent) -> Result<Vec<&'a [u8]>, ImageFault> {
        let content = self.described(directory)?;
        let mut records = Vec::new();
        for mut rest in content.chunks(SECTOR) {
            while let Some(length) = rest.first().map(|length| usize::from(*length)).filter(|length| *length > 0) {
                let (found, after) = rest
                    .split_at_checked(length)
                    .filter(|(found, _)| found.len() > record::FIXED)
                    .ok_or(ImageFault::Damaged("an entry of a directory has a length that cannot be"))?;
                records.push(found);
                // Itself and the one that it is in are among them.
                few(records.len().saturating_sub(2))?;
                rest = after;
            }
        }
        Ok(records)
    }

    /// A piece of what describes the others; all of it together is not longer than the medium.
    fn described(&mut self, extent: Extent) -> Result<&'a [u8], ImageFault> {
        const AGAIN: ImageFault = ImageFault::Damaged("its directories lie upon each other");
        self.left =
            self.left.checked_sub(extent.bytes as usize).ok_or(match extent.bytes as usize > self.image.len() {
                true => ImageFault::CutShort,
                false => AGAIN,
            })?;
        self.content(extent, false)
    }

    fn content(&self, extent: Extent, interleaved: bool) -> Result<&'a [u8], ImageFault> {
        if interleaved {
            return Err(ImageFault::Damaged("a file is interleaved, which no seed needs"));
        }
        // Nothing lies anywhere, wherever that is said to be.
        if extent.bytes == 0 {
            return Ok(&[]);
        }
        let start = (extent.sector as usize).saturating_mul(self.block);
        self.image.get(start..start.saturating_add(extent.bytes as usize)).ok_or(ImageFault::CutShort)
    }

    /// `None` for what is no file: a symbolic link.
    fn name(&mut self, found: &'a [u8]) -> Result<Option<String>, ImageFault> {
        let own = record::identifier(found);
        Ok(match self.names {
            Names::RockRidge => return self.rock_ridge(found),
            Names::Joliet => Some(unversioned(&descriptor::ucs2(own)).to_owned()),
            Names::Plain => Some(plain(own)),
        })
    }

    /// `NM` (RRIP, 4.1.4), which may be in pieces, and `SL`, a link. Without a name the plain one holds.
    fn rock_ridge(&mut self, found: &'a [u8]) -> Result<Option<String>, ImageFault> {
        let (mut area, mut name) = (record::system_use(found).get(self.skip..).unwrap_or_default(), Vec::new());
        // A continuation that leads to another one, and so on: the names of one file are shorter.
        for _ in 0..8 {
            let mut continued = None;
            for (kind, data) in record::system_entries(area) {
                match kind {
                    b"SL" => return Ok(None),
                    b"NM" => name.extend_from_slice(data.get(1..).unwrap_or_default()),
                    b"CE" => continued = Some(data),
                    _ => {}
                }
            }
            match continued {
                Some(data) => area = self.continuation(data)?,
                None => break,
            }
        }
        let name =
            if name.is_empty() { plain(record::identifier(found)) } else { String::from_utf8_lossy(&name).into() };
        Ok(Some(name))
    }

    /// `CE` (SUSP, 5.1): block, offset and length of where it goes on.
    fn continuation(&mut self, data: &[u8]) -> Result<&'a [u8], ImageFault> {
        let field = |at| number(data, at, 4).unwrap_or_default();
        let (start, length) = (field(0).saturating_mul(self.block).saturating_add(field(8)), field(16));
        self.left = self.left.checked_sub(length).ok_or(ImageFault::CutShort)?;
        self.image.get(start..start.saturating_add(length)).ok_or(ImageFault::CutShort)
    }
}

/// The root is in the descriptor (8.4.18).
fn root(descriptor: &[u8]) -> Result<Extent, ImageFault> {
    extent(descriptor.get(descriptor::ROOT).unwrap_or_default())
}

/// Where what a record describes begins, behind its extended attributes (9.1.2 to 9.1.4), and its length.
fn extent(found: &[u8]) -> Result<Extent, ImageFault> {
    let field = |at, width| number(found, at, width).and_then(|number| u32::try_from(number).ok());
    let attributes = field(1, 1).unwrap_or_default();
    let sector = field(2, 4).and_then(|sector| sector.checked_add(attributes));
    let (Some(sector), Some(bytes)) = (sector, field(10, 4)) else {
        return Err(ImageFault::Damaged("an entry of a directory leads nowhere"));
    };
    Ok(Extent { sector, bytes })
}

/// As Linux shows it (`map=normal` of mount(8)): `USER_DAT.;1` is `user_dat`.
fn plain(identifier: &[u8]) -> String {
    let name = String::from_utf8_lossy(identifier).to_ascii_lowercase();
    let name = unversioned(&name);
    name.strip_suffix('.').unwrap_or(name).to_owned()
}

fn unversioned(name: &str) -> &str {
    name.strip_suffix(";1").unwrap_or(name)
}
