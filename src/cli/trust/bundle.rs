//! `cccd-desk trust bundle`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use cccd_desk::desk::trust::bundle::{looks_like_one, make, signer_of};
use cccd_desk::verify::trust::folder;
use clap::Subcommand;

use super::{Who, importing};

/// Anchors, revocation lists and policies in one signed file, for other desks
#[derive(clap::Args)]
#[command(after_help = "Example: cccd-desk trust bundle make office.bundle")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Writes a bundle of what this desk trusts, signed by its key
    #[command(after_help = "Example: cccd-desk trust bundle make office.bundle")]
    Make {
        /// The file to write
        file: PathBuf,
        #[command(flatten)]
        who: Who,
    },
    /// Imports a bundle; its signer must be pinned, or accepted
    #[command(
        after_help = "Example: cccd-desk trust bundle import office.bundle --accept-signer 0f1e…9a"
    )]
    Import(importing::Args),
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    match &args.action {
        Action::Make { file, who } => {
            let (config, store) = who.store()?;
            let bundle = make(&store, &config.desk.id, &config.policy_texts())?;
            std::fs::write(file, &bundle).with_context(|| file.display().to_string())?;
            let signer = signer_of(&store);
            let mut out = std::io::stdout().lock();
            writeln!(
                out,
                "{}: {} bytes, signed by the key of desk {}\n  SHA-256 of the key {signer}\n  Other desks import it with:\n  cccd-desk trust bundle import {} --accept-signer {signer}",
                file.display(),
                bundle.len(),
                config.desk.id,
                file.display()
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Action::Import(args) => {
            for path in &args.files {
                if !looks_like_one(&folder::read(path)?) {
                    bail!("{} is no bundle", path.display());
                }
            }
            importing::run(args)
        }
    }
}
