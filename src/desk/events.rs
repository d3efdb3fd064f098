//! What happened, for those who listen: bounded logs whose entries are numbered across the desk.
//!
//! A listener says which entry it saw last and gets those after it. One that fell so far behind
//! that entries are gone is told so, and looks at the whole anew.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use zeroize::Zeroizing;

/// Numbers events across all logs of a desk, upwards and never twice.
#[derive(Debug)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Numbers after `start`: the desk takes the time in microseconds, so that a number from before
    /// a restart is older than any from after it.
    #[must_use]
    pub const fn new(start: u64) -> Self {
        Self(AtomicU64::new(start))
    }

    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// One entry.
#[derive(Clone)]
pub struct Event {
    /// Its number.
    pub id: u64,
    /// What kind, such as `session`.
    pub name: &'static str,
    /// One JSON object. In a session's log it holds personal data, hence it wipes itself.
    pub data: Arc<Zeroizing<String>>,
}

impl core::fmt::Debug for Event {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} {} [redacted]", self.id, self.name)
    }
}

/// Entries after one number.
#[derive(Debug)]
pub struct Since {
    /// True where entries after that number are gone, or where the number is none of this log's.
    pub gap: bool,
    /// What is left, in order.
    pub events: Vec<Event>,
}

#[derive(Debug, Default)]
struct Ring {
    events: VecDeque<Event>,
    /// Entries up to this number may be gone.
    gone: u64,
    /// The newest number.
    newest: u64,
}

/// A bounded log with listeners.
#[derive(Debug)]
pub struct EventLog {
    counter: Arc<Counter>,
    ring: Mutex<Ring>,
    capacity: usize,
    newest: watch::Sender<u64>,
}

impl EventLog {
    /// An empty log that keeps `capacity` entries.
    #[must_use]
    pub fn new(counter: Arc<Counter>, capacity: usize) -> Self {
        let start = counter.0.load(Ordering::Relaxed);
        let ring = Ring {
            events: VecDeque::new(),
            gone: start,
            newest: start,
        };
        Self {
            counter,
            ring: Mutex::new(ring),
            capacity,
            newest: watch::Sender::new(start),
        }
    }

    /// Adds an entry. Where `replaces_same` is set and the newest entry has the same name, that one
    /// goes: a bar that moves is worth one entry and not a hundred.
    pub fn push(&self, name: &'static str, data: String, replaces_same: bool) {
        let mut ring = self.ring();
        // Numbered under the lock, so that a log's entries are in order.
        let id = self.counter.next();
        if replaces_same && ring.events.back().is_some_and(|event| event.name == name) {
            ring.events.pop_back();
        }
        while ring.events.len() >= self.capacity {
            let Some(oldest) = ring.events.pop_front() else {
                break;
            };
            ring.gone = oldest.id;
        }
        ring.newest = id;
        ring.events.push_back(Event {
            id,
            name,
            data: Arc::new(Zeroizing::new(data)),
        });
        drop(ring);
        self.newest.send_replace(id);
    }

    /// The number of the newest entry.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.ring().newest
    }

    /// What came after `id`.
    #[must_use]
    pub fn since(&self, id: u64) -> Since {
        let ring = self.ring();
        let events = ring
            .events
            .iter()
            .filter(|event| event.id > id)
            .cloned()
            .collect();
        Since {
            gap: id < ring.gone || id > ring.newest,
            events,
        }
    }

    /// Wakes whenever an entry comes; ends when the log is dropped.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Drops every entry: their personal data is wiped.
    pub fn forget(&self) {
        let mut ring = self.ring();
        ring.gone = ring.newest;
        ring.events.clear();
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Counter, EventLog};

    fn log(capacity: usize) -> EventLog {
        EventLog::new(Arc::new(Counter::new(100)), capacity)
    }

    fn ids(log: &EventLog, after: u64) -> (bool, Vec<u64>) {
        let since = log.since(after);
        (
            since.gap,
            since.events.iter().map(|event| event.id).collect(),
        )
    }

    #[test]
    fn a_listener_gets_what_came_after_the_entry_it_saw() {
        let log = log(10);
        for _ in 0..3 {
            log.push("a", "{}".to_owned(), false);
        }
        assert_eq!(ids(&log, 100), (false, vec![101, 102, 103]));
        assert_eq!(ids(&log, 102), (false, vec![103]));
        assert_eq!(ids(&log, 103), (false, vec![]));
    }

    #[test]
    fn one_that_fell_behind_or_invents_a_number_is_told() {
        let log = log(2);
        for _ in 0..4 {
            log.push("a", "{}".to_owned(), false);
        }
        assert_eq!(ids(&log, 101), (true, vec![103, 104]));
        assert_eq!(ids(&log, 102), (false, vec![103, 104]));
        assert_eq!(ids(&log, 1_000), (true, vec![]));
        assert_eq!(ids(&log, 3), (true, vec![103, 104]));
    }

    #[test]
    fn a_moving_bar_takes_one_place() {
        let log = log(3);
        log.push("session", "{}".to_owned(), false);
        for _ in 0..50 {
            log.push("progress", "{}".to_owned(), true);
        }
        log.push("session", "{}".to_owned(), false);
        assert_eq!(ids(&log, 100), (false, vec![101, 151, 152]));
    }

    #[test]
    fn what_is_forgotten_is_a_gap() {
        let log = log(3);
        log.push("session", "{}".to_owned(), false);
        log.forget();
        assert_eq!(ids(&log, 100), (true, vec![]));
        assert_eq!(ids(&log, 101), (false, vec![]));
    }
}
