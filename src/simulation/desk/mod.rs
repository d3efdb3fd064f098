//! A whole desk in one process, on the loopback, that leaves nothing behind: the desk of the service
//! with simulated readers, cards, scanners, case system and register around it. The demo is this desk with a
//! panel on its page; integration tests steer it over HTTP.
//!
//! Its trust is the test authority's, so every verdict says TEST. Its store lives in memory: a desk
//! that is killed leaves no file. One that is to be killed and to go on is given a folder.
//!
//! # Layout
//! - here: setting up, serving, taking down
//! - [`stage`]: what stands around the desk, and what can be done to it
//! - `lanes`: what counts for the card on each reader
//! - [`clock`]: clocks that can be set and moved on
//! - [`control`]: the stage over HTTP
//! - `wire`: a serial line, for a scanner of the service's own driver
//! - `panel`: the stage as the demo's page has it
//! - [`refusal`]: what is not to be had, and what would be right

pub mod clock;
pub mod control;
mod lanes;
mod panel;
pub mod refusal;
pub mod stage;
mod wire;

use core::net::SocketAddr;
use core::time::Duration;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cccd_port::{Camera, Clock, SystemClock};
use cccd_sim::{BitRate, ChipSpeed, Pace, Scene, SimReaders, TimeModel, VirtualClock};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::config::{self, Config, Endpoint};
use crate::desk::api::{DemoPanel, Hosts, Interface, Rate};
use crate::desk::assembly::{Assembled, Surroundings, assemble};
use crate::desk::faces::PooledFaces;
use crate::desk::pairing::Pairing;
use crate::desk::ports::{FaceComparing, NoFaces, Role};
use crate::desk::server::{self, ServeError};
use crate::desk::trust::view::TrustOfDemo;
use crate::desk::{Desk, Settings};
use crate::simulation::case_system::{self, CaseSystem, Keys};
use crate::simulation::register::SimulatedRegister;
use crate::store::safekeeping::FolderLock;
use crate::store::{Store, StoreError};
use clock::StageClock;
use control::ControlToken;
pub use lanes::LaidCard;
use lanes::{LaneReading, Lanes};
pub use refusal::StageRefusal;
use stage::{Parts, Setting};
pub use stage::{Stage, Wanted};

/// How a simulated desk is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the desk listens: on the loopback.
    pub listen: SocketAddr,
    /// Where the stage is steered; none: by the panel alone, if there is one.
    pub control: Option<SocketAddr>,
    /// Readers at the start, at most [`stage::MOST_READERS`].
    pub readers: usize,
    /// Cards take the time of a quick real one; otherwise they answer at once, and their time is
    /// counted alone.
    pub real_time: bool,
    /// How long a card that was lifted while it was read is waited for, in seconds; none: 5 where
    /// cards take their time, and not at all where they answer at once.
    pub lay_back_seconds: Option<u64>,
    /// What the chips' random numbers follow from; none: the system's.
    pub seed: Option<u64>,
    /// The demo's panel on the page.
    pub panel: bool,
    /// A camera of the desk's own, as there is with a control API in any case.
    pub camera: bool,
    /// The folder of face models; none: no face is compared.
    pub models: Option<PathBuf>,
    /// The folder of its store, which outlasts it; none: its store lives in memory.
    pub data: Option<PathBuf>,
    /// Where its reports go; none: to its own case system.
    pub report_to: Option<Endpoint>,
    /// How the desk is configured. Its data, its trust, its listener, its case system and its
    /// register are the simulation's whatever stands there.
    pub config: Config,
}

impl Default for Options {
    /// Two readers on free ports, cards at once, the panel.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            control: None,
            readers: 2,
            real_time: false,
            lay_back_seconds: None,
            seed: None,
            panel: true,
            camera: false,
            models: None,
            data: None,
            report_to: None,
            config: Config::default(),
        }
    }
}

/// Why a simulated desk does not start.
#[derive(Debug, thiserror::Error)]
#[error("the simulated desk cannot {what}: {why}")]
pub struct StartError {
    what: &'static str,
    why: String,
}

fn cannot<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> StartError {
    move |error| StartError {
        what,
        why: error.to_string(),
    }
}

