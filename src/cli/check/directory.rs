//! What there is to judge in a directory: the files of a seed, or whatever is a context or user-data.

use super::super::{Failure, output, seed};
use contextc::Compiler;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How much of a file tells what it is.
const HEAD: u64 = 4096;

/// The files to judge, in the order of their names. A directory with none is no success.
pub(super) fn files(directory: &Path) -> Vec<Result<String, Failure>> {
    let mut entries = match entries(directory) {
        Ok(entries) => entries,
        Err(error) => return vec![Err(format!("`{}` cannot be read: {error}", directory.display()))],
    };
    if let Some(seed) = seed(directory) {
        return vec![Ok(seed)];
    }
    let judged = |path: &PathBuf| path.is_file() && is_one(path);
    let (chosen, others): (Vec<PathBuf>, Vec<PathBuf>) = entries.drain(..).partition(judged);
    if !others.is_empty() {
        let names: Vec<String> =
            others.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into())).collect();
        output::note(format_args!("{}: not judged: {}", directory.display(), names.join(", ")));
    }
    if chosen.is_empty() {
        return vec![Err(format!("`{}` has nothing to judge: name the files", directory.display()))];
    }
    chosen
        .into_iter()
        .map(|path| path.into_os_string().into_string().map_err(|path| format!("{path:?} is no text")))
        .collect()
}

/// The directory itself, where it is a seed: its files belong together.
fn seed(directory: &Path) -> Option<String> {
    let files = seed::files(directory).ok()?;
    contextc::check_seed("", &files, &Compiler::new())?;
    directory.to_str().map(str::to_owned)
}

fn entries(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// By its name, or by its first bytes. A file that cannot be read is, so that somebody says so.
fn is_one(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let named = [".yaml", ".yml", "user-data", "vendor-data"].iter().any(|end| name.ends_with(end));
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
