//! Machines at paths: directories, files, standard input.

use super::super::Failure;
use contextc::summary::{self, Machine, Tree};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Where the files of a machine lie, below a directory that is given.
const FOLDERS: [&str; 6] = ["", "contextc", "var/log", "var/log/contextc", "run/cloud-init", "var/lib/cloud/data"];

/// The machines at a path (`-`: standard input).
pub fn read(path: &OsStr) -> Result<Vec<Machine>, Failure> {
    if path == "-" {
        return summary::read("<stdin>", std::io::stdin().lock()).map_err(|error| error.to_string());
    }
    let path = Path::new(path);
    let name = path.to_string_lossy();
    let failure = |error: std::io::Error| format!("`{name}` cannot be read: {error}");
    if fs::metadata(path).map_err(failure)?.is_dir() {
        return directory(path, name.trim_end_matches('/'));
    }
    let file = File::open(path).map_err(failure)?;
    summary::read(&name, file).map_err(|error| error.to_string())
}

/// A machine, or else several, each in a directory of its own. Where one of them is, a directory without anything is one too, of which
/// nothing could be copied.
fn directory(path: &Path, name: &str) -> Result<Vec<Machine>, Failure> {
    let tree = gather(path, if name.is_empty() { "/" } else { name })?;
    if !tree.is_empty() {
        return Ok(tree.machines());
    }
    let mut trees = Vec::new();
    for below in names(path).map_err(|error| format!("`{name}` cannot be read: {error}"))? {
        let path = path.join(&below);
        if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            trees.push(gather(&path, &format!("{name}/{}", below.display()))?);
        }
    }
    match trees.iter().all(Tree::is_empty) {
        true => Ok(tree.machines()),
        false => Ok(trees.into_iter().flat_map(Tree::machines).collect()),
    }
}

/// The files of one machine.
fn gather(path: &Path, name: &str) -> Result<Tree, Failure> {
    let mut tree = Tree::new(name);
    for folder in FOLDERS {
        let found = names(&path.join(folder));
        for name in found.map_err(|error| format!("`{}` cannot be read: {error}", path.join(folder).display()))? {
            let below = PathBuf::from(folder).join(&name);
            let below = below.to_string_lossy();
            if tree.wants(&below) {
                add(&mut tree, &path.join(folder).join(&name), &below)?;
            }
        }
    }
    Ok(tree)
}

/// The names in a directory, in their order; none where there is no such directory.
fn names(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = entries.map(|entry| entry.map(|entry| entry.file_name().into())).collect::<Result<Vec<_>, _>>()?;
    names.sort();
    Ok(names)
}

/// Regular files only: a link in a copied tree leads to this system's files, a pipe or a device to nowhere.
fn add(tree: &mut Tree, path: &Path, below: &str) -> Result<(), Failure> {
    let metadata = fs::symlink_metadata(path);
    if metadata.is_ok_and(|metadata| !metadata.is_file()) {
        return Ok(());
    }
    match File::open(path) {
        Ok(file) => tree.add(below, file).map_err(|error| error.to_string()),
        Err(error) => {
            tree.unreadable(below, &error.to_string());
            Ok(())
        }
    }
}
