//! Reads images with a reader of its own, written from the specification alone.

use super::*;
use std::collections::BTreeMap;

struct Reader<'a> {
    image: &'a [u8],
    cluster: usize,
    table: usize,
    root: std::ops::Range<usize>,
    data: usize,
    clusters: usize,
}

fn u16_at(bytes: &[u8], at: usize) -> usize {
    u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()).into()
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// The first that is not 0, as the parameter block has it.
fn given(one: usize, other: usize) -> usize {
    if one == 0 { other } else { one }
}

impl<'a> Reader<'a> {
    fn new(image: &'a [u8]) -> Self {
        assert_eq!((u16_at(image, 11), &image[510..512]), (512, &[0x55, 0xaa][..]));
        let (reserved, table) = (u16_at(image, 14) * 512, given(u16_at(image, 22), u32_at(image, 36)) * 512);
        assert_eq!(given(u16_at(image, 19), u32_at(image, 32)) * 512, image.len());
        assert_eq!(image[reserved..reserved + table], image[reserved + table..reserved + 2 * table]);
        let root = reserved + 2 * table..reserved + 2 * table + u16_at(image, 17) * 32;
        let (cluster, data) = (usize::from(image[13]) * 512, root.end);
        let clusters = (image.len() - data) / cluster;
        assert!((clusters + 2) * Self::bits_of(clusters) <= table * 8);
        Self { image, cluster, table: reserved, root, data, clusters }
    }

    fn bits_of(clusters: usize) -> usize {
        match clusters {
            ..4085 => 12,
            4085..65525 => 16,
            _ => 32,
        }
    }

    /// Nothing but the number of clusters decides it.
    fn bits(&self) -> usize {
        Self::bits_of(self.clusters)
    }

    fn after(&self, cluster: usize) -> usize {
        let table = &self.image[self.table..];
        match self.bits() {
            12 => u16_at(table, cluster + cluster / 2) >> (cluster % 2 * 4) & 0xfff,
            16 => u16_at(table, cluster * 2),
            _ => u32_at(table, cluster * 4),
        }
    }

    fn chain(&self, mut cluster: usize) -> Vec<u8> {
        let end =
            [(12, 0xff8), (16, 0xfff8), (32, 0xfff_fff8)].into_iter().find(|(bits, _)| *bits == self.bits()).unwrap().1;
        let mut out = Vec::new();
        while cluster != 0 && cluster < end {
            assert!((2..self.clusters + 2).contains(&cluster));
            let start = self.data + (cluster - 2) * self.cluster;
            out.extend_from_slice(&self.image[start..start + self.cluster]);
            cluster = self.after(cluster);
        }
        out
    }

    fn root(&self) -> Vec<u8> {
        match self.bits() {
            32 => self.chain(u32_at(self.image, 44)),
            _ => self.image[self.root.clone()].to_vec(),
        }
    }

    /// Files by their long names, and the label.
    fn read(&self) -> (BTreeMap<String, Vec<u8>>, String) {
        let (mut found, root) = (BTreeMap::new(), self.root());
        assert_eq!(root[11], 0x08);
        self.walk(&root[32..], "", &mut found);
        (found, String::from_utf8(root[..11].to_vec()).unwrap())
    }

    fn walk(&self, directory: &[u8], at: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        let (mut long, mut shorts) = (String::new(), Vec::new());
        for entry in directory.chunks(32).take_while(|entry| entry[0] != 0) {
            if entry[11] == 0x0f {
                let units = (1..11).chain(14..26).chain(28..32).step_by(2).map(|at| u16_at(entry, at) as u16);
                let piece: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
                long.insert_str(0, &String::from_utf16(&piece).unwrap());
                let short =
                    directory.chunks(32).find(|short| short.as_ptr() > entry.as_ptr() && short[11] != 0x0f).unwrap();
                let sum =
                    short[..11].iter().fold(0u32, |sum, byte| (((sum >> 1) | (sum << 7)) + u32::from(*byte)) & 0xff);
                assert_eq!(u32::from(entry[13]), sum);
                continue;
            }
            let first = u16_at(entry, 20) << 16 | u16_at(entry, 26);
            shorts.push(entry[..11].to_vec());
            let path = format!("{at}{}", std::mem::take(&mut long));
            match (entry[11], entry[0]) {
                (0x10, b'.') => assert_eq!(path, at, "`.` and `..` have no long name"),
                (0x10, _) => self.walk(&self.chain(first), &format!("{path}/"), found),
                _ => {
                    let content = self.chain(first)[..u32_at(entry, 28)].to_vec();
                    assert!(found.insert(path, content).is_none());
                }
            }
        }
        shorts.sort();
        assert!(shorts.windows(2).all(|pair| pair[0] != pair[1]));
    }
}

fn files(of: &[(&str, usize)]) -> Vec<File> {
    let content = |path: &str, size: usize| path.as_bytes().repeat(size / path.len() + 1)[..size].to_vec();
    of.iter().map(|(path, size)| File::new(path, content(path, *size))).collect()
}

fn expected(files: &[File]) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|file| (file.path.clone(), file.bytes.clone())).collect()
}

