//! `cccd-desk payees`: lists of people who are to be paid, and who was.
//!
//! # Layout
//! - here: list, undo, manual, authorise
//! - [`importing`]: lists come in
//! - [`paying`]: paid without a card
//! - [`sheet`]: the sheet of a day

mod importing;
mod paying;
mod sheet;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use cccd_desk::config::Config;
use cccd_desk::document::{Date, PersonalNumber};
use cccd_desk::report::{ReportSettings, Undoing};
use cccd_desk::store::payees::{
    Authorisation, Conflict, Kinship, NewAuthorisation, Overview, Resolved,
};
use cccd_desk::store::{Store, StoreError};
use clap::Subcommand;

use super::person::{self, NUMBER_HELP};
use super::remembered::Which;
use super::trust::Who;
use super::usage;

/// Lists of people who are to be paid a benefit, and who was paid
#[derive(clap::Args)]
#[command(
    after_help = "Example: cccd-desk payees import phuong-1.csv --issuer \"UBND phường Một\""
)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Import(importing::Args),
    /// Lists, counts and sums, and what was paid twice; names nobody
    #[command(after_help = "Example: cccd-desk payees list --json")]
    List {
        /// As one JSON object
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Undoes a payment, or withdraws a list on which nobody is paid
    #[command(
        after_help = "Example: cccd-desk payees undo 01KAQ4Z2V6J6M3B5T8Y0X1N7CD --reason \"paid at the wrong counter\"\n\
        \x20        cccd-desk payees undo --list phuong-1 --reason \"a line was missing\""
    )]
    Undo {
        /// The payment, as the sheet shows it
        #[arg(value_name = "CLAIM", required_unless_present = "list")]
        claim: Option<String>,
        /// The list that is withdrawn
        #[arg(long, value_name = "ID", conflicts_with = "claim")]
        list: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        who: Who,
    },
    Sheet(sheet::Args),
    /// Signs a list with this desk's key, for desks that count it (payees.signers): a JWS around the list
    #[command(after_help = "Example: cccd-desk payees sign list.json > list.jws")]
    Sign {
        /// The list
        file: PathBuf,
        #[command(flatten)]
        who: Who,
    },
    Authorise(AuthoriseArgs),
    Manual(paying::Args),
    /// Lets people be paid again after “restore” put a copy in the database's place: what was paid since the
    /// copy was made is seen to
    #[command(after_help = "Example: cccd-desk payees release")]
    Release {
        #[command(flatten)]
        who: Who,
    },
}

