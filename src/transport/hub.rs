//! Which readers and cards there are now, and waiting for a card.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use std::{io, thread};

use cccd_port::{Atr, CardReaders, LinkFault, ReaderEvent, ReaderName, ReaderWatcher};

use super::cancel::CancelToken;
use super::error::TransportError;
use super::reader_name::display_name;
use super::thread::{CardSession, ReaderThread, Waits};

/// How long one look of the watcher's thread lasts: the longest that it outlives the hub.
const LOOK: Duration = Duration::from_millis(500);

/// Which reader a session wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReaderChoice {
    /// Whichever has a card first.
    Any,
    /// The reader of exactly that name, or of that name as people know it; else the first that
    /// contains it.
    Named(String),
}

impl ReaderChoice {
    /// The choice of an optional name.
    #[must_use]
    pub fn from_name(name: Option<&str>) -> Self {
        name.map_or(Self::Any, |name| Self::Named(name.to_owned()))
    }

    /// The readers among `present` that are meant, best first.
    fn matching<'r>(&self, present: &'r BTreeMap<ReaderName, Reader>) -> Vec<&'r ReaderName> {
        let Self::Named(wanted) = self else {
            return present.keys().collect();
        };
        let names: Vec<ReaderName> = present.keys().cloned().collect();
        let exact = |name: &ReaderName| name.0 == *wanted || display_name(name, &names) == *wanted;
        let contains = |name: &ReaderName| {
            name.0.contains(wanted) || display_name(name, &names).contains(wanted)
        };
        present
            .keys()
            .find(|name| exact(name))
            .or_else(|| present.keys().find(|name| contains(name)))
            .into_iter()
            .collect()
    }
}

/// A reader, as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderView {
    /// Its name, as the driver gives it.
    pub name: ReaderName,
    /// Its name, as people know it.
    pub display_name: String,
    /// The answer to reset of the card that lies on it.
    pub card: Option<Atr>,
    /// Whether it still waits for an earlier card that does not answer.
    pub stuck: bool,
}

/// A card that lies on a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Where.
    pub reader: ReaderName,
    /// Its answer to reset.
    pub atr: Atr,
    /// Counts arrivals at this desk: a card that was lifted and laid back has a higher number.
    pub number: u64,
}

/// Watches all readers of a driver and hands out their cards.
///
/// It watches until it is dropped. Its thread, and the threads of its readers, end by themselves.
pub struct ReaderHub {
    shared: Arc<Shared>,
    readers: Arc<dyn CardReaders>,
    threads: Mutex<BTreeMap<ReaderName, ReaderThread>>,
}

struct Shared {
    now: Mutex<Now>,
    changed: Condvar,
    over: AtomicBool,
}

/// The readers as last seen.
#[derive(Default)]
struct Now {
    /// Whether the watcher has looked at all.
    looked: bool,
    /// Whether the service behind the readers is known to be gone.
    service_lost: bool,
    readers: BTreeMap<ReaderName, Reader>,
    arrivals: u64,
    subscribers: Vec<Sender<ReaderEvent>>,
}

#[derive(Default)]
struct Reader {
    card: Option<Card>,
}

struct Card {
    atr: Atr,
    number: u64,
}

