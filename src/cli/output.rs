//! Where results go: standard output, a file that is replaced whole, or a device that is written to.

use super::Failure;
use super::input::Recorder;
use contextc::File;
use std::collections::BTreeSet;
use std::fs;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Writes to standard output, except bytes that are not text to a terminal. A reader who has seen enough is no failure.
pub fn to_stdout(bytes: &[u8], binary: bool) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    if binary && stdout.is_terminal() {
        return Err("this is gzip, which a terminal cannot show: write it to a file with `-o PATH`".into());
    }
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// A line on standard error. Where nobody can be told, nothing is lost: the exit code says how it ended.
pub fn note(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Who may read a file that is written.
#[derive(Clone, Copy)]
pub enum Readers {
    /// The owner alone, mode 0600: it may hold secrets.
    Owner,
    /// Everybody, mode 0644: it is there to be served.
    All,
    /// Those who may read it now, with its owner: it stays the same file.
    Same,
}

/// Writes a file: a regular or new one is replaced whole, through symbolic links; a device, FIFO or socket is written to.
pub fn to_file(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Failure> {
    let failure = |error: std::io::Error| format!("`{}` cannot be written: {error}", path.display());
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            Err(format!("`{}` is a directory, and the result is one file", path.display()))
        }
        Ok(metadata) if !metadata.is_file() => fs::OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut device| device.write_all(bytes))
            .map_err(failure),
        _ => replace(&followed(path), bytes, readers).map_err(failure),
    }
}

/// Writes a file that is not there yet; a device, FIFO or socket is written to.
pub fn to_new_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    const THERE: &str = "is there already, and is not overwritten: remove it, or write elsewhere";
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => return to_file(path, bytes, Readers::Owner),
        Ok(_) => return Err(format!("`{}` {THERE}", path.display())),
        Err(_) => {}
    }
    let made = temporary(path, bytes).and_then(|file| Ok(file.persist_noclobber(path)?));
    made.map(drop).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => format!("`{}` {THERE}", path.display()),
        _ => format!("`{}` cannot be written: {error}", path.display()),
    })
}

/// Writes files into a directory, which is made where it is missing; where others lie, nothing is written. Each file is replaced whole, with mode 0600.
pub fn to_directory(folder: &Path, files: &[File]) -> Result<(), Failure> {
    let failure = |path: &Path, error: std::io::Error| format!("`{}` cannot be written: {error}", path.display());
    if folder.exists() && !folder.is_dir() {
        return Err(format!("`{}` is a file, and the result is several files", folder.display()));
    }
    if let Some(stale) = stale(folder, files) {
        return Err(format!(
            "`{}` lies there and is not of this result: remove it, or write elsewhere",
            stale.display()
        ));
    }
    if let Some(folder) = files.iter().map(|file| folder.join(file.path())).find(|path| path.is_dir()) {
        return Err(format!(
            "`{}` is a directory, and a file of the result: remove it, or write elsewhere",
            folder.display()
        ));
    }
    for file in files {
        let path = folder.join(file.path());
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| failure(parent, error))?;
        to_file(&path, file.bytes(), Readers::Owner)?;
    }
    Ok(())
}

/// Writes files of their own names into a directory, which is made where it is missing: all of them, or none and no directory. Where one is
/// there already none is written, and none is ever written over.
pub fn to_new_files(folder: &Path, files: &[(String, &[u8])]) -> Result<(), Failure> {
    if let Some(there) = files.iter().map(|(name, _)| folder.join(name)).find(|path| fs::symlink_metadata(path).is_ok())
    {
        return Err(format!("`{}` is there, and nothing is overwritten: write elsewhere", there.display()));
    }
    let written = match fs::symlink_metadata(folder) {
        Ok(_) => into_folder(folder, files, |from, to| fs::hard_link(from, to)),
        Err(_) => new_folder(folder, files),
    };
    written.map_err(|error| format!("`{}` cannot be written, and nothing was: {error}", folder.display()))
}

/// A directory that appears with all its files.
fn new_folder(folder: &Path, files: &[(String, &[u8])]) -> std::io::Result<()> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let missing: Vec<&Path> = parent.ancestors().take_while(|above| fs::symlink_metadata(above).is_err()).collect();
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(parent);
    let written = made.and_then(|()| staged(parent, files)).and_then(|staged| {
        fs::rename(staged.path(), folder)?;
        // It is no temporary one any more.
        let _ = staged.keep();
        Ok(())
    });
    if written.is_err() {
        // The deepest first; one in which somebody else has written stays.
        let _ = missing.into_iter().try_for_each(fs::remove_dir);
    }
    written
}

type Link = fn(&Path, &Path) -> std::io::Result<()>;

