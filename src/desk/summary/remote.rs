//! The summary of a machine that answers over ssh.

use super::MAX_ANSWER_BYTES;
use super::covered;
use super::machine::{Machine, MachineState, Origin};
use super::section::MARK;
use super::tree::Tree;
use crate::desk::runner::{Command, Finished, RunError, Runner};
use crate::error::Error;
use std::time::Duration;

/// How long ssh tries to connect, in seconds: the rest of the time is for the answer.
const CONNECT_SECONDS: u64 = 10;

/// Prints the verdict as on a console, then the beginning and end of each block's log, then what tells of a machine without
/// verdict. Only reads, and what is long in part only. For `sh -c '...'` on one line, so that any login shell passes it on.
const SCRIPT: &str = r#"cd / || exit; l=var/log/contextc; h() { printf "\n==> %s <==\n" "$1"; }; 
if [ -r $l/summary.json ]; then printf "\nMARK"; head -c 1048576 $l/summary.json; fi; 
if [ -r $l/summary.log ]; then h $l/summary.log; tail -n 1 $l/summary.log; fi; 
for f in $l/*.log; do case $f in */summary.log|*/outcome.log|*/pipeline-*|*/pilot-*) continue;; esac; [ -r "$f" ] || continue; h "$f"; 
head -c 8388608 "$f" | grep " INFO == begin " | tail -n 1; tail -n 20 "$f" | cut -c1-1000; done; 
[ -r $l/summary.json ] && exit 0; 
f=run/cloud-init/status.json; if [ -r $f ]; then h $f; head -c 65536 $f; fi; 
f=var/log/cloud-init.log; if [ -r $f ]; then h $f; tail -c 4194304 $f | 
grep -E "loud-init v\. |Running module .* failed|Failed running |contextc" | tail -n 200 | cut -c1-500; fi; 
for f in var/log/cloud-init-*.log; do [ "$f" = var/log/cloud-init-output.log ] && continue; [ -r "$f" ] || continue; 
h "$f"; tail -c 2097152 "$f"; done; exit 0"#;

/// Asks a machine for its verdict: runs the system's `ssh`, which must get in without a question.
///
/// ssh decides by its own configuration which keys and which hosts it trusts. A host that does not answer is a machine in
/// the state [`NoAnswer`](MachineState::NoAnswer).
///
/// # Errors
/// [`ErrorKind::NotRun`](crate::ErrorKind::NotRun): the host is none that ssh may get (it begins with `-`, is empty, or
/// holds blanks or control characters), or there is no ssh.
pub fn ask(host: &str, runner: &dyn Runner, timeout: Duration) -> Result<Machine, Error> {
    check_host(host)?;
    match runner.run(&command(host, timeout)) {
        Err(RunError::NotStarted(reason)) => Err(Error::not_run("ssh", reason)),
        Err(RunError::TimedOut) => Ok(no_answer(host, format!("no answer within {} s", timeout.as_secs()))),
        Err(error) => Ok(no_answer(host, error.to_string())),
        Ok(finished) => Ok(judge(host, &finished)),
    }
}

/// Whether ssh may get this text as a host: a name, an address, `user@host`, `ssh://user@host:port`, or an alias.
///
/// ```
/// use contextc::summary::check_host;
/// assert!(check_host("root@node1.example.org").is_ok() && check_host("ssh://root@[2001:db8::1]:2222").is_ok());
/// assert!(check_host("-oProxyCommand=reboot").is_err() && check_host("a b").is_err());
/// ```
///
/// # Errors
/// [`ErrorKind::NotRun`](crate::ErrorKind::NotRun) where it is none.
pub fn check_host(host: &str) -> Result<(), Error> {
    let reason = match host {
        "" => "the host is empty",
        _ if host.starts_with('-') => "a host does not begin with `-`: ssh would take it for an option",
        _ if host.contains(|c: char| c.is_whitespace() || c.is_control()) => "a host holds no blanks",
        _ => return Ok(()),
    };
    Err(Error::not_run("ssh", reason))
}

fn command(host: &str, timeout: Duration) -> Command {
    let connect = format!("ConnectTimeout={}", timeout.as_secs().clamp(1, CONNECT_SECONDS));
    let script = format!("exec sh -c '{}'", SCRIPT.replace('\n', "").replace("MARK", MARK));
    let arguments = ["-T", "-o", "BatchMode=yes", "-o", &connect, "--", host, &script];
    Command::new("ssh", arguments).within(timeout).printing_at_most(MAX_ANSWER_BYTES)
}

fn judge(host: &str, finished: &Finished) -> Machine {
    let looked_for = "readable summary.json or log of a block in /var/log/contextc, nor cloud-init-<block>.log";
    let mut tree = Tree::new(host).looking_for(looked_for);
    let read = tree.add_text(&finished.stdout[..]);
    let machine = match read {
        Ok(()) => tree.machines().into_iter().next(),
        Err(error) => return no_answer(host, format!("its answer makes no sense: {error}")),
    };
    let said = String::from_utf8_lossy(&finished.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("ssh did not say why").trim();
    match machine {
        Some(machine) if machine.state != MachineState::NoVerdict => machine,
        // 255 is ssh's own: it did not get in, or the connection broke.
        Some(_) | None if finished.code == Some(255) || finished.code.is_none() => no_answer(host, last.into()),
        Some(mut machine) => {
            if finished.code != Some(0) {
                machine.notes.push(last.to_owned());
            }
            machine
        }
        None => no_answer(host, last.into()),
    }
}

fn no_answer(host: &str, reason: String) -> Machine {
    let unanswered = Machine::new(host, MachineState::NoAnswer, Origin::Nothing);
    let mut machine = Machine { reason: Some(reason), ..unanswered };
    covered::cover(&mut machine);
    machine
}
