//! Whatever somebody calls finished user-data, with any layers around it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let told = contextc::opened_json(bytes);
    assert!(told.contains("\"sound\":true") || told.contains("\"fault\":"), "{told}");
});
