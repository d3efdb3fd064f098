//! Puts a desk together, for the service and for the simulation alike: what differs between them
//! stands around it and is handed in.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use cccd_port::{Camera, CardReaders, Clock, Timer};
use serde_json::json;
use tokio::sync::{broadcast, watch};

use super::cameras::Cameras;
use super::conductor::{Desk, Settings};
use super::faces::StoreFrames;
use super::fingers::StoreFingers;
use super::fleet::payees::FleetPayees;
use super::fleet::taking::Wanted;
use super::fleet::{Joining, Membership};
use super::payees::StorePayees;
use super::payees::importing::{KeyFileError, Signers};
use super::ports::{
    CardReading, FaceComparing, FingerTaking, Payees, Ports, ReaderDirectory, Readers, Register,
    Trusting,
};
use super::purging::{self, PurgeTask};
use super::quirks::Quirks;
use super::register::https::{HttpsRegister, RegisterError};
use super::scanning::Scanner;
use super::trust::policies::PoliciesOfDesk;
use super::wiring::{HubReaders, Pipeline, Reports, StoreTokens, TrustSource};
use crate::config::Config;
use crate::fleet::{FleetError, Link};
use crate::report::deliver::{self, DeliverError, DelivererHandle};
use crate::report::jetstream;
use crate::report::settings::{DeliverySettings, Pace, ReportSettings};
use crate::store::purging::Terms;
use crate::store::{Destination, Store};
use crate::transport::{Limits, ReaderHub};

/// What stands between the desk and its pipeline: nothing in the service.
pub type Before = Box<dyn FnOnce(Pipeline) -> Arc<dyn CardReading>>;

/// What a desk stands in.
pub struct Surroundings {
    /// What it remembers.
    pub store: Arc<Store>,
    /// The readers of one driver.
    pub readers: Arc<dyn CardReaders>,
    /// Its code scanners.
    pub scanners: Vec<Scanner>,
    /// Its own cameras.
    pub cameras: Vec<Box<dyn Camera>>,
    /// What it trusts, for each card.
    pub trust: TrustSource,
    /// What it tells of that.
    pub trusting: Arc<dyn Trusting>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// What it waits by.
    pub timer: Arc<dyn Timer>,
    /// Waits and bounds.
    pub settings: Settings,
    /// What stands before the pipeline.
    pub before: Before,
    /// What compares faces.
    pub faces: Arc<dyn FaceComparing>,
    /// What takes fingers; none where there is no sensor.
    pub fingers: Option<Arc<dyn FingerTaking>>,
    /// Subject key identifiers of test authorities, which the fleet never brings in.
    pub test_key_ids: Vec<Vec<u8>>,
}

/// A desk at work, without its doors.
pub struct Assembled {
    /// The desk.
    pub desk: Desk,
    /// Readers and cards as it sees them.
    pub readers: watch::Receiver<Readers>,
    deliverers: Vec<DelivererHandle>,
    member: Option<Membership>,
    purge: PurgeTask,
}

