//! `contextc init`: what it writes, and what it never writes over.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn contextc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contextc")).current_dir(folder).args(arguments).output().unwrap()
}

fn code(folder: &Path, arguments: &[&str]) -> Option<i32> {
    contextc(folder, arguments).status.code()
}

#[test]
fn the_worker_is_written_where_nothing_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (_, worker) = contextc::starters().find(|(name, _)| *name == "worker").unwrap();
    for arguments in [&["init"][..], &["init", "-o", "-"], &["init", "--example", "worker", "-o", "/dev/stdout"]] {
        let output = contextc(folder.path(), arguments);
        assert_eq!((output.status.code(), output.stdout, output.stderr), (Some(0), worker.into(), vec![]));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn each_is_right_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in contextc::starters() {
        let file = format!("{name}.yaml");
        assert_eq!(code(folder.path(), &["init", "--example", name, "-o", &file]), Some(0));
        assert_eq!(fs::read_to_string(folder.path().join(&file)).unwrap(), text);
        let checked = contextc(folder.path(), &["check", &file]);
        assert_eq!((checked.status.code(), checked.stderr), (Some(0), vec![]), "{name}");
        assert_eq!(code(folder.path(), &["compile", &file, "-o", "user-data"]), Some(0), "{name}");
    }
}

#[test]
fn what_is_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.yaml");
    fs::write(&path, "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("link.yaml")).unwrap();
    for name in ["mine.yaml", "link.yaml"] {
        let output = contextc(folder.path(), &["init", "-o", name]);
        assert_eq!((output.status.code(), output.stdout), (Some(2), vec![]));
        let words = format!("`{name}` is there already, and is not overwritten: remove it, or write elsewhere");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&words), "{said}");
    }
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
    assert_eq!(code(folder.path(), &["init", "-o", "."]), Some(2));
    assert_eq!(code(folder.path(), &["init", "-o", "absent/mine.yaml"]), Some(2));
    assert_eq!(code(folder.path(), &["init", "--example", "head"]), Some(2));
}
