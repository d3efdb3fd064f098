//! `cccd-desk privacy`: what is kept of people, a copy of it for one of them, and its erasure.
//!
//! # Layout
//! - here: export and erase
//! - [`record`]: the page of the record of processing

mod record;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use cccd_desk::desk::reading::evidence_file;
use cccd_desk::document::PersonalNumber;
use cccd_desk::store::Store;
use cccd_desk::store::purging::Terms;
use cccd_desk::store::subject::Erased;
use clap::Subcommand;

use super::person::{NUMBER_HELP, number};
use super::remembered::Which;
use super::trust::Who;
use super::usage;

/// What is kept of people: a copy of it for one of them, its erasure, and the record of processing
#[derive(clap::Args)]
#[command(
    after_help = "Example: cccd-desk privacy export --personal-number - > copy.json\n\ndocs/privacy.md says what is kept, for what and how long."
)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Writes all that is kept of a person as one JSON object, for that person
    #[command(after_help = format!("Example: cccd-desk privacy export --personal-number - > copy.json\n\n{NUMBER_HELP}"))]
    Export {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        who: Who,
    },
    /// Erases all that is kept of a person, in the database and in copies made before a migration
    #[command(after_help = format!("Example: cccd-desk privacy erase --personal-number number.txt\n\n{NUMBER_HELP}\n\n\
What has to stay for a time is told of and goes by itself while the desk runs, within the hour: the text\n\
of a report once it has its receipt (of one that was refused for good: once it is sent after all, or given\n\
up by “cccd-desk outbox give-up-report”), an entry of a list of payees once it is paid or the list is over.\n\
What the office keeps elsewhere (backups, exports, databases set aside) is not touched.\n\
The audit log keeps that somebody was erased, and not who; “cccd-desk audit verify” still holds."))]
    Erase {
        #[command(flatten)]
        whose: Whose,
        /// As one JSON object
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        who: Who,
    },
    /// Erases at once what is over its term, on your word that date and time of this machine are right
    #[command(after_help = "\
Example: date && cccd-desk privacy purge

The running desk does this each hour by itself. After a leap of the clock by more than 45 days it does not,\n\
until it has been at work by the new time for a week; what is erased by a wrong clock is gone for good.")]
    Purge {
        #[command(flatten)]
        who: Who,
    },
    /// Writes the page of the record of processing for this desk, as it is configured (Markdown)
    #[command(
        after_help = "Example: cccd-desk privacy record --config /etc/cccd-desk/desk.toml > record.md"
    )]
    Record {
        #[command(flatten)]
        which: Which,
    },
}

/// Whose data.
#[derive(clap::Args)]
struct Whose {
    /// A file that holds the 12 digits, or - for standard input
    #[arg(long, value_name = "FILE|-")]
    personal_number: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match &args.action {
        Action::Export { whose, who } => {
            let number = match number("--personal-number", &whose.personal_number) {
                Ok(number) => number,
                Err(error) => return Ok(usage(&error)),
            };
            let store = who.which().open()?;
            let copy = store.subject_export(&number, &who.name(), &shows)?;
            writeln!(out, "{}", copy.reveal())?;
        }
        Action::Erase { whose, json, who } => {
            let number = match number("--personal-number", &whose.personal_number) {
                Ok(number) => number,
                Err(error) => return Ok(usage(&error)),
            };
            let store = who.which().open()?;
            let erased = store.subject_erase(&number, &who.name(), &shows)?;
            let aside = store.set_aside()?;
            if *json {
                let answer = serde_json::json!({ "erased": erased, "set_aside": aside });
                writeln!(out, "{answer}")?;
            } else {
                tell(&mut out, &erased, &aside, &store)?;
            }
        }
        Action::Purge { who } => {
            let config = who.which().config()?;
            let store = who.which().open()?;
            store.believe_clock(&who.name())?;
            let purged = store.purge_by_terms(&Terms::from(&config.privacy))?;
            writeln!(
                out,
                "Erased: {} verdicts, {} reports, {} fingers, {} chips, {} lists of payees",
                purged.verdicts, purged.reports, purged.fingers, purged.chips, purged.payee_lists
            )?;
        }
        Action::Record { which } => {
            let config = which.config_without_folders()?;
            write!(out, "{}", record::page(&config))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn shows(evidence: &[u8], number: &PersonalNumber) -> bool {
    evidence_file::mentions(evidence, number.reveal())
}

fn tell(
    out: &mut impl Write,
    erased: &Erased,
    aside: &[String],
    store: &Store,
) -> std::io::Result<()> {
    for (count, what) in [
        (erased.sessions, "sessions: verdict, evidence, pictures"),
        (erased.reports, "delivered reports: their text"),
        (
            erased.digests,
            "audit entries: their digests say nothing any more",
        ),
        (erased.fingers, "enrolled fingers"),
        (erased.chips, "remembered chips"),
        (
            erased.payees,
            "entries of lists of payees; sums and payments stay",
        ),
        (
            erased.authorisations,
            "authorisations; none of them counts any more",
        ),
        (
            erased.copies,
            "copies of the database made before a migration",
        ),
    ] {
        writeln!(out, "{count:>4}  {what}")?;
    }
    for report in &erased.waiting_reports {
        writeln!(
            out,
            "Left: report {report} has no receipt yet; its text goes within the hour after it has one"
        )?;
    }
    for report in &erased.refused_reports {
        writeln!(
            out,
            "Left: report {report} was refused for good; its text goes within the hour after it was sent after all \
             (cccd-desk outbox retry {report}), or given up (cccd-desk outbox give-up-report {report} --reason …)"
        )?;
    }
    for entry in &erased.waiting_payees {
        writeln!(
            out,
            "Left: entry {} for {} of list {} is still to be paid; it goes once it is paid or the list is over",
            entry.entry, entry.period, entry.list
        )?;
    }
    let folder = store.folder().unwrap_or(Path::new("."));
    for name in aside {
        writeln!(
            out,
            "Not touched: {} was set aside and may hold this person; remove it when it is not needed any more",
            folder.join(name).display()
        )?;
    }
    Ok(())
}
