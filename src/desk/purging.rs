//! The running desk keeps to its terms: it purges at its start and once an hour.

use core::time::Duration;
use std::sync::Arc;

use cccd_port::Timer;
use serde::Serialize;
use time::OffsetDateTime;
use tokio::sync::watch;
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
pub struct Purging(watch::Sender<PurgeHealth>);

impl Purging {
    /// How it is.
    #[must_use]
    pub fn health(&self) -> PurgeHealth {
        *self.0.borrow()
    }

    fn note(&self, done: Option<OffsetDateTime>) {
        let last = done.or(self.health().last);
        self.0.send_replace(PurgeHealth {
            last,
            failed: done.is_none(),
        });
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
    let failing = Arc::clone(&purging);
    let terms = Arc::new(terms);
    let task = tokio::spawn(async move {
        loop {
            let (store, terms, told) = (Arc::clone(&store), Arc::clone(&terms), Arc::clone(&told));
            let purge = tokio::task::spawn_blocking(move || purge(&store, &terms, &told));
            if purge.await.is_err() {
                failing.note(None);
            }
            timer.pause(EVERY).await;
        }
    });
    (purging, PurgeTask(task))
}

fn purge(store: &Store, terms: &Terms, told: &Purging) {
    match store.purge_by_terms(terms) {
        Ok(purged) => {
            if purged.anything() {
                tracing::info!(
                    verdicts = purged.verdicts,
                    reports = purged.reports,
                    digests = purged.digests,
                    payee_lists = purged.payee_lists,
                    payees = purged.payees,
                    authorisations = purged.authorisations,
                    fingers = purged.fingers,
                    chips = purged.chips,
                    "personal data whose term was over is erased"
                );
            }
            told.note(Some(store.now()));
        }
        // The store's errors name nobody.
        Err(error) => {
            tracing::error!(%error, "personal data whose term is over could not be erased");
            told.note(None);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config::{Days, Privacy};
    use crate::decision::VerdictKind::Verified;
    use crate::desk::purpose::Purpose;
    use crate::report::RuntimeTimer;
    use crate::store::AuditEvent;
    use crate::store::testing::{TestClock, conclusion, report_all, verdict};

    #[test]
    fn every_purpose_of_a_session_has_a_term() {
        let terms = Days::default().by_purpose().map(|(purpose, _)| purpose);
        let purposes = [
            Purpose::DossierIntake,
            Purpose::ResultReturn,
            Purpose::BenefitPayment,
        ];
        assert_eq!(terms, purposes.map(Purpose::name));
    }

    // Time passes only while everybody waits.
    #[tokio::test(start_paused = true)]
    async fn it_purges_at_its_start_and_every_hour_and_says_when_it_failed() {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::new();
        let store = Store::open_at(folder.path(), clock.clone());
        let conclude = |session: &str| {
            let verdict = verdict(Verified);
            let mut settings = report_all();
            settings.destinations.clear();
            store
                .conclude(&conclusion(session, &verdict), &settings)
                .unwrap();
            for _ in 0..3 {
                clock.advance(time::Duration::days(31));
                store.record(&AuditEvent::new("at work")).unwrap();
            }
        };
        conclude("S-1");
        let timer = Arc::new(RuntimeTimer::default());
        let terms = Terms::from(&Privacy::default());
        let (purging, task) = start(Arc::clone(&store), terms, timer.clone());
        let mut health = purging.0.subscribe();
        let mut next = async || {
            health.changed().await.unwrap();
            *health.borrow_and_update()
        };
        let at = |hour: u64| Duration::from_secs(3_600 * hour);
        let done = PurgeHealth {
            last: Some(store.now()),
            failed: false,
        };
        assert_eq!(next().await, done);
        assert_eq!(store.verdict("S-1").unwrap(), None);
        assert!(timer.elapsed() < at(1));

        conclude("S-2");
        store.break_for_tests(true);
        let failed = PurgeHealth {
            failed: true,
            ..done
        };
        assert_eq!(next().await, failed);
        assert!((at(1)..at(2)).contains(&timer.elapsed()));
        assert!(store.verdict("S-2").unwrap().is_some());

        store.break_for_tests(false);
        assert!(!next().await.failed);
        assert!((at(2)..at(3)).contains(&timer.elapsed()));
        assert_eq!(store.verdict("S-2").unwrap(), None);
        drop(task);
    }
}