/// Why there is no desk.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The system gives no thread for a reader, a scanner or a camera.
    #[error("the readers cannot be watched: {0}")]
    Readers(#[from] io::Error),
    /// Reports cannot be sent.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    /// The fleet cannot be joined as it is configured.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// The keys of those who sign lists of payees cannot be used.
    #[error(transparent)]
    Signers(#[from] KeyFileError),
    /// The register cannot be asked.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// Puts a desk together as it is configured. To be called within a Tokio runtime.
///
/// # Errors
/// [`AssemblyError`].
pub async fn assemble(config: &Config, around: Surroundings) -> Result<Assembled, AssemblyError> {
    let register: Option<Arc<dyn Register>> = match HttpsRegister::of(&config.register)? {
        Some(register) => Some(Arc::new(register)),
        None => None,
    };
    let link = if config.fleet.joined() {
        Some(Link::open(&config.fleet, &config.desk.id).await?)
    } else {
        None
    };
    let (reports, deliverers) = reports(config, &around, link.as_ref())?;
    let hub = Arc::new(ReaderHub::start(Arc::clone(&around.readers))?);
    let used = config.readers.clone();
    let readers = HubReaders::follow(&hub, Arc::new(move |name| used.allows(name)))?;
    let pipeline = Pipeline {
        hub,
        trust: Arc::clone(&around.trust),
        clock: Arc::clone(&around.clock),
        limits: limits(config),
        lay_back: Duration::from_secs(config.reading.lay_back_seconds),
        terminal: config.terminal.clone(),
        quirks: Arc::new(Quirks::kept(
            Arc::clone(&around.store),
            config.quirk.clone(),
        )),
        memory: Some(Arc::clone(&around.store)),
    };
    let view = readers.watch();
    let (purging, purge) = purging::start(
        Arc::clone(&around.store),
        Terms::from(&config.privacy),
        Arc::clone(&around.timer),
    );
    let readers: Arc<dyn ReaderDirectory> = Arc::new(readers);
    let member = match link {
        Some(link) => Some(join(config, &around, link, &readers)?),
        None => None,
    };
    let ports = Ports {
        reading: (around.before)(pipeline),
        faces: around.faces,
        fingers: around.fingers,
        register,
        enrolled: Arc::new(StoreFingers(Arc::clone(&around.store))),
        frames: Arc::new(StoreFrames(Arc::clone(&around.store))),
        cameras: Arc::new(Cameras::start(around.cameras, &around.timer)?),
        readers,
        conclusions: Arc::new(reports),
        trust: around.trusting,
        policies: Arc::new(PoliciesOfDesk::new(Arc::clone(&around.store), config)),
        payees: payees(config, &around.store, member.as_ref()),
        fleet: member.as_ref().map(Membership::standing),
        tokens: Arc::new(StoreTokens(around.store)),
        purging,
        clock: around.clock,
        timer: around.timer,
    };
    let desk = Desk::start(ports, around.settings);
    for scanner in around.scanners {
        desk.follow_scanner(scanner)?;
    }
    Ok(Assembled {
        desk,
        readers: view,
        deliverers,
        member,
        purge,
    })
}

impl Assembled {
    /// Gives the delivery under way `grace` to finish, and ends it. What has no receipt stays in
    /// the outbox.
    pub async fn shut(self, grace: Duration) {
        drop(self.purge);
        for deliverer in self.deliverers {
            deliverer.shutdown(grace).await;
        }
        if let Some(member) = self.member {
            member.leave().await;
        }
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        apdu: Duration::from_millis(config.reading.apdu_milliseconds),
        session: Duration::from_secs(config.reading.total_seconds),
        ..Limits::default()
    }
}

/// The recorder, and a deliverer for each destination.
fn reports(
    config: &Config,
    around: &Surroundings,
    link: Option<&Link>,
) -> Result<(Reports, Vec<DelivererHandle>), DeliverError> {
    let news = broadcast::Sender::new(256);
    let settings = ReportSettings::from(config);
    let reports_to = settings.destinations.clone();
    let desk = config.desk.id.clone();
    let store = &around.store;
    let reports = Reports::new(Arc::clone(store), settings, desk, news.subscribe());
    for destination in Destination::ALL {
        let waiting = store.undelivered_to(destination).unwrap_or(0);
        if waiting > 0 && !reports_to.contains(&destination) {
            let to = destination.name();
            tracing::warn!(
                to,
                waiting,
                "reports wait for a destination that is not configured"
            );
        }
    }
    let mut deliverers = Vec::new();
    if let Some(to) = DeliverySettings::of(&config.report) {
        let timer = Arc::clone(&around.timer);
        deliverers.push(deliver::spawn(Arc::clone(store), &to, news.clone(), timer)?);
    }
    if let Some(link) = link.filter(|_| config.fleet.takes_reports()) {
        let timer = Arc::clone(&around.timer);
        let pace = Pace::from(&config.report);
        let store = Arc::clone(store);
        deliverers.push(jetstream::spawn(store, link.clone(), pace, news, timer)?);
    }
    Ok((reports, deliverers))
}

/// The payees of the store; in a fleet with a claim there first.
fn payees(config: &Config, store: &Arc<Store>, member: Option<&Membership>) -> Arc<dyn Payees> {
    let own = StorePayees {
        store: Arc::clone(store),
        desk: config.desk.id.clone(),
        reports: ReportSettings::from(config),
        lists: config.payees.clone(),
    };
    match member.and_then(Membership::claims) {
        Some(claims) => Arc::new(FleetPayees::new(own, claims)),
        None => Arc::new(own),
    }
}

fn join(
    config: &Config,
    around: &Surroundings,
    link: Link,
    readers: &Arc<dyn ReaderDirectory>,
) -> Result<Membership, KeyFileError> {
    let (store, trusting) = (Arc::clone(&around.store), Arc::clone(&around.trusting));
    let seen = readers.watch();
    let health = move || {
        let readers = seen.borrow().clone();
        let trust = trusting.health().ok();
        json!({
            "card_service": readers.service,
            "readers": readers.readers.len(),
            "outbox": store.outbox_counts().ok(),
            "conflicts": store.payee_conflicts().ok().map(|conflicts| conflicts.len()),
            "trust": trust,
        })
    };
    // A file that cannot be used is told at the start, not when a list comes.
    Signers::of(&config.payees)?;
    Ok(Membership::begin(
        link,
        Joining {
            store: Arc::clone(&around.store),
            timer: Arc::clone(&around.timer),
            health_every: Duration::from_secs(config.fleet.health_seconds),
            health: Arc::new(health),
            wanted: Wanted {
                lists: config.payees.clone(),
                test_key_ids: around.test_key_ids.clone(),
            },
            claims: config.fleet.claims,
        },
    ))
}
