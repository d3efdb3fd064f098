//! Commands: each in a file of its own, with `Args` and a `run`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Reads, proves and reports a Vietnamese citizen card at a service counter.
#[derive(Parser)]
#[command(name = "cccd-desk", version, about, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {}

/// Runs the command of this process and returns its exit code.
pub fn run() -> ExitCode {
    match CommandLine::parse().command {}
}
