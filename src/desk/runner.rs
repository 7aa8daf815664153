//! Programs of this system: the library never starts one by itself.

use std::fmt;
use std::time::Duration;

/// A program to run, without a shell, and with nothing on its standard input but what it is fed.
///
/// ```
/// let command = contextc::Command::new("ssh", ["node1", "true"]);
/// assert_eq!((command.program(), command.arguments()), ("ssh", &["node1".to_owned(), "true".to_owned()][..]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    program: String,
    arguments: Vec<String>,
    timeout: Duration,
    max_output: usize,
    input: Vec<u8>,
}

impl Command {
    /// A program by its name or path, with its arguments; at most 30 s long, with at most 1 MiB of output.
    pub fn new<T: Into<String>>(program: impl Into<String>, arguments: impl IntoIterator<Item = T>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self {
            program: program.into(),
            arguments,
            timeout: Duration::from_secs(30),
            max_output: 1 << 20,
            input: Vec::new(),
        }
    }

    /// How long it may take before it is killed.
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many bytes of its standard output are wanted. It is killed where it prints more.
    pub fn printing_at_most(mut self, bytes: usize) -> Self {
        self.max_output = bytes;
        self
    }

    /// What it reads on its standard input.
    pub fn fed(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// The program's name or path.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Its arguments.
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// What it reads on its standard input.
    pub fn input(&self) -> &[u8] {
        &self.input
    }

    /// How long it may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How many bytes it may print.
    pub fn max_output(&self) -> usize {
        self.max_output
    }
}

/// What a program left behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it said on standard error, at most its last 64 KiB.
    pub stderr: Vec<u8>,
}

/// Why a program did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// It could not be started: the reason in a phrase, as in `no such program`.
    NotStarted(String),
    /// It took longer than it may, and was killed.
    TimedOut,
    /// It printed more than it may, and was killed.
    TooMuch,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotStarted(reason) => reason,
            Self::TimedOut => "it took too long",
            Self::TooMuch => "it printed too much",
        })
    }
}

impl std::error::Error for RunError {}

/// Runs programs for the library, which starts none by itself. The command line's own is [`ProcessRunner`](crate::ProcessRunner).
///
/// ```
/// use contextc::{Command, Finished, RunError, Runner};
/// struct Recorded(&'static str);
/// impl Runner for Recorded {
///     fn run(&self, _command: &Command) -> Result<Finished, RunError> {
///         Ok(Finished { code: Some(0), stdout: self.0.into(), ..Finished::default() })
///     }
/// }
/// let machine = contextc::summary::ask("node1", &Recorded("Debian GNU/Linux"), std::time::Duration::from_secs(5))?;
/// assert_eq!(machine.state, contextc::summary::MachineState::NoVerdict);
/// # Ok::<(), contextc::Error>(())
/// ```
pub trait Runner: Send + Sync {
    /// Runs a program to its end, within its limits.
    ///
    /// # Errors
    /// It could not be started, or went beyond a limit.
    fn run(&self, command: &Command) -> Result<Finished, RunError>;
}
