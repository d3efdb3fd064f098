//! `cccd-desk audit`: the hash chain of the audit log.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use cccd_desk::store::StoreError;
use clap::Subcommand;

use super::remembered::Which;

/// The audit log
#[derive(clap::Args)]
#[command(after_help = "Example: cccd-desk audit verify")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Checks every entry: 0 when the whole log is as it was written, 1 when it is not
    #[command(after_help = "Example: cccd-desk audit verify --json")]
    Verify {
        /// As one JSON object
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Writes every entry with its hash as a line of JSON; personal values are salted digests
    #[command(after_help = "Example: cccd-desk audit export > audit.jsonl")]
    Export {
        #[command(flatten)]
        which: Which,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match &args.action {
        Action::Verify { json, which } => {
            let (valid, answer, sentence) = match which.open()?.audit_verify() {
                Ok(head) => (
                    true,
                    serde_json::json!({ "valid": true, "entries": head.number, "head": head.hash }),
                    format!(
                        "The audit log is whole: {} entries, head {}",
                        head.number, head.hash
                    ),
                ),
                Err(StoreError::Chain(fault)) => (
                    false,
                    serde_json::json!({ "valid": false, "entry": fault.number, "problem": fault.problem }),
                    fault.to_string(),
                ),
                Err(error) => return Err(error.into()),
            };
            if *json {
                writeln!(out, "{answer}")?;
            } else {
                writeln!(out, "{sentence}")?;
            }
            Ok(if valid {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Action::Export { which } => {
            let count = which.open()?.audit_export(&mut out)?;
            eprintln!("{count} entries");
            Ok(ExitCode::SUCCESS)
        }
    }
}