/// Writes and reads them; what kind of FAT it was.
fn proved(label: &str, files: &[File]) -> usize {
    let image = image(label, files, None).unwrap();
    let reader = Reader::new(&image);
    assert_eq!(reader.read(), (expected(files), format!("{label:<11}")));
    let fields = if reader.bits() == 32 { 71 } else { 43 };
    assert_eq!(&image[fields..fields + 11], format!("{label:<11}").as_bytes());
    assert_eq!(&image[fields + 11..fields + 19], format!("FAT{:<5}", reader.bits()).as_bytes());
    reader.bits()
}

#[test]
fn every_file_is_found_by_its_name_in_its_case() {
    let few = files(&[("user-data", 16_384), ("meta-data", 0), ("openstack/latest/meta_data.json", 513), ("b/C", 512)]);
    assert_eq!(proved("config-2", &few), 12);
    let names: Vec<String> = (0..300).map(|n| format!("d{}/exact13chars_{}{n}", n % 7, "x".repeat(n % 40))).collect();
    let many: Vec<(&str, usize)> = names.iter().enumerate().map(|(n, name)| (name.as_str(), n * 7)).collect();
    assert_eq!(proved("cidata", &files(&many)), 12);
    assert_eq!(proved("cidata", &[]), 12);
}

/// More than the 512 entries that a root directory has outside of the clusters.
fn crowded() -> Vec<File> {
    let names: Vec<String> = (0..300).map(|n| format!("file-{n}")).chain(["d/e".into()]).collect();
    files(&names.iter().map(|name| (name.as_str(), name.len() * 300)).collect::<Vec<_>>())
}

/// The kind goes by the size of the volume: both sides of the first change, FAT16 with larger clusters, and FAT32.
#[test]
fn each_kind_of_fat() {
    let of = |size: usize| proved("cidata", &files(&[("a", 1), ("d/large", size)]));
    assert_eq!(of(4037 * 512), 12); // 4039 clusters, one for `a` and one for `d`
    assert_eq!(of(4037 * 512 + 1), 16);
    assert_eq!(of(32 << 20), 16);
    assert_eq!(proved("cidata", &crowded()), 32);
}

/// Of every size that can be asked for, the number of clusters is one that its kind allows, with room to spare.
#[test]
fn no_size_is_near_a_change_of_kind() {
    for mib in 1..=2048 {
        let geometry = Geometry::of(mib << 20);
        let allowed = match geometry.fat {
            Fat::Fat12 => 1..4085 - 16,
            Fat::Fat16 => 4085 + 16..65525 - 16,
            Fat::Fat32 => 65525 + 16..0x0fff_fff5,
        };
        assert!(allowed.contains(&geometry.clusters()), "{mib} MiB: {geometry:?}");
    }
}

#[test]
fn fat32_has_its_figures_and_a_second_boot_sector() {
    let image = image("cidata", &crowded(), None).unwrap();
    assert_eq!(image[..1024], image[6 * 512..8 * 512]);
    let reader = Reader::new(&image);
    let free = (2..reader.clusters + 2).filter(|cluster| reader.after(*cluster) == 0).count();
    assert_eq!((u32_at(&image, 512 + 488), reader.after(u32_at(&image, 512 + 492))), (free, 0));
    assert_eq!((&image[512..516], &image[512 + 484..512 + 488]), (&b"RRaA"[..], &b"rrAa"[..]));
}

#[test]
fn a_fixed_size_is_kept_and_its_end_is_told() {
    const SIZE: usize = 1_024_000;
    let geometry = Geometry::of(SIZE);
    let most = geometry.clusters() * geometry.cluster();
    let full = files(&[("meta.js", most)]);
    let made = image("_CLOUD_INIT", &full, Some(SIZE)).unwrap();
    assert_eq!((made.len(), Reader::new(&made).read().0), (SIZE, expected(&full)));
    let message = image("_CLOUD_INIT", &files(&[("meta.js", most + 1)]), Some(SIZE)).unwrap_err();
    assert_eq!(message, "1001472 bytes do not fit into a VFAT image of 1024000 bytes, which holds 1000960");
}

#[test]
fn what_has_no_room() {
    assert!(image("longer-than-11", &[], None).unwrap_err().contains("longer"));
    assert!(image("x", &files(&[("a", 1)]), Some(512)).is_err());
    assert!(image("x", &crowded(), Some(1_024_000)).is_err());
}

/// On any machine, at any time. The digest changes only with the format.
#[test]
fn the_same_bytes_each_time() {
    let some = files(&[("user-data", 3000), ("meta-data", 40)]);
    let made = image("cidata", &some, None).unwrap();
    assert_eq!(made, image("cidata", &some, None).unwrap());
    assert_eq!(
        crate::language::digest::sha256_hex(&made),
        "b2c15067e19b94730c2dcc44cde41c8e46cac7452d53128efa3249e17326b7ce"
    );
    let other = image("cidata", &files(&[("user-data", 3001), ("meta-data", 40)]), None).unwrap();
    assert_ne!(made[39..43], other[39..43], "another content, another volume");
}
