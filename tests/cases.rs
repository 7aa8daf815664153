//! Every file in `tests/cases` is a test: what it compiles to, or what is said of it, is compared with a golden file.
//!
//! To add one, add a file with a line `# case: ...` that says how it is compiled and what must be said of it:
//! `# case: target=ec2 envelope=base64 medium=INSTANCE-ID today=2026-11-21 set=a=1 check deny-secrets codes=localfs/nothing,units/percent`. Nothing is needed for a file that
//! compiles without a word. Files beginning `err_` are rejected. `INSTA_UPDATE=always cargo test --test cases` writes the
//! golden files; read them before you commit them.
//!
//! `tests/cases/envelope` has finished user-data that people had trouble with: a file `NAME.user-data`, byte for byte, and beside it
//! `NAME.case` with the same words in its first line, and below them where it is from.

use contextc::{Checked, Compiler, Envelope, FileLoader, Instance, Medium, Report, Severity, Source};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a case asks for.
#[derive(Default)]
struct Case {
    compiler: Compiler,
    /// Judge it as `contextc check` does, instead of compiling it.
    check: bool,
    codes: BTreeSet<String>,
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

fn read(path: &Path) -> (Source, Case) {
    let bytes = std::fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut case =
        Case { compiler: Compiler::new().loader(FileLoader::new(path.parent().unwrap())), ..Case::default() };
    let line = text.lines().find_map(|line| line.strip_prefix("# case:")).unwrap_or_default();
    for word in line.split_whitespace() {
        case = asked(case, word);
    }
    (Source::from_bytes(path.file_name().unwrap().to_string_lossy(), bytes), case)
}

fn asked(mut case: Case, word: &str) -> Case {
    match word.split_once('=') {
        None if word == "check" => case.check = true,
        None if word == "deny-secrets" => case.compiler = case.compiler.deny_secrets(),
        Some(("target", name)) => case.compiler = case.compiler.target(contextc::target(name).expect(name)),
        Some(("envelope", name)) => case.compiler = case.compiler.envelope(name.parse::<Envelope>().unwrap()),
        Some(("medium", id)) => case.compiler = case.compiler.medium(Medium::Iso, Instance::new().id(id)),
        Some(("today", date)) => case.compiler = case.compiler.today(date.parse().unwrap()),
        Some(("set", setting)) => {
            let (name, value) = setting.split_once('=').unwrap();
            case.compiler = case.compiler.variable(name, value);
        }
        Some(("codes", codes)) => case.codes = codes.split(',').map(str::to_owned).collect(),
        _ => panic!("`{word}` is not a word of a case"),
    }
    case
}

/// The report, and the stages that came out where it was accepted.
fn run(source: &Source, case: &Case) -> (Report, Option<(String, String)>) {
    match case.compiler.compile(source) {
        Err(error) => (error.report().unwrap().clone(), None),
        Ok(compiled) => {
            let stage = |name| String::from_utf8(case.compiler.emit(source, name).unwrap()).unwrap();
            let notes: String = compiled.notes().iter().map(|note| format!("note: {note}\n")).collect();
            (compiled.report().clone(), Some((notes + &plan(&stage("plan")), message(&stage("message")))))
        }
    }
}

/// The parts with their bodies as text. The handlers are left out: they have tests of their own, and change more often.
fn plan(json: &str) -> String {
    let plan: serde_json::Value = serde_json::from_str(json).unwrap();
    let rows = plan["parts"].as_array().unwrap().iter().map(|part| {
        let word = |key: &str| part[key].as_str().unwrap().to_owned();
        format!("{:<26} {:<24} from {}\n", word("filename"), word("content_type"), word("origin"))
    });
    rows.collect()
}

/// The message without the source of the handlers, and without the boundary, which depends on it.
fn message(text: &str) -> String {
    let boundary = text.split('"').nth(1).unwrap();
    let text = text.replace(boundary, "BOUNDARY").replace('\r', "");
    match text.split_once("#part-handler\n") {
        None => text,
        Some((before, rest)) => {
            let after = rest.split_once("\n--BOUNDARY").unwrap().1;
            format!("{before}[the handlers]\n--BOUNDARY{after}")
        }
    }
}

/// The digest of the handlers changes with every edit of them.
fn without_digest(golden: &str) -> String {
    let digest = contextc::handlers().sha256();
    golden.replace(digest, "DIGEST").replace(&digest[..12], "DIGEST12")
}

/// What `contextc check` says of a file, all reports one after the other.
fn judged(path: &Path, case: &Case) -> Checked {
    contextc::check(&path.file_name().unwrap().to_string_lossy(), std::fs::read(path).unwrap(), &case.compiler)
}

fn codes(checked: &Checked) -> BTreeSet<String> {
    checked.diagnostics().map(|d| d.code().to_string()).collect()
}

fn text(checked: &Checked) -> String {
    checked.reports().iter().map(Report::to_string).collect()
}

/// Finished user-data, and what is said of it.
fn envelopes() -> Vec<(PathBuf, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/envelope");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "user-data"));
    files.sort();
    let case = |path: PathBuf| {
        let text =
            std::fs::read_to_string(path.with_extension("case")).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let (words, from) = text.split_once('\n').unwrap();
        assert!(from.trim().ends_with('.'), "{path:?}: where is it from?");
        let case = words.split_whitespace().fold(Case::default(), asked);
        (path, case)
    };
    files.into_iter().map(case).collect()
}

#[test]
fn every_envelope_has_its_diagnostic() {
    let envelopes = envelopes();
    assert!(envelopes.len() >= 40);
    for (path, case) in envelopes {
        let checked = judged(&path, &case);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert_eq!(codes(&checked), case.codes, "{name}\n{}", text(&checked));
        assert!(!case.codes.is_empty(), "{name}: none of these is right");
        let golden = format!("{}evaluated: {}\n", text(&checked), checked.evaluated());
        insta::with_settings!({snapshot_path => "cases/envelope/golden", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name.as_str(), golden);
        });
        for diagnostic in checked.diagnostics() {
            let message = diagnostic.message();
            assert!(!message.ends_with('.') && !message.contains('\n'), "{name}: {message}");
            assert!(!diagnostic.help_texts().is_empty(), "{name}: {message}: nothing says what to write");
        }
    }
}

