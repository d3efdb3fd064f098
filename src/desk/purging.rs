//! The running desk keeps to its terms: it purges at its start and once an hour.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use cccd_port::Timer;
use serde::Serialize;
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use utoipa::ToSchema;

use crate::store::Store;
use crate::store::purging::Terms;

/// So often.
const EVERY: Duration = Duration::from_secs(3_600);

/// How the purge of personal data is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PurgeHealth {
    /// When what was over was last erased, RFC 3339; null before the first time.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last: Option<OffsetDateTime>,
    /// Whether the newest attempt failed: what is over may still be there.
    pub failed: bool,
}

/// What the purge says of itself, to whoever asks.
#[derive(Debug, Default)]
pub struct Purging(Mutex<PurgeHealth>);

impl Purging {
    /// How it is.
    #[must_use]
    pub fn health(&self) -> PurgeHealth {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, done: Option<OffsetDateTime>) {
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        health.failed = done.is_none();
        health.last = done.or(health.last);
    }
}

/// The task, which ends with this.
pub(super) struct PurgeTask(JoinHandle<()>);

impl Drop for PurgeTask {
    fn drop(&mut self) {
        // A purge under way is finished on its own thread.
        self.0.abort();
    }
}

/// Purges now and once an hour, on the current tokio runtime.
pub(super) fn start(
    store: Arc<Store>,
    terms: Terms,
    timer: Arc<dyn Timer>,
) -> (Arc<Purging>, PurgeTask) {
    let purging = Arc::new(Purging::default());
    let told = Arc::clone(&purging);
    let terms = Arc::new(terms);
    let task = tokio::spawn(async move {
        loop {
            let (store, terms, told) = (Arc::clone(&store), Arc::clone(&terms), Arc::clone(&told));
            let purge = tokio::task::spawn_blocking(move || purge(&store, &terms, &told));
            // A panic was noted as a failure before it came to one.
            let _ = purge.await;
            timer.pause(EVERY).await;
        }
    });
    (purging, PurgeTask(task))
}

fn purge(store: &Store, terms: &Terms, told: &Purging) {
    let before = told.health();
    told.note(None);
    match store.purge_by_terms(terms) {
        Ok(purged) => {
            told.note(Some(store.now()));
            if purged != Default::default() {
                tracing::info!(
                    verdicts = purged.verdicts,
                    reports = purged.reports,
                    digests = purged.digests,
                    payee_lists = purged.payee_lists,
                    fingers = purged.fingers,
                    chips = purged.chips,
                    "personal data whose term was over is erased"
                );
            }
        }
        // The store's errors name nobody.
        Err(error) => {
            tracing::error!(%error, failed_before = before.failed, "personal data whose term is over could not be erased");
        }
    }
}
