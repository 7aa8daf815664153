//! Whatever is said to be an image of a seed. It is taken apart or refused; its files lie within it, under names that stay in a directory.
//!
//! What does not begin as a volume of VFAT does is tried as what follows the system area of a CD, which is 32 KiB that nobody reads.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match bytes.first() {
    Some(0xeb | 0xe9) => judge(bytes),
    _ => judge(&[&[0; 32 * 1024], bytes].concat()),
});

fn judge(bytes: &[u8]) {
    let Ok(Some((files, _))) = contextc::image_files(bytes) else { return };
    let sizes = files.iter().map(|file| file.bytes().len()).sum::<usize>();
    assert!(sizes <= 16 * bytes.len() && files.len() <= 4096);
    for file in files {
        let sound = |part: &str| !["", ".", ".."].contains(&part) && !part.contains('\0');
        assert!(file.path().split('/').all(sound), "{:?}", file.path());
    }
}
