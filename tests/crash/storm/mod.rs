//! A storm: sessions one after the other at a desk of several readers, while the desk, the case system
//! and the fleet's server are killed (`kill -9`), paused and slowed at random.
//!
//! # Layout
//! - here: the two storms, and what runs beside what
//! - [`process`]: a process that can be killed and paused
//! - [`desk`]: `cccd-desk simulate desk`, killed and started again on one folder
//! - [`case_system`]: a receiver in a process of its own, which remembers on the disk
//! - [`fleet`]: the fleet's server, where there is one on this machine
//! - [`counter`]: who lays cards and waits for verdicts
//! - [`weather`]: what is killed when, after a seed
//! - [`chance`]: that seed's numbers
//! - [`after`]: what must hold once it is over
//!
//! A seed repeats the order of events and not their moments to the microsecond: processes run as they
//! are scheduled. `CRASH_SEED` sets it.

mod after;
mod case_system;
mod chance;
mod counter;
mod desk;
mod fleet;
mod process;
mod weather;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cccd_desk::config::Sources;
use cccd_desk::fleet::Link;
use cccd_desk::report::{DeliverySettings, RuntimeTimer, deliver, jetstream};
use tokio::sync::mpsc;

use case_system::CaseSystem;
use chance::Chance;
use counter::Counter;
use desk::Desk;
use fleet::Fleet;
use weather::Weather;

/// How long a storm is.
#[derive(Clone, Copy)]
struct Size {
    sessions: usize,
    /// The counters of the desk, each with a reader.
    readers: &'static [&'static str],
    /// It hangs where it takes longer.
    longest: Duration,
}

const SHORT: Size = Size {
    sessions: 60,
    readers: &["A", "B"],
    longest: Duration::from_secs(300),
};

const LONG: Size = Size {
    sessions: 1_000,
    readers: &["A", "B", "C", "D"],
    longest: Duration::from_secs(3_600),
};

/// Something that moves the storm on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A verdict was told to who had opened the session.
    Told,
    /// A report is at the case system, and its receipt not yet at the desk.
    Arrived,
}

/// A session as its counter knows it.
#[derive(Clone)]
pub struct Session {
    pub id: String,
    /// Its verdict was told: from then on nothing of it may be lost.
    pub told: bool,
}

/// What the counters did.
#[derive(Default)]
pub struct Book(Mutex<Vec<Session>>);

impl Book {
    fn opened(&self, id: &str) {
        self.0.lock().unwrap().push(Session {
            id: id.to_owned(),
            told: false,
        });
    }

    /// Returns how many were told.
    fn told(&self, id: &str) -> usize {
        let mut sessions = self.0.lock().unwrap();
        let session = sessions.iter_mut().find(|session| session.id == id);
        session.unwrap().told = true;
        sessions.iter().filter(|session| session.told).count()
    }

    pub fn sessions(&self) -> Vec<Session> {
        self.0.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        let sessions = self.0.lock().unwrap();
        sessions.iter().filter(|session| session.told).count()
    }
}

fn seed() -> u64 {
    std::env::var("CRASH_SEED").map_or_else(
        |_| {
            let since = std::time::UNIX_EPOCH.elapsed().unwrap();
            u64::try_from(since.as_millis()).unwrap() % 1_000_000
        },
        |seed| seed.parse().expect("CRASH_SEED is a number"),
    )
}

/// Short waits: a storm of minutes holds as many retries as a bad day.
fn configuration(folder: &Path, fleet: Option<&Fleet>) -> String {
    format!(
        "data_dir = {:?}\n\
         [report]\n\
         timeout_seconds = 2\n\
         [report.retry]\n\
         first_milliseconds = 100\n\
         longest_seconds = 1\n\
         {}",
        folder.join("data"),
        fleet.map(Fleet::configuration).unwrap_or_default()
    )
}

