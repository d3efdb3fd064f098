//! `cccd-desk payees sheet`.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use cccd_desk::desk::payees::sheet;
use cccd_desk::document::Date;
use cccd_desk::store::AuditEvent;

use super::date;
use crate::cli::trust::Who;
use crate::cli::usage;

/// The sheet of a day: who was paid what, where and by whom, with the sums of each list and period
#[derive(clap::Args)]
#[command(
    after_help = "Example: cccd-desk payees sheet --date 2026-11-30 --html sheet.html --csv sheet.csv\n\n\
Without --csv, --html and --json the table goes to the terminal as CSV. It names people: files are\n\
written for their owner alone."
)]
pub struct Args {
    /// The day; without it today
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// A table for spreadsheets
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// A page to print
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// As one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let day = args.date.as_deref().map(|text| date("--date", text));
    let day = match day.transpose() {
        Ok(day) => day,
        Err(error) => return Ok(usage(&error)),
    };
    let config = args.who.which().config()?;
    let store = args.who.which().open()?;
    let day = day.unwrap_or_else(|| Date::in_vietnam(store.now()));
    let found = store.payee_sheet(day)?;
    // It names people: what leaves is recorded first.
    let by = args.who.name();
    let event = AuditEvent::new("payee-sheet-exported")
        .fact("day", day)
        .fact("payments", found.claims.len())
        .fact("by", &by);
    store.record(&event)?;
    let table = sheet::csv(&found)?;
    if let Some(path) = &args.csv {
        write(path, &table)?;
    }
    if let Some(path) = &args.html {
        let page = sheet::html(&found, &config.desk.id, store.now())?;
        write(path, page.as_bytes())?;
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut out, &found)?;
        writeln!(out)?;
    } else if args.csv.is_none() && args.html.is_none() {
        out.write_all(&table)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let named = || path.display().to_string();
    let mut options = std::fs::OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path).with_context(named)?;
    file.write_all(bytes).with_context(named)
}
