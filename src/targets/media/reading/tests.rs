//! What our own writers make, read back, and what no image can be.

use super::*;
use crate::targets::TARGETS;
use crate::targets::media::seed_files::SeedFiles;
use crate::targets::media::{Medium, Seed, iso9660, vfat};
use crate::wire::envelope::Envelope;
use std::collections::BTreeMap;

fn seed(user_data: &[u8]) -> Seed<'_> {
    let (envelope, instance_id) = (Envelope::Plain, "i-1");
    Seed { user_data, envelope, instance_id, hostname: None, network_config: None, vendor_data: None }
}

fn by_path(files: &[Stored]) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|stored| (stored.path.clone(), stored.bytes().into_owned())).collect()
}

fn written(files: &[File]) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|file| (file.path.clone(), file.bytes.clone())).collect()
}

/// Every layout on every medium that it names, and the user-data in it.
#[test]
fn what_is_written_is_read_back() {
    let mut read_back = 0;
    let layouts: BTreeMap<_, _> =
        TARGETS.iter().filter_map(|target| target.layout).map(|one| (one.name, one)).collect();
    for layout in layouts.into_values() {
        for size in [0, 16_384, 700_000, 3 << 20] {
            let data = b"#cloud-config".iter().copied().cycle().take(size).collect::<Vec<u8>>();
            for kind in layout.kinds.iter().filter(|kind| **kind != Medium::Dir) {
                let Ok(bytes) = layout.image(*kind, &seed(&data)) else { continue };
                let image = read(&bytes).unwrap().unwrap();
                assert_eq!(image.label, layout.label);
                assert_eq!(by_path(&image.files), written(&layout.files(&seed(&data)).unwrap()));
                let find = |path: &str| image.files.iter().find(|stored| image.is_called(stored, path)).cloned();
                let found = SeedFiles::of(&find).unwrap();
                assert!(found.user_data.unwrap().bytes == data, "{} {}", layout.name, kind.name());
                assert_eq!(found.missing, None);
                assert!(found.label == layout.label || layout.name == "stratuslab");
                read_back += 1;
            }
        }
    }
    assert!(read_back >= 25, "{read_back}");
}

fn crowd() -> Vec<File> {
    let names = (0..300).map(|n| format!("d{}/e{}/some-name-of-this-length-{}{n}", n % 7, n % 3, "x".repeat(n % 30)));
    names.enumerate().map(|(n, path)| File::new(&path, path.as_bytes().repeat(n))).collect()
}

#[test]
fn many_files_in_many_directories() {
    let files = crowd();
    for size in [None, Some(40 << 20)] {
        let bytes = vfat::image("cidata", &files, size).unwrap();
        assert_eq!(by_path(&read(&bytes).unwrap().unwrap().files), written(&files));
    }
    let mut bytes = iso9660::image("cidata", &files).unwrap();
    let names = |bytes: &[u8]| read(bytes).unwrap().unwrap().format;
    assert_eq!(names(&bytes), Format::Iso9660(Names::RockRidge));
    assert_eq!(by_path(&read(&bytes).unwrap().unwrap().files), written(&files));
    // Without the mark of Rock Ridge the names are Joliet's, and without that the plain ones.
    let mark = bytes.windows(6).position(|at| at == b"SP\x07\x01\xbe\xef").unwrap();
    bytes[mark] = b'X';
    assert_eq!(names(&bytes), Format::Iso9660(Names::Joliet));
    assert_eq!(by_path(&read(&bytes).unwrap().unwrap().files), written(&files));
    bytes[17 * 2048 + 88] = 0;
    let image = read(&bytes).unwrap().unwrap();
    assert_eq!(image.format, Format::Iso9660(Names::Plain));
    assert_eq!(image.files.len(), files.len());
    assert!(image.files.iter().any(|stored| stored.path == "d0/e0/some_nam"), "{:?}", image.files);
}

#[test]
fn what_is_no_image() {
    for bytes in
        [&b""[..], b"#cloud-config\n", b"\x1f\x8b\x08", &[0; 40_000], &[0xeb; 600], "é".repeat(30_000).as_bytes()]
    {
        assert!(read(bytes).unwrap().is_none());
    }
}

/// Cut at every place, and with every byte of what describes the files changed: an answer, whatever it is.
#[test]
fn damage_is_answered() {
    let files = [File::new("user-data", vec![b'x'; 3000]), File::new("openstack/latest/user_data", *b"#!")];
    for whole in [iso9660::image("cidata", &files).unwrap(), vfat::image("cidata", &files, Some(200 * 512)).unwrap()] {
        for length in (0..whole.len()).step_by(97) {
            let _ = read(&whole[..length]);
        }
        let told = (0..whole.len()).filter(|at| whole[*at] != 0 && whole[*at] != b'x');
        for (at, value) in told.flat_map(|at| [0, 1, 0x80, 0xff].map(|value| (at, value))) {
            let mut bytes = whole.clone();
            bytes[at] = value;
            let found = read(&bytes).ok().flatten().map(|image| image.files.iter().map(Stored::size).sum::<usize>());
            assert!(found.unwrap_or_default() <= MOST_TIMES * bytes.len());
        }
    }
}

fn changed(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

/// A name from outside never leads out of the directory that it is written to.
#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    let bytes = iso9660::image("cidata", &[File::new("aa-secret", *b"x")]).unwrap();
    for name in [&b"../secret"[..], b"aa/secret", b"aa\0secret"] {
        let fault = read(&changed(bytes.clone(), b"aa-secret", name)).unwrap_err();
        assert_eq!(fault.to_string(), "it is damaged: a file has a name that no file can have");
    }
}

#[test]
fn circles_end() {
    // A directory whose entry leads to the root again: `d` of an ISO at the root's own place.
    let bytes = iso9660::image("x", &[File::new("d/user-data", *b"x")]).unwrap();
    let place = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let (root, record) =
        (place(&bytes, 16 * 2048 + 158), bytes.windows(2).rposition(|at| at == b"\x01D").unwrap() - 32);
    let mut circle = bytes.clone();
    circle[record + 2..record + 6].copy_from_slice(&root.to_le_bytes());
    assert_eq!(read(&circle).unwrap().unwrap().files, []);
    // A chain of clusters that leads to its own beginning: the table of FAT12 has the file's at byte 3.
    let file = [File::new("user-data", vec![b'x'; 1024])];
    let mut chain = vfat::image("x", &file, Some(200 * 512)).unwrap();
    assert_eq!(chain[512 + 3..512 + 6], [0x03, 0xf0, 0xff]);
    chain[512 + 3] = 2;
    assert_eq!(read(&chain).unwrap_err(), ImageFault::Damaged("a cluster belongs to two chains"));
}

#[test]
fn too_much_is_told() {
    let large = vec![File::new("user-data", vec![0; MAX_FOREIGN_BYTES])];
    assert_eq!(read(&iso9660::image("cidata", &large).unwrap()).unwrap_err(), ImageFault::TooLarge);
    let short = iso9660::image("cidata", &[File::new("user-data", vec![1; 9000])]).unwrap();
    assert_eq!(read(&short[..short.len() - 4096]).unwrap_err(), ImageFault::CutShort);
}
