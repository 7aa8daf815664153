//! Whatever is said to be an image of a seed. It is taken apart or refused; its files lie within it, under names that stay in a directory.
//!
//! The bytes are tried as they are (a volume of VFAT), and as what follows the empty system area of a CD, which is 32 KiB that
//! nobody reads.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    judge(bytes);
    judge(&[&[0; 32 * 1024], bytes].concat());
});

fn judge(bytes: &[u8]) {
    let _ = contextc::opened(bytes);
    let Ok(Some((_, files))) = contextc::image_files(bytes) else { return };
    let sizes = files.iter().map(|file| file.bytes().len()).sum::<usize>();
    assert!(sizes <= 16 * bytes.len() && files.len() <= 4096);
    for file in files {
        let sound = |part: &str| !["", ".", ".."].contains(&part) && !part.contains('\0');
        assert!(file.path().split('/').all(sound), "{:?}", file.path());
    }
}
