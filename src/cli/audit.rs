//! `cccd-desk audit`: the hash chain of the audit log.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use cccd_desk::desk::reading::evidence_file;
use cccd_desk::store::{AuditHead, StoreError};
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
    #[command(after_help = "\
Example: cccd-desk audit verify --head 118:5e0f…c4

Whoever has the database's key can write the whole log anew. What cannot be changed is what others have: each\n\
report names an entry by its number and hash (audit), and so does a fleet's book of heads.")]
    Verify {
        /// An entry as somebody received it: it must still be the same
        #[arg(long = "head", value_name = "NUMBER:HASH", value_parser = received)]
        heads: Vec<AuditHead>,
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

fn received(text: &str) -> Result<AuditHead, &'static str> {
    let wanted = "NUMBER:HASH, the hash in 64 hexadecimal digits";
    let (number, hash) = text.split_once(':').ok_or(wanted)?;
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wanted);
    }
    Ok(AuditHead {
        number: number.parse().map_err(|_| wanted)?,
        hash: hash.to_ascii_lowercase(),
    })
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match &args.action {
        Action::Verify { heads, json, which } => {
            let evidence = |bytes: &[u8]| {
                let kept = evidence_file::from_zip(bytes, "evidence".as_ref()).ok()?;
                Some(kept.digest())
            };
            let verified = which.open()?.audit_verify_against(heads, Some(&evidence));
            let (valid, answer, sentence) = match verified {
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
