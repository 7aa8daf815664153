//! What stands beside the codes is there for each, and true.

use contextc::explain;
use std::collections::BTreeSet;
use std::path::Path;

/// Codes that no text of a few lines can show, told in a sentence: bytes that are no text, megabytes of it, hundreds of items,
/// an option of the command that no text mends.
const TOLD: &[&str] = &[
    "source/not-utf8",
    "source/too-large",
    "yaml/too-many-values",
    "placeholder/too-long",
    "script/too-many",
    "localfs/too-many",
    "nfs/too-many",
    "target/instance-id",
    "envelope/not-utf8",
    "envelope/gzip",
    "envelope/too-large",
    "envelope/incomplete",
    "envelope/changed",
    "envelope/seed-label",
    "envelope/seed-incomplete",
    "envelope/seed-unreadable",
    "envelope/vendor-data",
    "cloud-config/schema",
    "cloud-config/deprecated",
];

/// Codes that are there with the feature `cloud-init-schema` only.
const BEHIND_A_FEATURE: &[&str] = &["cloud-config/schema", "cloud-config/deprecated"];

/// Codes that never come alone: handlers that nobody watches are not verified either.
const IN_COMPANY: &[&str] = &["handlers/unwatched"];

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
        if !wrong.diagnostics().any(|found| found.code() == code) {
            faults.push(format!("{code}: the wrong text does not have it\n{wrong}"));
        }
        let alone = wrong.diagnostics().all(|found| found.code() == code);
        if !alone && !IN_COMPANY.contains(&code.as_str()) {
            faults.push(format!("{code}: the wrong text has more than that\n{wrong}"));
        }
        if right.diagnostics().next().is_some() {
            faults.push(format!("{code}: the right text is not right\n{right}"));
        }
    }
    assert!(faults.is_empty(), "{} of {} codes:\n{}", faults.len(), contextc::codes().len(), faults.join("\n"));
}

/// They are ours, and hold no secret of anybody: a text with words covered teaches nothing.
#[test]
fn examples_are_shown_as_they_are_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/codes");
    for code in contextc::codes() {
        let example = explain::example(code).unwrap();
        let written = ["yaml", "txt"].map(|suffix| std::fs::read_to_string(root.join(format!("{code}.{suffix}"))));
        let written = written.into_iter().find_map(Result::ok).unwrap();
        for judged in [example.wrong(), example.right()].into_iter().flatten() {
            assert!(written.contains(judged.text().trim_end()), "{code}: {}", judged.text());
        }
        assert!(example.right().is_none_or(|right| !right.text().contains("**")), "{code}");
    }
}

#[test]
fn every_example_belongs_to_a_code() {
    let behind = BEHIND_A_FEATURE.iter().map(|code| (*code).to_owned());
    let known: BTreeSet<String> = contextc::codes().iter().map(|code| code.to_string()).chain(behind).collect();
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

#[test]
fn everything_has_a_page() {
    let codes: Vec<String> = contextc::codes().iter().map(|code| code.to_string()).collect();
    let blocks: Vec<String> = contextc::blocks().map(|(name, ..)| name.to_owned()).collect();
    let targets: Vec<String> = contextc::targets().flat_map(|target| target.names()).map(str::to_owned).collect();
    let index = explain::index();
    for name in codes.iter().chain(&blocks).chain(&targets) {
        let page = explain::page(name).unwrap();
        assert!(page.lines().count() >= 3 && page.ends_with('\n'), "{page}");
        let sound = |c: char| c == '\n' || !c.is_control();
        assert!(page.chars().all(sound), "{name}");
    }
    for name in codes.iter().chain(&blocks) {
        assert!(index.contains(&format!("  {name} ")), "{name}");
    }
    for block in blocks {
        let page = explain::page(&block).unwrap();
        let example = std::fs::read_to_string(format!("{}/examples/blocks/{block}.yaml", env!("CARGO_MANIFEST_DIR")));
        assert!(example.unwrap().lines().all(|line| page.contains(line.trim_end())), "{page}");
        assert!(block == "environment" || page.contains("Settings:"), "{page}");
    }
}

#[test]
fn a_name_that_is_none_is_shown_what_it_is_near_to() {
    assert_eq!(explain::page("locafs"), None);
    assert_eq!(explain::near("locafs"), ["localfs"]);
    assert_eq!(explain::near("localf/shares-over-100"), ["localfs/shares-over-100"]);
    assert_eq!(explain::near("localfs/shares-over-10"), ["localfs/shares-over-100"]);
    let group = explain::page("envelope").unwrap();
    assert!(group.lines().all(|line| line.starts_with("  envelope/")) && group.lines().count() > 20, "{group}");
    assert!(explain::page("yaml").unwrap().contains("yaml/tab"));
    for code in ["envelope/not-evaluated", "envelope/template"] {
        assert!(explain::page(code).unwrap().contains("## template: jinja\n"), "{code}");
    }
    assert!(explain::near("frobnicate-all").is_empty());
}

#[test]
fn a_page_tells_the_options_of_its_example() {
    let first = |code| explain::page(code).unwrap().lines().find(|line| line.starts_with("Wrong")).unwrap().to_owned();
    assert_eq!(first("target/envelope"), "Wrong (with `--envelope gzip+base64`):");
    assert_eq!(first("target/medium"), "Wrong (with `--medium iso --instance-id i-0001`):");
    assert_eq!(first("secrets/in-user-data"), "Wrong (with `--deny-secrets-in-user-data`):");
    assert_eq!(first("cloud-config/our-key"), "Wrong:");
}
