//! The example files, as the build found them.

include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// The bytes of a file by its key.
pub(super) fn find(table: &[(&str, &'static [u8])], key: &str) -> Option<&'static [u8]> {
    table.iter().find(|(name, _)| *name == key).map(|(_, bytes)| *bytes)
}
