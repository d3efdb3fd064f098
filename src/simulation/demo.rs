//! The demo: a whole desk with simulated readers and cards and a case system, in one process, on
//! the loopback, in a folder that is gone afterwards.
//!
//! The desk is the one of the service; only what stands around it is simulated. Its trust is the
//! test authority's, so every verdict says TEST.

use core::time::Duration;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cccd_port::{Clock, SystemClock};
use cccd_sim::{
    BitRate, ChipSpeed, Defect, Pace, SimCard, SimReaders, SystemRandom, TimeModel, VirtualClock,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};
use zeroize::Zeroizing;

use super::case_system::{self, CaseSystem, Keys};
use crate::config;
use crate::desk::api::{DemoPanel, Hosts, Interface, Rate, UnknownCard};
use crate::desk::pairing::Pairing;
use crate::desk::ports::{Ports, ReaderDirectory as _, Readers, Role};
use crate::desk::quirks::Quirks;
use crate::desk::server::{self, ServeError};
use crate::desk::trust::view::TrustOfDemo;
use crate::desk::wiring::{HubReaders, Pipeline, Reports, StoreTokens};
use crate::desk::{Desk, Settings};
use crate::report::deliver::{self, DelivererHandle};
use crate::report::settings::{DeliverySettings, ReportSettings};
use crate::store::Store;
use crate::transport::{Limits, ReaderHub};
use crate::verify::TrustAnchors;
use crate::verify::trust::TestAuthority;

/// The demo's readers.
const READERS: [&str; 2] = ["Simulated Reader A", "Simulated Reader B"];

/// How long the readers may take to be seen.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// How the demo is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the page listens: on the loopback.
    pub listen: SocketAddr,
    /// Cards answer at once; without it they take the time of a quick real one.
    pub instant: bool,
    /// Waits and bounds of its desk.
    pub settings: Settings,
}

impl Default for Options {
    /// A free port, the time of a quick card, and any policy for any purpose.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            instant: false,
            settings: Settings {
                any_policy: true,
                ..Settings::default()
            },
        }
    }
}

/// Why the demo does not start, or did not go on.
#[derive(Debug, thiserror::Error)]
#[error("the demo cannot {what}: {why}")]
pub struct DemoError {
    what: &'static str,
    why: String,
}

fn cannot<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> DemoError {
    move |error| DemoError {
        what,
        why: error.to_string(),
    }
}

/// A demo that is set up and not yet served.
pub struct Demo {
    listener: TcpListener,
    interface: Interface,
    secret: Zeroizing<String>,
    deliverer: DelivererHandle,
    stage: Arc<Stage>,
}

/// What stands around the desk.
struct Stage {
    readers: SimReaders,
    trust: Mutex<Arc<TrustAnchors>>,
    /// The readers as the desk sees them.
    view: watch::Receiver<Readers>,
    case_system: CaseSystem,
    clock: Arc<dyn Clock>,
    folder: TempDir,
    runtime: Handle,
}

