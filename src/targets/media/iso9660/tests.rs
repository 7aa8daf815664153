//! Reads images with a reader of its own, written from the standards alone.

use super::*;
use std::collections::BTreeMap;

fn u32_le(bytes: &[u8], at: usize) -> usize {
    assert_eq!(bytes[at..at + 4].iter().rev().collect::<Vec<_>>(), bytes[at + 4..at + 8].iter().collect::<Vec<_>>());
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

fn sector(image: &[u8], number: usize) -> &[u8] {
    &image[number * SECTOR..(number + 1) * SECTOR]
}

fn ucs2(bytes: &[u8]) -> String {
    String::from_utf16(&bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect::<Vec<_>>()).unwrap()
}

/// The records of a directory; `.` and `..` first.
fn records(image: &[u8], record: &[u8]) -> Vec<Vec<u8>> {
    let (start, length) = (u32_le(record, 2) * SECTOR, u32_le(record, 10));
    let mut found = Vec::new();
    for sector in image[start..start + length].chunks(SECTOR) {
        let mut rest = sector;
        while rest.first().is_some_and(|length| *length > 0) {
            let (record, after) = rest.split_at(rest[0].into());
            found.push(record.to_vec());
            rest = after;
        }
        assert!(rest.iter().all(|byte| *byte == 0));
    }
    found
}

fn identifier(record: &[u8]) -> &[u8] {
    &record[33..33 + usize::from(record[32])]
}

/// The entry of Rock Ridge with this name.
fn rock_ridge<'a>(record: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = &record[(33 + usize::from(record[32])).next_multiple_of(2)..];
    while rest.len() > 3 {
        let (entry, after) = rest.split_at(rest[2].into());
        if entry.starts_with(name) {
            return Some(&entry[4..]);
        }
        rest = after;
    }
    None
}

/// How a reader takes the name of an entry.
type Name = fn(&[u8]) -> String;

fn walk(image: &[u8], directory: &[u8], name: Name, at: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    let records = records(image, directory);
    assert_eq!((identifier(&records[0]), identifier(&records[1])), (&[0][..], &[1][..]));
    assert_eq!(records[0][2..18], directory[2..18]);
    assert!(records[2..].windows(2).all(|pair| identifier(&pair[0]) < identifier(&pair[1])));
    for record in &records[2..] {
        let path = format!("{at}{}", name(record));
        match record[25] {
            2 => walk(image, record, name, &format!("{path}/"), found),
            _ => {
                let (start, length) = (u32_le(record, 2) * SECTOR, u32_le(record, 10));
                assert!(found.insert(path, image[start..start + length].to_vec()).is_none());
            }
        }
    }
}

fn read(image: &[u8], descriptor: usize, name: Name) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    walk(image, &sector(image, descriptor)[156..190], name, "", &mut found);
    found
}

fn by_rock_ridge(image: &[u8]) -> BTreeMap<String, Vec<u8>> {
    read(image, 16, |record| String::from_utf8(rock_ridge(record, b"NM").unwrap()[1..].to_vec()).unwrap())
}

fn by_joliet(image: &[u8]) -> BTreeMap<String, Vec<u8>> {
    read(image, 17, |record| ucs2(identifier(record)))
}

fn by_iso(image: &[u8]) -> BTreeMap<String, Vec<u8>> {
    read(image, 16, |record| String::from_utf8(identifier(record).to_vec()).unwrap())
}

fn files(of: &[(&str, usize)]) -> Vec<File> {
    let content = |path: &str, size: usize| path.as_bytes().repeat(size / path.len() + 1)[..size].to_vec();
    of.iter().map(|(path, size)| File::new(path, content(path, *size))).collect()
}

fn expected(files: &[File]) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|file| (file.path.clone(), file.bytes.clone())).collect()
}

#[test]
fn every_file_is_found_by_each_of_its_names() {
    let files =
        files(&[("user-data", 16_384), ("meta-data", 0), ("openstack/latest/meta_data.json", 2049), ("b/c", 1)]);
    let image = image("cidata", &files).unwrap();
    assert_eq!(by_rock_ridge(&image), expected(&files));
    assert_eq!(by_joliet(&image), expected(&files));
    let names: Vec<String> = by_iso(&image).into_keys().collect();
    assert_eq!(names, ["B/C.;1", "META_DAT.;1", "OPENSTAC/LATEST/META_DAT.JSO;1", "USER_DAT.;1"]);
}

#[test]
fn large_files_and_many_files_are_whole() {
    let mut many: Vec<(String, usize)> =
        (0..300).map(|n| (format!("d{}/a-name-of-some-length-{n}", n % 7), n)).collect();
    many.push(("large".into(), 5 << 20));
    let many: Vec<(&str, usize)> = many.iter().map(|(path, size)| (path.as_str(), *size)).collect();
    let files = files(&many);
    let image = image("cidata", &files).unwrap();
    assert_eq!(by_rock_ridge(&image), expected(&files));
    assert_eq!(by_joliet(&image), expected(&files));
    assert_eq!(by_iso(&image).len(), files.len());
}

