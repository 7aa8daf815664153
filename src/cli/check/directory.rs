//! What there is to judge in a directory: the files of a seed, or whatever is a context or user-data.

use super::super::{Failure, output, seed};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How much of a file tells what it is.
const HEAD: u64 = 4096;

/// Deeper than that nobody puts what is to be judged.
const MOST_DEPTH: usize = 8;

/// How a file ends, or begins, whose name says what it is: it is judged, or an error says why it cannot be.
const ENDS: [&str; 8] = [".yaml", ".yml", ".cfg", "user-data", "user_data", "vendor-data", ".iso", ".img"];
const BEGINNINGS: [&str; 3] = ["user-data", "user_data", "vendor-data"];

/// The files to judge, in the order of their names. A directory with none is no success.
pub(super) fn files(directory: &Path) -> Vec<Result<String, Failure>> {
    let found = below(directory, 0);
    if found.is_empty() {
        return vec![Err(format!("`{}` has nothing to judge: name the files", directory.display()))];
    }
    found
}

/// The same, of which there may be nothing. Directories whose names begin with a dot, and symbolic links to any, are left alone.
fn below(directory: &Path, depth: usize) -> Vec<Result<String, Failure>> {
    let entries = match entries(directory) {
        Ok(entries) => entries,
        Err(error) => return vec![Err(format!("`{}` cannot be read: {error}", directory.display()))],
    };
    if let Some(seed) = seed(directory) {
        return vec![Ok(seed)];
    }
    let enters = |path: &PathBuf| depth < MOST_DEPTH && path.is_dir() && !path.is_symlink() && !is_hidden(path);
    let judged = |path: &PathBuf| enters(path) || path.is_file() && is_one(path);
    let (chosen, others): (Vec<PathBuf>, Vec<PathBuf>) = entries.into_iter().partition(judged);
    if !others.is_empty() {
        let names: Vec<String> =
            others.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into())).collect();
        output::note(format_args!("{}: not judged: {}", directory.display(), names.join(", ")));
    }
    let named = |path: PathBuf| path.into_os_string().into_string().map_err(|path| format!("{path:?} is no text"));
    let all = chosen.into_iter().flat_map(|path| match path.is_dir() {
        true => below(&path, depth + 1),
        false => vec![named(path)],
    });
    all.collect()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// The directory itself, where it is a seed: its files belong together.
fn seed(directory: &Path) -> Option<String> {
    let files = seed::files(directory).ok()?;
    contextc::is_seed_directory(&files).then(|| directory.to_str().map(str::to_owned))?
}

fn entries(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// By its name, or by its first bytes. A file that cannot be read is, so that somebody says so.
fn is_one(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let named = ENDS.iter().any(|end| name.ends_with(end)) || BEGINNINGS.iter().any(|begin| name.starts_with(begin));
    named
        || head(path).map_or(true, |head| {
            contextc::is_user_data(&head) || head.starts_with(b"#contextc") || head.starts_with(b"#multiple-config")
        })
}

fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}
