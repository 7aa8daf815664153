//! Whatever a machine left behind: a console, a log, an archive. It is judged, and what is shown of it acts on no terminal.
#![no_main]

use contextc::summary;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(machines) = summary::read("fuzz", bytes) else { return };
    assert!(!machines.is_empty());
    for text in [summary::table(&machines, true), summary::json(&machines)] {
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }
});