#[test]
fn every_case_says_and_becomes_what_it_should() {
    for path in files() {
        let (source, case) = read(&path);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if case.check {
            check(&path, &name, &case);
            continue;
        }
        let (report, stages) = run(&source, &case);
        let found: BTreeSet<String> = report.diagnostics().iter().map(|d| d.code().to_string()).collect();
        assert_eq!(found, case.codes, "{name}: the codes that were found, and those that the case names\n{report}");
        assert_eq!(
            report.has_errors(),
            name.starts_with("err_"),
            "{name}: only a case named err_... is rejected\n{report}"
        );
        let mut golden = report.to_string();
        if let Some((plan, message)) = stages {
            golden.push_str(&format!("{plan}\n{message}"));
        }
        let golden = without_digest(&golden);
        insta::with_settings!({snapshot_path => "cases/golden", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, golden);
        });
    }
}

fn check(path: &Path, name: &str, case: &Case) {
    let checked = judged(path, case);
    let said = text(&checked);
    assert_eq!(codes(&checked), case.codes, "{name}: the codes that were found, and those that the case names\n{said}");
    assert_eq!(checked.has_errors(), name.starts_with("err_"), "{name}: only a case named err_... is rejected\n{said}");
    insta::with_settings!({snapshot_path => "cases/golden", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, said);
    });
}

#[test]
fn every_code_is_produced_by_a_case() {
    let shown: BTreeSet<String> = files()
        .iter()
        .flat_map(|path| read(path).1.codes)
        .chain(envelopes().into_iter().flat_map(|(_, case)| case.codes))
        .collect();
    // Large files are not kept: `tests/limits.rs` and `tests/check.rs` make them. What a feature adds has tests in files of its own.
    let elsewhere = [
        "source/too-large",
        "yaml/too-many-values",
        "placeholder/too-long",
        "envelope/too-large",
        "cloud-config/schema",
        "cloud-config/deprecated",
    ];
    let elsewhere = BTreeSet::from(elsewhere.map(str::to_owned));
    let known: BTreeSet<String> = contextc::codes().iter().map(|code| code.to_string()).collect();
    let missing: Vec<_> = known.iter().filter(|code| !shown.contains(*code) && !elsewhere.contains(*code)).collect();
    assert!(missing.is_empty(), "codes without a case: {missing:?}");
    let unknown: Vec<_> = shown.difference(&known).collect();
    assert!(unknown.is_empty(), "cases name codes that do not exist: {unknown:?}");
}

#[test]
fn codes_are_unique_slugs_with_an_explanation() {
    let codes = contextc::codes();
    let unique: BTreeSet<_> = codes.iter().map(|code| code.as_str()).collect();
    assert_eq!(unique.len(), codes.len());
    for code in codes {
        let (block, what) = code.as_str().split_once('/').unwrap();
        let slug = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        assert!(slug(block) && slug(what), "{code}");
        assert!(code.explanation().ends_with('.'), "{code}: {}", code.explanation());
    }
}

#[test]
fn every_diagnostic_has_a_place_and_says_what_to_do() {
    for path in files() {
        let (source, case) = read(&path);
        if case.check {
            continue;
        }
        for diagnostic in run(&source, &case).0.diagnostics() {
            let message = diagnostic.message();
            assert!(diagnostic.span().end <= source.text().len(), "{path:?}: {message}");
            assert!(!message.ends_with('.') && !message.contains('\n'), "{path:?}: {message}");
            assert!(!diagnostic.help_texts().is_empty(), "{path:?}: {message}: nothing says what to write");
            assert!(matches!(diagnostic.severity(), Severity::Error | Severity::Warning));
        }
    }
}
