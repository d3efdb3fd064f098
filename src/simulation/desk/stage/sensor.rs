//! A simulated fingerprint module on a pseudo terminal, with the desk's own driver at the other end.

use core::time::Duration;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cccd_port::SensorFault;
use cccd_serial_finger::{Line, LineOpener, PortOpener, R30X, Settings, USUAL_BAUD, Zfm};
use cccd_sim::fingers::SynthFinger;
use cccd_sim::sensor::{
    Mishap, SensorKind, SensorMishap, SensorPort, SharedModule, SimFinger, ZfmModule,
};

use super::Stage;
use crate::biometrics::finger::{Finger, NistMatcher, Threshold};
use crate::desk::fingers::SensorOfDesk;
use crate::simulation::desk::refusal::StageRefusal;

/// How long the desk waits for a simulated finger.
const WAIT: Duration = Duration::from_secs(15);
/// A search or comparison on a machine that does much besides.
const PATIENCE: Duration = Duration::from_secs(5);
/// Mishaps of one order.
pub const MOST_MISHAPS: usize = 64;

/// The module, and the port that it is on.
#[derive(Clone)]
pub struct StageSensor(Arc<Inner>);

struct Inner {
    module: SharedModule,
    paced: bool,
    port: Mutex<Option<SensorPort>>,
    /// Presses so far: each is another.
    presses: Mutex<u32>,
}

/// A finger to lay down.
#[derive(Clone, Debug)]
pub struct Laid {
    /// Whose.
    pub persona: String,
    /// Which one, such as `right-index`.
    pub finger: String,
    /// The number of the press; none: one that was not before.
    pub press: Option<u32>,
    /// 0, a clean picture, to 1, one that is hardly usable; none: as people press.
    pub noise: Option<f32>,
}

impl StageSensor {
    /// A module, plugged in. With `paced` its line takes the time that it takes.
    ///
    /// # Errors
    /// The system's, where it has no pseudo terminal.
    pub fn plugged_in(paced: bool) -> std::io::Result<Self> {
        let module = SharedModule::new(ZfmModule::new(SensorKind::r30x()));
        let port = SensorPort::plug_in(module.clone(), paced)?;
        Ok(Self(Arc::new(Inner {
            module,
            paced,
            port: Mutex::new(Some(port)),
            presses: Mutex::new(0),
        })))
    }

    /// What the desk has of it.
    #[must_use]
    pub fn of_desk(&self, asks_module: bool) -> SensorOfDesk {
        let sensor = Zfm::new(Box::new(self.clone()), Settings::new(R30X));
        SensorOfDesk::new(Box::new(sensor), Threshold::default(), WAIT)
            .with_matcher(NistMatcher::new(PATIENCE))
            .asking_module(asks_module)
    }

    fn port(&self) -> MutexGuard<'_, Option<SensorPort>> {
        self.0.port.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self) -> Option<PathBuf> {
        self.port().as_ref().map(|port| port.path().to_owned())
    }
}

impl LineOpener for StageSensor {
    fn open(&mut self) -> Result<Box<dyn Line>, SensorFault> {
        let path = self.path().ok_or(SensorFault::NoSensor)?;
        PortOpener::new(path.to_string_lossy(), USUAL_BAUD).open()
    }
}

impl Stage {
    /// Whether the sensor is plugged in.
    #[must_use]
    pub fn sensor_is_plugged(&self) -> bool {
        self.0.sensor.port().is_some()
    }

    /// Plugs the sensor in or out. One that is so already stays so.
    ///
    /// # Errors
    /// [`StageRefusal::Impossible`] where the system has no pseudo terminal.
    pub fn plug_sensor(&self, plugged: bool) -> Result<(), StageRefusal> {
        let sensor = &self.0.sensor;
        let mut port = sensor.port();
        match (plugged, port.is_some()) {
            (true, false) => {
                let new = SensorPort::plug_in(sensor.0.module.clone(), sensor.0.paced);
                *port = Some(new.map_err(|error| StageRefusal::Impossible(error.to_string()))?);
            }
            (false, true) => {
                if let Some(gone) = port.take() {
                    gone.unplug();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Lays a finger on the sensor, in place of one that lies there.
    ///
    /// # Errors
    /// [`StageRefusal`]: no such persona or finger.
    pub fn lay_finger(&self, laid: &Laid) -> Result<(), StageRefusal> {
        let persona = self.persona(&laid.persona)?;
        let number = finger_number(&laid.finger)?;
        if laid
            .noise
            .is_some_and(|noise| !(0.0..=1.0).contains(&noise))
        {
            return Err(StageRefusal::Bounds {
                what: "noise",
                bounds: "0 to 1",
            });
        }
        let press = match laid.press {
            Some(press) => press,
            None => {
                let sensor = &self.0.sensor.0;
                let mut presses = sensor
                    .presses
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                *presses = presses.wrapping_add(1);
                *presses
            }
        };
        let finger = persona.finger(number);
        let image = impression(&finger, press, laid.noise)
            .map_err(|error| StageRefusal::Impossible(error.to_string()))?;
        let identity = image_identity(&laid.persona, number);
        let mut module = self.0.sensor.0.module.lock();
        module.lay(Some(SimFinger { identity, image }));
        Ok(())
    }

    /// Lifts the finger.
    pub fn lift_finger(&self) {
        self.0.sensor.0.module.lock().lay(None);
    }

    /// What goes wrong on the sensor's line from now on; nothing of an earlier order does any more.
    ///
    /// # Errors
    /// [`StageRefusal::Bounds`].
    pub fn sensor_suffers(&self, mishaps: Vec<(usize, SensorMishap)>) -> Result<(), StageRefusal> {
        if mishaps.len() > MOST_MISHAPS {
            return Err(StageRefusal::Bounds {
                what: "mishaps",
                bounds: "at most 64",
            });
        }
        let mishaps = mishaps.into_iter().map(|(at, what)| Mishap { at, what });
        self.0.sensor.0.module.lock().suffer(mishaps.collect());
        Ok(())
    }
}

/// The number of a finger by its name (ISO/IEC 19794-4:2005, table 5).
///
/// # Errors
/// [`StageRefusal::Bounds`].
pub fn finger_number(name: &str) -> Result<u8, StageRefusal> {
    let named = |number: &u8| Finger::numbered(*number).is_some_and(|one| one.name() == name);
    (1..=10).find(named).ok_or(StageRefusal::Bounds {
        what: "finger",
        bounds: "right- or left-, and thumb, index, middle, ring or little",
    })
}

fn impression(
    finger: &SynthFinger,
    press: u32,
    noise: Option<f32>,
) -> Result<cccd_port::FingerImage, cccd_sim::SimError> {
    let mut natural = finger.natural(press);
    if let Some(noise) = noise {
        natural.noise = noise;
    }
    finger.impression(&natural)
}

/// A number of its own for each finger of each persona.
fn image_identity(persona: &str, number: u8) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    (persona, number).hash(&mut hasher);
    hasher.finish()
}
