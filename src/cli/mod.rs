//! Commands: each in a file of its own, with `Args` and a `run`.

mod audit;
mod backup;
mod bench;
mod case_system;
mod demo;
mod devices;
mod doctor;
mod fleet;
mod judging;
mod key;
mod keys;
mod log;
mod models;
mod outbox;
mod payees;
mod person;
mod policy;
mod privacy;
mod read;
mod reading;
mod recording;
mod remembered;
mod restore;
mod sensor;
mod serve;
mod simulate;
mod trust;
mod verify;

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
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Read(Box<read::Args>),
    Verify(verify::Args),
    Simulate(simulate::Args),
    Trust(trust::Args),
    Policy(policy::Args),
    Models(models::Args),
    Outbox(outbox::Args),
    Keys(keys::Args),
    Fleet(fleet::Args),
    Payees(payees::Args),
    Audit(audit::Args),
    Privacy(privacy::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Bench(bench::Args),
    CaseSystem(case_system::Args),
    Recording(recording::Args),
    Doctor(doctor::Args),
}

/// The exit code of a wrong command line (sysexits.h, EX_USAGE).
const USAGE: u8 = 64;

/// Runs the command of this process and returns its exit code.
pub fn run() -> ExitCode {
    let command = match CommandLine::try_parse() {
        Ok(line) => line.command,
        Err(error) => {
            // Help and version come this way too, and go to stdout.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(USAGE)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let ended = match command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Read(args) => read::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Trust(args) => trust::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Models(args) => models::run(&args),
        Command::Outbox(args) => outbox::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Fleet(args) => fleet::run(&args),
        Command::Payees(args) => payees::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Privacy(args) => privacy::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::CaseSystem(args) => case_system::run(args),
        Command::Recording(args) => recording::run(&args),
        Command::Doctor(args) => doctor::run(&args),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("cccd-desk: {error:#}");
        ExitCode::FAILURE
    })
}

/// Says what is wrong with the command line, and returns its exit code.
fn usage(error: &anyhow::Error) -> ExitCode {
    eprintln!("cccd-desk: {error:#}");
    ExitCode::from(USAGE)
}
