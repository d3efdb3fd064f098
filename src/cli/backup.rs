//! `cccd-desk backup`: a copy of the database, while the desk runs.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use super::trust::Who;

/// Writes a copy of the whole database into a new file, while the desk runs
#[derive(clap::Args)]
#[command(after_help = "\
Example: cccd-desk backup /media/backup/desk-2026-11-30.db

The copy is encrypted with the desk's key and opens with no other: keep desk.key too, in another place.
It holds everybody who is in the database now. A person erased later is still in it, and so is what is
purged later: keep it no longer than the terms in the configuration, and erase anew what was erased since
where it is restored.")]
pub struct Args {
    /// The copy; a file that is there already is left alone
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let store = args.who.which().open()?;
    let bytes = store.back_up(&args.file, &args.who.name())?;
    writeln!(
        std::io::stdout(),
        "{}: {bytes} bytes, encrypted with the desk's key",
        args.file.display()
    )?;
    Ok(ExitCode::SUCCESS)
}