/// Lets somebody take the money of another; lists who may, and revokes it
#[derive(clap::Args)]
#[command(
    after_help = format!("Example: cccd-desk payees authorise --representative - --payee - --kind relative --document \"GUQ 12/2026\" --until 2026-12-31\n\
    \x20        cccd-desk payees authorise --revoke 01KAQ4Z2V6J6M3B5T8Y0X1N7CD\n\n{NUMBER_HELP}\n\
With - for both, the first line is the representative's number and the second the payee's.")
)]
struct AuthoriseArgs {
    /// Who may take the money: a file that holds the 12 digits, or - for a line of standard input
    #[arg(long, value_name = "FILE|-", requires_all = ["payee", "kind", "document", "until"])]
    representative: Option<PathBuf>,
    /// Whose money it is: a file that holds the 12 digits, or - for the next line of standard input
    #[arg(long, value_name = "FILE|-")]
    payee: Option<PathBuf>,
    /// relative, guardian or attorney
    #[arg(long)]
    kind: Option<String>,
    /// What shows it, such as the number of the paper
    #[arg(long, value_name = "TEXT")]
    document: Option<String>,
    /// The last day that it counts
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Revokes the authorisation of that name
    #[arg(long, value_name = "ID", conflicts_with = "representative")]
    revoke: Option<String>,
    /// As one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    match &args.action {
        Action::Import(args) => importing::run(args),
        Action::List { json, which } => {
            let store = which.open()?;
            let (overview, conflicts) = (store.payees()?, store.payee_conflicts()?);
            let resolved = store.payee_resolutions()?;
            let mut out = std::io::stdout().lock();
            if *json {
                let document = serde_json::json!({
                    "lists": overview.lists,
                    "conflicts": conflicts,
                    "resolved": resolved,
                    "unsynced": overview.unsynced,
                });
                writeln!(out, "{document}")?;
            } else {
                write_lists(&mut out, &overview, &conflicts, &resolved)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Action::Undo {
            claim,
            list,
            reason,
            who,
        } => {
            let store = who.which().open()?;
            match (claim, list) {
                (Some(claim), _) => {
                    undo(&store, &who.which().config()?, claim, reason, &who.name())
                }
                (None, Some(list)) => withdraw(&store, list, reason, &who.name()),
                (None, None) => Ok(usage(&anyhow!("a payment or --list is wanted"))),
            }
        }
        Action::Sheet(args) => sheet::run(args),
        Action::Sign { file, who } => sign(file, who),
        Action::Authorise(args) => authorise(args),
        Action::Manual(args) => paying::run(args),
        Action::Release { who } => {
            who.which().open()?.release_payments(&who.name())?;
            writeln!(std::io::stdout(), "People are paid again")?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn sign(file: &Path, who: &Who) -> Result<ExitCode> {
    let store = who.which().open()?;
    let list = std::fs::read(file).with_context(|| file.display().to_string())?;
    let signed = cccd_desk::desk::payees::importing::sign(&store, &list, &who.name())?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", *signed)?;
    Ok(ExitCode::SUCCESS)
}

fn undo(store: &Store, config: &Config, claim: &str, reason: &str, by: &str) -> Result<ExitCode> {
    let undoing = Undoing {
        claim,
        desk: &config.desk.id,
        by,
        reason,
    };
    match store.unpay(&undoing, &ReportSettings::from(config)) {
        Err(StoreError::Unknown { .. }) => {
            bail!("there is no payment {claim}; “cccd-desk payees sheet” shows those of a day")
        }
        done => {
            let done = done?;
            say(&format!(
                "{claim} is undone: {} đồng, paid at desk {}. The entry is open again, unless another payment of it \
                 stands.",
                done.amount, done.desk
            ))
        }
    }
}

fn withdraw(store: &Store, list: &str, reason: &str, by: &str) -> Result<ExitCode> {
    match store.withdraw_payees(list, by, reason) {
        Err(StoreError::Unknown { .. }) => bail!("{}", no_list(store, list)?),
        done => done?,
    }
    say(&format!(
        "List {list} is withdrawn; its people are forgotten."
    ))
}

fn authorise(args: &AuthoriseArgs) -> Result<ExitCode> {
    if let Some(id) = &args.revoke {
        let store = args.who.which().open()?;
        match store.revoke_authorisation(id, &args.who.name()) {
            Err(StoreError::Unknown { .. }) => {
                bail!(
                    "there is no authorisation {id} that counts; “cccd-desk payees authorise” lists all"
                )
            }
            done => done?,
        }
        return say(&format!("Authorisation {id} no longer counts."));
    }
    let (Some(representative), Some(payee), Some(kind), Some(document), Some(until)) = (
        &args.representative,
        &args.payee,
        &args.kind,
        &args.document,
        &args.until,
    ) else {
        let all = args.who.which().open()?.authorisations()?;
        return list_authorisations(&all, args.json);
    };
    let parsed = (|| {
        let kind = Kinship::parse(kind);
        Ok::<_, anyhow::Error>((
            person::number("--representative", representative)?,
            person::number("--payee", payee)?,
            kind.map_err(|_| anyhow!("--kind: relative, guardian or attorney"))?,
            date("--until", until)?,
        ))
    })();
    let (representative, payee, kind, valid_until) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return Ok(usage(&error)),
    };
    let (_, store) = args.who.store()?;
    let id = store.authorise_payee(&NewAuthorisation {
        representative: &representative,
        payee: &payee,
        kind,
        document,
        valid_until,
        by: &args.who.name(),
    })?;
    if args.json {
        return say(&serde_json::json!({ "authorisation": id }).to_string());
    }
    say(&format!("Authorisation {id} counts until {valid_until}."))
}

fn list_authorisations(all: &[Authorisation], json: bool) -> Result<ExitCode> {
    if json {
        return say(&serde_json::json!({ "authorisations": all }).to_string());
    }
    let mut out = std::io::stdout().lock();
    if all.is_empty() {
        writeln!(out, "Nobody may take the money of another.")?;
    }
    for one in all {
        let number = |number: &Option<cccd_desk::document::Personal<String>>| {
            number
                .as_ref()
                .map_or_else(|| "forgotten".to_owned(), |number| number.reveal().clone())
        };
        let state = if one.revoked_at.is_some() {
            "revoked".to_owned()
        } else {
            format!("until {}", one.valid_until)
        };
        writeln!(
            out,
            "{}  {} for {}  {}  {state}  added by {}",
            one.id,
            number(&one.representative),
            number(&one.payee),
            one.kind.name(),
            one.added_by
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn no_list(store: &Store, wanted: &str) -> Result<String> {
    let known: Vec<String> = store
        .payees()?
        .lists
        .into_iter()
        .map(|list| list.id)
        .collect();
    let known = if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    };
    Ok(format!("there is no list {wanted}; there are: {known}"))
}

fn write_lists(
    out: &mut dyn Write,
    overview: &Overview,
    conflicts: &[Conflict],
    resolved: &[Resolved],
) -> Result<()> {
    if overview.lists.is_empty() {
        writeln!(out, "There is no list.")?;
    }
    for list in &overview.lists {
        let until = list.until.as_deref().unwrap_or("…");
        writeln!(
            out,
            "{}  {}  {} to {until}{}",
            list.id,
            list.issuer,
            list.from,
            if list.current { "" } else { "  (not today)" }
        )?;
        writeln!(
            out,
            "    {} of {} paid, {} of {} đồng; manual {}, undone {}",
            list.paid, list.entries, list.total_paid, list.total, list.manual, list.undone
        )?;
        match &list.signer {
            Some(signer) => writeln!(out, "    signed with the key {signer}")?,
            None => writeln!(out, "    UNSIGNED: nobody answers for it")?,
        }
        writeln!(
            out,
            "    SHA-256 {}, imported by {}",
            list.sha256, list.imported_by
        )?;
    }
    for conflict in conflicts {
        writeln!(
            out,
            "PAID TWICE  list {}, {}, entry {}: at desk {} ({}), and at desk {} ({})",
            conflict.list,
            conflict.period,
            conflict.entry,
            conflict.first.desk,
            conflict.first.id,
            conflict.desk,
            conflict.claim
        )?;
    }
    for one in resolved {
        let undone = one.undone.undone.as_ref();
        writeln!(
            out,
            "settled     list {}, {}, entry {}: {} at desk {} was undone by {}, {} at desk {} stands",
            one.list,
            one.period,
            one.entry,
            one.undone.id,
            one.undone.desk,
            undone.map_or("?", |of| &of.by),
            one.kept.id,
            one.kept.desk
        )?;
    }
    if overview.unsynced > 0 {
        writeln!(
            out,
            "{} payments are known to this desk alone.",
            overview.unsynced
        )?;
    }
    Ok(())
}

/// A personal number of the command line.
fn number(name: &str, text: &str) -> Result<PersonalNumber> {
    PersonalNumber::parse(text).map_err(|error| anyhow!("{name}: {error}"))
}

/// A date of the command line.
fn date(name: &str, text: &str) -> Result<Date> {
    text.parse()
        .map_err(|_| anyhow!("{name}: “{text}” is no date: write 2026-11-30"))
}

fn say(sentence: &str) -> Result<ExitCode> {
    writeln!(std::io::stdout(), "{sentence}")?;
    Ok(ExitCode::SUCCESS)
}
