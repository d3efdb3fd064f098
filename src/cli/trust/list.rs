//! `cccd-desk trust list`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use cccd_desk::desk::trust::Held;
use cccd_desk::verify::TrustAnchors;
use cccd_desk::verify::certificate::Certificate;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

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

/// What `GET /v1/trust` and `trust list --json` show.
fn document(trust: &TrustAnchors, held: &Held) -> Value {
    let source = |certificate: &Certificate| {
        held.objects
            .iter()
            .find(|object| object.sha256 == certificate.fingerprint)
    };
    let anchors: Vec<Value> = trust
        .anchors
        .iter()
        .map(|anchor| {
            let certificate = &anchor.certificate;
            let also: Vec<&String> = anchor.also.iter().map(|also| &also.fingerprint).collect();
            let kept = source(certificate);
            json!({
                "subject": certificate.subject.text,
                "country": certificate.subject.country,
                "sha256": certificate.fingerprint,
                "key_id": certificate.subject_key_id.as_deref().map(hex::encode),
                "not_before": day(certificate.not_before),
                "not_after": day(certificate.not_after),
                "key": certificate.key.as_ref().map(|key| key.key.describe()).ok(),
                "standing": kept.map(|kept| kept.standing.as_str()),
                "import": kept.map(|kept| kept.import),
                "pinned": held.pinned.contains(certificate) || kept.is_none(),
                "also": also,
                "authority": anchor.family,
                "test": anchor.test,
            })
        })
        .collect();
    let signers: Vec<Value> = trust
        .signers
        .iter()
        .map(|signer| json!({ "subject": signer.subject.text, "sha256": signer.fingerprint }))
        .collect();
    let crls: Vec<Value> = trust
        .crls
        .iter()
        .map(|crl| {
            json!({
                "issuer": crl.issuer.text,
                "number": crl.number.as_deref().map(hex::encode),
                "this_update": moment(crl.this_update),
                "next_update": crl.next_update.map(moment),
                "revoked": crl.revoked.len(),
            })
        })
        .collect();
    json!({
        "digest": trust.digest,
        "anchors": anchors,
        "signers": signers,
        "crls": crls,
        "defects": trust.defects.len(),
        "revoked": trust.revoked.len(),
        "imports": held.imports,
        "accepted_signers": held.accepted_signers,
        "distrusted": held.distrusted,
    })
}

fn day(at: OffsetDateTime) -> String {
    at.date().to_string()
}

fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
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
