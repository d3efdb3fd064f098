//! What lies where: readers, cards on them, and who is told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use cccd_port::{Atr, LinkFault, ReaderEvent, ReaderName};

use super::{LaidBack, ReaderModel};
use crate::card::SimCard;
use crate::latency::{Pace, TimeModel};

/// A card that can be lifted while it is being read, and laid back.
#[derive(Clone)]
pub struct SharedCard(Arc<Mutex<SimCard>>);

impl SharedCard {
    pub(super) fn lock(&self) -> MutexGuard<'_, SimCard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<SimCard> for SharedCard {
    fn from(card: SimCard) -> Self {
        Self(Arc::new(Mutex::new(card)))
    }
}

pub(super) struct Shared {
    pub state: Mutex<State>,
    pub changed: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    pub stopped: bool,
    pub readers: BTreeMap<String, Slot>,
    /// Events not yet fetched, by watcher.
    pub watchers: BTreeMap<u64, VecDeque<ReaderEvent>>,
    pub next_watcher: u64,
    /// Goes up with each change that a running exchange must notice.
    pub next_laying: u64,
}

pub(super) struct Slot {
    pub card: Option<Laid>,
    /// What was lifted off last, and what it takes: it can be laid back.
    pub lifted: Option<(SharedCard, Option<TimeModel>)>,
    pub connected: bool,
    pub model: ReaderModel,
    /// Where its modelled time goes, where that is not the readers' own pace.
    pub pace: Option<Pace>,
    /// Commands handed to this reader so far.
    pub transmits: usize,
    /// At which of them the card is lifted, and what then lies there.
    pub tears: Vec<(usize, LaidBack)>,
}

pub(super) struct Laid {
    pub card: SharedCard,
    pub atr: Atr,
    /// Which laying of a card this is.
    pub laying: u64,
    /// What it takes, where that is not the readers' own model.
    pub time: Option<TimeModel>,
}

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes everybody who waits for a change.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let out = change(&mut self.lock());
        self.changed.notify_all();
        out
    }
}

impl State {
    pub fn tell(&mut self, event: &ReaderEvent) {
        self.watchers
            .values_mut()
            .for_each(|queue| queue.push_back(event.clone()));
    }

    /// What is there, as a new watcher is told.
    pub fn arrivals(&self) -> Vec<ReaderEvent> {
        if self.stopped {
            return vec![ReaderEvent::ServiceLost];
        }
        let mut events = Vec::new();
        for (name, slot) in &self.readers {
            let reader = ReaderName(name.clone());
            events.push(ReaderEvent::ReaderArrived(reader.clone()));
            if let Some(laid) = &slot.card {
                events.push(ReaderEvent::CardArrived {
                    reader,
                    atr: laid.atr.clone(),
                });
            }
        }
        events
    }

    pub fn lift(&mut self, name: &str) -> Option<Laid> {
        let slot = self.readers.get_mut(name)?;
        let laid = slot.card.take()?;
        slot.lifted = Some((laid.card.clone(), laid.time));
        laid.card.lock().reset();
        if !self.stopped {
            self.tell(&ReaderEvent::CardLeft {
                reader: ReaderName(name.to_owned()),
            });
        }
        Some(laid)
    }

    /// Lays a card on a reader, in place of one that lies there.
    pub fn lay(
        &mut self,
        name: &str,
        card: SharedCard,
        time: Option<TimeModel>,
    ) -> Result<(), LinkFault> {
        let atr = Atr(card.lock().atr().to_vec());
        if !self.readers.contains_key(name) {
            return Err(LinkFault::NoReader);
        }
        self.lift(name);
        self.next_laying += 1;
        let laying = self.next_laying;
        if let Some(slot) = self.readers.get_mut(name) {
            slot.lifted = None;
            slot.card = Some(Laid {
                card,
                atr: atr.clone(),
                laying,
                time,
            });
        }
        if !self.stopped {
            let reader = ReaderName(name.to_owned());
            self.tell(&ReaderEvent::CardArrived { reader, atr });
        }
        Ok(())
    }

    /// Counts a command; lifts the card where a tear was asked for at this one.
    pub fn torn(&mut self, name: &str) -> bool {
        let Some(slot) = self.readers.get_mut(name) else {
            return false;
        };
        slot.transmits += 1;
        let count = slot.transmits;
        let Some(place) = slot.tears.iter().position(|(at, _)| *at == count) else {
            return false;
        };
        let (_, back) = slot.tears.remove(place);
        let lifted = self.lift(name);
        let back = match back {
            LaidBack::Same => lifted.map(|laid| (laid.card, laid.time)),
            LaidBack::Other(card) => Some((card, lifted.and_then(|laid| laid.time))),
            LaidBack::Nothing => None,
        };
        if let Some((card, time)) = back {
            // The reader is there: its slot was just found.
            let _ = self.lay(name, card, time);
        }
        true
    }

    pub fn unplug(&mut self, name: &str) {
        if self.readers.remove(name).is_some() && !self.stopped {
            self.tell(&ReaderEvent::ReaderLeft(ReaderName(name.to_owned())));
        }
    }

    pub fn stop(&mut self) {
        if !self.stopped {
            self.stopped = true;
            self.tell(&ReaderEvent::ServiceLost);
        }
    }

    /// Why an exchange with that laying of a card cannot go on, if it cannot.
    pub fn broken(&self, name: &str, laying: u64) -> Option<LinkFault> {
        if self.stopped {
            return Some(LinkFault::ServiceLost);
        }
        match self.readers.get(name) {
            None => Some(LinkFault::ReaderLost),
            Some(slot) => match &slot.card {
                Some(laid) if laid.laying == laying => None,
                _ => Some(LinkFault::CardRemoved),
            },
        }
    }
}
