//! Readers in this process, steered by whoever holds them: for tests, the demo and integrators.
//!
//! # Layout
//! - here: what can be done to readers, and their face to the desk
//! - `state`: what lies where, and who is told
//! - `channel`: one exchange with one card
//! - `watcher`: a watch over all of them
//! - `model`: what a reader bears

mod channel;
mod model;
mod state;
mod watcher;

use std::sync::{Arc, Condvar, Mutex};

use cccd_port::{
    CardChannel, CardReaders, LinkFault, ReaderEvent, ReaderName, ReaderState, ReaderWatcher,
};

use crate::card::faults::LinkMishap;
use crate::latency::{Pace, TimeModel};
use channel::{Channel, Connection};
pub use model::ReaderModel;
pub use state::SharedCard;
use state::{Shared, Slot, State};
use watcher::Watcher;

/// What lies on the reader once the card was lifted.
#[derive(Clone)]
pub enum LaidBack {
    /// The same card, at once.
    Same,
    /// Another card, at once.
    Other(SharedCard),
    /// None.
    Nothing,
}

/// Simulated readers. Clones are handles to the same readers.
#[derive(Clone)]
pub struct SimReaders {
    shared: Arc<Shared>,
    pace: Pace,
    model: Option<TimeModel>,
}

impl SimReaders {
    /// No readers yet, a service that runs. Modelled time goes to `pace`; without a model only what
    /// a slow card takes on purpose does.
    #[must_use]
    pub fn new(pace: Pace, model: Option<TimeModel>) -> Self {
        let shared = Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        Self {
            shared: Arc::new(shared),
            pace,
            model,
        }
    }

    /// Plugs a reader in that bears everything. One of that name stays as it is.
    pub fn plug(&self, name: &str) {
        self.plug_model(name, ReaderModel::EXTENDED);
    }

    /// Plugs a reader of some model in. One of that name stays as it is.
    pub fn plug_model(&self, name: &str, model: ReaderModel) {
        self.plug_paced(name, model, None);
    }

    /// Plugs a reader in whose modelled time goes to a pace of its own. One of that name stays as it
    /// is.
    pub fn plug_paced(&self, name: &str, model: ReaderModel, pace: Option<Pace>) {
        self.shared.change(|state| {
            if !state.readers.contains_key(name) {
                let slot = Slot {
                    card: None,
                    lifted: None,
                    connected: false,
                    model,
                    pace,
                    transmits: 0,
                    tears: Vec::new(),
                };
                state.readers.insert(name.to_owned(), slot);
                if !state.stopped {
                    state.tell(&ReaderEvent::ReaderArrived(ReaderName(name.to_owned())));
                }
            }
        });
    }

    /// Unplugs a reader, with the card on it.
    pub fn unplug(&self, name: &str) {
        self.shared.change(|state| state.unplug(name));
    }

    /// Lays a card on a reader, in place of one that lies there.
    ///
    /// # Errors
    /// [`LinkFault::NoReader`] where there is no such reader.
    pub fn lay(&self, name: &str, card: impl Into<SharedCard>) -> Result<(), LinkFault> {
        self.lay_timed(name, card, None)
    }

    /// Lays a card that takes its time by `time`, in place of one that lies there.
    ///
    /// # Errors
    /// As [`Self::lay`].
    pub fn lay_timed(
        &self,
        name: &str,
        card: impl Into<SharedCard>,
        time: Option<TimeModel>,
    ) -> Result<(), LinkFault> {
        let card = card.into();
        self.shared.change(|state| state.lay(name, card, time))
    }

    /// Lifts the card at the `at`th command from now on, counted from 1 over all sessions on that
    /// reader: the card does not see this command. It takes no time, and comes true once.
    ///
    /// # Errors
    /// [`LinkFault::NoReader`] where there is no such reader.
    pub fn tear(&self, name: &str, at: usize, back: LaidBack) -> Result<(), LinkFault> {
        self.shared.change(|state| {
            let slot = state.readers.get_mut(name).ok_or(LinkFault::NoReader)?;
            slot.tears.push((slot.transmits.saturating_add(at), back));
            Ok(())
        })
    }

    /// How many commands were handed to a reader since it was plugged in.
    #[must_use]
    pub fn transmits(&self, name: &str) -> usize {
        let state = self.shared.lock();
        state.readers.get(name).map_or(0, |slot| slot.transmits)
    }

