//! A fleet on this machine: a real NATS server, whole simulated desks, and a collector of what arrives.
//!
//! # Layout
//! - here: the fleet, from its server to the last report
//! - [`server`]: the server, as a process of its own
//! - `desk`: one desk's day: sessions that are read and reported, payees who are paid

mod desk;
pub mod server;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use cccd_port::SystemClock;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::config::{Config, Fleet};
use crate::desk::fleet::collecting::{Arrived, Collector};
use crate::desk::payees::importing;
use crate::fleet::rights::Rights;
use crate::fleet::setup::Keeping;
use crate::fleet::shelf::{Kind, name};
use crate::fleet::{FleetError, Link, key, names};
use crate::simulation::desk::StartError;
use crate::store::{Store, StoreError};
use desk::{Day, DayError};
use server::{NatsServer, User};

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many desks.
    pub desks: usize,
    /// How many sessions each has.
    pub sessions: usize,
    /// Kills the server once in the middle, and starts it again.
    pub trouble: bool,
    /// How long the whole may take.
    pub longest: Duration,
}

impl Default for Options {
    /// A hundred desks, two sessions each, and trouble.
    fn default() -> Self {
        Self {
            desks: 100,
            sessions: 2,
            trouble: true,
            longest: Duration::from_secs(600),
        }
    }
}

