//! What people are shown to write is right, wherever it stands: in doc comments and in the help of messages. The README and
//! `examples/` are judged in `laws.rs`, the examples of codes in `explain.rs`, and Rust in doc comments is run as tests.

use contextc::{Compiler, FileLoader, Report, Source};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn check(name: &str, text: &str) -> Report {
    let loader = FileLoader::new(root().join("examples/files"));
    Compiler::new().loader(loader).check(&Source::new(name, text))
}

/// Every file with this suffix below a folder.
fn below(folder: &Path, suffix: &str, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => below(&path, suffix, files),
            false if path.extension().is_some_and(|found| found == suffix) => files.push(path),
            false => {}
        }
    }
}

/// The text of a doc comment's line.
fn doc(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let text = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))?;
    Some(text.strip_prefix(' ').unwrap_or(text))
}

/// The fenced blocks of a file's doc comments: the language that the fence names, and the text.
fn fences(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        let fence = doc(line).and_then(|text| text.strip_prefix("```"));
        open = match (doc(line), fence, open) {
            (None, ..) => None,
            (_, Some(language), None) => Some((language.to_owned(), String::new())),
            (_, Some(_), Some(block)) => {
                found.push(block);
                None
            }
            (Some(line), None, open) => open.map(|(language, text)| (language, text + line + "\n")),
        };
    }
    found
}

#[test]
fn every_block_in_a_doc_comment_is_rust_or_a_context_that_is_right() {
    let mut files = Vec::new();
    below(&root().join("src"), "rs", &mut files);
    let mut rust = 0;
    for path in files {
        for (language, block) in fences(&std::fs::read_to_string(&path).unwrap()) {
            match language.as_str() {
                "" | "no_run" => rust += 1,
                "yaml" => assert!(check("doc.yaml", &block).diagnostics().is_empty(), "{path:?}: {block}"),
                // What cannot be judged is no example: it may be wrong for years.
                _ => panic!("{path:?}: nothing judges a block in `{language}`"),
            }
        }
    }
    assert!(rust > 20, "{rust} blocks: are they still found?");
}

#[test]
fn fences_are_found() {
    let text = "/// One.\n/// ```yaml\n/// localfs:\n///   parts: {home: 50}\n/// ```\nfn a() {}\n    //! ```\n    //! b();\n    //! ```\n";
    let found: Vec<(String, String)> = fences(text);
    assert_eq!(found[0], ("yaml".into(), "localfs:\n  parts: {home: 50}\n".into()));
    assert_eq!(found[1], (String::new(), "b();\n".into()));
}

/// The help of a report that begins `write`, up to where it tells of other forms.
fn advised(report: &Report) -> Option<String> {
    let help =
        report.diagnostics().iter().flat_map(|found| found.help_texts()).find(|help| help.starts_with("write "))?;
    let (_, after) = help.split_once('`')?;
    after.split_once('`').map(|(example, _)| example.to_owned())
}

/// Not one setting, but names of all that a pilot needs.
const WITHOUT_EXAMPLE: &[&str] = &["pilot"];

#[test]
fn what_a_message_says_to_write_for_a_block_is_right() {
    for (name, ..) in contextc::blocks().filter(|(name, ..)| !WITHOUT_EXAMPLE.contains(name)) {
        let wrong = check("wrong.yaml", &format!("{name}: 42\n"));
        assert!(wrong.has_errors(), "{name}");
        let (example, listed) = match wrong.to_string().contains("takes a list, not") {
            true => (advised(&check("wrong.yaml", &format!("{name}: [42]\n"))), true),
            false => (advised(&wrong), false),
        };
        let example = example.unwrap_or_else(|| panic!("{name}: nothing says what to write\n{wrong}"));
        let value = if listed { format!("[{example}]") } else { example };
        let report = check("right.yaml", &format!("{name}: {value}\n"));
        assert!(report.diagnostics().is_empty(), "{name}: {value}\n{report}");
    }
}

#[test]
fn what_a_message_says_to_add_to_a_block_that_says_nothing_is_right() {
    let mut seen = 0;
    for code in contextc::codes() {
        let Some(name) =
            code.as_str().strip_suffix("/nothing").filter(|name| contextc::blocks().any(|(block, ..)| block == *name))
        else {
            continue;
        };
        let example = contextc::explain::example(code).unwrap();
        let help = example.wrong().unwrap().diagnostics().next().unwrap().help_texts()[0].clone();
        let setting = help.split('`').nth(1).unwrap_or_else(|| panic!("{code}: {help}"));
        let text = format!("{name}:\n  {setting}\n");
        let report = check("right.yaml", &text);
        assert!(report.diagnostics().is_empty(), "{help}\n{text}\n{report}");
        seen += 1;
    }
    assert!(seen > 10, "{seen} blocks");
}