    /// Lifts the card off a reader; it can be laid back.
    pub fn lift(&self, name: &str) -> Option<SharedCard> {
        let laid = self.shared.change(|state| state.lift(name))?;
        Some(laid.card)
    }

    /// Lays the card back that was lifted off a reader last, by hand or by a mishap.
    ///
    /// # Errors
    /// [`LinkFault::NoReader`] where there is no such reader, [`LinkFault::NoCard`] where nothing was
    /// lifted off it since a card was laid.
    pub fn lay_back(&self, name: &str) -> Result<(), LinkFault> {
        self.shared.change(|state| {
            let slot = state.readers.get_mut(name).ok_or(LinkFault::NoReader)?;
            let (card, time) = slot.lifted.take().ok_or(LinkFault::NoCard)?;
            state.lay(name, card, time)
        })
    }

    /// Forgets what was lifted off a reader.
    pub fn put_away(&self, name: &str) {
        self.shared.change(|state| {
            if let Some(slot) = state.readers.get_mut(name) {
                slot.lifted = None;
            }
        });
    }

    /// Whether a card lies on a reader.
    #[must_use]
    pub fn lies(&self, name: &str) -> bool {
        let state = self.shared.lock();
        state
            .readers
            .get(name)
            .is_some_and(|slot| slot.card.is_some())
    }

    /// Stops the service behind the readers.
    pub fn stop_service(&self) {
        self.shared.change(State::stop);
    }

    /// Starts the service again.
    pub fn start_service(&self) {
        self.shared.change(|state| {
            if state.stopped {
                state.stopped = false;
                state.tell(&ReaderEvent::ServiceBack);
                for event in state.arrivals() {
                    state.tell(&event);
                }
            }
        });
    }
}

impl CardReaders for SimReaders {
    fn list(&self) -> Result<Vec<ReaderState>, LinkFault> {
        let state = self.shared.lock();
        if state.stopped {
            return Err(LinkFault::ServiceLost);
        }
        let states = state.readers.iter().map(|(name, slot)| ReaderState {
            name: ReaderName(name.clone()),
            card: slot.card.as_ref().map(|laid| laid.atr.clone()),
        });
        Ok(states.collect())
    }

    fn watch(&self) -> Box<dyn ReaderWatcher> {
        let mut state = self.shared.lock();
        let id = state.next_watcher;
        state.next_watcher += 1;
        let events = state.arrivals();
        state.watchers.insert(id, events.into());
        Box::new(Watcher {
            shared: self.shared.clone(),
            id,
        })
    }

    fn with_card(
        &self,
        reader: &ReaderName,
        exchange: &mut dyn FnMut(&mut dyn CardChannel),
    ) -> Result<(), LinkFault> {
        let mut channel = {
            let mut state = self.shared.lock();
            if state.stopped {
                return Err(LinkFault::ServiceLost);
            }
            let slot = state
                .readers
                .get_mut(&reader.0)
                .ok_or(LinkFault::NoReader)?;
            if slot.connected {
                return Err(LinkFault::ReaderBusy);
            }
            let laid = slot.card.as_ref().ok_or(LinkFault::NoCard)?;
            for mishap in laid.card.lock().mishaps() {
                match mishap {
                    LinkMishap::Busy => return Err(LinkFault::ReaderBusy),
                    LinkMishap::TwoCards => return Err(LinkFault::MultipleCards),
                    _ => {}
                }
            }
            let channel = Channel {
                readers: self,
                name: reader.0.clone(),
                card: laid.card.clone(),
                laying: laid.laying,
                atr: laid.atr.0.clone(),
                model: slot.model,
                pace: slot.pace.clone().unwrap_or_else(|| self.pace.clone()),
                time: laid.time.or(self.model),
                broken: None,
            };
            slot.connected = true;
            channel
        };
        // Released whatever `exchange` does, even if it panics.
        let _connection = Connection {
            shared: &self.shared,
            name: &reader.0,
        };
        channel.card.lock().reset();
        if let Some(time) = channel.time {
            channel.pace.pass(time.power_up());
        }
        exchange(&mut channel);
        // Ending a transaction resets the card, as the real driver does.
        channel.card.lock().reset();
        Ok(())
    }
}
