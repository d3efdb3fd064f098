//! `cccd-desk trust import`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use cccd_desk::desk::trust::importing::{ImportError, import};
use cccd_desk::desk::trust::intake::{Outcome, Refusal, Terms};
use cccd_desk::verify::trust::folder;

use super::Who;

/// Imports master lists, certificates, link certificates, revocation lists, deviation and defect
/// lists, and bundles: all files, or nothing
#[derive(clap::Args)]
#[command(after_help = "Example: cccd-desk trust import csca.cer csca.crl\n\n\
A certificate that signs itself is pinned by importing it: compare its SHA-256 with what the\n\
authority publishes. A list counts once its signer is pinned, or stands under a pinned authority;\n\
otherwise nothing is imported, and the signer's name and SHA-256 are shown.\n\
Exit: 0 imported, 1 refused, 64 wrong command line.")]
pub struct Args {
    /// Files in DER or PEM
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Accept lists and bundles of the signer with this SHA-256, from now on
    #[arg(long, value_name = "SHA256")]
    accept_signer: Option<String>,
    /// As one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let accepted = args.accept_signer.as_deref().map(super::fingerprint);
    let accepted = match accepted.transpose() {
        Ok(accepted) => accepted,
        Err(error) => return Ok(crate::cli::usage(&error)),
    };
    let mut files = Vec::new();
    for path in &args.files {
        files.push((path.display().to_string(), folder::read(path)?));
    }
    let (_, store) = args.who.store()?;
    let by = args.who.name();
    let terms = Terms {
        by: &by,
        accept_signer: accepted.as_deref(),
        test_key_ids: &super::test_key_ids(),
        at: store.now(),
    };
    let mut out = std::io::stdout().lock();
    match import(&store, &files, terms) {
        Ok(outcomes) if args.json => {
            writeln!(out, "{}", serde_json::json!({ "imported": outcomes }))?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(outcomes) => {
            for outcome in &outcomes {
                tell(&mut out, outcome)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(ImportError::Refused { file, refusal }) => {
            if args.json {
                let signer = match &refusal {
                    Refusal::SignerNotPinned { name, sha256 } => {
                        serde_json::json!({ "name": name, "sha256": sha256 })
                    }
                    _ => serde_json::Value::Null,
                };
                let refused = serde_json::json!({
                    "refused": { "file": file, "why": refusal.to_string(), "signer": signer }
                });
                writeln!(out, "{refused}")?;
            }
            eprintln!("cccd-desk: {file}: {refusal}\nNothing was imported.");
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
    }
}

fn tell(out: &mut dyn Write, outcome: &Outcome) -> Result<()> {
    match outcome.import {
        Some(number) => writeln!(
            out,
            "{}: import {number}, {}, {} new",
            outcome.file, outcome.kind, outcome.new
        )?,
        None => writeln!(out, "{}: {}, nothing new", outcome.file, outcome.kind)?,
    }
    writeln!(out, "  SHA-256 {}", outcome.sha256)?;
    if let (Some(signer), Some(sha256)) = (&outcome.signer, &outcome.signer_sha256) {
        writeln!(out, "  signed by {signer}\n  SHA-256 {sha256}")?;
    }
    for (what, count) in &outcome.counts {
        writeln!(out, "  {count:>6} {what}")?;
    }
    for remark in &outcome.remarks {
        writeln!(out, "  note: {remark}")?;
    }
    Ok(())
}
