//! What stands around a simulated desk, and what can be done to it.
//!
//! # Layout
//! - here: the stage, its people, and its start
//! - `devices`: scanners on lines, and the desk's own camera
//! - `readers`: readers and their service; `cards`: cards and codes
//! - `sensor`: the fingerprint sensor and the fingers on it
//! - `making`: what a card and its trust are made with

mod cards;
mod devices;
mod making;
mod readers;
mod sensor;

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use cccd_port::{Clock as _, ReaderName, SystemClock};
use cccd_sim::personas::written::Written;
use cccd_sim::{Defect, Persona, Scene, SeededRandom, SimReaders, SystemRandom, TimeModel};
use time::OffsetDateTime;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::clock::StageClock;
use super::lanes::{Lane, Lanes};
use super::refusal::StageRefusal;
use crate::desk::Desk;
use crate::desk::ports::Readers;
use crate::simulation::case_system::{CaseSystem, Fault};
use crate::simulation::register::SimulatedRegister;
use crate::store::Store;
use crate::verify::TrustAnchors;
pub use cards::Wanted;
pub use devices::{CAMERA, LineScan};
pub(super) use making::trust;
pub use readers::MOST_READERS;
pub use sensor::{Laid, StageSensor, finger_number};

/// How long the desk may take to see what was done at a reader.
const SEEN: Duration = Duration::from_secs(5);
/// Cards after which the records of the oldest are let go of, and how many such batches are kept: a
/// desk that is tested for days must not fill its memory. One with a folder keeps them for their term.
const BATCH: u64 = 64;
const KEPT_BATCHES: usize = 4;
/// Personas that are written besides the ready-made ones.
pub const MOST_WRITTEN: usize = 1_000;

/// What stands around a simulated desk. A handle; clones are the same stage.
#[derive(Clone)]
pub struct Stage(Arc<Inner>);

struct Inner {
    desk: Desk,
    readers: SimReaders,
    sensor: StageSensor,
    lanes: Arc<Lanes>,
    /// The readers as the desk sees them.
    view: watch::Receiver<Readers>,
    case_system: CaseSystem,
    register: SimulatedRegister,
    clock: Arc<StageClock>,
    /// When cards and lists are made, whatever the desk's clock shows.
    world: SystemClock,
    setting: Setting,
    trust: Arc<TrustAnchors>,
    written: RwLock<BTreeMap<String, Written>>,
    layings: AtomicU64,
    store: Arc<Store>,
    /// When a batch of cards had been laid, the newest last.
    batches: Mutex<VecDeque<OffsetDateTime>>,
    runtime: Handle,
    wires: Mutex<devices::Wires>,
    scene: Option<Scene>,
}

/// How a stage is set.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// The readers at the start, and after each reset.
    pub readers: Vec<String>,
    /// Cards really take their time; otherwise it is counted alone.
    pub real_time: bool,
    /// What cards take where nothing else is said.
    pub time: TimeModel,
    /// What the chips' random numbers follow from; none: the system's.
    pub seed: Option<u64>,
}

/// What a stage is made of.
pub(super) struct Parts {
    pub desk: Desk,
    pub store: Arc<Store>,
    pub readers: SimReaders,
    pub sensor: StageSensor,
    pub lanes: Arc<Lanes>,
    pub view: watch::Receiver<Readers>,
    pub case_system: CaseSystem,
    pub register: SimulatedRegister,
    pub clock: Arc<StageClock>,
    pub setting: Setting,
    pub trust: Arc<TrustAnchors>,
    /// What stands before the desk's own camera.
    pub scene: Option<Scene>,
}

