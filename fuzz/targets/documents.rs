//! Whatever a user writes. It is compiled or refused, twice in the same way, and the report can be shown.
#![no_main]

use contextc::{Compiler, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let source = Source::from_bytes("fuzz.yaml", bytes.to_vec());
    let report = Compiler::new().check(&source);
    let _ = report.to_string();
    if report.has_errors() {
        return;
    }
    let bytes = || Compiler::new().compile(&source).ok().map(|compiled| compiled.artifact().bytes().to_vec());
    assert_eq!(bytes(), bytes());
});
