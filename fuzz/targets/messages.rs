//! Whatever a message holds. It is opened or refused, and every place that is told of it is one.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let message = [b"MIME-Version: 1.0\n", bytes].concat();
    let told = contextc::opened_json(&message);
    assert!(told.contains("\"sound\":true") || told.contains("\"fault\":"), "{told}");
});
