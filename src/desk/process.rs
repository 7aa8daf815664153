//! Processes of this system.

use super::runner::{Command, Finished, RunError, Runner};
use std::io::{Read, Write};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Starts real processes. Part of the `cli` feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessRunner;

/// How much of standard error is kept: its end says why.
const STDERR_BYTES: usize = 64 * 1024;

/// How long a program may go on after it closed its standard output, or its errors come in after its end.
const GRACE: Duration = Duration::from_millis(500);

impl Runner for ProcessRunner {
    fn run(&self, command: &Command) -> Result<Finished, RunError> {
        let begun = Instant::now();
        let mut child = spawn(command)?;
        feed(child.stdin.take(), command.input().to_vec());
        let most = command.max_output().saturating_add(1);
        let printed = reader(child.stdout.take(), move |stream, bytes| stream.take(most as u64).read_to_end(bytes));
        let said = reader(child.stderr.take(), end_of);
        // What is read is waited for, not the threads: a helper of the program may hold its streams open for ever.
        let stdout = printed.recv_timeout(command.timeout());
        let status = match &stdout {
            Ok(bytes) if bytes.len() <= command.max_output() => {
                wait(&mut child, command.timeout().saturating_sub(begun.elapsed()))
            }
            _ => None,
        };
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        match (stdout, status) {
            (Ok(stdout), Some(status)) => {
                let stderr = said.recv_timeout(GRACE).unwrap_or_default();
                Ok(Finished { code: status.code(), stdout, stderr })
            }
            (Ok(stdout), None) if stdout.len() > command.max_output() => Err(RunError::TooMuch),
            _ => Err(RunError::TimedOut),
        }
    }
}

fn spawn(command: &Command) -> Result<Child, RunError> {
    let mut process = std::process::Command::new(command.program());
    let input = if command.input().is_empty() { Stdio::null() } else { Stdio::piped() };
    process.args(command.arguments()).stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
    process.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => RunError::NotStarted("no such program".into()),
        _ => RunError::NotStarted(error.to_string()),
    })
}

/// Writes what a program reads, on a thread of its own: it may print before it has read all, or read nothing.
fn feed(stdin: Option<impl Write + Send + 'static>, input: Vec<u8>) {
    thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
}

/// Reads a stream on a thread of its own.
fn reader<S: Read + Send + 'static>(
    stream: Option<S>,
    read: impl FnOnce(S, &mut Vec<u8>) -> std::io::Result<usize> + Send + 'static,
) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before a fault counts.
        let _ = stream.map(|stream| read(stream, &mut bytes));
        let _ = sender.send(bytes);
    });
    receiver
}

/// Reads all and keeps the end: who stops reading ends the program.
fn end_of(mut stream: impl Read, bytes: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut read = 0;
    loop {
        let more = stream.by_ref().take(STDERR_BYTES as u64).read_to_end(bytes)?;
        bytes.drain(..bytes.len().saturating_sub(STDERR_BYTES));
        read += more;
        if more == 0 {
            return Ok(read);
        }
    }
}

/// The exit status, where it comes in time.
fn wait(child: &mut Child, left: Duration) -> Option<ExitStatus> {
    let (begun, left) = (Instant::now(), left.max(GRACE));
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if begun.elapsed() < left => thread::sleep(Duration::from_millis(5)),
            _ => return None,
        }
    }
}
