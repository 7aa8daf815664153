//! Sizes: which kind of FAT, how large its clusters, and how many.

use crate::targets::media::reading::number;

pub(super) const SECTOR: usize = 512;

/// The table has two entries before that of the first cluster.
pub(super) const FIRST_CLUSTER: usize = 2;

/// Entries of the root directory of FAT12 and FAT16 ("Boot Sector and BPB", BPB_RootEntCnt); 32 bytes each.
pub(super) const ROOT_ENTRIES: usize = 512;

/// The kind of FAT: nothing but the number of clusters decides it ("FAT Type Determination").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fat {
    /// Less than 4085 clusters.
    Fat12,
    /// Less than 65525 clusters.
    Fat16,
    Fat32,
}

impl Fat {
    /// For a volume of so many clusters.
    pub(super) fn of(clusters: usize) -> Self {
        match clusters {
            ..4085 => Self::Fat12,
            4085..65525 => Self::Fat16,
            _ => Self::Fat32,
        }
    }

    /// The width of an entry.
    pub(super) fn bits(self) -> usize {
        match self {
            Self::Fat12 => 12,
            Self::Fat16 => 16,
            Self::Fat32 => 32,
        }
    }

    /// What stands for the end of a chain.
    pub(super) fn end(self) -> u32 {
        match self {
            Self::Fat12 => 0xfff,
            Self::Fat16 => 0xffff,
            Self::Fat32 => 0x0fff_ffff,
        }
    }

    /// The first of the numbers that end a chain.
    pub(super) fn last(self) -> usize {
        (self.end() & !7) as usize
    }

    /// What the table says of a cluster: the one after it.
    pub(super) fn next(self, table: &[u8], cluster: usize) -> Option<usize> {
        match self {
            Self::Fat12 => number(table, cluster + cluster / 2, 2).map(|pair| pair >> (cluster % 2 * 4) & 0xfff),
            Self::Fat16 => number(table, cluster * 2, 2),
            // The four bits above are nobody's ("FAT Data Structure").
            Self::Fat32 => number(table, cluster * 4, 4).map(|entry| entry & 0x0fff_ffff),
        }
    }

    /// Entries as they lie in the table: little-endian, those of FAT12 two in three bytes.
    pub(super) fn packed(self, entries: &[u32]) -> Vec<u8> {
        match self {
            Self::Fat12 => entries.chunks(2).flat_map(pair).collect(),
            Self::Fat16 => entries.iter().flat_map(|entry| (*entry as u16).to_le_bytes()).collect(),
            Self::Fat32 => entries.iter().flat_map(|entry| entry.to_le_bytes()).collect(),
        }
    }
}

fn pair(entries: &[u32]) -> [u8; 3] {
    let packed = entries.iter().rev().fold(0, |packed, entry| packed << 12 | entry);
    let [a, b, c, _] = packed.to_le_bytes();
    [a, b, c]
}

/// The measures of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub fat: Fat,
    pub sectors: usize,
    pub sectors_per_cluster: usize,
}

impl Geometry {
    /// For a volume of this many bytes. Each row stays far from the numbers of clusters at which readers disagree.
    pub(super) fn of(bytes: usize) -> Self {
        const MIB: usize = 1 << 20;
        let (fat, sectors_per_cluster) = match bytes {
            ..=0x20_0000 => (Fat::Fat12, 1),                // 2 MiB: 4039 clusters
            bytes if bytes <= 31 * MIB => (Fat::Fat16, 1),  // from 3 MiB: 6063 clusters
            bytes if bytes <= 127 * MIB => (Fat::Fat16, 4), // 127 MiB: 64888 clusters
            _ => (Fat::Fat32, 2),                           // from 128 MiB: 130032 clusters
        };
        Self { fat, sectors: bytes / SECTOR, sectors_per_cluster }
    }

    /// The bytes of a cluster.
    pub(super) fn cluster(self) -> usize {
        self.sectors_per_cluster * SECTOR
    }

    /// FAT32 has a second boot sector among them.
    pub(super) fn reserved_sectors(self) -> usize {
        match self.fat {
            Fat::Fat12 | Fat::Fat16 => 1,
            Fat::Fat32 => 32,
        }
    }

    /// Those outside the clusters.
    pub(super) fn root_sectors(self) -> usize {
        match self.fat {
            Fat::Fat12 | Fat::Fat16 => ROOT_ENTRIES * 32 / SECTOR,
            Fat::Fat32 => 0,
        }
    }

    /// Of one of the two tables: enough for the clusters that there would be without tables.
    pub(super) fn table_sectors(self) -> usize {
        let most =
            self.sectors.saturating_sub(self.reserved_sectors() + self.root_sectors()) / self.sectors_per_cluster;
        ((most + FIRST_CLUSTER) * self.fat.bits()).div_ceil(8 * SECTOR)
    }

    /// The number of clusters.
    pub(super) fn clusters(self) -> usize {
        let before = self.reserved_sectors() + 2 * self.table_sectors() + self.root_sectors();
        self.sectors.saturating_sub(before) / self.sectors_per_cluster
    }
}
