//! A fix is certain: it mends what it stands beside, brings nothing new, and leaves all else as it is.

use contextc::{Compiler, FileLoader, Report, Source};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    files
}

/// Judged as `contextc check` does a context.
fn judge(path: &Path, text: Vec<u8>) -> Report {
    let compiler = Compiler::new().loader(FileLoader::new(path.parent().unwrap()));
    compiler.check(&Source::from_bytes(path.file_name().unwrap().to_string_lossy(), text))
}

/// What was said, without the places, which move.
fn said(report: &Report) -> BTreeSet<(String, String)> {
    let diagnostics = report.diagnostics().iter();
    diagnostics.map(|found| (found.code().to_string(), found.message().to_owned())).collect()
}

/// What stands behind a fault is found when that is mended: of these cases, and no others.
const BEHIND: &[(&str, &[&str])] = &[
    ("err_cvmfs_unknown_setting", &["context/missing-setting"]),
    ("err_handlers_misspelled", &["handlers/unverified"]),
];

#[test]
fn a_fix_mends_its_fault_and_brings_no_other() {
    let (mut fixes, mut faults) = (0, Vec::new());
    for path in cases() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let behind: Vec<&str> =
            BEHIND.iter().filter(|(case, _)| *case == name).flat_map(|(_, codes)| *codes).copied().collect();
        let mut report = judge(&path, std::fs::read(&path).unwrap());
        for round in 0.. {
            assert!(round < 100, "{name}: there is no end of fixes");
            let Some(fixed) = report.fixed() else { break };
            let mended = report.diagnostics().iter().filter(|found| !found.fixes().is_empty());
            let mended: BTreeSet<_> =
                mended.map(|found| (found.code().to_string(), found.message().to_owned())).collect();
            fixes += mended.len();
            let after = judge(&path, fixed.into_bytes());
            faults.extend(said(&after).intersection(&mended).map(|fault| format!("{name}: is still there: {fault:?}")));
            let new = said(&after)
                .difference(&said(&report))
                .filter(|(code, _)| !behind.contains(&code.as_str()))
                .cloned()
                .collect::<Vec<_>>();
            faults.extend(new.iter().map(|fault| format!("{name}: is new: {fault:?}")));
            report = after;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(fixes >= 20, "{fixes} fixes");
}

/// Outside of the fixes every byte is as it was.
#[test]
fn a_fix_changes_nothing_else() {
    for path in cases() {
        let report = judge(&path, std::fs::read(&path).unwrap());
        let Some(fixed) = report.fixed() else { continue };
        let (text, mut rest) = (report.source().text(), fixed.as_str());
        let mut fixes: Vec<_> = report.diagnostics().iter().flat_map(|found| found.fixes()).collect();
        fixes.sort_by_key(|fix| fix.span().start);
        fixes.dedup();
        let mut end = 0;
        for fix in fixes {
            let before = &text[end..fix.span().start];
            rest = rest.strip_prefix(before).and_then(|rest| rest.strip_prefix(fix.replacement())).unwrap();
            end = fix.span().end;
        }
        assert_eq!(rest, &text[end..], "{path:?}");
    }
}

/// Two keys that become one would be a duplicate: then neither is renamed, and both are still spoken of.
#[test]
fn no_two_fixes_give_the_same_key() {
    for (text, codes) in [
        ("apt_update: true\npackage_updat: true\n", 2),
        ("package_updat: true\npackage_updte: true\n", 2),
        ("apt_update: true\npackage_update: true\n", 1),
        ("package_updat: true\npackage_update: true\n", 1),
    ] {
        let report = judge(Path::new("user-data"), format!("#cloud-config\n{text}").into_bytes());
        assert_eq!((report.diagnostics().len(), report.fixed()), (codes, None), "{text}{report}");
    }
    let alone = judge(Path::new("user-data"), b"#cloud-config\napt_update: true\n".to_vec());
    assert_eq!(alone.fixed().as_deref(), Some("#cloud-config\npackage_update: true\n"));
}
