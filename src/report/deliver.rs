//! The task that sends what waits, until it is receipted or refused.
//!
//! What is due and when stands in the database alone, so that a restart goes on where the last
//! run stopped. A report may be sent more than once (a receipt can be lost on its way) and is
//! received once: the case system knows it by its idempotency key.

use core::time::Duration;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backon::{BackoffBuilder, ExponentialBuilder};
use cccd_port::Timer;
use serde::Serialize;
use thiserror::Error;
use time::OffsetDateTime;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use super::post::{Outcome, Post};
use super::reason::DeliveryReason;
use super::settings::DeliverySettings;
use crate::store::outbox::{DueReport, Next, StoredReceipt};
use crate::store::{Store, StoreError};

/// What became of an attempt, for the page and the clerk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "delivery", rename_all = "snake_case")]
pub enum DeliveryEvent {
    /// The receipt is stored.
    Delivered {
        /// The session that it reports.
        session: String,
        /// The report.
        report_id: String,
        /// The case system's receipt.
        receipt_id: String,
    },
    /// Refused for good; kept in the outbox.
    Refused {
        /// The session that it reports.
        session: String,
        /// The report.
        report_id: String,
        /// The HTTP status.
        status: u16,
    },
    /// It will be sent again.
    Waiting {
        /// The session that it reports.
        session: String,
        /// The report.
        report_id: String,
        /// How often it was sent.
        attempts: u32,
        /// When it will be sent.
        #[serde(with = "time::serde::rfc3339")]
        next_attempt: OffsetDateTime,
        /// Why it did not get its receipt.
        reason: DeliveryReason,
    },
}

/// Why the deliverer does not start.
#[derive(Debug, Error)]
pub enum DeliverError {
    /// A certificate or key file cannot be used.
    #[error("cannot use {}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up the connection to the case system: {0}")]
    Client(String),
    /// Another process delivers the reports of this data folder.
    #[error("another process delivers the reports of this data folder")]
    AlreadyRunning,
}

impl DeliverError {
    pub(super) fn not_pem(path: &Path) -> Self {
        Self::File {
            path: path.to_owned(),
            problem: "it holds no PEM of the kind that is needed".to_owned(),
        }
    }
}

/// The running deliverer. [`DelivererHandle::shutdown`] ends it in good order; dropping the handle
/// ends it at once. Either way nothing is lost: what has no receipt stays in the outbox.
#[derive(Debug)]
pub struct DelivererHandle {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl DelivererHandle {
    /// Starts no further attempt, gives the one under way `grace` to finish, and returns when the
    /// task has ended.
    pub async fn shutdown(self, grace: Duration) {
        // The task may have ended already.
        let _ = self.stop.send(true);
        let mut task = self.task;
        if tokio::time::timeout(grace, &mut task).await.is_err() {
            task.abort();
            let _ = task.await;
        }
    }
}

/// Another process may retry a report (`cccd-desk outbox retry`): it is seen within this time.
const LOOK: Duration = Duration::from_secs(10);

/// Starts the deliverer on the current tokio runtime; its pauses follow `timer`. One process at a
/// time delivers the reports of a data folder.
///
/// # Errors
/// [`DeliverError`]: a certificate or key cannot be used, or another process delivers already.
pub fn spawn(
    store: Arc<Store>,
    settings: DeliverySettings,
    events: broadcast::Sender<DeliveryEvent>,
    timer: Arc<dyn Timer>,
) -> Result<DelivererHandle, DeliverError> {
    // What lives in this process alone has no other deliverer.
    let lock = store.folder().map(lock).transpose()?;
    let post = Post::new(&settings)?;
    let (stop, stopped) = watch::channel(false);
    let deliverer = Deliverer {
        store,
        post,
        settings,
        events,
        stopped,
        timer,
        _lock: lock,
    };
    Ok(DelivererHandle {
        stop,
        task: tokio::spawn(deliverer.run()),
    })
}

/// Held while the task runs; the system lets it go when the process dies.
fn lock(folder: &Path) -> Result<File, DeliverError> {
    let path = folder.join("deliver.lock");
    let problem = |error: std::io::Error| DeliverError::File {
        path: path.clone(),
        problem: error.to_string(),
    };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(problem)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(DeliverError::AlreadyRunning),
        Err(std::fs::TryLockError::Error(error)) => Err(problem(error)),
    }
}

struct Deliverer {
    store: Arc<Store>,
    post: Post,
    settings: DeliverySettings,
    events: broadcast::Sender<DeliveryEvent>,
    stopped: watch::Receiver<bool>,
    timer: Arc<dyn Timer>,
    _lock: Option<File>,
}

