//! VFAT volumes that are there, read as Linux reads them: by their long names, else by the short ones in the case they are marked with.
//!
//! Not read: a volume within a partition.

use super::directory::{self, Short};
use super::geometry::{FIRST_CLUSTER, Fat};
use crate::targets::media::reading::{Entry, Format, Image, ImageFault, few, number, walk};
use std::ops::Range;

/// 65536 entries, the most of a directory ("FAT Directory Structure").
const LONGEST_DIRECTORY: usize = 65_536 * 32;

/// Takes a volume apart; `None` for what is none.
pub(in crate::targets::media) fn read(image: &[u8]) -> Option<Result<Image<'_>, ImageFault>> {
    is_volume(image).then(|| Volume::new(image).and_then(Volume::read))
}

/// What Linux asks of a boot sector, and the jump and the mark that every one of them has ("Boot Sector and BPB").
fn is_volume(image: &[u8]) -> bool {
    let field = |at, width| number(image, at, width).unwrap_or_default();
    let jump = matches!(image.first(), Some(0xeb | 0xe9));
    let sizes = [512, 1024, 2048, 4096].contains(&field(11, 2)) && field(13, 1).is_power_of_two();
    let tables = field(14, 2) > 0 && field(16, 1) > 0;
    jump && sizes && tables && matches!(field(21, 1), 0xf0 | 0xf8..) && image.get(510..512) == Some(&[0x55, 0xaa])
}

struct Volume<'a> {
    image: &'a [u8],
    fat: Fat,
    table: &'a [u8],
    /// The bytes of a cluster, and where the first one is.
    cluster: usize,
    data: usize,
    /// The root directory of FAT12 and FAT16, which is not in clusters, and the first cluster of FAT32's.
    root: Range<usize>,
    root_cluster: u32,
    /// Clusters that belong to something already.
    taken: Vec<bool>,
}

impl<'a> Volume<'a> {
    fn new(image: &'a [u8]) -> Result<Self, ImageFault> {
        let field = |at, width| number(image, at, width).unwrap_or_default();
        // A field of 16 bits, or the one of 32 bits where that is 0.
        let either = |short, long| if field(short, 2) > 0 { field(short, 2) } else { field(long, 4) };
        let sector = field(11, 2);
        let cluster = field(13, 1) * sector;
        let (first, length) = (field(14, 2) * sector, either(22, 36).saturating_mul(sector));
        let table = image.get(first..first.saturating_add(length)).ok_or(ImageFault::CutShort)?;
        let root = first.saturating_add(field(16, 1).saturating_mul(length));
        let root = root..root.saturating_add((field(17, 2) * 32).next_multiple_of(sector));
        let data = root.end;
        let clusters = either(19, 32).saturating_mul(sector).saturating_sub(data) / cluster;
        let fat = if field(22, 2) == 0 { Fat::Fat32 } else { Fat::of(clusters) };
        let present = image.len().saturating_sub(data) / cluster;
        let taken = vec![false; clusters.min(present)];
        Ok(Self { image, fat, table, cluster, data, root, root_cluster: field(44, 4) as u32, taken })
    }

    fn read(mut self) -> Result<Image<'a>, ImageFault> {
        let mut label = None;
        let files = walk(0, |directory| {
            let content = self.directory(directory)?;
            let shorts = directory::shorts(&content);
            few(shorts.len())?;
            if directory == 0 {
                label = shorts.iter().find(|short| short.is_label()).map(Short::label);
            }
            shorts
                .into_iter()
                .filter(|short| !short.is_label() && !short.is_dots())
                .map(|short| self.entry(short))
                .collect()
        })?;
        let label = label.unwrap_or_else(|| self.label());
        Ok(Image { format: Format::Vfat(self.fat.bits()), label, files })
    }

    /// The label of the boot sector, for a root directory without one.
    fn label(&self) -> String {
        const MARK: u8 = 0x29; // "the following three fields are present"
        let mark = if self.fat == Fat::Fat32 { 66 } else { 38 };
        let label = self.image.get(mark + 5..mark + 16).filter(|_| self.image.get(mark) == Some(&MARK));
        let label = String::from_utf8_lossy(label.unwrap_or_default()).trim_end().to_owned();
        if label == "NO NAME" { String::new() } else { label }
    }

    /// The bytes of a directory, by its first cluster; 0 is the root.
    fn directory(&mut self, first: u32) -> Result<Vec<u8>, ImageFault> {
        let first = match (first, self.fat) {
            (0, Fat::Fat12 | Fat::Fat16) => {
                return self.image.get(self.root.clone()).map(<[u8]>::to_vec).ok_or(ImageFault::CutShort);
            }
            (0, Fat::Fat32) => self.root_cluster,
            (first, _) => first,
        };
        Ok(self.chain(first, LONGEST_DIRECTORY)?.concat())
    }

    fn entry(&mut self, short: Short) -> Result<Entry<'a, u32>, ImageFault> {
        if short.is_directory() {
            return Ok(Entry::Directory(short.name(), short.cluster()));
        }
        let pieces = self.chain(short.cluster(), short.size())?;
        match pieces.iter().map(|piece| piece.len()).sum::<usize>() < short.size() {
            true => Err(ImageFault::Damaged("a file has fewer clusters than its size says")),
            false => Ok(Entry::File(short.name(), pieces)),
        }
    }

    /// A chain of clusters up to so many bytes, neighbours in one piece.
    fn chain(&mut self, first: u32, most: usize) -> Result<Vec<&'a [u8]>, ImageFault> {
        let (mut pieces, mut next, mut length) = (Vec::<Range<usize>>::new(), first as usize, 0);
        while length < most && next < self.fat.last() {
            let start = self.taken(next)?;
            match pieces.last_mut() {
                Some(piece) if piece.end == start => piece.end += self.cluster,
                _ => pieces.push(start..start + self.cluster),
            }
            length += self.cluster;
            next = self.fat.next(self.table, next).ok_or(ImageFault::Damaged("its table is too short"))?;
        }
        if let Some(last) = pieces.last_mut() {
            last.end -= length.saturating_sub(most);
        }
        pieces.into_iter().map(|piece| self.image.get(piece).ok_or(ImageFault::CutShort)).collect()
    }

    /// Where a cluster begins, which from now on belongs to a chain: to one only, so that each of them ends.
    fn taken(&mut self, cluster: usize) -> Result<usize, ImageFault> {
        let number =
            cluster.checked_sub(FIRST_CLUSTER).ok_or(ImageFault::Damaged("a chain of clusters leads nowhere"))?;
        match self.taken.get_mut(number).map(|taken| std::mem::replace(taken, true)) {
            None => Err(ImageFault::CutShort),
            Some(true) => Err(ImageFault::Damaged("a cluster belongs to two chains")),
            Some(false) => Ok(self.data + number * self.cluster),
        }
    }
}