/// Where everything is, and the tokens that let one in. As JSON it is the one line that
/// `simulate desk` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Doors {
    /// The stage's own address; none where it is steered by the panel alone.
    pub control: Option<String>,
    /// The desk's API.
    pub desk: String,
    /// The case system: `/received` and a page.
    pub case_system: String,
    /// The desk's page, with the secret that pairs it.
    pub page: String,
    /// The ports of the addresses above.
    pub ports: Ports,
    /// The tokens.
    pub tokens: Tokens,
    /// The readers at the start.
    pub readers: Vec<String>,
    /// Always true: whoever reads this line can tell it from a desk in service.
    pub test: bool,
}

/// Ports, by door.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ports {
    /// The stage's.
    pub control: Option<u16>,
    /// The desk's.
    pub desk: u16,
    /// The case system's.
    pub case_system: u16,
}

/// Bearer tokens of a desk whose cards are invented.
#[derive(Clone, Debug, Serialize)]
pub struct Tokens {
    /// For the stage.
    pub control: Option<String>,
    /// For the desk, as a clerk's page.
    pub clerk: String,
    /// For the desk, as the case system.
    #[serde(rename = "case-system")]
    pub case_system: String,
    /// For the desk, as its operator.
    pub operator: String,
    /// For the desk, as an auditor.
    pub auditor: String,
}

/// A simulated desk that is set up and not yet served.
pub struct SimulatedDesk {
    listener: TcpListener,
    control: Option<(TcpListener, ControlToken)>,
    interface: Interface,
    assembled: Assembled,
    stage: Stage,
    doors: Doors,
    /// Held while the desk runs.
    lock: Option<FolderLock>,
}