impl Deliverer {
    async fn run(mut self) {
        let mut troubles = 0;
        while !self.ended() {
            match self.step().await {
                Ok(()) => troubles = 0,
                Err(error) => {
                    // A full disk, for one. The report stays where it is.
                    tracing::error!(%error, "the outbox cannot be used");
                    let pause = wait(troubles, &self.settings);
                    troubles = troubles.saturating_add(1);
                    self.pause(pause).await;
                }
            }
        }
    }

    /// Told to stop, or left without a handle.
    fn ended(&self) -> bool {
        *self.stopped.borrow() || self.stopped.has_changed().is_err()
    }

    /// Sends one report, or waits for one.
    async fn step(&mut self) -> Result<(), StoreError> {
        let longest = self.settings.longest_wait;
        match self
            .in_store(move |store| store.next_report(longest))
            .await?
        {
            Next::Send(report) => self.attempt(report).await,
            Next::At(due) => {
                let until = Duration::try_from(due - self.store.now()).unwrap_or_default();
                self.pause(until.min(LOOK)).await;
                Ok(())
            }
            Next::Nothing => {
                self.pause(LOOK).await;
                Ok(())
            }
        }
    }

    async fn attempt(&mut self, report: DueReport) -> Result<(), StoreError> {
        let outcome = tokio::select! {
            outcome = self.post.send(&report) => outcome,
            // Without a handle nobody waits for the end: the report is sent again some day.
            () = abandoned(&mut self.stopped) => return Ok(()),
        };
        let session = report.session.clone();
        let report_id = report.report_id.clone();
        let event = match outcome {
            Outcome::Receipted { status, receipt } => {
                let receipt_id = receipt.receipt_id.clone();
                self.in_store(move |store| {
                    store.delivered(
                        &report,
                        status,
                        &StoredReceipt {
                            receipt_id: &receipt.receipt_id,
                            received_at: &receipt.received_at,
                            sha256: &receipt.sha256,
                        },
                    )
                })
                .await?;
                tracing::info!(report = report_id, receipt = receipt_id, "report delivered");
                DeliveryEvent::Delivered {
                    session,
                    report_id,
                    receipt_id,
                }
            }
            Outcome::Refused { status } => {
                self.in_store(move |store| {
                    store.refused(&report, status, DeliveryReason::Refused.code())
                })
                .await?;
                tracing::warn!(
                    report = report_id,
                    status,
                    "report refused by the case system"
                );
                DeliveryEvent::Refused {
                    session,
                    report_id,
                    status,
                }
            }
            Outcome::Failed {
                status,
                reason,
                retry_after,
            } => {
                let attempts = report.attempts.saturating_add(1);
                let wait = wait(report.attempts, &self.settings)
                    .max(retry_after.unwrap_or_default())
                    .min(self.settings.longest_wait);
                let next_attempt = self
                    .store
                    .now()
                    .saturating_add(time::Duration::try_from(wait).unwrap_or_default());
                self.in_store(move |store| {
                    store.put_off(&report, next_attempt, status, reason.code())
                })
                .await?;
                tracing::warn!(report = report_id, attempts, %reason, "report not delivered yet");
                DeliveryEvent::Waiting {
                    session,
                    report_id,
                    attempts,
                    next_attempt,
                    reason,
                }
            }
        };
        // Nobody may be listening.
        let _ = self.events.send(event);
        Ok(())
    }

    /// Waits until `length` is over, the outbox changed, or the deliverer is stopped.
    async fn pause(&mut self, length: Duration) {
        tokio::select! {
            () = self.timer.pause(length) => {}
            () = self.store.outbox_changed().notified() => {}
            _ = self.stopped.changed() => {}
        }
    }

    async fn in_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || work(&store))
            .await
            .unwrap_or(Err(StoreError::State("the store's work was cut off")))
    }
}

/// Comes back when the handle is gone; never while it is there, stopped or not.
async fn abandoned(stopped: &mut watch::Receiver<bool>) {
    while stopped.changed().await.is_ok() {}
}

/// The wait after the failure that follows `failures` others: doubled each time, with jitter, so
/// that the desks of an office do not return all at once.
fn wait(failures: u32, settings: &DeliverySettings) -> Duration {
    ExponentialBuilder::default()
        .with_min_delay(settings.first_wait)
        // The jitter adds up to as much again.
        .with_max_delay(settings.longest_wait / 2)
        .with_jitter()
        .without_max_times()
        .build()
        // Doubling 32 times is past every longest wait.
        .nth(usize::try_from(failures.min(32)).unwrap_or(32))
        .unwrap_or(settings.longest_wait)
        .min(settings.longest_wait)
}

#[cfg(test)]
#[path = "deliver_tests.rs"]
mod tests;
