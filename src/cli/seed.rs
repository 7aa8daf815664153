//! The files of a seed directory.

use super::Failure;
use contextc::File;
use std::fs;
use std::io::Read;
use std::path::Path;

/// The largest file that is read, and the most of all of them, in bytes (CONTRACT.md, the file).
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// A config drive has `openstack/latest/user_data`; nothing of a seed is deeper than that.
const MOST_DEPTH: usize = 4;

/// The most files of a seed: a directory with more is none.
const MOST_FILES: usize = 1000;

/// Every regular file below a directory, by its path in it, in the order of their names. Symbolic links to files are followed, to directories
/// not.
pub fn files(folder: &Path) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    walk(folder, folder, 0, &mut files)?;
    Ok(files)
}

fn walk(root: &Path, folder: &Path, depth: usize, files: &mut Vec<File>) -> Result<(), Failure> {
    let failure = |path: &Path, error: std::io::Error| format!("`{}` cannot be read: {error}", path.display());
    let entries = fs::read_dir(folder).map_err(|error| failure(folder, error))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let is_folder = path.is_dir() && !path.is_symlink();
        if is_folder && depth < MOST_DEPTH {
            walk(root, &path, depth + 1, files)?;
        } else if path.is_file() {
            let read: u64 = files.iter().map(|file| file.bytes().len() as u64).sum();
            let mut bytes = Vec::new();
            let opened = fs::File::open(&path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
            opened.map_err(|error| failure(&path, error))?;
            if read + bytes.len() as u64 > MOST_BYTES || files.len() == MOST_FILES {
                return Err(format!("`{}` is no seed directory: it is too large", root.display()));
            }
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            files.push(File::new(&name, bytes));
        }
    }
    Ok(())
}
