//! Readers in this process, steered by whoever holds them: for tests, the demo and integrators.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cccd_port::{
    Atr, CardChannel, CardReaders, LinkFault, ReaderEvent, ReaderName, ReaderState, ReaderWatcher,
};

use crate::card::faults::LinkMishap;
use crate::card::{Reply, SimCard};
use crate::latency::{Pace, TimeModel};

/// How long a mute card is waited for by a virtual clock: longer than any limit of a desk.
const FOR_EVER: Duration = Duration::from_hours(1);

/// A card that can be lifted while it is being read, and laid back.
#[derive(Clone)]
pub struct SharedCard(Arc<Mutex<SimCard>>);

impl SharedCard {
    fn lock(&self) -> MutexGuard<'_, SimCard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<SimCard> for SharedCard {
    fn from(card: SimCard) -> Self {
        Self(Arc::new(Mutex::new(card)))
    }
}

/// Simulated readers. Clones are handles to the same readers.
#[derive(Clone)]
pub struct SimReaders {
    shared: Arc<Shared>,
    pace: Pace,
    model: Option<TimeModel>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopped: bool,
    readers: BTreeMap<String, Slot>,
    /// Events not yet fetched, by watcher.
    watchers: BTreeMap<u64, VecDeque<ReaderEvent>>,
    next_watcher: u64,
    /// Goes up with each change that a running exchange must notice.
    next_laying: u64,
}

struct Slot {
    card: Option<Laid>,
    connected: bool,
    model: ReaderModel,
    /// Commands handed to this reader so far.
    transmits: usize,
    /// At which of them the card is lifted, and what then lies there.
    tears: Vec<(usize, LaidBack)>,
}

/// What a reader bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderModel {
    /// Commands with extended length fields.
    pub extended: bool,
    /// The longest command in bytes.
    pub longest_command: usize,
    /// The longest response in bytes, status word included.
    pub longest_response: usize,
}

impl ReaderModel {
    /// Everything that ISO/IEC 7816-4 allows.
    pub const EXTENDED: Self = Self {
        extended: true,
        longest_command: 65_544,
        longest_response: 65_538,
    };
    /// Short commands alone: what is longer fails in the reader, before the card sees it.
    pub const SHORT: Self = Self {
        extended: false,
        longest_command: 261,
        longest_response: 258,
    };

    fn bears(&self, command: &[u8]) -> bool {
        let extended = command.len() >= 7 && command.get(4) == Some(&0);
        command.len() <= self.longest_command && (self.extended || !extended)
    }
}

/// `SCARD_E_NOT_TRANSACTED`: what one reader says to a command that is too long for it.
const NOT_TRANSACTED: LinkFault = LinkFault::Driver { code: 0x8010_0016 };

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

struct Laid {
    card: SharedCard,
    atr: Atr,
    /// Which laying of a card this is.
    laying: u64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes everybody who waits for a change.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let out = change(&mut self.lock());
        self.changed.notify_all();
        out
    }
}

impl State {
    fn tell(&mut self, event: &ReaderEvent) {
        self.watchers
            .values_mut()
            .for_each(|queue| queue.push_back(event.clone()));
    }

    /// What is there, as a new watcher is told.
    fn arrivals(&self) -> Vec<ReaderEvent> {
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

    fn lift(&mut self, name: &str) -> Option<SharedCard> {
        let laid = self.readers.get_mut(name)?.card.take()?;
        laid.card.lock().reset();
        if !self.stopped {
            self.tell(&ReaderEvent::CardLeft {
                reader: ReaderName(name.to_owned()),
            });
        }
        Some(laid.card)
    }

    /// Lays a card on a reader, in place of one that lies there.
    fn lay(&mut self, name: &str, card: SharedCard) -> Result<(), LinkFault> {
        let atr = Atr(card.lock().atr().to_vec());
        if !self.readers.contains_key(name) {
            return Err(LinkFault::NoReader);
        }
        self.lift(name);
        self.next_laying += 1;
        let laying = self.next_laying;
        if let Some(slot) = self.readers.get_mut(name) {
            slot.card = Some(Laid {
                card,
                atr: atr.clone(),
                laying,
            });
        }
        if !self.stopped {
            let reader = ReaderName(name.to_owned());
            self.tell(&ReaderEvent::CardArrived { reader, atr });
        }
        Ok(())
    }

    /// Counts a command; lifts the card where a tear was asked for at this one.
    fn torn(&mut self, name: &str) -> bool {
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
            LaidBack::Same => lifted,
            LaidBack::Other(card) => Some(card),
            LaidBack::Nothing => None,
        };
        if let Some(card) = back {
            // The reader is there: its slot was just found.
            let _ = self.lay(name, card);
        }
        true
    }

    fn unplug(&mut self, name: &str) {
        if self.readers.remove(name).is_some() && !self.stopped {
            self.tell(&ReaderEvent::ReaderLeft(ReaderName(name.to_owned())));
        }
    }