impl Stage {
    /// The stage of these parts. To be called within a Tokio runtime.
    pub(super) fn set(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            desk: parts.desk,
            readers: parts.readers,
            sensor: parts.sensor,
            lanes: parts.lanes,
            view: parts.view,
            case_system: parts.case_system,
            register: parts.register,
            clock: parts.clock,
            world: SystemClock::default(),
            setting: parts.setting,
            trust: parts.trust,
            written: RwLock::default(),
            layings: AtomicU64::new(0),
            store: parts.store,
            batches: Mutex::default(),
            runtime: Handle::current(),
            wires: Mutex::default(),
            scene: parts.scene,
        }))
    }

    /// The desk on it.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.0.desk
    }

    /// The desk's clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<StageClock> {
        &self.0.clock
    }

    /// The case system.
    #[must_use]
    pub fn case_system(&self) -> &CaseSystem {
        &self.0.case_system
    }

    /// The register that the desk asks.
    #[must_use]
    pub fn register(&self) -> &SimulatedRegister {
        &self.0.register
    }

    /// The simulated readers, to be handled by a test.
    #[must_use]
    pub fn sim_readers(&self) -> SimReaders {
        self.0.readers.clone()
    }

    /// What the desk remembers, to be filled and looked at by a test.
    #[must_use]
    pub fn store(&self) -> Arc<Store> {
        Arc::clone(&self.0.store)
    }

    /// Everybody who has a card here, the ready-made personas first.
    #[must_use]
    pub fn personas(&self) -> Vec<Persona> {
        let written = self
            .0
            .written
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut personas = cccd_sim::personas().unwrap_or_default();
        personas.extend(written.values().map(|written| written.persona.clone()));
        personas
    }

    /// The persona of that name.
    ///
    /// # Errors
    /// [`StageRefusal::Persona`].
    pub fn persona(&self, name: &str) -> Result<Persona, StageRefusal> {
        let personas = self.personas();
        let found = personas.iter().find(|persona| persona.name == name);
        found.cloned().ok_or_else(|| StageRefusal::Persona {
            known: personas.iter().map(|p| p.name.clone()).collect(),
        })
    }

    /// The defects that a written persona's file names; none where it is ready-made.
    fn written_defects(&self, name: &str) -> Option<Vec<&'static Defect>> {
        let written = self
            .0
            .written
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        written.get(name).map(|written| written.defects.clone())
    }

    /// Takes a persona in, in place of a written one of that name.
    ///
    /// # Errors
    /// [`StageRefusal`]: a ready-made persona bears the name, or there are too many.
    pub fn write(&self, written: Written) -> Result<(), StageRefusal> {
        let name = written.persona.name.clone();
        if cccd_sim::persona(&name).is_some() {
            return Err(StageRefusal::Impossible(
                "a ready-made persona has that name; choose another".to_owned(),
            ));
        }
        let mut all = self
            .0
            .written
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_WRITTEN && !all.contains_key(&name) {
            return Err(StageRefusal::Bounds {
                what: "personas",
                bounds: "at most 1000 written ones; a reset forgets them",
            });
        }
        all.insert(name, written);
        Ok(())
    }

    /// A memory of nothing.
    fn memory(&self) -> Result<Arc<Store>, StageRefusal> {
        let memory = Store::in_memory(self.0.clock.clone());
        memory
            .map(Arc::new)
            .map_err(|error| StageRefusal::Impossible(error.to_string()))
    }

    /// As it was at the start: sessions called off, readers empty, the clock the machine's, the case
    /// system well and without reports, the register for everybody, written personas forgotten. What the desk recorded stays.
    ///
    /// # Errors
    /// As for [`Self::plug`].
    pub fn reset(&self) -> Result<(), StageRefusal> {
        self.0.desk.cancel_all();
        self.0.clock.follow_the_machine();
        self.0.case_system.set_fault(Fault::None);
        self.0.case_system.forget();
        self.0.register.reset();
        self.0
            .written
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.reset_devices();
        self.service(true);
        self.lift_finger();
        self.sensor_suffers(Vec::new())?;
        self.plug_sensor(true)?;
        let names: Vec<String> = self.0.lanes.lock().keys().cloned().collect();
        for name in names {
            if self.0.setting.readers.contains(&name) {
                self.lift_off(&name);
                let fresh = self.memory()?;
                self.0.readers.put_away(&name);
                self.in_lane(&name, |lane| {
                    lane.laid = None;
                    lane.memory = fresh;
                })?;
            } else {
                self.unplug(&name)?;
            }
        }
        self.plug_first()
    }

    fn in_lane<T>(
        &self,
        reader: &str,
        look: impl FnOnce(&mut Lane) -> T,
    ) -> Result<T, StageRefusal> {
        let mut lanes = self.0.lanes.lock();
        if let Some(lane) = lanes.get_mut(reader) {
            return Ok(look(lane));
        }
        Err(StageRefusal::Reader {
            known: lanes.keys().cloned().collect(),
        })
    }

    fn randomness(&self) -> Box<dyn cccd_sim::Randomness> {
        let laying = self.0.layings.fetch_add(1, Ordering::Relaxed);
        if laying % BATCH == BATCH - 1 && self.0.store.folder().is_none() {
            self.let_go_of_the_oldest();
        }
        match self.0.setting.seed {
            Some(seed) => Box::new(SeededRandom::new(&format!("desk {seed} laying {laying}"))),
            None => Box::new(SystemRandom),
        }
    }

    fn let_go_of_the_oldest(&self) {
        let mut batches = self
            .0
            .batches
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        batches.push_back(self.0.clock.now());
        if batches.len() > KEPT_BATCHES
            && let Some(before) = batches.pop_front()
            && let Err(error) = self.0.store.purge(before)
        {
            tracing::error!(%error, "old records could not be let go of");
        }
    }

    /// Waits until the desk sees a card on that reader, or none: who lays a card may then go on.
    fn sees_card(&self, reader: &str, card: bool) {
        let name = ReaderName(reader.to_owned());
        self.seen(|now| now.find(&name).is_some_and(|state| state.card.is_some()) == card);
    }

    fn seen(&self, wanted: impl Fn(&Readers) -> bool) {
        let mut view = self.0.view.clone();
        let seen = view.wait_for(|now| wanted(now));
        // Beyond the bound the desk says itself what is missing.
        let _ = self
            .0
            .runtime
            .block_on(async { tokio::time::timeout(SEEN, seen).await });
    }
}
