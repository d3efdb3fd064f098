//! `cccd-desk restore`: a copy in the place of the database.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use cccd_desk::store::Store;
use cccd_desk::store::carrying::Carried;
use cccd_desk::store::safekeeping::FolderLock;
use cccd_port::{Clock, SystemClock};

use super::trust::Who;

/// Puts a copy that “backup” made in the place of the database; refused while the desk runs
#[derive(clap::Args)]
#[command(after_help = "\
Example: cccd-desk restore /media/backup/desk-2026-11-30.db

The copy must open with the desk's key (desk.key), be whole, and its audit log too. The database that is
there now is set aside under a name with the time, and never deleted. What was paid, undone, revoked and
distrusted since the copy was made is taken over from it; where it cannot be read, nobody is paid until
“cccd-desk payees release”. Whoever was erased since the copy was made is in it again, and must be erased
anew; what is over its term goes when the desk starts.")]
pub struct Args {
    /// The copy
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let config = args.who.which().config()?;
    let lock = FolderLock::take(&config.data_dir)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let restored = Store::restore(&lock, &args.file, &clock, &args.who.name())?;
    let mut out = std::io::stdout();
    writeln!(out, "{} is the database now", args.file.display())?;
    if let Some(place) = restored.set_aside {
        writeln!(out, "The one that was there is {}", place.display())?;
        match restored.unsent {
            Some(0) => {}
            Some(count) => writeln!(out, "It holds {count} reports without a receipt")?,
            None => writeln!(
                out,
                "It cannot be opened: it may hold reports without a receipt"
            )?,
        }
    }
    match &restored.carried {
        Some(carried) => write_carried(&mut out, carried)?,
        None => writeln!(
            out,
            "What happened since the copy was made is not known: there is nothing to read it from.\n\
             Look at these: tokens and authorisations that were revoked, certificates that were distrusted,\n\
             imports of trust that were undone (all count again); the key that signs reports, where it was\n\
             changed (cccd-desk keys list). Reports are numbered from a million further on"
        )?,
    }
    if restored.payments_held {
        writeln!(
            out,
            "Payments since the copy was made are not known: NOBODY IS PAID until somebody says so.\n\
             Go through the sheets of the days since; then, before the desk starts: cccd-desk payees release,\n\
             and note who was paid: cccd-desk payees manual"
        )?;
    }
    writeln!(
        out,
        "Whoever was erased since the copy was made is in it again: erase them anew"
    )?;
    Ok(ExitCode::SUCCESS)
}

fn write_carried(out: &mut impl std::io::Write, carried: &Carried) -> std::io::Result<()> {
    writeln!(
        out,
        "Taken over from it: {} payments, {} undone, {} lists of payees, {} revocations",
        carried.payments, carried.undone, carried.lists, carried.revocations
    )?;
    if carried.unplaced > 0 {
        let count = carried.unplaced;
        writeln!(out, "{count} payments in it have no place in the copy")?;
    }
    if !carried.continued {
        writeln!(
            out,
            "It does not continue the copy: something between the two is missing"
        )?;
    }
    Ok(())
}