impl Demo {
    /// Sets everything up: folder, test authority, store, case system, readers, desk. To be called
    /// within a Tokio runtime; blocks for a moment.
    ///
    /// # Errors
    /// [`DemoError`] names the part that does not start.
    pub async fn start(options: Options) -> Result<Self, DemoError> {
        let listener = TcpListener::bind(options.listen).map_err(cannot("listen"))?;
        let port = listener.local_addr().map_err(cannot("listen"))?.port();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let folder = tempfile::Builder::new()
            .prefix("cccd-desk-demo-")
            .tempdir()
            .map_err(cannot("make its folder"))?;
        let store = Store::open(&folder.path().join("data"), Arc::clone(&clock))
            .map_err(cannot("make its store"))?;
        let store = Arc::new(store);
        let (case_system, reports, deliverer) = deliver_to_itself(&store).await?;

        // What a card takes is counted either way; at once means on a clock of its own.
        let (pace, card_clock): (Pace, Arc<dyn Clock>) = if options.instant {
            let virtual_clock = Arc::new(VirtualClock::new(clock.now()));
            (Pace::Virtual(Arc::clone(&virtual_clock)), virtual_clock)
        } else {
            (Pace::RealTime, Arc::clone(&clock))
        };
        let quick = TimeModel {
            bit_rate: BitRate::R848,
            speed: ChipSpeed::Fast,
        };
        let readers = SimReaders::new(pace, Some(quick));
        for name in READERS {
            readers.plug(name);
        }
        let hub = ReaderHub::start(Arc::new(readers.clone())).map_err(cannot("watch readers"))?;
        let hub = Arc::new(hub);
        if !hub.first_look(FIRST_LOOK) {
            return Err(cannot("watch readers")("they are not seen"));
        }
        let directory =
            HubReaders::follow(&hub, Arc::new(|_| true)).map_err(cannot("watch readers"))?;

        let trust = trust(folder.path(), &[], clock.as_ref())?;
        let trust = Mutex::new(Arc::new(trust));
        let stage = Arc::new(Stage {
            readers,
            trust,
            view: directory.watch(),
            case_system,
            clock,
            folder,
            runtime: Handle::current(),
        });
        let trusted = Arc::clone(&stage);
        let shown = Arc::clone(&stage);
        let reading = Pipeline {
            hub,
            trust: Arc::new(move || Some(trusted.trusted())),
            clock: card_clock,
            limits: Limits::default(),
            // Nobody lays a simulated card back by hand, and whoever tries it out should not wait long.
            lay_back: Duration::from_secs(5),
            terminal: config::Terminal::default(),
            quirks: Arc::new(Quirks::kept(Arc::clone(&store), Vec::new())),
            memory: Some(Arc::clone(&store)),
        };
        let ports = Ports {
            reading: Arc::new(reading),
            readers: Arc::new(directory),
            conclusions: Arc::new(reports),
            trust: Arc::new(TrustOfDemo(Box::new(move || shown.trusted()))),
            tokens: Arc::new(StoreTokens(store)),
            clock: Arc::clone(&stage.clock),
        };
        let desk = Desk::start(ports, options.settings);
        let pairing = Arc::new(Pairing::default());
        let secret = pairing
            .always(Role::Clerk)
            .ok_or_else(|| cannot("make its secret")("the system gave no random bytes"))?;
        let panel: Arc<dyn DemoPanel> = stage.clone();
        let interface = Interface {
            desk,
            pairing,
            hosts: Hosts::loopback(port),
            rate: Rate::default(),
            demo: Some(panel),
        };
        Ok(Self {
            listener,
            interface,
            secret,
            deliverer,
            stage,
        })
    }

    /// The page's address. What follows `#` pairs the page and is never sent to a server as part of
    /// an address.
    ///
    /// # Errors
    /// [`DemoError`] where the listener has no address.
    pub fn address(&self) -> Result<String, DemoError> {
        let address = self.listener.local_addr().map_err(cannot("listen"))?;
        Ok(format!("http://{address}/#pair={}", *self.secret))
    }

    /// The simulated readers, to be plugged and unplugged by a test.
    #[must_use]
    pub fn readers(&self) -> SimReaders {
        self.stage.readers.clone()
    }

    /// Serves until `stop` is done, and takes everything down.
    ///
    /// # Errors
    /// What the listener failed with.
    pub async fn serve(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let desk = self.interface.desk.clone();
        let served = server::serve(self.listener, self.interface.router(), desk, stop).await;
        self.deliverer.shutdown(Duration::from_secs(2)).await;
        self.stage.readers.stop_service();
        served
    }
}