    fn stop(&mut self) {
        if !self.stopped {
            self.stopped = true;
            self.tell(&ReaderEvent::ServiceLost);
        }
    }

    /// Why an exchange with that laying of a card cannot go on, if it cannot.
    fn broken(&self, name: &str, laying: u64) -> Option<LinkFault> {
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
        self.shared.change(|state| {
            if !state.readers.contains_key(name) {
                let slot = Slot {
                    card: None,
                    connected: false,
                    model,
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
        let card = card.into();
        self.shared.change(|state| state.lay(name, card))
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
        self.shared.change(|state| state.lift(name))
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
        if let Some(model) = self.model {
            self.pace.pass(model.power_up());
        }
        exchange(&mut channel);
        // Ending a transaction resets the card, as the real driver does.
        channel.card.lock().reset();
        Ok(())
    }
}

struct Connection<'a> {
    shared: &'a Shared,
    name: &'a str,
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.shared.lock().readers.get_mut(self.name) {
            slot.connected = false;
        }
    }
}

struct Channel<'a> {
    readers: &'a SimReaders,
    name: String,
    card: SharedCard,
    laying: u64,
    atr: Vec<u8>,
    model: ReaderModel,
    /// The fault after which nothing goes any more.
    broken: Option<LinkFault>,
}

impl Channel<'_> {
    fn fault(&self) -> Option<LinkFault> {
        self.broken
            .or_else(|| self.readers.shared.lock().broken(&self.name, self.laying))
    }

    /// What a mute card makes of a transmit: in real time it waits until card, reader or service are
    /// gone; a virtual clock moves past every limit instead, since nobody waits by it.
    fn mute(&self) -> LinkFault {
        if let Pace::Virtual(_) = &self.readers.pace {
            self.readers.pace.pass(FOR_EVER);
            return LinkFault::Timeout;
        }
        let shared = &self.readers.shared;
        let mut state = shared.lock();
        loop {
            if let Some(fault) = state.broken(&self.name, self.laying) {
                return fault;
            }
            state = shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl CardChannel for Channel<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        if !self.model.bears(command) {
            return Err(NOT_TRANSACTED);
        }
        if self.readers.shared.change(|state| state.torn(&self.name)) {
            self.broken = Some(LinkFault::CardRemoved);
            return Err(LinkFault::CardRemoved);
        }
        let (reply, work, slow) = {
            let mut card = self.card.lock();
            let reply = card.handle(command);
            let slow = card.mishaps().iter().find_map(|mishap| match mishap {
                LinkMishap::Slow(time) => Some(*time),
                _ => None,
            });
            (reply, card.work(), slow)
        };
        if let Some(time) = slow {
            self.readers.pace.pass(time);
        }
        let shared = &self.readers.shared;
        let fault = match reply {
            Reply::Answer(bytes) => {
                if let Some(model) = self.readers.model {
                    self.readers
                        .pace
                        .pass(model.exchange(command.len(), bytes.len(), work));
                }
                return match self.fault() {
                    Some(fault) => Err(fault),
                    None if bytes.len() > self.model.longest_response && bytes.len() <= 65_538 => {
                        Err(NOT_TRANSACTED)
                    }
                    // Two status bytes at least, the longest extended response at most
                    None if !(2..=65_538).contains(&bytes.len()) => {
                        Err(LinkFault::ResponseMalformed {
                            length: bytes.len(),
                        })
                    }
                    None => Ok(bytes),
                };
            }
            Reply::Removed => {
                shared.change(|state| {
                    let lifted = state.lift(&self.name);
                    if let Some(card) = lifted.filter(|card| card.lock().comes_back()) {
                        // The reader is there: the card was just lifted off it.
                        let _ = state.lay(&self.name, card);
                    }
                });
                LinkFault::CardRemoved
            }
            Reply::Reset => LinkFault::CardReset,
            Reply::Unplugged => {
                shared.change(|state| state.unplug(&self.name));
                LinkFault::ReaderLost
            }
            Reply::ServiceStopped => {
                shared.change(State::stop);
                LinkFault::ServiceLost
            }
            Reply::Mute => self.mute(),
        };
        self.broken = Some(fault);
        Err(fault)
    }

    fn atr(&self) -> &[u8] {
        &self.atr
    }
}

struct Watcher {
    shared: Arc<Shared>,
    id: u64,
}

impl ReaderWatcher for Watcher {
    fn wait(&mut self, timeout: Duration) -> Vec<ReaderEvent> {
        let end = Instant::now().checked_add(timeout);
        let mut state = self.shared.lock();
        loop {
            let events: Vec<ReaderEvent> = match state.watchers.get_mut(&self.id) {
                Some(queue) => queue.drain(..).collect(),
                None => Vec::new(),
            };
            let left = end.map_or(timeout, |end| end.saturating_duration_since(Instant::now()));
            if !events.is_empty() || left.is_zero() {
                return events;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.shared.lock().watchers.remove(&self.id);
    }
}
