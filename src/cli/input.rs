//! Contexts from files and from standard input, with a loader for the files they name.

use super::Failure;
use super::identities::Identities;
use contextc::{FileLoader, LoadError, Loader, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

/// One byte more than a context may have: enough to know that a file is too large, without reading all of it.
pub const READ_AT_MOST: u64 = 4 * 1024 * 1024 + 1;

/// The same for what others made.
const READ_OF_OTHERS: u64 = 64 * 1024 * 1024 + 1;

/// The source at a path (`-`: standard input), and what reads the files that it names.
pub fn read(path: &str, identities: &Identities) -> Result<(Source, Recorder), Failure> {
    let (name, bytes, recorder) = read_at_most(READ_AT_MOST, path, identities)?;
    Ok((Source::from_bytes(name, bytes), recorder))
}

/// The same for a file that need not be a context: its name and its bytes.
pub fn read_any<'p>(path: &'p str, identities: &Identities) -> Result<(&'p str, Vec<u8>, Recorder), Failure> {
    read_at_most(READ_OF_OTHERS, path, identities)
}

fn read_at_most<'p>(
    most: u64,
    path: &'p str,
    identities: &Identities,
) -> Result<(&'p str, Vec<u8>, Recorder), Failure> {
    let bytes = match path {
        "-" => limited(std::io::stdin().lock(), most),
        path => std::fs::File::open(path).and_then(|file| limited(file, most)),
    };
    let bytes = bytes.map_err(|error| format!("`{path}` cannot be read: {error}"))?;
    let directory = match path {
        "-" => Path::new(""),
        path => Path::new(path).parent().unwrap_or(Path::new("")),
    };
    let name = if path == "-" { "<stdin>" } else { path };
    let recorder = Recorder {
        files: FileLoader::new(directory),
        identities: identities.clone(),
        directory: directory.into(),
        read: Arc::default(),
        commands: Arc::default(),
        asked: Arc::default(),
    };
    recorder.note(Path::new(path));
    identities.files().iter().for_each(|path| recorder.note(path));
    Ok((name, bytes, recorder))
}

/// The directory of a file that is named without one.
fn within(directory: &Path) -> &Path {
    if directory.as_os_str().is_empty() { Path::new(".") } else { directory }
}

pub fn bytes(reader: impl Read) -> std::io::Result<Vec<u8>> {
    limited(reader, READ_AT_MOST)
}

fn limited(reader: impl Read, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads the files of a context, and remembers which: a result must not be written over what it is made from.
#[derive(Clone)]
pub struct Recorder {
    files: FileLoader,
    identities: Identities,
    directory: PathBuf,
    read: Arc<Mutex<BTreeSet<PathBuf>>>,
    commands: Arc<Mutex<Commands>>,
    /// How often a compilation has asked for each command.
    asked: Arc<Mutex<BTreeMap<Vec<String>, usize>>>,
}

/// What each command wrote, time after time.
type Commands = BTreeMap<Vec<String>, Vec<Vec<u8>>>;

impl Recorder {
    /// For one more compilation of the same context: commands are not run again, and give what they gave.
    pub fn again(&self) -> Self {
        Self { asked: Arc::default(), ..self.clone() }
    }

    fn known(&self, words: &[String]) -> Option<Vec<u8>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked.entry(words.to_vec()).or_default();
        *times += 1;
        let commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        commands.get(words)?.get(*times - 1).cloned()
    }

    fn note(&self, path: &Path) {
        if let Ok(path) = path.canonicalize() {
            self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
        }
    }

    /// Whether a path is one of the files that were read. A device is not: it can be read and written.
    pub fn has_read(&self, path: &Path) -> bool {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        path.canonicalize().is_ok_and(|path| path.is_file() && read.contains(&path))
    }
}

impl Loader for Recorder {
    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.note(&self.directory.join(path));
        self.files.load(path)
    }

    /// The limit of a file holds for what it becomes: it has no compression, and is larger than that.
    fn decrypted(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.identities.decrypt(&self.load(path)?)
    }

    fn variable(&self, name: &str) -> Result<Vec<u8>, LoadError> {
        use std::os::unix::ffi::OsStringExt;
        std::env::var_os(name).map(OsStringExt::into_vec).ok_or_else(|| LoadError::new("it is not set"))
    }

    /// Its messages and questions are the user's to see and to answer.
    fn output(&self, words: &[String]) -> Result<Vec<u8>, LoadError> {
        if let Some(known) = self.known(words) {
            return Ok(known);
        }
        let written = self.run(words)?;
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        commands.entry(words.to_vec()).or_default().push(written.clone());
        Ok(written)
    }
}

impl Recorder {
    fn run(&self, words: &[String]) -> Result<Vec<u8>, LoadError> {
        let (program, arguments) = words.split_first().ok_or_else(|| LoadError::new("it names no program"))?;
        let refused = |error: std::io::Error| LoadError::new(format!("it cannot be run: {error}"));
        let mut command = std::process::Command::new(program);
        command.args(arguments).current_dir(within(&self.directory)).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(refused)?;
        let written = child.stdout.take().map_or(Ok(Vec::new()), bytes);
        let status = child.wait().map_err(refused)?;
        match written.map_err(refused)? {
            written if written.len() as u64 >= READ_AT_MOST => Err(LoadError::new("it writes more than 4 MiB")),
            _ if !status.success() => Err(LoadError::new(format!("it ended with {status}"))),
            written => Ok(written),
        }
    }
}