impl SimulatedDesk {
    /// Sets everything up: test authority, store, case system, readers, desk. To be called within a
    /// Tokio runtime of several threads.
    ///
    /// # Errors
    /// [`StartError`] names the part that does not start.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let faces: Arc<dyn FaceComparing> = match &options.models {
            Some(folder) => Arc::new(PooledFaces::of_folder(folder)),
            None => Arc::new(NoFaces),
        };
        Self::start_with(options, faces).await
    }

    /// As [`Self::start`], with something else to compare faces.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub async fn start_with(
        options: Options,
        faces: Arc<dyn FaceComparing>,
    ) -> Result<Self, StartError> {
        let listener = TcpListener::bind(options.listen).map_err(cannot("listen"))?;
        let control = match options.control {
            Some(address) => Some((
                TcpListener::bind(address).map_err(cannot("listen for its control"))?,
                ControlToken::new().ok_or_else(no_randomness)?,
            )),
            None => None,
        };
        let clock = Arc::new(StageClock::default());
        let (store, lock) = store(options.data.as_deref(), &clock)?;
        let case_system = receiver(&store).await?;
        let register = register(&clock).await?;
        let config = configured(&options, &case_system, &register)?;
        let setting = Setting {
            readers: (0..options.readers.clamp(1, stage::MOST_READERS))
                .map(reader_name)
                .collect(),
            real_time: options.real_time,
            time: TimeModel::new(BitRate::R848, ChipSpeed::Fast),
            seed: options.seed,
        };
        let personas = cccd_sim::personas().map_err(cannot("make its people"))?;
        let trust = stage::trust(&personas, &[], &SystemClock::default())
            .map_err(cannot("make its trust"))?
            .ok_or_else(|| cannot("make its trust")("it cannot be used"))?;
        // Each reader has a pace of its own; this one is for none.
        let pace = match options.real_time {
            true => Pace::RealTime,
            false => Pace::Virtual(Arc::new(VirtualClock::new(
                time::OffsetDateTime::UNIX_EPOCH,
            ))),
        };
        let readers = SimReaders::new(pace, Some(setting.time));
        let sensor = stage::StageSensor::plugged_in(options.real_time)
            .map_err(cannot("plug its sensor in"))?;
        let lanes = Arc::new(Lanes::default());
        let (scene, cameras) = camera(options.camera || options.control.is_some());
        let surroundings = Surroundings {
            store: Arc::clone(&store),
            readers: Arc::new(readers.clone()),
            scanners: Vec::new(),
            cameras,
            trust: usual_trust(&trust),
            trusting: Arc::new(TrustOfDemo(Box::new({
                let trust = Arc::clone(&trust);
                move || Arc::clone(&trust)
            }))),
            clock: clock.clone(),
            timer: clock.clone(),
            settings: Settings {
                any_policy: true,
                ..Settings::from(&config)
            },
            faces,
            fingers: Some(Arc::new(sensor.of_desk(config.fingerprint.module_match))),
            before: {
                let (lanes, quirks) = (Arc::clone(&lanes), config.quirk.clone());
                Box::new(move |pipeline| {
                    Arc::new(LaneReading {
                        lanes,
                        pipeline,
                        quirks,
                    })
                })
            },
            test_key_ids: super::test_key_identifiers(),
        };
        let assembled = assemble(&config, surroundings)
            .await
            .map_err(cannot("open"))?;
        let stage = Stage::set(Parts {
            desk: assembled.desk.clone(),
            store,
            readers,
            sensor,
            lanes,
            view: assembled.readers.clone(),
            case_system,
            register,
            clock,
            setting,
            trust,
            scene,
        });
        let plugged = stage.clone();
        tokio::task::spawn_blocking(move || plugged.plug_first())
            .await
            .map_err(cannot("plug its readers in"))?
            .map_err(cannot("plug its readers in"))?;
        let pairing = Arc::new(Pairing::default());
        let secret = pairing.always(Role::Clerk).ok_or_else(no_randomness)?;
        let control_door = control.as_ref().map(|(listener, token)| (listener, token));
        let doors = doors(&listener, control_door, &stage, &assembled.desk, &secret)?;
        let panel: Arc<dyn DemoPanel> = Arc::new(stage.clone());
        let interface = Interface {
            desk: assembled.desk.clone(),
            pairing,
            hosts: Hosts::loopback(doors.ports.desk),
            // Tests may hurry.
            rate: Rate {
                burst: 10_000,
                per_second: 5_000,
            },
            demo: options.panel.then_some(panel),
        };
        Ok(Self {
            listener,
            control,
            interface,
            assembled,
            stage,
            doors,
            lock,
        })
    }

    /// Where everything is.
    #[must_use]
    pub fn doors(&self) -> &Doors {
        &self.doors
    }

    /// What stands around the desk.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage.clone()
    }

    /// Serves until `stop` is done, and takes everything down.
    ///
    /// # Errors
    /// What a listener failed with.
    pub async fn serve(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let (told, stopping) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            stop.await;
            // Everybody may have gone already.
            let _ = told.send(true);
        });
        let asked = || {
            let mut stopping = stopping.clone();
            async move {
                // A lost sender ends it too.
                let _ = stopping.wait_for(|stopping| *stopping).await;
            }
        };
        let desk = self.interface.desk.clone();
        let steered = match self.control {
            Some((listener, token)) => {
                let port = self.doors.ports.control.unwrap_or(0);
                let router = control::router(self.stage.clone(), token, Hosts::loopback(port));
                Some(tokio::spawn(server::serve_until(listener, router, asked())))
            }
            None => None,
        };
        let served = server::serve(self.listener, self.interface.router(), desk, asked()).await;
        if let Some(steered) = steered {
            // A broken task is the same as a closed door by now.
            let _ = steered.await;
        }
        self.assembled.shut(Duration::from_secs(2)).await;
        self.stage.sim_readers().stop_service();
        drop(self.lock);
        served
    }
}

/// The desk's own camera, where it has one, and what stands before it.
fn camera(there: bool) -> (Option<Scene>, Vec<Box<dyn Camera>>) {
    if !there {
        return (None, Vec::new());
    }
    let (scene, device) = cccd_sim::camera(stage::CAMERA);
    (Some(scene), vec![Box::new(device)])
}

fn no_randomness() -> StartError {
    cannot("make its secrets")("the system gave no random bytes")
}