/// Runs sessions through a storm and prints its figures; what is wrong afterwards fails it.
async fn storm(size: Size) {
    let seed = seed();
    let folder = tempfile::tempdir().unwrap();
    let passed = tokio::time::timeout(size.longest, through(folder.path(), size, seed)).await;
    let wrong = passed.unwrap_or_else(|_| vec![format!("not over after {:?}", size.longest)]);
    if !wrong.is_empty() {
        let kept = folder.keep();
        panic!(
            "CRASH_SEED={seed}, all of it kept in {}:\n{}",
            kept.display(),
            wrong.join("\n")
        );
    }
}

async fn through(folder: &Path, size: Size, seed: u64) -> Vec<String> {
    let Size {
        sessions, readers, ..
    } = size;
    println!("a storm of {sessions} sessions, CRASH_SEED={seed}");
    let began = Instant::now();
    let mut chance = Chance::new(seed);
    let config = folder.join("desk.toml");
    let fleet = Fleet::start(folder).await;
    std::fs::write(&config, configuration(folder, fleet.as_ref())).unwrap();
    let data = folder.join("data");
    let keys = crate::open(&data).keys();
    let (marks, seen) = mpsc::unbounded_channel();

    let case_system = CaseSystem::start(folder, &keys, marks.clone()).await;
    let desk = Desk::start(folder, readers.len(), &case_system.reports()).await;
    let book = Arc::new(Book::default());
    let mut counters = Vec::new();
    for reader in readers {
        let counter = Counter {
            reader,
            doors: desk.doors(),
            book: Arc::clone(&book),
            marks: marks.clone(),
            chance: Chance::new(chance.next()),
        };
        counters.push(tokio::spawn(counter.serve(sessions)));
    }
    let weather = Weather::new(chance, desk, case_system, fleet, seen, sessions);
    let (desk, case_system, mut fleet, mut figures) = weather.blow().await;
    let mut wrong = Vec::new();
    for counter in counters {
        wrong.extend(counter.await.unwrap().err());
    }

    // Once more in the middle of whatever it does; what waits then is delivered by who comes next.
    desk.end();
    let link = match &fleet {
        Some(fleet) => Some(fleet.link("desk-1").await),
        None => None,
    };
    deliver_the_rest(&config, &data, &case_system.reports(), link).await;
    figures.deliveries = case_system.end();
    let messages = match &mut fleet {
        Some(fleet) => Some(fleet.messages().await),
        None => None,
    };

    let sessions = book.sessions();
    let reports = after::check(folder, &keys, &sessions, messages.as_deref(), &mut wrong);
    figures.print(&sessions, reports, began.elapsed());
    wrong
}

/// Delivers until nothing waits.
async fn deliver_the_rest(config: &Path, data: &Path, to: &str, fleet: Option<Link>) {
    let store = Arc::new(crate::open(data));
    let mut report = Sources::of_process(Some(config.to_owned()))
        .load()
        .unwrap()
        .report;
    report.case_system = Some(to.parse().unwrap());
    let settings = DeliverySettings::of(&report).unwrap();
    let pace = settings.pace;
    let (events, mut told) = tokio::sync::broadcast::channel(4_096);
    let timer = Arc::new(RuntimeTimer::default());
    let case_system =
        deliver::spawn(Arc::clone(&store), &settings, events.clone(), timer.clone()).unwrap();
    let fleet =
        fleet.map(|link| jetstream::spawn(Arc::clone(&store), link, pace, events, timer).unwrap());
    while !store.outbox().unwrap().is_empty() {
        // That some were missed is no matter: the outbox is looked at itself.
        let _ = told.recv().await;
    }
    for handle in [Some(case_system), fleet].into_iter().flatten() {
        handle.shutdown(Duration::from_secs(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_storm_loses_nothing_and_doubles_nothing() {
    storm(SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make crash"]
async fn a_thousand_sessions_in_a_storm_lose_nothing_and_double_nothing() {
    storm(LONG).await;
}
