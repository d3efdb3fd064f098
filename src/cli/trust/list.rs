//! `cccd-desk trust list`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use cccd_desk::desk::trust::Held;
use cccd_desk::desk::trust::view::document;
use cccd_desk::verify::TrustAnchors;
use time::OffsetDateTime;

use super::Which;

/// What is trusted, and which import brought it
#[derive(clap::Args)]
#[command(after_help = "Example: cccd-desk trust list --json")]
pub struct Args {
    /// As one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let (trust, held) = super::look(&args.which.config()?)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", document(&trust, &held))?;
    } else {
        write(&mut out, &trust, &held)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn day(at: OffsetDateTime) -> String {
    at.date().to_string()
}

fn write(out: &mut dyn Write, trust: &TrustAnchors, held: &Held) -> Result<()> {
    writeln!(out, "Trust anchors: {}", trust.anchors.len())?;
    for anchor in &trust.anchors {
        let certificate = &anchor.certificate;
        let test = if anchor.test { "  [TEST]" } else { "" };
        writeln!(
            out,
            "  {} to {}  {}{test}\n    {}",
            day(certificate.not_before),
            day(certificate.not_after),
            certificate.subject.text,
            certificate.fingerprint
        )?;
    }
    writeln!(out, "Document signers: {}", trust.signers.len())?;
    for signer in &trust.signers {
        writeln!(out, "  {}\n    {}", signer.subject.text, signer.fingerprint)?;
    }
    writeln!(out, "Revocation lists: {}", trust.crls.len())?;
    for crl in &trust.crls {
        let next = crl.next_update.map_or_else(|| "no date".to_owned(), day);
        writeln!(
            out,
            "  {} to {next}  {}: {} revoked",
            day(crl.this_update),
            crl.issuer.text,
            crl.revoked.len()
        )?;
    }
    writeln!(out, "Known defects: {}", trust.defects.len())?;
    writeln!(out, "Imports: {}", held.imports.len())?;
    for import in &held.imports {
        let undone = match (&import.undone_at, &import.undone_by) {
            (Some(at), Some(by)) => format!("  undone {} by {by}", day(*at)),
            _ => String::new(),
        };
        writeln!(
            out,
            "  {:>4}  {}  {}  {}  by {}{undone}\n        {}",
            import.number,
            day(import.at),
            import.kind,
            import.file,
            import.by,
            import.sha256
        )?;
        if let Some(signer) = &import.signer_name {
            let accepted = if import.accepted { ", accepted" } else { "" };
            writeln!(out, "        signed by {signer}{accepted}")?;
        }
    }
    for distrusted in &held.distrusted {
        writeln!(
            out,
            "Distrusted: {}  by {}: {}",
            distrusted.sha256, distrusted.by, distrusted.reason
        )?;
    }
    writeln!(out, "Digest: {}", trust.digest)?;
    Ok(())
}
