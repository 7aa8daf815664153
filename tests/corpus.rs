//! What fuzzing found, and where it begins: every file of `fuzz/corpus` goes the way of its target (`fuzz/targets`).

use contextc::{Compiler, Source, summary};
use std::path::Path;

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect()
}

#[test]
fn logs_are_judged_and_shown_without_orders_to_a_terminal() {
    assert!(!corpus("logs").is_empty());
    for (name, bytes) in corpus("logs") {
        let Ok(machines) = summary::read("fuzz", &bytes[..]) else { continue };
        assert!(!machines.is_empty(), "{name}");
        for text in [summary::table(&machines, true), summary::json(&machines)] {
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{name}: {text:?}");
        }
    }
}

#[test]
fn documents_are_compiled_or_refused_twice_in_the_same_way() {
    assert!(!corpus("documents").is_empty());
    for (name, bytes) in corpus("documents") {
        let source = Source::from_bytes("fuzz.yaml", bytes);
        let _ = Compiler::new().check(&source).to_string();
        let bytes = || Compiler::new().compile(&source).ok().map(|compiled| compiled.artifact().bytes().to_vec());
        assert_eq!(bytes(), bytes(), "{name}");
    }
}
