//! What there is to judge in a directory: the files of a seed, or whatever is a context or user-data.

use super::super::{Failure, seed};
use contextc::{Kind, Target};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How much of a file tells what it is (`contextc::kind_among_others`).
const HEAD: u64 = 64 * 1024;

/// Deeper than that nobody puts what is to be judged.
const MOST_DEPTH: usize = 8;

/// How a file ends, or begins, whose name says what it is: it is judged, or an error says why it cannot be.
const ENDS: [&str; 5] = ["user-data", "user_data", "vendor-data", ".iso", ".img"];
const BEGINNINGS: [&str; 3] = ["user-data", "user_data", "vendor-data"];

/// What is below a directory.
#[derive(Default)]
pub(super) struct Below {
    /// What is judged, by its name; an error where somebody must say that it is not.
    pub files: Vec<Result<String, Failure>>,
    pub skipped: Vec<Skipped>,
    /// The files of seeds: each seed is judged as a whole.
    pub seeds: BTreeSet<PathBuf>,
}

/// What is not judged.
pub(super) struct Skipped {
    /// The directory that it is in, and all of its path.
    pub directory: String,
    pub path: String,
    pub why: &'static str,
}

/// The files to judge, in the order of their names. A directory with none is no success.
pub(super) fn below(directory: &Path, target: Option<&Target>) -> Below {
    let mut found = Below::default();
    let seeds = target.is_none_or(|target| target.datasource() == "NoCloud");
    walk(directory, 0, seeds, &mut found);
    if found.files.is_empty() {
        found.files.push(Err(format!("`{}` has nothing to judge: name the files", directory.display())));
    }
    found
}

/// `seeds`: whether a `user-data` with nothing beside it is a seed that lacks the rest, and not user-data for a cloud.
fn walk(directory: &Path, depth: usize, seeds: bool, found: &mut Below) {
    let entries = match entries(directory) {
        Ok(entries) => entries,
        Err(error) => return found.files.push(Err(format!("`{}` cannot be read: {error}", directory.display()))),
    };
    let is_new = |seed: &Vec<PathBuf>| !seed.iter().any(|path| found.seeds.contains(path));
    if let Some(seed) = seed(directory, seeds && entries.len() == 1).filter(is_new) {
        found.files.push(named(directory.to_owned()));
        found.seeds.extend(seed);
    }
    let mut judged = Vec::new();
    for path in entries {
        if found.seeds.contains(&path) {
            continue;
        }
        match left_alone(&path, depth) {
            Some(why) => {
                let (directory, path) = (directory.display().to_string(), path.display().to_string());
                found.skipped.push(Skipped { directory, path, why });
            }
            None => judged.push(path),
        }
    }
    for path in judged {
        match path.is_dir() {
            true => walk(&path, depth + 1, false, found),
            false => found.files.push(named(path)),
        }
    }
}

fn named(path: PathBuf) -> Result<String, Failure> {
    path.into_os_string().into_string().map_err(|path| format!("{path:?} is no text"))
}

/// Why nobody looks into it; nothing for what is judged, and for a directory with what may be.
fn left_alone(path: &Path, depth: usize) -> Option<&'static str> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match path.is_dir() {
        true if name.starts_with('.') => Some("a directory whose name begins with a dot"),
        true if path.is_symlink() => Some("a symbolic link to a directory"),
        true if depth == MOST_DEPTH => Some("a directory on the ninth level"),
        true => None,
        false if !path.is_file() => Some("no regular file"),
        false => (!is_one(path, &name)).then_some("neither a context nor user-data"),
    }
}

/// The files of a directory that are a seed, and belong together.
fn seed(directory: &Path, alone: bool) -> Option<Vec<PathBuf>> {
    let files = seed::files(directory).ok()?;
    let paths = contextc::seed_paths(&files);
    let is_one = !paths.is_empty() && (alone || paths != ["user-data"]);
    is_one.then(|| paths.into_iter().map(|path| directory.join(path)).collect())
}

fn entries(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// By its name, or by its first bytes. A file that cannot be read is, so that somebody says so.
fn is_one(path: &Path, name: &str) -> bool {
    let named = ENDS.iter().any(|end| name.ends_with(end)) || BEGINNINGS.iter().any(|begin| name.starts_with(begin));
    named || head(path).map_or(true, |head| contextc::kind_among_others(&head) != Kind::Other)
}

fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}
