//! `cccd-desk trust`: what the desk trusts, how it came in, and how old it is.
//!
//! # Layout
//! - [`bundle`]: everything in one signed file
//! - [`check`]: what is stale
//! - [`importing`]: master lists, certificates, links, revocation lists, bundles
//! - [`list`]: what is held

mod bundle;
mod check;
mod importing;
mod list;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use cccd_desk::config::Config;
use cccd_desk::decision::Policies;
use cccd_desk::desk::trust::policies::in_force;
use cccd_desk::desk::trust::{Held, StandingTrust};
use cccd_desk::store::{Store, StoreError};
use cccd_desk::verify::TrustAnchors;
use cccd_port::SystemClock;
use clap::Subcommand;

use super::remembered::Which;
use super::usage;

/// Trust anchors, revocation lists and what is known of faulty signers
#[derive(clap::Args)]
#[command(after_help = "Example: cccd-desk trust import masterlist.ml")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    List(list::Args),
    Import(importing::Args),
    Check(check::Args),
    /// Takes one import back; revocations that it brought stay
    #[command(after_help = "Example: cccd-desk trust undo 3")]
    Undo {
        /// The number of the import, as `trust list` shows it
        number: i64,
        #[command(flatten)]
        who: Who,
    },
    /// Takes trust from a certificate, whatever brings it: an authority's, a list signer's, a document
    /// signer's
    #[command(after_help = "Example: cccd-desk trust distrust 0f1e…9a --reason \"key lost\"")]
    Distrust {
        /// SHA-256 of the certificate
        sha256: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        who: Who,
    },
    /// Gives trust back to a certificate that was distrusted
    #[command(after_help = "Example: cccd-desk trust restore 0f1e…9a")]
    Restore {
        /// SHA-256 of the certificate
        sha256: String,
        #[command(flatten)]
        who: Who,
    },
    Bundle(bundle::Args),
}

/// Who does it, and at which desk
#[derive(clap::Args)]
pub struct Who {
    /// Whose decision it is; without it the name of the user of this machine
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[command(flatten)]
    which: Which,
}

impl Who {
    /// The name that is recorded.
    pub fn name(&self) -> String {
        let user = || {
            ["SUDO_USER", "USER", "LOGNAME"]
                .into_iter()
                .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()))
        };
        let given = self.by.clone().or_else(user);
        given.unwrap_or_else(|| {
            use std::os::unix::fs::MetadataExt as _;
            // Whoever has no name has a number.
            let about = std::fs::metadata("/proc/self");
            about.map_or_else(
                |_| "unknown".to_owned(),
                |about| format!("uid {}", about.uid()),
            )
        })
    }

    /// Which desk.
    pub const fn which(&self) -> &Which {
        &self.which
    }

    /// The store of that desk; made where there is none.
    pub fn store(&self) -> Result<(Config, Store)> {
        let config = self.which.config()?;
        let store = Store::open(&config.data_dir, Arc::new(SystemClock::default()))?;
        Ok((config, store))
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    match &args.action {
        Action::List(args) => list::run(args),
        Action::Import(args) => importing::run(args),
        Action::Check(args) => check::run(args),
        Action::Undo { number, who } => {
            let (_, store) = who.store()?;
            match store.undo_trust(*number, &who.name()) {
                Err(StoreError::Unknown { .. }) => {
                    let numbers: Vec<_> = store.trust()?.imports;
                    let numbers: Vec<_> = numbers
                        .iter()
                        .filter(|import| import.undone_at.is_none())
                        .map(|import| import.number.to_string())
                        .collect();
                    bail!(
                        "there is no import {number}; there are: {}",
                        or_none(&numbers)
                    );
                }
                done => done?,
            }
            say(&format!("Import {number} no longer counts."))
        }
        Action::Distrust {
            sha256,
            reason,
            who,
        } => {
            let sha256 = match fingerprint(sha256) {
                Ok(sha256) => sha256,
                Err(error) => return Ok(usage(&error)),
            };
            let (_, store) = who.store()?;
            store.distrust(&sha256, &who.name(), reason)?;
            say(&format!("{sha256} is distrusted, whatever brings it."))
        }
        Action::Restore { sha256, who } => {
            let sha256 = match fingerprint(sha256) {
                Ok(sha256) => sha256,
                Err(error) => return Ok(usage(&error)),
            };
            let (_, store) = who.store()?;
            store.restore_trust(&sha256, &who.name())?;
            say(&format!(
                "{sha256} is trusted again, as far as anything brings it."
            ))
        }
        Action::Bundle(args) => bundle::run(args),
    }
}

fn say(sentence: &str) -> Result<ExitCode> {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{sentence}")?;
    Ok(ExitCode::SUCCESS)
}

fn or_none(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// A SHA-256 as people write it: with colons, spaces, capitals.
fn fingerprint(text: &str) -> Result<String> {
    let digits: String = text
        .chars()
        .filter(|character| !matches!(character, ':' | ' ' | '-'))
        .collect::<String>()
        .to_ascii_lowercase();
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("“{text}” is no SHA-256: 64 hexadecimal digits are wanted");
    }
    Ok(digits)
}

/// Subject key identifiers of the test authority.
pub fn test_key_ids() -> Vec<Vec<u8>> {
    cccd_desk::simulation::test_key_identifiers()
}

/// What this desk trusts: its store, where there is one, and its trust folder.
pub fn standing(config: &Config, store: Option<Arc<Store>>) -> StandingTrust {
    StandingTrust::new(config.trust_dir.clone(), store, test_key_ids())
}

/// The desk's store where there is one; a command that looks makes none.
pub fn store_if_there(config: &Config) -> Result<Option<Arc<Store>>, StoreError> {
    if !Store::exists(&config.data_dir) {
        return Ok(None);
    }
    let clock = Arc::new(SystemClock::default());
    Store::open(&config.data_dir, clock).map(|store| Some(Arc::new(store)))
}

/// What counts now, and what is kept.
pub fn look(config: &Config) -> Result<(Arc<TrustAnchors>, Arc<Held>)> {
    Ok(standing(config, store_if_there(config)?).look()?)
}

/// The policies of this desk: the ready-made ones, those that bundles brought, and in the place of
/// both those of its own configuration.
pub fn policies(config: &Config, held: &Held) -> Policies {
    in_force(held, &config.policy_texts())
}

/// What the store keeps; nothing where there is none.
pub fn held_if_there(config: &Config) -> Result<Held, StoreError> {
    store_if_there(config)?
        .map_or_else(|| Ok(Held::default()), |store| Ok(Held::of(store.trust()?)))
}
