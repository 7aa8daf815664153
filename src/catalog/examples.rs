//! The example files, as the build found them.

include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// The bytes of a file by its key.
pub(crate) fn find(table: &[(&str, &'static [u8])], key: &str) -> Option<&'static [u8]> {
    table.iter().find(|(name, _)| *name == key).map(|(_, bytes)| *bytes)
}

/// The file that shows the smallest useful block of a name.
pub(crate) fn smallest(block: &str) -> Option<&'static str> {
    std::str::from_utf8(find(BLOCKS, &format!("{block}.yaml"))?).ok()
}
