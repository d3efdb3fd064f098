//! Readers that are plugged in and out, and the service behind them.

use std::sync::Arc;

use cccd_port::{Clock as _, ReaderName};
use cccd_sim::{Pace, ReaderModel, VirtualClock};

use super::Stage;
use crate::desk::scanning::{Beside, Scanner};
use crate::simulation::desk::clock::LaneClock;
use crate::simulation::desk::lanes::{LaidCard, Lane};
use crate::simulation::desk::refusal::StageRefusal;

/// Readers at one desk.
pub const MOST_READERS: usize = 64;

impl Stage {
    /// Readers, what somebody laid on them, and whether they are plugged in.
    #[must_use]
    pub fn readers(&self) -> Vec<(String, bool, Option<LaidCard>)> {
        let lanes = self.0.lanes.lock();
        lanes
            .iter()
            .map(|(name, lane)| {
                let here = lane.plugged && self.0.readers.lies(name);
                (
                    name.clone(),
                    lane.plugged,
                    lane.laid.clone().filter(|_| here),
                )
            })
            .collect()
    }

    /// Plugs a reader in. One that is there stays as it is. Blocks until the desk sees it.
    ///
    /// # Errors
    /// [`StageRefusal::Bounds`]: the name, or too many readers.
    pub fn plug(&self, reader: &str, model: ReaderModel) -> Result<(), StageRefusal> {
        let named = (1..=128).contains(&reader.len()) && !reader.chars().any(char::is_control);
        if !named {
            return Err(StageRefusal::Bounds {
                what: "reader",
                bounds: "a name of 1 to 128 bytes without control characters",
            });
        }
        let known = self.0.lanes.lock().contains_key(reader);
        if !known {
            self.open_lane(reader)?;
        }
        if let Some(lane) = self.0.lanes.lock().get_mut(reader) {
            lane.plugged = true;
        }
        self.plug_back(reader, model);
        self.seen(|now| now.find(&ReaderName(reader.to_owned())).is_some());
        Ok(())
    }

    pub(super) fn plug_back(&self, reader: &str, model: ReaderModel) {
        let modelled = self
            .0
            .lanes
            .lock()
            .get(reader)
            .map(|lane| lane.modelled.clone());
        let pace = modelled.flatten().map(Pace::Virtual);
        self.0.readers.plug_paced(reader, model, pace);
    }

    fn open_lane(&self, reader: &str) -> Result<(), StageRefusal> {
        let mut lanes = self.0.lanes.lock();
        if lanes.len() >= MOST_READERS {
            return Err(StageRefusal::Bounds {
                what: "readers",
                bounds: "at most 64",
            });
        }
        let modelled =
            (!self.0.setting.real_time).then(|| Arc::new(VirtualClock::new(self.0.world.now())));
        let (scanner, device) = cccd_sim::scanner();
        self.0
            .desk
            .follow_scanner(Scanner {
                name: format!("{reader}: scanner"),
                beside: Some(Beside::Reader(ReaderName(reader.to_owned()))),
                device: Box::new(device),
            })
            .map_err(|error| StageRefusal::Impossible(error.to_string()))?;
        let lane = Lane {
            trust: Some(Arc::clone(&self.0.trust)),
            clock: Arc::new(LaneClock {
                stage: Arc::clone(&self.0.clock),
                shown: None,
                modelled: modelled.clone(),
            }),
            memory: self.memory()?,
            modelled,
            scanner,
            plugged: false,
            laid: None,
        };
        lanes.insert(reader.to_owned(), lane);
        Ok(())
    }

    /// Unplugs a reader, with the card on it. Blocks until the desk sees it gone.
    ///
    /// # Errors
    /// [`StageRefusal::Reader`].
    pub fn unplug(&self, reader: &str) -> Result<(), StageRefusal> {
        self.in_lane(reader, |lane| {
            lane.plugged = false;
            lane.laid = None;
        })?;
        self.0.readers.unplug(reader);
        self.seen(|now| now.find(&ReaderName(reader.to_owned())).is_none());
        Ok(())
    }

    /// Starts the service and plugs in whatever a defect of the link has pulled out.
    pub(super) fn set_up_again(&self) {
        self.0.readers.start_service();
        let plugged: Vec<String> = {
            let lanes = self.0.lanes.lock();
            let plugged = lanes.iter().filter(|(_, lane)| lane.plugged);
            plugged.map(|(name, _)| name.clone()).collect()
        };
        for name in plugged {
            self.plug_back(&name, ReaderModel::EXTENDED);
        }
    }

    /// Starts or stops the service behind all readers.
    pub fn service(&self, running: bool) {
        if running {
            self.0.readers.start_service();
        } else {
            self.0.readers.stop_service();
        }
        self.seen(|now| now.service == running);
    }

    /// Plugs in the readers of the start.
    pub(in crate::simulation::desk) fn plug_first(&self) -> Result<(), StageRefusal> {
        for name in &self.0.setting.readers {
            self.plug(name, ReaderModel::EXTENDED)?;
        }
        Ok(())
    }
}
