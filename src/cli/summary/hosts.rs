//! Machines that are asked over ssh, several at a time.

use super::super::Failure;
use contextc::ProcessRunner;
use contextc::summary::{self, Machine};
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// How many hosts are asked at a time: their answers are small, and their time is waiting.
const AT_A_TIME: usize = 16;

/// Asks hosts, and gives their machines in the order of the hosts.
pub fn ask(hosts: &[String], timeout: u64) -> Result<Vec<Machine>, Failure> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let worker = || {
        while let Some((position, host)) = take(hosts, &next) {
            let machine = summary::ask(host, &ProcessRunner, Duration::from_secs(timeout));
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((position, machine));
            progress(done.len(), hosts.len());
        }
    };
    thread::scope(|scope| {
        for _ in 0..hosts.len().min(AT_A_TIME) {
            scope.spawn(worker);
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(position, _)| *position);
    done.into_iter().map(|(_, machine)| machine.map_err(|error| error.to_string())).collect()
}

fn take<'h>(hosts: &'h [String], next: &AtomicUsize) -> Option<(usize, &'h String)> {
    let position = next.fetch_add(1, Ordering::Relaxed);
    hosts.get(position).map(|host| (position, host))
}

/// One line that is written over, for who waits at a terminal; it is gone when all have answered.
fn progress(done: usize, of: usize) {
    let mut stderr = std::io::stderr().lock();
    if stderr.is_terminal() {
        let _ = match done == of {
            true => write!(stderr, "\r\u{1b}[K"),
            false => write!(stderr, "\r{done} of {of} hosts"),
        };
        let _ = stderr.flush();
    }
}
