//! `payees manual`: somebody is paid without a card.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use cccd_desk::config::Config;
use cccd_desk::desk::fleet::claims::Claims;
use cccd_desk::desk::fleet::payees::FleetPayees;
use cccd_desk::desk::payees::StorePayees;
use cccd_desk::desk::ports::{Payees as _, Paying};
use cccd_desk::fleet::Link;
use cccd_desk::payees::Period;
use cccd_desk::report::ReportSettings;
use cccd_desk::store::Store;
use cccd_desk::store::payees::{Basis, Claimed};

use super::{Who, no_list, number, say, usage};

/// Notes that somebody was paid without a card, or with a dead chip: an exception, never “verified”
#[derive(clap::Args)]
#[command(
    after_help = "Example: cccd-desk payees manual 001090000001 --list phuong-1 --period 2026-11 --reason \"chip does not answer, paper checked\""
)]
pub struct Args {
    /// The person who stands there: 12 digits
    #[arg(value_name = "NUMBER")]
    number: String,
    /// The list
    #[arg(long, value_name = "ID")]
    list: String,
    /// For when
    #[arg(long)]
    period: String,
    /// Why no card shows who it is
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The authorisation, where the money is another's
    #[arg(long, value_name = "ID")]
    authorisation: Option<String>,
    /// The case that it belongs to, for the report
    #[arg(long, value_name = "REF")]
    case: Option<String>,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let parsed = number("NUMBER", &args.number).and_then(|number| {
        let period = args.period.parse::<Period>();
        Ok((
            number,
            period.map_err(|fault| anyhow!("--period: {fault}"))?,
        ))
    });
    let (person, period) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return Ok(usage(&error)),
    };
    let config = args.who.which().config()?;
    let store = args.who.which().open()?;
    let period = period.to_string();
    let authorisation = args.authorisation.as_deref();
    let meant = store.payee_entry(&person, &args.list, &period, authorisation)?;
    let Some(meant) = meant else {
        if store
            .payees()?
            .lists
            .iter()
            .any(|list| list.id == args.list)
        {
            bail!(
                "the person has no such entry for {period} on list {} today",
                args.list
            );
        }
        bail!("{}", no_list(&store, &args.list)?);
    };
    let store = Arc::new(store);
    let own = StorePayees {
        store: Arc::clone(&store),
        desk: config.desk.id.clone(),
        reports: ReportSettings::from(&config),
        lists: config.payees.clone(),
    };
    let paying = Paying {
        entry: meant,
        list: Some(&args.list),
        person: &person,
        authorisation,
        basis: Basis::Manual(&args.reason),
        case_ref: args.case.as_deref(),
        clerk: &args.who.name(),
    };
    let claimed = if config.fleet.joined() && config.fleet.claims {
        in_fleet(&config, store, own, &paying)?
    } else {
        own.pay(&paying)?
    };
    say(&format!(
        "{}: {} đồng, manual, not verified.",
        claimed.claim, claimed.amount
    ))
}

/// Pays as the desk does that runs: claimed in the fleet first, while it answers.
fn in_fleet(
    config: &Config,
    store: Arc<Store>,
    own: StorePayees,
    paying: &Paying<'_>,
) -> Result<Claimed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let link = runtime.block_on(async {
        let link = Link::open(&config.fleet, &config.desk.id).await?;
        if link.stands_within(config.fleet.timeout()).await.is_err() {
            tracing::warn!("no server of the fleet lets this desk in: it pays by its own database");
        }
        Ok::<_, anyhow::Error>(link)
    })?;
    let claims = Arc::new(Claims::of_command(link.clone(), store));
    let payees = {
        let _within = runtime.enter();
        FleetPayees::new(own, claims)
    };
    let paid = payees.pay(paying);
    runtime.block_on(link.close());
    Ok(paid?)
}
