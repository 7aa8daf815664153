//! What fuzzing found, and where it begins: all of `fuzz/corpus` goes the way of its target (`fuzz/targets`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contextc::{Compiler, Source, summary};
use std::path::Path;

/// The files that a target begins with, and the lines that it found: a cover of the branches that eleven million runs reached.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let paths = std::fs::read_dir(folder.join(target)).unwrap().map(|entry| entry.unwrap().path());
    let written = paths.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()));
    let found = std::fs::read_to_string(folder.join(format!("{target}.base64"))).unwrap();
    let lines = found.lines().map(|line| (line.to_owned(), STANDARD.decode(line).unwrap()));
    let all: Vec<_> = written.chain(lines).collect();
    assert!(all.len() > 100, "{} inputs of {target}", all.len());
    all
}

#[test]
fn logs_are_judged_and_shown_without_orders_to_a_terminal() {
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
    for (name, bytes) in corpus("documents") {
        let source = Source::from_bytes("fuzz.yaml", bytes);
        let _ = Compiler::new().check(&source).to_string();
        let bytes = || Compiler::new().compile(&source).ok().map(|compiled| compiled.artifact().bytes().to_vec());
        assert_eq!(bytes(), bytes(), "{name}");
    }
}

#[test]
fn messages_and_envelopes_are_opened_and_every_place_is_one() {
    let within_a_message = |bytes: Vec<u8>| [b"MIME-Version: 1.0\n".as_slice(), &bytes].concat();
    let messages = corpus("messages").into_iter().map(|(name, bytes)| (name, within_a_message(bytes)));
    for (name, bytes) in messages.chain(corpus("envelopes")) {
        let told = contextc::opened_json(&bytes);
        assert!(told.contains("\"sound\":true") || told.contains("\"fault\":"), "{name}: {told}");
    }
}
