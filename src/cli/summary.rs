//! `contextc summary`: what became of machines, after the boot.

mod hosts;
mod paths;

use super::{Failure, Outcome, output};
use contextc::summary::{self, FailOn, Machine};
use std::ffi::OsString;

const HELP: &str = "\
A PATH is a machine: its /var/log (or a directory that has it, a root, or the directory contextc in it), or a directory of such \
directories; a tar of that; the log of its console; its summary.json. Each may be gzip. `-` is standard input. Logs of handlers of the first \
kind, cloud-init-<block>.log, are judged, too.

A host is asked by the system's ssh, which must get in without a question: your configuration and known_hosts decide.

Examples:
  contextc summary /var/log                            this machine
  contextc summary logs                                copied logs, a directory for each machine
  openstack console log show node1 | contextc summary -
  contextc summary --ssh root@node1 --ssh root@node2 --fail-on degraded
  contextc summary farm.tar.gz --format json | jq '.[] | select(.state != \"ok\") | .name'

Exit codes: 0 all machines are as they should be; 1 one is as bad as --fail-on says, or there is no verdict on it; 2 could not work.";

/// Say what became of machines, from their logs
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// Logs of machines, `-` for standard input
    #[arg(value_name = "PATH", required_unless_present = "ssh")]
    paths: Vec<OsString>,
    /// Ask a machine over ssh
    #[arg(long, value_name = "HOST", value_parser = host)]
    ssh: Vec<String>,
    /// How long a host may take to answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// A table for people, or JSON (`contextc schema machines`)
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = ["table", "json"])]
    format: String,
    /// From which state on a machine counts as bad: degraded, failed or unreached. One without a verdict always does
    #[arg(long, value_name = "STATE", default_value = FailOn::default().name(), value_parser = fail_on)]
    fail_on: FailOn,
    /// Also show the blocks that are ok, and what they proved
    #[arg(short, long)]
    verbose: bool,
}

fn host(text: &str) -> Result<String, contextc::Error> {
    summary::check_host(text).map(|()| text.to_owned())
}

fn fail_on(text: &str) -> Result<FailOn, String> {
    let names = || FailOn::ALL.iter().map(|on| on.name()).collect::<Vec<_>>().join(", ");
    FailOn::ALL.iter().copied().find(|on| on.name() == text).ok_or_else(|| format!("write one of {}", names()))
}

/// Judges every machine; one that cannot be read does not keep the others from being shown.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let mut machines = Vec::new();
    let mut failures = Vec::new();
    for path in &arguments.paths {
        match paths::read(path) {
            Ok(mut found) => machines.append(&mut found),
            Err(failure) => failures.push(failure),
        }
    }
    match hosts::ask(&arguments.ssh, arguments.timeout) {
        Ok(mut found) => machines.append(&mut found),
        Err(failure) => failures.push(failure),
    }
    print(&machines, arguments)?;
    let bad = machines.iter().any(|machine| machine.state.meets(arguments.fail_on));
    match (failures.is_empty(), bad) {
        (false, _) => Err(failures.join("\n")),
        (true, true) => Ok(Outcome::Rejected),
        (true, false) => Ok(Outcome::Done),
    }
}

fn print(machines: &[Machine], arguments: &Arguments) -> Result<(), Failure> {
    let text = match arguments.format.as_str() {
        "json" => summary::json(machines),
        _ if machines.is_empty() => String::new(),
        _ => summary::table(machines, arguments.verbose),
    };
    output::to_stdout(text.as_bytes(), false)
}