/// Files beside others. All that can be full or forbidden has been written before the first is placed; where there are no links, as on
/// VFAT, what is placed is written once more.
fn into_folder(folder: &Path, files: &[(String, &[u8])], link: Link) -> std::io::Result<()> {
    let staged = staged(folder, files)?;
    let mut placed = Vec::new();
    let result = files.iter().try_for_each(|(name, bytes)| {
        let to = folder.join(name);
        match link(&staged.path().join(name), &to) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                let mut file = created(&to)?;
                placed.push(to);
                file.write_all(bytes)
            }
            linked => linked.map(|()| placed.push(to)),
        }
    });
    if result.is_err() {
        placed.into_iter().for_each(|path| drop(fs::remove_file(path)));
    }
    result
}

/// The files in a directory beside their place, for the owner alone; it is removed where nobody keeps it.
fn staged(beside: &Path, files: &[(String, &[u8])]) -> std::io::Result<tempfile::TempDir> {
    let owner = fs::Permissions::from_mode(0o700);
    let staged = tempfile::Builder::new().prefix(".contextc-").permissions(owner).tempdir_in(beside)?;
    for (name, bytes) in files {
        created(&staged.path().join(name))?.write_all(bytes)?;
    }
    Ok(staged)
}

/// A file that was not there, for the owner alone.
fn created(path: &Path) -> std::io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A file of an older result would be read with this one: by a machine (`network-config`), or by an engine (`main.tf.json`).
fn stale(folder: &Path, files: &[File]) -> Option<PathBuf> {
    let written: Vec<PathBuf> = files.iter().map(|file| folder.join(file.path())).collect();
    let folders: BTreeSet<&Path> = written.iter().filter_map(|path| path.parent()).collect();
    let found = folders.iter().flat_map(fs::read_dir).flatten().flatten().map(|entry| entry.path());
    let mut others: Vec<PathBuf> = found.filter(|path| !path.is_dir() && !written.contains(path)).collect();
    others.sort();
    others.into_iter().next()
}

/// Nothing is written over what it is made from.
pub fn spare(mut paths: impl Iterator<Item = PathBuf>, loader: &Recorder) -> Result<(), Failure> {
    match paths.find(|path| loader.has_read(path)) {
        Some(path) => Err(format!("`{}` is what the result is made from: write it elsewhere", path.display())),
        None => Ok(()),
    }
}

/// A reader sees the old file or the new one, never half of it.
fn replace(path: &Path, bytes: &[u8], readers: Readers) -> std::io::Result<()> {
    let file = temporary(path, bytes)?;
    match readers {
        Readers::Owner => {}
        Readers::All => file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?,
        Readers::Same => as_before(path, file.as_file())?,
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// The bytes, safe on the disk beside their place.
fn temporary(path: &Path, bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Temporary files are made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(without_its_name)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Nobody knows the name of a temporary file: the message is that of the system alone.
fn without_its_name(error: std::io::Error) -> std::io::Error {
    let of_system = error.get_ref().and_then(|inner| inner.source()).map(ToString::to_string);
    of_system.map_or(error.kind().into(), |words| std::io::Error::new(error.kind(), words))
}

/// Gives a file the owner and mode of the one that it replaces. The owner first: a change of it takes bits of the mode away.
fn as_before(path: &Path, file: &fs::File) -> std::io::Result<()> {
    let (before, now) = (fs::metadata(path)?, file.metadata()?);
    if (before.uid(), before.gid()) != (now.uid(), now.gid()) {
        std::os::unix::fs::fchown(file, Some(before.uid()), Some(before.gid()))?;
    }
    file.set_permissions(before.permissions())
}

/// The file at the end of symbolic links, whether it is there yet or not.
fn followed(path: &Path) -> PathBuf {
    // 40: where Linux gives up too (path_resolution(7)).
    (0..40)
        .try_fold(path.to_owned(), |path, _| match fs::read_link(&path) {
            Ok(target) => Ok(path.parent().unwrap_or(Path::new("")).join(target)),
            Err(_) => Err(path),
        })
        .unwrap_or_else(|end| end)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::into_folder;
    use std::fs;
    use std::io::{Error, ErrorKind};

    #[test]
    fn files_are_placed_without_links_too_all_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let names = || -> Vec<String> {
            let entries = fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let files: [(String, &[u8]); 2] = [("a".into(), b"one"), ("b".into(), b"two")];
        // As VFAT answers (vfs_link of Linux).
        into_folder(folder.path(), &files, |_, _| Err(Error::from(ErrorKind::PermissionDenied))).unwrap();
        assert_eq!(
            (names(), fs::read(folder.path().join("b")).unwrap()),
            (vec!["a".into(), "b".into()], b"two".to_vec())
        );
        fs::remove_file(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("b"), "mine").unwrap();
        let placed = into_folder(folder.path(), &files, |_, _| Err(Error::from(ErrorKind::Unsupported)));
        assert_eq!(placed.unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!((names(), fs::read(folder.path().join("b")).unwrap()), (vec!["b".into()], b"mine".to_vec()));
    }
}
