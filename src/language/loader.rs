//! Bytes from outside: the only door through which the library reads anything.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Gives what a context names: files (`{file: PATH}`, scripts), encrypted ones, variables of the environment, what commands write.
///
/// The library never opens a file by itself: an embedding tool decides here what may be read and where from.
/// Implementations give the same bytes for the same path during one compilation; paths come as written in the context.
///
/// ```
/// use std::collections::HashMap;
/// struct InMemory(HashMap<String, Vec<u8>>);
/// impl contextc::Loader for InMemory {
///     fn load(&self, path: &str) -> Result<Vec<u8>, contextc::LoadError> {
///         self.0.get(path).cloned().ok_or_else(|| contextc::LoadError::new("no such file"))
///     }
/// }
/// ```
pub trait Loader: Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// Says in a phrase why the file cannot be read; the compiler adds the path and the place.
    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError>;

    /// The value of an environment variable (`{env: NAME}`).
    ///
    /// # Errors
    /// As for [`load`](Self::load). By default there is no environment.
    fn variable(&self, _name: &str) -> Result<Vec<u8>, LoadError> {
        Err(LoadError::new("this program gives a context no variables of its environment"))
    }

    /// What a command writes to its standard output (`{command: [...]}`): a program and its arguments, no shell.
    ///
    /// # Errors
    /// As for [`load`](Self::load). By default no command is run.
    fn output(&self, _words: &[String]) -> Result<Vec<u8>, LoadError> {
        Err(LoadError::new("this program runs no commands for a context"))
    }

    /// The decrypted bytes of a file that age encrypted (`{age: PATH}`): what they are must not come into an error.
    ///
    /// # Errors
    /// As for [`load`](Self::load). By default nothing is decrypted.
    fn decrypted(&self, _path: &str) -> Result<Vec<u8>, LoadError> {
        Err(LoadError::new("this program decrypts no files for a context"))
    }
}

/// Why a [`Loader`] has no bytes for a path, in a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    reason: String,
    help: Option<String>,
}

impl LoadError {
    /// A reason, as in `no such file`.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), help: None }
    }

    /// With what to do about it, in place of what the compiler would advise.
    ///
    /// ```
    /// let error = contextc::LoadError::new("no such file").help("ask the site for it");
    /// assert_eq!(error.to_string(), "no such file");
    /// ```
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(crate) fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for LoadError {}

/// Reads nothing. The default of the library: a context that names files is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLoader;

impl Loader for NoLoader {
    fn load(&self, _path: &str) -> Result<Vec<u8>, LoadError> {
        Err(LoadError::new("this program does not read files for a context"))
    }
}

/// Reads files of this machine, relative paths below one directory.
#[derive(Debug, Clone)]
pub struct FileLoader {
    directory: std::path::PathBuf,
}

/// The largest file that a context may bring in, in bytes: the limit of a context itself, since it becomes part of one.
const MAX_FILE_BYTES: u64 = super::source::MAX_SOURCE_BYTES as u64;

/// The most that one context may bring in, in bytes.
const MAX_BYTES: usize = 2 * super::source::MAX_SOURCE_BYTES;

impl FileLoader {
    /// A loader for the files that a context in `directory` names.
    pub fn new(directory: impl Into<std::path::PathBuf>) -> Self {
        Self { directory: directory.into() }
    }
}

impl Loader for FileLoader {
    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        use std::io::Read;
        let path = self.directory.join(Path::new(path));
        let refused = |error: std::io::Error| LoadError::new(phrase(&error));
        let file = std::fs::File::open(&path).map_err(refused)?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(refused)?;
        match bytes.len() as u64 > MAX_FILE_BYTES {
            true => Err(LoadError::new("it is larger than 4 MiB")),
            false => Ok(bytes),
        }
    }
}

/// A loader that gives one compilation so many bytes in all: a file of 4 MiB may be named a thousand times.
pub(crate) struct Bounded<'l> {
    inner: &'l dyn Loader,
    left: AtomicUsize,
}

impl<'l> Bounded<'l> {
    pub fn new(inner: &'l dyn Loader) -> Self {
        Self { inner, left: AtomicUsize::new(MAX_BYTES) }
    }

    fn counted(&self, bytes: Result<Vec<u8>, LoadError>) -> Result<Vec<u8>, LoadError> {
        let bytes = bytes?;
        let less = |left: usize| left.checked_sub(bytes.len());
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => Ok(bytes),
            Err(_) => Err(LoadError::new("with it, this context brings in more than 8 MiB")
                .help("leave out what is large: the machine can fetch it")),
        }
    }
}

impl Loader for Bounded<'_> {
    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.counted(self.inner.load(path))
    }

    fn variable(&self, name: &str) -> Result<Vec<u8>, LoadError> {
        self.counted(self.inner.variable(name))
    }

    fn output(&self, words: &[String]) -> Result<Vec<u8>, LoadError> {
        self.counted(self.inner.output(words))
    }

    fn decrypted(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.counted(self.inner.decrypted(path))
    }
}

fn phrase(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        std::io::ErrorKind::IsADirectory => "it is a directory".into(),
        _ => error.to_string(),
    }
}
