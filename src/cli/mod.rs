//! The command line. Thin: parse the arguments, call the library, render, choose the exit code.
//!
//! To add a command: a file here with its arguments and a `run`, a variant of [`Command`], a line in [`run`].

mod check;
mod compile;
mod diff;
mod explain;
mod folders;
mod handlers;
mod identities;
mod init;
mod input;
mod inspect;
mod launch;
mod medium;
mod options;
mod output;
mod render;
mod schema;
mod seed;
mod simulate;
mod summary;
mod targets;
mod terraform_external;
mod today;
mod userdata;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// What a command ends with. The same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: the input, or a machine, is not right; two files are different.
    Rejected,
}

/// Why a command could not work: exit code 2, and a line for people.
type Failure = String;

/// Compiles one short YAML file into the user-data that makes cloud-init turn a bare image into the machine it describes.
#[derive(Parser)]
#[command(
    name = "contextc",
    version,
    after_help = "Exit codes: 0 done, 1 the input was rejected, a machine is not right or two files are different, 2 could not work."
)]
struct Arguments {
    /// When to colour messages.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = ["auto", "always", "never"])]
    color: String,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Compile(compile::Arguments),
    Check(check::Arguments),
    Inspect(inspect::Arguments),
    Diff(diff::Arguments),
    Explain(explain::Arguments),
    Launch(launch::Arguments),
    Handlers(handlers::Arguments),
    Init(init::Arguments),
    Schema(schema::Arguments),
    Simulate(Box<simulate::Arguments>),
    Summary(summary::Arguments),
    Targets(targets::Arguments),
    TerraformExternal(terraform_external::Arguments),
}

pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    render::choose_colour(&arguments.color);
    let outcome = match arguments.command {
        Command::Compile(arguments) => compile::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Launch(arguments) => launch::run(&arguments),
        Command::Handlers(arguments) => handlers::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Summary(arguments) => summary::run(&arguments),
        Command::Targets(arguments) => targets::run(&arguments),
        Command::TerraformExternal(arguments) => terraform_external::run(&arguments),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Rejected) => ExitCode::from(1),
        Err(failure) => {
            render::failure(&failure);
            ExitCode::from(2)
        }
    }
}
