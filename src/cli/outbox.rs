//! `cccd-desk outbox`: reports not yet receipted.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use cccd_desk::report::{DeliveryReason, ReportSettings};
use cccd_desk::store::{Destination, OutboxEntry, OutboxState, Store, StoreError};
use clap::Subcommand;

use super::remembered::Which;
use super::trust::Who;

/// Reports that have no receipt of the case system yet
#[derive(clap::Args)]
#[command(after_help = "Example: cccd-desk outbox list")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// What waits and what was refused, the oldest first
    #[command(after_help = "Example: cccd-desk outbox list --json")]
    List {
        /// As one JSON object
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Sends a report again that was refused, or all of those, or sends one now that waits
    #[command(
        after_help = "Example: cccd-desk outbox retry 01KAQ4Z2V6J6M3B5T8Y0X1N7CD\n\
    \x20        cccd-desk outbox retry --refused"
    )]
    Retry {
        /// The report's identifier, as `outbox list` shows it
        #[arg(value_name = "ID", required_unless_present = "refused")]
        report_id: Option<String>,
        /// All that were refused, as after a fault on the way to the case system
        #[arg(long, conflicts_with = "report_id")]
        refused: bool,
        #[command(flatten)]
        who: Who,
    },
    /// Gives up a destination that is not configured any more: what it has not taken is not sent there, and is
    /// purged in its time
    #[command(
        after_help = "Example: cccd-desk outbox give-up fleet --reason \"the office left the fleet\""
    )]
    GiveUp {
        /// case-system or fleet
        destination: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        who: Who,
    },
    /// Gives up a report that was refused for good: it can not be sent there any more, and what its session
    /// keeps goes in its time
    #[command(
        after_help = "Example: cccd-desk outbox give-up-report 01KAQ4Z2V6J6M3B5T8Y0X1N7CD --reason \"entered by hand\""
    )]
    GiveUpReport {
        /// The report's identifier, as `outbox list` shows it
        #[arg(value_name = "ID")]
        report_id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        who: Who,
    },
    /// Writes the signed reports as lines of JSON, for carrying them by hand; they stay in the outbox
    #[command(after_help = "Example: cccd-desk outbox export > reports.jsonl")]
    Export {
        #[command(flatten)]
        which: Which,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match &args.action {
        Action::List { json, which } => {
            let entries = which.open()?.outbox()?;
            if *json {
                serde_json::to_writer(&mut out, &serde_json::json!({ "outbox": entries }))?;
                writeln!(out)?;
            } else {
                write_list(&mut out, &entries)?;
            }
        }
        Action::Retry { report_id, who, .. } => {
            let store = who.which().open()?;
            if let Some(report_id) = report_id {
                known(&store, report_id, store.outbox_retry(report_id))?;
                writeln!(
                    out,
                    "{report_id} will be sent by the running desk, or at its next start"
                )?;
            } else {
                let count = store.outbox_retry_refused(&who.name())?;
                writeln!(
                    out,
                    "{count} reports that were refused will be sent by the running desk, or at its next start"
                )?;
            }
        }
        Action::GiveUpReport {
            report_id,
            reason,
            who,
        } => {
            let store = who.which().open()?;
            let done = store.outbox_give_up_report(report_id, &who.name(), &reason.as_str().into());
            known(&store, report_id, done)?;
            writeln!(
                out,
                "{report_id} is not sent any more where it was refused; what its session keeps goes in its time"
            )?;
        }
        Action::GiveUp {
            destination,
            reason,
            who,
        } => {
            let to = Destination::by_name(destination).with_context(|| {
                format!("there is no destination {destination}; there are: case-system, fleet")
            })?;
            let settings = ReportSettings::from(&who.which().config()?);
            if settings.destinations.contains(&to) {
                anyhow::bail!(
                    "{destination} is configured: take it out of the configuration first"
                );
            }
            let reason = reason.as_str().into();
            let count = who
                .which()
                .open()?
                .outbox_give_up(to, &who.name(), &reason)?;
            writeln!(
                out,
                "{count} reports are not sent to {destination} any more"
            )?;
        }
        Action::Export { which } => {
            let count = which.open()?.outbox_export(|report_id, jws| {
                let line = serde_json::json!({ "report_id": report_id, "jws": jws });
                writeln!(out, "{line}")
                    .map_err(|_| StoreError::State("the output cannot be written"))
            })?;
            eprintln!("{count} reports");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What became of a report, or which there are.
fn known<T>(store: &Store, report_id: &str, done: Result<T, StoreError>) -> Result<T> {
    match done {
        Err(StoreError::Unknown { .. }) => {
            let known: Vec<_> = store
                .outbox()?
                .into_iter()
                .map(|entry| entry.report_id)
                .collect();
            anyhow::bail!(
                "there is no report {report_id}; the outbox holds: {}",
                list_or_none(&known)
            );
        }
        done => done.with_context(|| format!("report {report_id}")),
    }
}

fn list_or_none(names: &[String]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

fn write_list(out: &mut impl Write, entries: &[OutboxEntry]) -> Result<()> {
    if entries.is_empty() {
        writeln!(out, "Every report has its receipt.")?;
    }
    for entry in entries {
        let state = match entry.state {
            OutboxState::Waiting => "waiting",
            OutboxState::Refused => "refused",
            OutboxState::Delivered => "delivered",
        };
        write!(
            out,
            "{}  {}  {state}  {}  sent {} times",
            entry.report_id,
            entry.destination.name(),
            entry.kind,
            entry.attempts
        )?;
        if let Some(case_ref) = &entry.case_ref {
            write!(out, "  case {case_ref}")?;
        }
        if let Some(next) = entry.next_attempt {
            write!(
                out,
                "  next {}",
                next.format(&time::format_description::well_known::Rfc3339)?
            )?;
        }
        writeln!(out)?;
        if let Some(reason) = entry.reason.as_deref().and_then(DeliveryReason::by_code) {
            let status = entry
                .status
                .map(|status| format!(" (HTTP {status})"))
                .unwrap_or_default();
            writeln!(
                out,
                "    {}{status}: {} {}",
                reason.code(),
                reason.sentence().en,
                reason.next_action().en
            )?;
        }
    }
    Ok(())
}
