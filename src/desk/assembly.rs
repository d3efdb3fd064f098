//! Puts a desk together, for the service and for the simulation alike: what differs between them
//! stands around it and is handed in.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use cccd_port::{Camera, CardReaders, Clock, Timer};
use tokio::sync::{broadcast, watch};

use super::cameras::Cameras;
use super::conductor::{Desk, Settings};
use super::faces::StoreFrames;
use super::fingers::StoreFingers;
use super::payees::StorePayees;
use super::ports::{
    CardReading, FaceComparing, FingerTaking, Ports, ReaderDirectory as _, Readers, Register,
    Trusting,
};
use super::purging::{self, PurgeTask};
use super::quirks::Quirks;
use super::register::https::{HttpsRegister, RegisterError};
use super::scanning::Scanner;
use super::wiring::{HubReaders, Pipeline, Reports, StoreTokens, TrustSource};
use crate::config::Config;
use crate::report::deliver::{self, DeliverError, DelivererHandle};
use crate::report::settings::{DeliverySettings, ReportSettings};
use crate::store::Store;
use crate::store::purging::Terms;
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
    /// Waits, bounds and policies.
    pub settings: Settings,
    /// What stands before the pipeline.
    pub before: Before,
    /// What compares faces.
    pub faces: Arc<dyn FaceComparing>,
    /// What takes fingers; none where there is no sensor.
    pub fingers: Option<Arc<dyn FingerTaking>>,
}

/// A desk at work, without its doors.
pub struct Assembled {
    /// The desk.
    pub desk: Desk,
    /// Readers and cards as it sees them.
    pub readers: watch::Receiver<Readers>,
    deliverer: Option<DelivererHandle>,
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
    /// The register cannot be asked.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// Puts a desk together as it is configured. To be called within a Tokio runtime.
///
/// # Errors
/// [`AssemblyError`].
pub fn assemble(config: &Config, around: Surroundings) -> Result<Assembled, AssemblyError> {
    let register: Option<Arc<dyn Register>> = match HttpsRegister::of(&config.register)? {
        Some(register) => Some(Arc::new(register)),
        None => None,
    };
    let (reports, deliverer) = reports(config, &around)?;
    let hub = Arc::new(ReaderHub::start(around.readers)?);
    let used = config.readers.clone();
    let readers = HubReaders::follow(&hub, Arc::new(move |name| used.allows(name)))?;
    let pipeline = Pipeline {
        hub,
        trust: around.trust,
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
    let ports = Ports {
        reading: (around.before)(pipeline),
        faces: around.faces,
        fingers: around.fingers,
        register,
        enrolled: Arc::new(StoreFingers(Arc::clone(&around.store))),
        frames: Arc::new(StoreFrames(Arc::clone(&around.store))),
        cameras: Arc::new(Cameras::start(around.cameras, &around.timer)?),
        readers: Arc::new(readers),
        conclusions: Arc::new(reports),
        trust: around.trusting,
        payees: Arc::new(StorePayees {
            store: Arc::clone(&around.store),
            desk: config.desk.id.clone(),
        }),
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
        deliverer,
        purge,
    })
}

impl Assembled {
    /// Gives the delivery under way `grace` to finish, and ends it. What has no receipt stays in
    /// the outbox.
    pub async fn shut(self, grace: Duration) {
        drop(self.purge);
        if let Some(deliverer) = self.deliverer {
            deliverer.shutdown(grace).await;
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

/// The recorder, and the deliverer where there is a case system.
fn reports(
    config: &Config,
    around: &Surroundings,
) -> Result<(Reports, Option<DelivererHandle>), DeliverError> {
    let news = broadcast::Sender::new(256);
    let settings = ReportSettings::from(config);
    let desk = config.desk.id.clone();
    let store = &around.store;
    let reports = Reports::new(Arc::clone(store), settings, desk, news.subscribe());
    let deliverer = match DeliverySettings::of(&config.report) {
        Some(to) => Some(deliver::spawn(
            Arc::clone(store),
            &to,
            news,
            Arc::clone(&around.timer),
        )?),
        None => None,
    };
    Ok((reports, deliverer))
}
