//! What comes and goes at the readers, across restarts of the service.

use std::collections::{BTreeMap, VecDeque};
use std::thread;
use std::time::{Duration, Instant};

use cccd_port::{Atr, ReaderEvent, ReaderName, ReaderWatcher};
use pcsc::{Context, Error, PNP_NOTIFICATION, ReaderState, Scope, State};

use crate::fault::service_is_gone;
use crate::readers::{name_of, reader_names};

/// How often a service that does not run is looked for. Nothing announces its start.
const SERVICE_LOOKED_FOR_EVERY: Duration = Duration::from_millis(250);
/// How long one call waits where the service announces readers that come and go. A reader that is
/// plugged in between the listing and the call may be announced to nobody: it is seen after this.
const LISTED_AT_LEAST_EVERY: Duration = Duration::from_secs(2);
/// How often readers are listed where the service does not announce them.
const LISTED_EVERY_WITHOUT_NOTICE: Duration = Duration::from_millis(500);
/// The pause while a reader is still listed and no longer known.
const READER_GOING: Duration = Duration::from_millis(50);

/// A watch over all readers, with a context of its own.
pub struct PcscWatcher {
    service: Service,
    readers: BTreeMap<ReaderName, Watched>,
    events: VecDeque<ReaderEvent>,
}

/// The service, as last met.
enum Service {
    /// Not asked yet.
    Unknown,
    /// Not running.
    Lost,
    /// Running.
    Up {
        context: Context,
        /// The pseudo reader that stands for “a reader came or went”, where the service has one.
        notice: Option<ReaderState>,
    },
}

/// A reader, as last met.
struct Watched {
    state: ReaderState,
    card: Option<Atr>,
    /// Counts insertions and removals: tells a card that was changed between two calls.
    count: u32,
}

impl Default for PcscWatcher {
    fn default() -> Self {
        Self::new()
    }
}

impl PcscWatcher {
    /// A watch that has seen nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            service: Service::Unknown,
            readers: BTreeMap::new(),
            events: VecDeque::new(),
        }
    }

    /// One step of the watch, of at most `left`.
    fn step(&mut self, left: Duration) {
        let stepped = match &self.service {
            Service::Unknown | Service::Lost => {
                self.look_for_service(left);
                Ok(())
            }
            Service::Up { .. } => self.look_at_readers(left),
        };
        match stepped {
            Ok(()) | Err(Error::Timeout | Error::Cancelled) => {}
            // A reader went between the listing and the call: the next step lists again.
            Err(Error::UnknownReader | Error::ReaderUnavailable) => {
                thread::sleep(left.min(READER_GOING));
            }
            Err(error) if service_is_gone(error) => self.lose_service(),
            // Whatever else it is, a fresh context is the best answer, and a loop without a pause
            // the worst.
            Err(_) => {
                self.lose_service();
                thread::sleep(left.min(SERVICE_LOOKED_FOR_EVERY));
            }
        }
    }

    fn look_for_service(&mut self, left: Duration) {
        match Context::establish(Scope::User) {
            Ok(context) => {
                if matches!(self.service, Service::Lost) {
                    self.events.push_back(ReaderEvent::ServiceBack);
                }
                let notice = notice(&context);
                self.service = Service::Up { context, notice };
            }
            Err(_) => {
                if matches!(self.service, Service::Unknown) {
                    self.lose_service();
                } else {
                    thread::sleep(left.min(SERVICE_LOOKED_FOR_EVERY));
                }
            }
        }
    }

    fn lose_service(&mut self) {
        // The readers are gone with the service, without events of their own.
        self.readers.clear();
        if !matches!(self.service, Service::Lost) {
            self.service = Service::Lost;
            self.events.push_back(ReaderEvent::ServiceLost);
        }
    }

    fn look_at_readers(&mut self, left: Duration) -> Result<(), Error> {
        let Service::Up { context, notice } = &mut self.service else {
            return Ok(());
        };
        let names = reader_names(context)?;
        let present: Vec<ReaderName> = names
            .iter()
            .map(|name| ReaderName(name.to_string_lossy().into_owned()))
            .collect();
        let gone: Vec<ReaderName> = self
            .readers
            .keys()
            .filter(|known| !present.contains(known))
            .cloned()
            .collect();
        for reader in gone {
            self.readers.remove(&reader);
            self.events.push_back(ReaderEvent::ReaderLeft(reader));
        }
        for (name, raw) in present.into_iter().zip(names) {
            if let std::collections::btree_map::Entry::Vacant(place) = self.readers.entry(name) {
                self.events
                    .push_back(ReaderEvent::ReaderArrived(place.key().clone()));
                place.insert(Watched {
                    state: ReaderState::new(raw, State::UNAWARE),
                    card: None,
                    count: 0,
                });
            }
        }

        let most = match notice {
            Some(_) => LISTED_AT_LEAST_EVERY,
            None => LISTED_EVERY_WITHOUT_NOTICE,
        };
        let wait = if self.events.is_empty() {
            left.min(most)
        } else {
            Duration::ZERO
        };
        // The states move into one list for the call and back out of it: the call takes a slice.
        let mut names: Vec<ReaderName> = Vec::with_capacity(self.readers.len());
        let mut others: Vec<(Option<Atr>, u32)> = Vec::with_capacity(self.readers.len());
        let mut states: Vec<ReaderState> = Vec::with_capacity(self.readers.len() + 1);
        for (name, watched) in std::mem::take(&mut self.readers) {
            names.push(name);
            others.push((watched.card, watched.count));
            states.push(watched.state);
        }
        let has_notice = notice.is_some();
        states.extend(notice.take());
        if states.is_empty() {
            thread::sleep(wait);
            return Ok(());
        }
        let changed = context.get_status_change(wait, &mut states);
        if has_notice && let Some(mut state) = states.pop() {
            state.sync_current_state();
            *notice = Some(state);
        }
        let mut going = false;
        for ((name, (card, count)), state) in names.into_iter().zip(others).zip(states) {
            let mut watched = Watched { state, card, count };
            if changed.is_ok() {
                going |= !watched.compare(&mut self.events);
            }
            self.readers.insert(name, watched);
        }
        if going && self.events.is_empty() {
            thread::sleep(wait.min(READER_GOING));
        }
        changed
    }
}

