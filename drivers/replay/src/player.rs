//! A card that answers as recorded, byte for byte: a recording of everything, played to a reader that
//! draws the same random bytes.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cccd_port::{
    Atr, CardChannel, CardReaders, LinkFault, ReaderEvent, ReaderName, ReaderState, ReaderWatcher,
};

use crate::recording::{Fault, Link, Recording};
use crate::script;
use crate::shape::{self, Selected};

/// What a channel says once the reader has left the recording.
const LEFT: LinkFault = LinkFault::Driver { code: 0 };

/// Where a reader sent something else than was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The link, counted from 1.
    pub link: usize,
    /// The exchange in it, counted from 1.
    pub exchange: usize,
    /// What was recorded there; none: the recording ends before.
    pub recorded: Option<String>,
    /// The header of what was sent, in hexadecimal, and how long it was.
    pub sent: String,
}

/// One reader with the recorded card on it. Clones are the same.
#[derive(Clone)]
pub struct Player(Arc<Shared>);

struct Shared {
    reader: ReaderName,
    links: Vec<Link>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    next: usize,
    lies: bool,
    /// Events not yet fetched, by watcher.
    watchers: Vec<VecDeque<ReaderEvent>>,
    departure: Option<Departure>,
}

impl Player {
    /// Plays `recording`; `None` where it does not hold everything, or nothing.
    #[must_use]
    pub fn new(recording: &Recording) -> Option<Self> {
        if !recording.holds_everything() || recording.links.is_empty() {
            return None;
        }
        Some(Self(Arc::new(Shared {
            reader: ReaderName(recording.reader.clone()),
            links: recording.links.clone(),
            state: Mutex::new(State {
                next: 0,
                lies: true,
                watchers: Vec::new(),
                departure: None,
            }),
            changed: Condvar::new(),
        })))
    }

    /// Where the reader left the recording first.
    #[must_use]
    pub fn departure(&self) -> Option<Departure> {
        self.0.lock().departure.clone()
    }

    /// Links that were not asked for.
    #[must_use]
    pub fn left_over(&self) -> usize {
        self.0.links.len().saturating_sub(self.0.lock().next)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to reset of the card that lies there at a link, or lay there before.
    fn atr(&self, at: usize) -> Atr {
        let links = self.links.get(at..).unwrap_or_default();
        let atr = links.iter().find(|link| link.refused.is_none());
        Atr(atr.map(|link| link.atr.clone()).unwrap_or_default())
    }

    /// The card goes, and the one of the next link comes.
    fn lift(&self) {
        let mut state = self.lock();
        let mut events = vec![ReaderEvent::CardLeft {
            reader: self.reader.clone(),
        }];
        state.lies = state.next < self.links.len();
        if state.lies {
            events.push(ReaderEvent::CardArrived {
                reader: self.reader.clone(),
                atr: self.atr(state.next),
            });
        }
        for queue in &mut state.watchers {
            queue.extend(events.iter().cloned());
        }
        drop(state);
        self.changed.notify_all();
    }
}

impl CardReaders for Player {
    fn list(&self) -> Result<Vec<ReaderState>, LinkFault> {
        let state = self.0.lock();
        let card = state.lies.then(|| self.0.atr(state.next));
        let name = self.0.reader.clone();
        Ok(vec![ReaderState { name, card }])
    }

    fn watch(&self) -> Box<dyn ReaderWatcher> {
        let mut state = self.0.lock();
        let reader = self.0.reader.clone();
        let mut first = VecDeque::from([ReaderEvent::ReaderArrived(reader.clone())]);
        if state.lies {
            let atr = self.0.atr(state.next);
            first.push_back(ReaderEvent::CardArrived { reader, atr });
        }
        state.watchers.push(first);
        Box::new(Watch {
            shared: Arc::clone(&self.0),
            id: state.watchers.len() - 1,
        })
    }

    fn with_card(
        &self,
        reader: &ReaderName,
        exchange: &mut dyn FnMut(&mut dyn CardChannel),
    ) -> Result<(), LinkFault> {
        if *reader != self.0.reader {
            return Err(LinkFault::NoReader);
        }
        let number = {
            let mut state = self.0.lock();
            let number = state.next;
            state.next = number.saturating_add(1);
            number
        };
        let link = self.0.links.get(number).ok_or(LinkFault::NoCard)?;
        let removed = match link.refused {
            Some(fault) => {
                if fault == Fault::CardRemoved || fault == Fault::NoCard {
                    self.0.lift();
                }
                return Err(fault.into());
            }
            None => {
                let mut channel = Playing {
                    shared: &self.0,
                    link,
                    number,
                    at: 0,
                    selected: Selected::default(),
                    over: None,
                };
                exchange(&mut channel);
                channel.over == Some(LinkFault::CardRemoved)
            }
        };
        if removed {
            self.0.lift();
        }
        Ok(())
    }
}

struct Playing<'a> {
    shared: &'a Shared,
    link: &'a Link,
    number: usize,
    at: usize,
    selected: Selected,
    over: Option<LinkFault>,
}

impl Playing<'_> {
    fn depart(&mut self, command: &[u8], recorded: Option<String>) -> LinkFault {
        let shape = shape::command(command, &mut self.selected);
        let sent = format!(
            "{}, {} bytes",
            hex::encode_upper(shape.header),
            command.len()
        );
        let mut state = self.shared.lock();
        state.departure.get_or_insert(Departure {
            link: self.number.saturating_add(1),
            exchange: self.at.saturating_add(1),
            recorded,
            sent,
        });
        LEFT
    }

    fn next(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        let Some(recorded) = self.link.exchanges.get(self.at) else {
            return Err(self.depart(command, None));
        };
        if recorded.raw.command() != Some(command) {
            return Err(self.depart(command, Some(script::line(recorded))));
        }
        self.at = self.at.saturating_add(1);
        match (recorded.fault(), recorded.raw.answer()) {
            (Some(fault), _) => Err(fault.into()),
            (None, Some(answer)) => Ok(answer.to_vec()),
            (None, None) => Err(self.depart(command, Some(script::line(recorded)))),
        }
    }
}

impl CardChannel for Playing<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        if let Some(fault) = self.over {
            return Err(fault);
        }
        let came = self.next(command);
        if let Err(fault @ (LinkFault::CardRemoved | LEFT)) = came {
            self.over = Some(fault);
        }
        came
    }

    fn atr(&self) -> &[u8] {
        &self.link.atr
    }
}

struct Watch {
    shared: Arc<Shared>,
    id: usize,
}

impl ReaderWatcher for Watch {
    fn wait(&mut self, timeout: Duration) -> Vec<ReaderEvent> {
        let end = Instant::now().checked_add(timeout);
        let mut state = self.shared.lock();
        loop {
            let queue = state.watchers.get_mut(self.id);
            let events: Vec<ReaderEvent> =
                queue.map(|all| all.drain(..).collect()).unwrap_or_default();
            let left = end.map_or(timeout, |end| end.saturating_duration_since(Instant::now()));
            if !events.is_empty() || left.is_zero() {
                return events;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
