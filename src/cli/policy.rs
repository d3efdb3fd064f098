//! `cccd-desk policy`: what each purpose requires.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use cccd_desk::config::ConfigError;
use cccd_desk::decision::policy::written;
use cccd_desk::decision::{Policies, Policy};
use clap::Subcommand;

use super::remembered::Which;
use super::{trust, usage};

/// What each purpose requires
#[derive(clap::Args)]
#[command(after_help = "Example: cccd-desk policy show benefit-payment")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// The policies that there are
    #[command(after_help = "Example: cccd-desk policy list --json")]
    List {
        /// As one JSON object
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
    /// One policy whole, as it may be written in the configuration
    #[command(after_help = "Example: cccd-desk policy show document >> desk.toml")]
    Show {
        /// Its name
        name: String,
        /// As one JSON object
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match &args.action {
        Action::List { json, which } => {
            let policies = policies(which)?;
            if *json {
                let all: Vec<_> = policies.all().iter().map(document).collect();
                writeln!(out, "{}", serde_json::json!({ "policies": all }))?;
                return Ok(ExitCode::SUCCESS);
            }
            for policy in policies.all() {
                let own = Policy::ready_made(&policy.name).as_ref() != Some(policy);
                let mark = if own { "  [configured]" } else { "" };
                let digest = policy.digest();
                writeln!(
                    out,
                    "{:<18} {:<10} {}{mark}",
                    policy.name, policy.version, digest
                )?;
            }
        }
        Action::Show { name, json, which } => {
            let policies = policies(which)?;
            let Some(policy) = policies.get(name) else {
                let known = policies.names().join(", ");
                return Ok(usage(&anyhow!("no policy “{name}”; there are: {known}")));
            };
            if *json {
                writeln!(out, "{}", document(policy))?;
            } else {
                writeln!(out, "# SHA-256 {}", policy.digest())?;
                write!(out, "{}", written::write(policy))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A policy with its digest.
fn document(policy: &Policy) -> serde_json::Value {
    let mut document = serde_json::json!(policy);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("digest".to_owned(), policy.digest().into());
    }
    document
}

fn policies(which: &Which) -> Result<Policies> {
    match which.config() {
        Err(ConfigError::NoDataFolder) => Ok(which.config_without_folders()?.policies),
        config => {
            let config = config?;
            let held = trust::held_if_there(&config)?;
            Ok(trust::policies(&config, &held))
        }
    }
}
