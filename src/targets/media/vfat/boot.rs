//! The reserved sectors ("Boot Sector and BPB"), and the identifier of the volume.

use super::geometry::{Fat, Geometry, ROOT_ENTRIES, SECTOR};
use crate::targets::media::File;
use sha2::{Digest, Sha256};

/// A disk that stays where it is.
pub(super) const MEDIA: u8 = 0xf8;

/// Of FAT32: where the sector of figures is, and where the second boot sector, which has its own.
const FIGURES: u16 = 1;
const BACKUP: u16 = 6;

/// Another content, another volume: what the machine shows as the UUID of the filesystem. There is no clock to take it from.
pub(super) fn volume_id(label: [u8; 11], files: &[File]) -> u32 {
    let mut digest = Sha256::new_with_prefix(label);
    for file in files {
        digest.update((file.path.len() as u64).to_le_bytes());
        digest.update(&file.path);
        digest.update((file.bytes.len() as u64).to_le_bytes());
        digest.update(&file.bytes);
    }
    digest.finalize().iter().take(4).fold(0, |id, byte| id << 8 | u32::from(*byte))
}

/// Everything before the tables.
pub(super) fn reserved(geometry: Geometry, label: [u8; 11], id: u32, used: usize) -> Vec<u8> {
    let boot = boot_sector(geometry, label, id);
    if geometry.fat != Fat::Fat32 {
        return boot;
    }
    let mut out = [boot, figures(geometry, used)].concat();
    let first = out.clone();
    out.resize(usize::from(BACKUP) * SECTOR, 0);
    out.extend(first);
    out.resize(geometry.reserved_sectors() * SECTOR, 0);
    out
}

fn boot_sector(geometry: Geometry, label: [u8; 11], id: u32) -> Vec<u8> {
    // `int 0x18`: the firmware is to try the next disk; where it does not, halt.
    const NO_SYSTEM: [u8; 5] = [0xcd, 0x18, 0xf4, 0xeb, 0xfd];
    let (begin, kind): (u8, &[u8; 8]) = match geometry.fat {
        Fat::Fat12 => (0x3c, b"FAT12   "),
        Fat::Fat16 => (0x3c, b"FAT16   "),
        Fat::Fat32 => (0x58, b"FAT32   "),
    };
    let mut out = vec![0xeb, begin, 0x90];
    out.extend(b"CONTEXTC");
    out.extend(parameters(geometry));
    out.extend([0x80, 0, 0x29]); // a disk; the three fields below are there
    out.extend(id.to_le_bytes());
    out.extend(label);
    out.extend(kind);
    out.extend(NO_SYSTEM);
    signed(out)
}

/// The parameter block, up to where the fields of FAT32 and the others are the same again.
fn parameters(geometry: Geometry) -> Vec<u8> {
    let small = geometry.fat != Fat::Fat32;
    let table = geometry.table_sectors();
    let short = |number: usize| u16::try_from(number).unwrap_or_default();
    let short_sectors = if small { short(geometry.sectors) } else { 0 };
    let mut out = (SECTOR as u16).to_le_bytes().to_vec();
    out.push(geometry.sectors_per_cluster as u8);
    out.extend(short(geometry.reserved_sectors()).to_le_bytes());
    out.push(2); // tables
    out.extend(short(if small { ROOT_ENTRIES } else { 0 }).to_le_bytes());
    out.extend(short_sectors.to_le_bytes());
    out.push(MEDIA);
    out.extend(short(if small { table } else { 0 }).to_le_bytes());
    out.extend([32, 0, 64, 0]); // sectors of a track, heads: as `mkfs.vfat` says of an image
    out.extend([0; 4]); // sectors before the volume
    out.extend(if short_sectors == 0 { geometry.sectors as u32 } else { 0 }.to_le_bytes());
    if !small {
        out.extend((table as u32).to_le_bytes());
        out.extend([0; 4]); // both tables are kept; version 0.0
        out.extend((super::geometry::FIRST_CLUSTER as u32).to_le_bytes()); // the root
        out.extend(FIGURES.to_le_bytes());
        out.extend(BACKUP.to_le_bytes());
        out.extend([0; 12]);
    }
    out
}

/// "FAT32 FSInfo Sector Structure": how many clusters are free, and where to look first.
fn figures(geometry: Geometry, used: usize) -> Vec<u8> {
    let mut out = b"RRaA".to_vec();
    out.resize(484, 0);
    out.extend(b"rrAa");
    out.extend((geometry.clusters().saturating_sub(used) as u32).to_le_bytes());
    out.extend(((super::geometry::FIRST_CLUSTER + used) as u32).to_le_bytes());
    signed(out)
}

fn signed(mut sector: Vec<u8>) -> Vec<u8> {
    sector.resize(SECTOR - 2, 0);
    sector.extend([0x55, 0xaa]);
    sector
}