/// Why there is no fleet, or none that came to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Files, or the server's process.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// The servers.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A desk does not start.
    #[error(transparent)]
    Desk(#[from] StartError),
    /// A desk's day did not come to its end.
    #[error("a desk's day ended early: {0}")]
    Day(#[from] DayError),
    /// It took too long.
    #[error("not everything arrived in time: {0}")]
    Late(String),
}

/// What is told while it runs.
#[derive(Clone, Debug)]
pub enum News {
    /// The server takes connections.
    Server {
        /// Where.
        url: String,
    },
    /// So many desks are open.
    Desks(usize),
    /// A report arrived.
    Report(Arrived),
    /// The server was killed and is back.
    Restarted,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Desks.
    pub desks: usize,
    /// Sessions that came to a verdict.
    pub sessions: usize,
    /// Reports that the desks made.
    pub reports_made: usize,
    /// Different reports that arrived, their signatures right.
    pub reports_arrived: usize,
    /// Reports that arrived more than once, and were known again.
    pub repeated: usize,
    /// Reports that were not believed.
    pub refused: usize,
    /// Reports that never arrived.
    pub lost: usize,
    /// Payees on the list.
    pub payees: usize,
    /// Payments that were made.
    pub paid: usize,
    /// Attempts that were refused, as another desk had paid.
    pub refused_payments: usize,
    /// Payees who were paid twice: only while desks were cut off.
    pub conflicts: usize,
    /// Desks that said how they are.
    pub health: usize,
    /// Desks whose audit log's head arrived.
    pub heads: usize,
    /// Seconds, from the server's start.
    pub seconds: f64,
}

impl Summary {
    /// Whether all of it is as it should be.
    #[must_use]
    pub const fn good(&self) -> bool {
        self.lost == 0
            && self.refused == 0
            && self.reports_arrived == self.reports_made
            && self.health == self.desks
            && self.heads == self.desks
    }
}

/// Runs a fleet from its server's start until everything has arrived.
///
/// # Errors
/// [`DemoError`].
pub async fn run(options: &Options, news: mpsc::Sender<News>) -> Result<Summary, DemoError> {
    let begun = std::time::Instant::now();
    let folder = tempfile::tempdir()?;
    let (mut server, operator) = open(folder.path(), options).await?;
    let _ = news.send(News::Server { url: server.url() }).await;
    let list = shelve(folder.path(), &operator).await?;
    let mut desks = Vec::with_capacity(options.desks);
    for number in 0..options.desks {
        let id = desk_id(number);
        let config = configured(folder.path(), &server, &id);
        desks.push(Day::begin(&id, number, config).await?);
        if (number + 1) % 10 == 0 || number + 1 == options.desks {
            let _ = news.send(News::Desks(number + 1)).await;
        }
    }
    let mut collector = JoinSet::new();
    collector.spawn(collect(operator.clone(), news.clone()));
    let mut days = JoinSet::new();
    for day in &desks {
        days.spawn(day.clone().sessions(options.sessions));
    }
    let mut summary = Summary {
        desks: options.desks,
        payees: list.payees,
        ..Summary::default()
    };
    let mut ended = 0;
    let mut troubled = !options.trouble;
    while let Some(day) = days.join_next().await {
        summary.sessions += day.map_err(|_| DayError::Gone)??;
        ended += 1;
        if !troubled && ended * 2 >= options.desks {
            troubled = true;
            server.restart()?;
            let _ = news.send(News::Restarted).await;
        }
    }
    let back = async {
        while !desks.iter().all(Day::connected) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(options.longest, back).await.is_err() {
        return Err(DemoError::Late("a desk did not come back".to_owned()));
    }
    // Everybody who is to be paid is offered the money at every desk, at once.
    let mut days = JoinSet::new();
    for day in &desks {
        days.spawn(day.clone().payments(list.clone()));
    }
    while let Some(day) = days.join_next().await {
        let (paid, refused) = day.map_err(|_| DayError::Gone)??;
        summary.paid += paid;
        summary.refused_payments += refused;
    }
    let made: BTreeSet<String> = desks.iter().flat_map(Day::reports).collect();
    summary.reports_made = made.len();
    let left = options.longest.saturating_sub(begun.elapsed());
    let seen = arrive(&desks, &operator, left).await;
    collector.abort_all();
    let found = recount(&operator).await?;
    summary.reports_arrived = found.ids.intersection(&made).count();
    summary.lost = made.difference(&found.ids).count();
    (summary.repeated, summary.refused) = (found.repeated, found.refused);
    summary.conflicts = desks.iter().map(Day::conflicts).max().unwrap_or(0);
    (summary.health, summary.heads) = (told(&operator).await?, found.heads);
    summary.seconds = begun.elapsed().as_secs_f64();
    for day in desks {
        day.end().await;
    }
    operator.close().await;
    drop(server);
    match seen {
        true => Ok(summary),
        false => Err(DemoError::Late(
            serde_json::to_string(&summary).unwrap_or_default(),
        )),
    }
}

fn desk_id(number: usize) -> String {
    format!("desk-{:03}", number + 1)
}

/// A server that lets the desks and the operator in, with all streams and buckets.
async fn open(folder: &Path, options: &Options) -> Result<(NatsServer, Link), DemoError> {
    let mut users = Vec::with_capacity(options.desks + 1);
    for id in (0..options.desks).map(desk_id) {
        users.push(User {
            public_key: key::make(&folder.join(format!("{id}.nkey")))?,
            rights: Rights::of_desk(&id),
        });
    }
    users.push(User {
        public_key: key::make(&folder.join("operator.nkey"))?,
        rights: Rights::of_operator("operator"),
    });
    let server = NatsServer::start(folder, &users)?;
    let operator = Link::open(&settings(folder, &server, "operator"), "operator").await?;
    let _ = operator.changes().wait_for(|connected| *connected).await;
    operator.set_up(Keeping::default()).await?;
    Ok((server, operator))
}

fn settings(folder: &Path, server: &NatsServer, who: &str) -> Fleet {
    Fleet {
        servers: server.url().parse().into_iter().collect(),
        nkey_file: Some(folder.join(format!("{who}.nkey"))),
        health_seconds: 5,
        ..Fleet::default()
    }
}

fn configured(folder: &Path, server: &NatsServer, id: &str) -> Config {
    let mut config = Config {
        fleet: settings(folder, server, id),
        ..Config::default()
    };
    config.desk.id = id.to_owned();
    config.payees.signers = vec![folder.join("issuer.jwks")];
    config
}

/// A list of invented people to be paid, as desks find it.
#[derive(Clone, Debug)]
struct List {
    id: String,
    period: String,
    numbers: Vec<String>,
    payees: usize,
}

/// Whole đồng for each.
const AMOUNT: usize = 1_500_000;

/// Signs a list of everybody in the catalogue and lays it on the shelf.
async fn shelve(folder: &Path, operator: &Link) -> Result<List, DemoError> {
    let issuer = Store::in_memory(Arc::new(SystemClock::default()))?;
    let keys = serde_json::to_vec(&issuer.keys()).unwrap_or_default();
    std::fs::write(folder.join("issuer.jwks"), keys)?;
    let people = cccd_sim::citizens().map_err(|error| std::io::Error::other(error.to_string()))?;
    let entries: Vec<_> = people
        .iter()
        .enumerate()
        .map(|(number, person)| {
            serde_json::json!({
                "id": format!("a-{number}"), "personal_number": person.personal_number,
                "name": person.full_name, "amount": AMOUNT,
            })
        })
        .collect();
    let (id, period) = ("fleet-demo".to_owned(), "2026-11".to_owned());
    let list = serde_json::json!({
        "format": "cccd-desk-payee-list/1", "id": id, "issuer": "TEST", "currency": "VND",
        "date": "2020-01-01", "period": period, "count": people.len(),
        "total": AMOUNT * people.len(), "entries": entries,
    });
    let signed = importing::sign(&issuer, list.to_string().as_bytes(), "issuer")?;
    let shelf = operator.shelf().await?;
    shelf
        .put(
            &name(Kind::Payees, None, "fleet-demo.jws"),
            signed.as_bytes(),
        )
        .await?;
    Ok(List {
        id,
        period,
        payees: people.len(),
        numbers: people
            .into_iter()
            .map(|person| person.personal_number)
            .collect(),
    })
}

/// Tells of each report as it arrives.
async fn collect(operator: Link, news: mpsc::Sender<News>) {
    loop {
        let _ = operator.changes().wait_for(|connected| *connected).await;
        if let Err(error) = collect_on(&operator, &news).await {
            tracing::info!(%error, "the collector begins anew");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn collect_on(operator: &Link, news: &mpsc::Sender<News>) -> Result<(), FleetError> {
    let mut collector = Collector::begin(operator, "fleet-demo").await?;
    while let Some((arrived, received)) = collector.next().await? {
        // Nobody may look.
        let _ = news.send(News::Report(arrived)).await;
        received.acknowledge().await?;
    }
    Ok(())
}

/// Waits until every desk's outbox for the fleet is empty and every claim is told; whether that came about
/// in time.
async fn arrive(desks: &[Day], operator: &Link, left: Duration) -> bool {
    let all = async {
        loop {
            let waiting = desks.iter().any(|day| day.waits());
            let health = told(operator).await.unwrap_or(0);
            if !waiting && health == desks.len() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(left, all).await.is_ok()
}

/// How many desks said how they are.
async fn told(operator: &Link) -> Result<usize, FleetError> {
    let count = operator.book(names::HEALTH).await?.count().await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// What the streams hold, counted anew from their beginning.
struct Found {
    ids: BTreeSet<String>,
    repeated: usize,
    refused: usize,
    heads: usize,
}

async fn recount(operator: &Link) -> Result<Found, FleetError> {
    let mut found = Found {
        ids: BTreeSet::new(),
        repeated: 0,
        refused: 0,
        heads: 0,
    };
    let total = operator.count(names::REPORTS).await?;
    let mut collector = Collector::begin(operator, "fleet-demo-recount").await?;
    for _ in 0..total {
        let Some((arrived, received)) = collector.next().await? else {
            break;
        };
        found.repeated += usize::from(arrived.repeated);
        match arrived.refused {
            None => drop(found.ids.insert(arrived.id)),
            Some(_) => found.refused += 1,
        }
        received.acknowledge().await?;
    }
    let mut heads: BTreeMap<String, u64> = BTreeMap::new();
    let total = operator.count(names::AUDIT).await?;
    let mut following = operator.follow_heads().await?;
    for _ in 0..total {
        let Some(received) = following.next().await? else {
            break;
        };
        heads.insert(received.subject.clone(), received.sequence);
        received.acknowledge().await?;
    }
    found.heads = heads.len();
    Ok(found)
}
