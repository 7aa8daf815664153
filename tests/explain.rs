//! What stands beside the codes is there for each, and true.

use contextc::explain;
use std::collections::BTreeSet;
use std::path::Path;

/// Codes that a text cannot show, told in a sentence: a text of megabytes, bytes that are no text, what lies on a disk.
const TOLD: &[&str] = &["source/not-utf8", "source/too-large", "yaml/too-many-values"];

#[test]
fn every_code_has_an_example_that_is_wrong_and_one_that_is_right() {
    let mut faults = Vec::new();
    for code in contextc::codes() {
        let Some(example) = explain::example(code) else {
            faults.push(format!("{code}: examples/codes/{code}.yaml (or .txt) is missing, or not written as src/desk/explain/example.rs says"));
            continue;
        };
        let (Some(wrong), Some(right)) = (example.wrong(), example.right()) else {
            if !TOLD.contains(&code.as_str()) {
                faults.push(format!("{code}: is told, and not in the list of those that no text can show"));
            }
            continue;
        };
        if !wrong.diagnostics().iter().any(|found| found.code() == code) {
            faults.push(format!("{code}: the wrong text does not have it\n{wrong}"));
        }
        if right.has_errors() || right.diagnostics().iter().any(|found| found.code() == code) {
            faults.push(format!("{code}: the right text is not right\n{right}"));
        }
    }
    assert!(faults.is_empty(), "{} of {} codes:\n{}", faults.len(), contextc::codes().len(), faults.join("\n"));
}

#[test]
fn every_example_belongs_to_a_code() {
    let known: BTreeSet<String> = contextc::codes().iter().map(|code| code.to_string()).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/codes");
    let mut seen = BTreeSet::new();
    for folder in std::fs::read_dir(&root).unwrap() {
        for entry in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            let suffix = path.extension().unwrap().to_str().unwrap();
            let slug = path.with_extension("").strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            assert!(["yaml", "txt"].contains(&suffix) && known.contains(&slug), "{path:?} belongs to no code");
            assert!(seen.insert(slug), "{path:?}: there are two of them");
        }
    }
}