impl Watched {
    /// Tells what changed since the last call. False when the reader is no longer known.
    fn compare(&mut self, events: &mut VecDeque<ReaderEvent>) -> bool {
        let state = self.state.event_state();
        if state.is_empty() || state.intersects(State::UNKNOWN | State::UNAVAILABLE) {
            // The reader went: the next listing says so. Asked with this state again, the call
            // would return at once for ever, so it starts from nothing.
            self.state = ReaderState::new(self.state.name(), State::UNAWARE);
            return false;
        }
        let reader = name_of(&self.state);
        let count = self.state.event_count();
        let card = state
            .contains(State::PRESENT)
            .then(|| Atr(self.state.atr().to_vec()));
        let changed_between = card.is_some() && self.card.is_some() && count != self.count;
        if self.card.is_some() && (card != self.card || changed_between) {
            events.push_back(ReaderEvent::CardLeft {
                reader: reader.clone(),
            });
        }
        if let Some(atr) = &card
            && (card != self.card || changed_between)
        {
            events.push_back(ReaderEvent::CardArrived {
                reader,
                atr: atr.clone(),
            });
        }
        self.card = card;
        self.count = count;
        self.state.sync_current_state();
        true
    }
}

/// The pseudo reader that announces readers, unless the service does not know it.
fn notice(context: &Context) -> Option<ReaderState> {
    let mut states = [ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
    match context.get_status_change(Duration::ZERO, &mut states) {
        Ok(()) | Err(Error::Timeout) => {}
        Err(_) => return None,
    }
    let [mut state] = states;
    if state.event_state().contains(State::UNKNOWN) {
        return None;
    }
    state.sync_current_state();
    Some(state)
}

impl ReaderWatcher for PcscWatcher {
    fn wait(&mut self, timeout: Duration) -> Vec<ReaderEvent> {
        let begun = Instant::now();
        loop {
            let left = timeout.saturating_sub(begun.elapsed());
            self.step(left);
            if !self.events.is_empty() || begun.elapsed() >= timeout {
                return self.events.drain(..).collect();
            }
        }
    }
}