#[test]
fn descriptors_say_label_and_size() {
    let image = image("config-2", &files(&[("a", 5000)])).unwrap();
    let (primary, joliet) = (sector(&image, 16), sector(&image, 17));
    assert_eq!(&primary[40..72], format!("{:<32}", "config-2").as_bytes());
    assert_eq!(ucs2(&joliet[40..72]), format!("{:<16}", "config-2"));
    assert_eq!((&joliet[88..91], sector(&image, 18)[0]), (&b"%/E"[..], 255));
    for (descriptor, kind) in [(primary, 1), (joliet, 2)] {
        assert_eq!(&descriptor[..7], [&[kind], &b"CD001"[..], &[1]].concat());
        assert_eq!(u32_le(descriptor, 80) * SECTOR, image.len());
        assert_eq!(&descriptor[813..830], b"1980010100000000\0");
        assert_eq!(descriptor[881], 1);
    }
}

#[test]
fn the_root_says_that_rock_ridge_is_there_and_files_are_roots() {
    let image = image("cidata", &files(&[("d/e", 1), ("d/f/g", 1)])).unwrap();
    let root = &records(&image, &sector(&image, 16)[156..190])[..];
    assert_eq!(rock_ridge(&root[0], b"SP"), Some(&[0xbe, 0xef, 0][..]));
    assert_eq!(&rock_ridge(&root[0], b"ER").unwrap()[4..], b"RRIP_1991A");
    let posix = |record: &[u8]| {
        let entry = rock_ridge(record, b"PX").unwrap();
        [0, 8, 16, 24].map(|at| u32_le(entry, at))
    };
    assert_eq!(posix(&root[2]), [0o040_700, 3, 0, 0]);
    assert_eq!(posix(&records(&image, &root[2])[2]), [0o100_600, 1, 0, 0]);
}

/// Both tables of both hierarchies name every directory, with the place where its own record is.
#[test]
fn path_tables_lead_to_the_directories() {
    let image = image("cidata", &files(&[("b/x/1", 1), ("a/y/2", 1), ("a/z/3", 1)])).unwrap();
    for (descriptor, longest) in [(16, 1), (17, 2)] {
        let descriptor = sector(&image, descriptor);
        let length = u32_le(descriptor, 132);
        let little = u32::from_le_bytes(descriptor[140..144].try_into().unwrap()) as usize * SECTOR;
        let big = u32::from_be_bytes(descriptor[148..152].try_into().unwrap()) as usize * SECTOR;
        let (mut little, mut big) = (&image[little..little + length], &image[big..big + length]);
        let mut parents = Vec::new();
        while !little.is_empty() {
            let place = u32::from_le_bytes(little[2..6].try_into().unwrap());
            assert_eq!((place, little[0]), (u32::from_be_bytes(big[2..6].try_into().unwrap()), big[0]));
            assert!(parents.is_empty() || little[0] == longest);
            assert_eq!(u32_le(sector(&image, place as usize), 2), place as usize);
            parents.push(u16::from_le_bytes(little[6..8].try_into().unwrap()));
            let next = (8 + usize::from(little[0])).next_multiple_of(2);
            (little, big) = (&little[next..], &big[next..]);
        }
        assert_eq!(parents, [1, 1, 1, 2, 2, 3]);
    }
}

#[test]
fn short_names_are_told_apart() {
    let image =
        image("x", &files(&[("user-data-1", 1), ("user-data-2", 2), ("user-data.d/a", 3), ("a.b.c", 4)])).unwrap();
    let names: Vec<String> = by_iso(&image).into_keys().collect();
    assert_eq!(names, ["A_B.C;1", "USER_DA1.;1", "USER_DAT.;1", "USER_DAT/A.;1"]);
}

#[test]
fn an_empty_volume_and_a_long_label() {
    assert!(by_joliet(&image("x", &[]).unwrap()).is_empty());
    assert!(image(&"x".repeat(17), &[]).unwrap_err().contains("longer"));
}

/// On any machine, at any time. The digest changes only with the format.
#[test]
fn the_same_bytes_each_time() {
    let files = files(&[("user-data", 3000), ("meta-data", 40)]);
    let made = image("cidata", &files).unwrap();
    assert_eq!(made, image("cidata", &files).unwrap());
    assert_eq!(
        crate::language::digest::sha256_hex(&made),
        "5998f060cea62d073a03631c0c66199634d32d93a97fe0e0382c96a1b7705c0f"
    );
}