/// `Simulated Reader A` to `Z`, and by number from there.
fn reader_name(index: usize) -> String {
    let letter = u8::try_from(index)
        .ok()
        .filter(|index| *index < 26)
        .map(|index| char::from(b'A' + index));
    match letter {
        Some(letter) => format!("Simulated Reader {letter}"),
        None => format!("Simulated Reader {}", index + 1),
    }
}

/// The configuration, with what is the simulation's own.
fn configured(
    options: &Options,
    case_system: &CaseSystem,
    register: &SimulatedRegister,
) -> Result<Config, StartError> {
    let mut config = options.config.clone();
    let own = case_system.reports_url().parse();
    config.report.case_system = Some(match &options.report_to {
        Some(other) => other.clone(),
        None => own.map_err(cannot("reach its case system"))?,
    });
    config.register = config::Register {
        url: Some(
            register
                .url()
                .parse()
                .map_err(cannot("reach its register"))?,
        ),
        budget_milliseconds: config.register.budget_milliseconds,
        ..config::Register::default()
    };
    config.readers = config::Readers::default();
    config.status = config::Status::default();
    // Nobody lays a simulated card back by hand, and whoever tries it out should not wait long.
    let usual = if options.real_time { 5 } else { 0 };
    config.reading.lay_back_seconds = options.lay_back_seconds.unwrap_or(usual);
    Ok(config)
}

fn usual_trust(trust: &Arc<crate::verify::TrustAnchors>) -> crate::desk::wiring::TrustSource {
    let trust = Arc::clone(trust);
    Arc::new(move || Some(Arc::clone(&trust)))
}

/// What the desk remembers, in that folder or in memory.
fn store(
    folder: Option<&Path>,
    clock: &Arc<StageClock>,
) -> Result<(Arc<Store>, Option<FolderLock>), StartError> {
    let unmade = || cannot::<StoreError>("make its store");
    let clock: Arc<dyn Clock> = clock.clone();
    let Some(folder) = folder else {
        let store = Store::in_memory(clock).map_err(unmade())?;
        return Ok((Arc::new(store), None));
    };
    let lock = FolderLock::take(folder).map_err(unmade())?;
    let store = Store::open_whole(&lock, clock).map_err(unmade())?;
    Ok((Arc::new(store), Some(lock)))
}

/// A case system in this process.
async fn receiver(store: &Store) -> Result<CaseSystem, StartError> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .map_err(cannot("make its case system"))?;
    case_system::serve(listener, case_system::Options::new(Keys::Set(store.keys())))
        .map_err(cannot("make its case system"))
}

/// A register in this process.
async fn register(clock: &Arc<StageClock>) -> Result<SimulatedRegister, StartError> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .map_err(cannot("make its register"))?;
    let clock: Arc<dyn Clock> = clock.clone();
    SimulatedRegister::serve(listener, clock).map_err(cannot("make its register"))
}

fn doors(
    listener: &TcpListener,
    control: Option<(&TcpListener, &ControlToken)>,
    stage: &Stage,
    desk: &Desk,
    secret: &Zeroizing<String>,
) -> Result<Doors, StartError> {
    let at = |listener: &TcpListener| listener.local_addr().map_err(cannot("listen"));
    let token = |role| {
        let token = desk.ports().tokens.issue(role, "simulation");
        token
            .map(|token| token.0.to_string())
            .map_err(cannot("make its tokens"))
    };
    let desk_at = at(listener)?;
    let case_system = stage.case_system().address();
    let control_at = control.map(|(listener, _)| at(listener)).transpose()?;
    Ok(Doors {
        control: control_at.map(|at| format!("http://{at}")),
        desk: format!("http://{desk_at}"),
        case_system: format!("http://{case_system}"),
        page: format!("http://{desk_at}/#pair={}", **secret),
        ports: Ports {
            control: control_at.map(|at| at.port()),
            desk: desk_at.port(),
            case_system: case_system.port(),
        },
        tokens: Tokens {
            control: control.map(|(_, token)| token.reveal().to_owned()),
            clerk: token(Role::Clerk)?,
            case_system: token(Role::CaseSystem)?,
            operator: token(Role::Operator)?,
            auditor: token(Role::Auditor)?,
        },
        readers: stage.readers().into_iter().map(|(name, ..)| name).collect(),
        test: true,
    })
}
