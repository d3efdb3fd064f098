//! `cccd-desk simulate persona`: a persona of one's own, looked at before a card is made of it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use cccd_desk::simulation::listed;
use cccd_sim::personas::written;
use time::OffsetDateTime;

use crate::cli::usage;

/// A persona from a file, signed by the test authority
#[derive(clap::Args)]
#[command(after_help = "\
Example: cccd-desk simulate persona docs/persona.example.toml --evidence card/

Tells the line of the first mistake, and what would be right. docs/personas.md describes the file.")]
pub struct Args {
    /// The file
    file: PathBuf,
    /// As one JSON object, as in `simulate list --json`
    #[arg(long)]
    json: bool,
    /// Writes the files of its card into this folder, as `verify` takes them
    #[arg(long, value_name = "DIR")]
    evidence: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args, now: OffsetDateTime) -> Result<ExitCode> {
    let written = match written::load(&args.file) {
        Ok(written) => written,
        Err(error) => return Ok(usage(&error.into())),
    };
    let (persona, defects) = (&written.persona, &written.defects);
    if let Some(folder) = &args.evidence {
        let unwritten = || format!("{} cannot be written", folder.display());
        std::fs::create_dir_all(folder).with_context(unwritten)?;
        for (name, content) in cccd_sim::persona_files(persona, defects, now)? {
            std::fs::write(folder.join(name), content).with_context(unwritten)?;
        }
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        let mut document = listed(persona);
        if let Some(fields) = document.as_object_mut() {
            let ids = defects.iter().map(|defect| defect.id).collect();
            fields.insert("defects".to_owned(), ids);
        }
        serde_json::to_writer(&mut out, &document)?;
        writeln!(out)?;
    } else {
        super::tell(&mut out, persona)?;
        for defect in defects {
            writeln!(out, "  {:<22} {}: {}", "", defect.id, defect.description)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
