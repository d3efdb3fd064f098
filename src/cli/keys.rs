//! `cccd-desk keys`: the keys that reports are signed with.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use super::remembered::Which;

/// The keys that reports are signed with
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cccd-desk keys list      the public keys, as a JWK set: what GET /v1/keys answers
  cccd-desk keys rotate    signs with a new key from the next report on")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// The public keys as a JWK set: the one that signs now, then those that did before
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Signs with a new key from the next report on. Old public keys stay in the set, so that what waits
    /// and what was received can be checked; receivers that pin keys take the new one up first. Desks
    /// that take this desk's trust bundles pin it too
    Rotate {
        #[command(flatten)]
        which: Which,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let store = match &args.action {
        Action::List { which } => which.open()?,
        Action::Rotate { which } => {
            let store = which.open()?;
            store.rotate_signing()?;
            store
        }
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &store.keys())?;
    writeln!(out)?;
    Ok(ExitCode::SUCCESS)
}