impl ReaderHub {
    /// Begins to watch.
    ///
    /// # Errors
    /// The system's error where it gives no thread.
    pub fn start(readers: Arc<dyn CardReaders>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            now: Mutex::default(),
            changed: Condvar::new(),
            over: AtomicBool::new(false),
        });
        let mut watcher = readers.watch();
        let watched = Arc::clone(&shared);
        thread::Builder::new()
            .name("reader-watch".to_owned())
            .spawn(move || watched.watch(watcher.as_mut()))?;
        Ok(Self {
            shared,
            readers,
            threads: Mutex::default(),
        })
    }

    /// All readers and their cards.
    #[must_use]
    pub fn readers(&self) -> Vec<ReaderView> {
        let now = self.shared.now();
        let names: Vec<ReaderName> = now.readers.keys().cloned().collect();
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        now.readers
            .iter()
            .map(|(name, reader)| ReaderView {
                name: name.clone(),
                display_name: display_name(name, &names),
                card: reader.card.as_ref().map(|card| card.atr.clone()),
                stuck: threads.get(name).is_some_and(ReaderThread::is_stuck),
            })
            .collect()
    }

    /// Whether the service behind the readers answers, as far as is known.
    #[must_use]
    pub fn service_answers(&self) -> bool {
        !self.shared.now().service_lost
    }

    /// Waits until the readers have been looked at once, so that an empty list means that there is
    /// none. False when that takes longer than `within`.
    #[must_use]
    pub fn first_look(&self, within: Duration) -> bool {
        let (now, _) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.now(), within, |now| !now.looked)
            .unwrap_or_else(PoisonError::into_inner);
        now.looked
    }

    /// Events from now on, after the readers and cards that are there already as arrivals.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<ReaderEvent> {
        let (sender, receiver) = mpsc::channel();
        let mut now = self.shared.now();
        if now.service_lost {
            let _ = sender.send(ReaderEvent::ServiceLost);
        }
        for (name, reader) in &now.readers {
            let _ = sender.send(ReaderEvent::ReaderArrived(name.clone()));
            if let Some(card) = &reader.card {
                let _ = sender.send(ReaderEvent::CardArrived {
                    reader: name.clone(),
                    atr: card.atr.clone(),
                });
            }
        }
        now.subscribers.push(sender);
        receiver
    }

    /// The reader that `choice` means, with or without a card.
    ///
    /// # Errors
    /// [`LinkFault::ServiceLost`] or [`LinkFault::NoReader`].
    pub fn find(&self, choice: &ReaderChoice) -> Result<ReaderName, TransportError> {
        let now = self.shared.now();
        choice
            .matching(&now.readers)
            .first()
            .map(|name| (*name).clone())
            .ok_or_else(|| now.without_reader().into())
    }

    /// Waits for a card on the reader that `choice` means. A card that lies there already counts,
    /// unless its number is not above `after`: so a card that was torn away is waited for until it
    /// is laid back.
    ///
    /// # Errors
    /// After `within`: [`LinkFault::NoCard`], or what stands in the way of a card:
    /// [`LinkFault::NoReader`], [`LinkFault::ServiceLost`]. [`LinkFault::Cancelled`] as soon as
    /// `cancel` is pulled.
    pub fn wait_for_card(
        &self,
        choice: &ReaderChoice,
        after: Option<u64>,
        within: Duration,
        cancel: &CancelToken,
    ) -> Result<Arrival, TransportError> {
        let mut deadline = Instant::now().checked_add(within);
        let mut asked = false;
        // Taken and let go before the signal, so that a wait that is about to begin sees it.
        let _wake = cancel.on_cancel({
            let shared = Arc::clone(&self.shared);
            move || {
                drop(shared.now());
                shared.changed.notify_all();
            }
        });
        let mut now = self.shared.now();
        loop {
            if cancel.is_cancelled() {
                return Err(LinkFault::Cancelled.into());
            }
            let matching = choice.matching(&now.readers);
            let found = matching.iter().find_map(|name| now.arrival(name, after));
            if let Some(arrival) = found {
                return Ok(arrival);
            }
            let left = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => within,
            };
            if left.is_zero() && !asked {
                asked = true;
                let names: Vec<ReaderName> = matching.into_iter().cloned().collect();
                drop(now);
                // Laid at the last moment, and the watcher has not told yet: it is about to.
                if self.lies_on(&names) {
                    deadline = Instant::now().checked_add(LOOK);
                }
                now = self.shared.now();
                continue;
            }
            if left.is_zero() {
                let fault = if matching.is_empty() {
                    now.without_reader()
                } else {
                    LinkFault::NoCard
                };
                return Err(fault.into());
            }
            (now, _) = self
                .shared
                .changed
                .wait_timeout(now, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether the driver itself sees a card on one of these readers now.
    fn lies_on(&self, names: &[ReaderName]) -> bool {
        let states = self.readers.list().unwrap_or_default();
        states
            .iter()
            .any(|state| state.card.is_some() && names.contains(&state.name))
    }

    /// Connects to the card on `reader`, on the reader's own thread.
    ///
    /// # Errors
    /// As [`ReaderThread::connect`].
    pub fn connect(
        &self,
        reader: &ReaderName,
        waits: Waits,
        cancel: &CancelToken,
    ) -> Result<CardSession, TransportError> {
        {
            let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
            if !threads.contains_key(reader) {
                let thread = ReaderThread::start(Arc::clone(&self.readers), reader.clone())
                    .map_err(|error| LinkFault::Driver {
                        code: error
                            .raw_os_error()
                            .and_then(|code| u32::try_from(code).ok())
                            .unwrap_or(u32::MAX),
                    })?;
                threads.insert(reader.clone(), thread);
            }
        }
        // Connecting blocks, and other readers must not wait for it.
        let pending = {
            let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
            threads
                .get(reader)
                .map(|thread| thread.begin(waits, cancel))
        };
        match pending {
            Some(pending) => pending?.finish(),
            None => Err(LinkFault::NoReader.into()),
        }
    }
}

impl Drop for ReaderHub {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
    }
}

impl Shared {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self, watcher: &mut dyn ReaderWatcher) {
        while !self.over.load(Ordering::Acquire) {
            let events = watcher.wait(LOOK);
            let mut now = self.now();
            let news = !now.looked || !events.is_empty();
            now.looked = true;
            for event in events {
                now.apply(&event);
                now.subscribers
                    .retain(|subscriber| subscriber.send(event.clone()).is_ok());
            }
            drop(now);
            if news {
                self.changed.notify_all();
            }
        }
    }
}

impl Now {
    fn apply(&mut self, event: &ReaderEvent) {
        match event {
            ReaderEvent::ReaderArrived(name) => {
                self.readers.entry(name.clone()).or_default();
            }
            ReaderEvent::ReaderLeft(name) => {
                self.readers.remove(name);
            }
            ReaderEvent::CardArrived { reader, atr } => {
                self.arrivals += 1;
                self.readers.entry(reader.clone()).or_default().card = Some(Card {
                    atr: atr.clone(),
                    number: self.arrivals,
                });
            }
            ReaderEvent::CardLeft { reader } => {
                if let Some(reader) = self.readers.get_mut(reader) {
                    reader.card = None;
                }
            }
            ReaderEvent::ServiceLost => {
                self.service_lost = true;
                self.readers.clear();
            }
            ReaderEvent::ServiceBack => self.service_lost = false,
        }
    }

    fn arrival(&self, name: &ReaderName, after: Option<u64>) -> Option<Arrival> {
        let card = self.readers.get(name)?.card.as_ref()?;
        (after.is_none_or(|after| card.number > after)).then(|| Arrival {
            reader: name.clone(),
            atr: card.atr.clone(),
            number: card.number,
        })
    }

    /// Why there is no reader.
    const fn without_reader(&self) -> LinkFault {
        if self.service_lost {
            LinkFault::ServiceLost
        } else {
            LinkFault::NoReader
        }
    }
}

#[cfg(test)]
mod tests;
