//! A watch over the readers.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use cccd_port::{ReaderEvent, ReaderWatcher};

use super::state::Shared;

pub(super) struct Watcher {
    pub shared: Arc<Shared>,
    pub id: u64,
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
