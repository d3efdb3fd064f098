//! `cccd-desk trust check`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use cccd_desk::desk::trust::age::{Urgency, alarms};
use time::OffsetDateTime;

use super::Which;

/// Says what is stale, missing or soon over
#[derive(clap::Args)]
#[command(after_help = "Example: cccd-desk trust check --json\n\n\
Exit: 0 nothing to see to, 1 something is stale or missing.")]
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
    let found = alarms(&trust, &held, OffsetDateTime::now_utc());
    let mut out = std::io::stdout().lock();
    if args.json {
        let report = serde_json::json!({
            "ok": found.is_empty(),
            "anchors": trust.anchors.len(),
            "crls": trust.crls.len(),
            "digest": trust.digest,
            "alarms": found,
        });
        writeln!(out, "{report}")?;
    } else if found.is_empty() {
        writeln!(
            out,
            "{} chứng thư gốc, {} danh sách thu hồi, không có gì quá hạn.\n{} trust anchors, {} revocation lists, nothing is stale.",
            trust.anchors.len(),
            trust.crls.len(),
            trust.anchors.len(),
            trust.crls.len()
        )?;
    } else {
        for alarm in &found {
            let mark = match alarm.urgency {
                Urgency::Fault => "✗",
                Urgency::Warning => "!",
            };
            writeln!(out, "{mark} {}\n  {}\n  {}", alarm.code, alarm.vi, alarm.en)?;
        }
    }
    Ok(if found.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