/// A case system in this process, and the deliverer that reports to it.
async fn deliver_to_itself(
    store: &Arc<Store>,
) -> Result<(CaseSystem, Reports, DelivererHandle), DemoError> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .map_err(cannot("make its case system"))?;
    let case_system =
        case_system::serve(listener, case_system::Options::new(Keys::Set(store.keys())))
            .map_err(cannot("make its case system"))?;
    let endpoint = case_system
        .reports_url()
        .parse()
        .map_err(cannot("make its case system"))?;
    let settings = config::Report {
        case_system: Some(endpoint),
        ..config::Report::default()
    };
    let to =
        DeliverySettings::of(&settings).ok_or_else(|| cannot("deliver reports")("no address"))?;
    let news = broadcast::Sender::new(256);
    let desk = "demo-desk".to_owned();
    let reports = Reports::new(
        Arc::clone(store),
        ReportSettings::from(&settings),
        desk,
        news.subscribe(),
    );
    let deliverer =
        deliver::spawn(Arc::clone(store), to, news).map_err(cannot("deliver reports"))?;
    Ok((case_system, reports, deliverer))
}

/// The test authority's anchors and revocation lists, with what `defects` change about them.
fn trust(folder: &Path, defects: &[&Defect], clock: &dyn Clock) -> Result<TrustAnchors, DemoError> {
    let folder = tempfile::tempdir_in(folder).map_err(cannot("make its trust"))?;
    cccd_sim::write_trust(folder.path(), defects, clock.now()).map_err(cannot("make its trust"))?;
    let test_keys = super::test_key_identifiers();
    let test_keys: Vec<&[u8]> = test_keys.iter().map(Vec::as_slice).collect();
    TrustAnchors::from_folder(folder.path(), &test_keys, TestAuthority::Mark)
        .map_err(cannot("use its trust"))
}

impl Stage {
    fn trusted(&self) -> Arc<TrustAnchors> {
        Arc::clone(&self.trust.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until the desk sees a card on that reader, or none: who lays a card may then go on.
    fn seen(&self, reader: &str, card: bool) {
        let mut view = self.view.clone();
        let seen = view.wait_for(|now| {
            let there = now.readers.iter().find(|state| state.name.0 == reader);
            there.is_some_and(|state| state.card.is_some()) == card
        });
        // Beyond the bound the desk says itself what is missing.
        let _ = self
            .runtime
            .block_on(async { tokio::time::timeout(FIRST_LOOK, seen).await });
    }
}

impl DemoPanel for Stage {
    fn document(&self) -> Value {
        let personas = cccd_sim::personas().unwrap_or_default();
        let personas: Vec<Value> = personas.iter().map(super::listed).collect();
        json!({ "personas": personas, "defects": cccd_sim::defects() })
    }

    fn lay(&self, reader: &str, persona: &str, defects: &[String]) -> Result<(), UnknownCard> {
        if !READERS.contains(&reader) {
            return Err(UnknownCard(format!(
                "reader; there are: {}",
                READERS.join(", ")
            )));
        }
        let person = cccd_sim::persona(persona)
            .ok_or_else(|| UnknownCard("persona of that name".to_owned()))?;
        let defects = defects
            .iter()
            .map(|id| {
                cccd_sim::defect(id).ok_or_else(|| UnknownCard("defect of that name".to_owned()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let together = |error: String| UnknownCard(format!("card with these defects: {error}"));
        let trust = trust(self.folder.path(), &defects, self.clock.as_ref())
            .map_err(|error| together(error.to_string()))?;
        let card = SimCard::new(&person, &defects, Box::new(SystemRandom), self.clock.now())
            .map_err(|error| together(error.to_string()))?;
        *self.trust.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(trust);
        drop(self.readers.lift(reader));
        self.seen(reader, false);
        // A defect of the link may have pulled the reader out, or stopped the service.
        self.readers.start_service();
        for name in READERS {
            self.readers.plug(name);
        }
        self.readers
            .lay(reader, card)
            .map_err(|fault| UnknownCard(format!("reader: {fault}")))?;
        self.seen(reader, true);
        Ok(())
    }

    fn lift(&self, reader: &str) -> Result<(), UnknownCard> {
        if !READERS.contains(&reader) {
            return Err(UnknownCard(format!(
                "reader; there are: {}",
                READERS.join(", ")
            )));
        }
        // An empty reader stays one.
        drop(self.readers.lift(reader));
        self.seen(reader, false);
        Ok(())
    }

    fn received(&self) -> Value {
        serde_json::to_value(self.case_system.received()).unwrap_or(Value::Null)
    }
}
