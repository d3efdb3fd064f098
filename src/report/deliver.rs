//! The task that sends what waits for one destination, until it is receipted or refused.
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
use thiserror::Error;
use time::OffsetDateTime;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use super::post::Post;
use super::reason::DeliveryReason;
use super::settings::{DeliverySettings, Pace};
use super::way::{Outcome, Way};
use crate::store::deliveries::{DueReport, Next, StoredReceipt};
use crate::store::{Destination, Store, StoreError, in_store};

/// What became of an attempt, for the page and the clerk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryEvent {
    /// Where it was sent.
    pub destination: Destination,
    /// The session that the report is about, where it is about one.
    pub session: Option<String>,
    /// The report.
    pub report_id: String,
    /// What became of it.
    pub ended: Ended,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The receipt is stored.
    Delivered {
        /// The destination's receipt.
        receipt_id: String,
    },
    /// Refused for good; kept in the outbox.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// It will be sent again.
    Waiting {
        /// How often it was sent.
        attempts: u32,
        /// When it will be sent.
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

/// Starts the deliverer to the case system on the current tokio runtime; its pauses follow `timer`. One
/// process at a time delivers the reports of a data folder to a destination.
///
/// # Errors
/// [`DeliverError`]: a certificate or key cannot be used, or another process delivers already.
pub fn spawn(
    store: Arc<Store>,
    settings: &DeliverySettings,
    events: broadcast::Sender<DeliveryEvent>,
    timer: Arc<dyn Timer>,
) -> Result<DelivererHandle, DeliverError> {
    spawn_on(Post::new(settings)?, settings.pace, store, events, timer)
}

/// The same to any destination.
pub(super) fn spawn_on(
    way: impl Way,
    pace: Pace,
    store: Arc<Store>,
    events: broadcast::Sender<DeliveryEvent>,
    timer: Arc<dyn Timer>,
) -> Result<DelivererHandle, DeliverError> {
    // What lives in this process alone has no other deliverer.
    let lock = store
        .folder()
        .map(|folder| lock(folder, way.destination()))
        .transpose()?;
    let (stop, stopped) = watch::channel(false);
    let deliverer = Deliverer {
        changes: store.outbox_changes(),
        store,
        way,
        pace,
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
fn lock(folder: &Path, destination: Destination) -> Result<File, DeliverError> {
    let path = folder.join(match destination {
        Destination::CaseSystem => "deliver.lock",
        Destination::Fleet => "deliver-fleet.lock",
    });
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

struct Deliverer<W> {
    store: Arc<Store>,
    changes: watch::Receiver<()>,
    way: W,
    pace: Pace,
    events: broadcast::Sender<DeliveryEvent>,
    stopped: watch::Receiver<bool>,
    timer: Arc<dyn Timer>,
    _lock: Option<File>,
}

impl<W: Way> Deliverer<W> {
    async fn run(mut self) {
        let mut troubles = 0;
        while !self.ended() {
            match self.step().await {
                Ok(()) => troubles = 0,
                Err(error) => {
                    // A full disk, for one. The report stays where it is.
                    tracing::error!(%error, "the outbox cannot be used");
                    let pause = wait(troubles, self.pace);
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
        let (destination, longest) = (self.way.destination(), self.pace.longest_wait);
        // What changes from here on is looked at in the next step.
        self.changes.mark_unchanged();
        match in_store(&self.store, move |store| {
            store.next_report(destination, longest)
        })
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
            outcome = self.way.send(&report) => outcome,
            // Without a handle nobody waits for the end: the report is sent again some day.
            () = abandoned(&mut self.stopped) => return Ok(()),
        };
        let destination = report.destination;
        let session = report.session.clone();
        let report_id = report.report_id.clone();
        let to = destination.name();
        let ended = match outcome {
            Outcome::Receipted { status, receipt } => {
                let receipt_id = receipt.receipt_id.clone();
                in_store(&self.store, move |store| {
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
                tracing::info!(
                    to,
                    report = report_id,
                    receipt = receipt_id,
                    "report delivered"
                );
                Ended::Delivered { receipt_id }
            }
            Outcome::Refused { status } => {
                in_store(&self.store, move |store| {
                    store.refused(&report, status, DeliveryReason::Refused.code())
                })
                .await?;
                tracing::warn!(to, report = report_id, status, "report refused");
                Ended::Refused { status }
            }
            Outcome::Failed {
                status,
                reason,
                retry_after,
            } => {
                let attempts = report.attempts.saturating_add(1);
                let wait = wait(report.attempts, self.pace)
                    .max(retry_after.unwrap_or_default())
                    .min(self.pace.longest_wait);
                let next_attempt = self
                    .store
                    .now()
                    .saturating_add(time::Duration::try_from(wait).unwrap_or_default());
                in_store(&self.store, move |store| {
                    store.put_off(&report, next_attempt, status, reason.code())
                })
                .await?;
                tracing::warn!(to, report = report_id, attempts, %reason, "report not delivered yet");
                Ended::Waiting {
                    attempts,
                    next_attempt,
                    reason,
                }
            }
        };
        let event = DeliveryEvent {
            destination,
            session,
            report_id,
            ended,
        };
        // Nobody may be listening.
        let _ = self.events.send(event);
        Ok(())
    }

    /// Waits until `length` is over, the outbox changed, or the deliverer is stopped.
    async fn pause(&mut self, length: Duration) {
        tokio::select! {
            () = self.timer.pause(length) => {}
            // The store lives as long as this.
            _ = self.changes.changed() => {}
            _ = self.stopped.changed() => {}
        }
    }
}

/// Comes back when the handle is gone; never while it is there, stopped or not.
async fn abandoned(stopped: &mut watch::Receiver<bool>) {
    while stopped.changed().await.is_ok() {}
}

/// The wait after the failure that follows `failures` others: doubled each time, with jitter, so
/// that the desks of an office do not return all at once.
fn wait(failures: u32, pace: Pace) -> Duration {
    ExponentialBuilder::default()
        .with_min_delay(pace.first_wait)
        // The jitter adds up to as much again.
        .with_max_delay(pace.longest_wait / 2)
        .with_jitter()
        .without_max_times()
        .build()
        // Doubling 32 times is past every longest wait.
        .nth(usize::try_from(failures.min(32)).unwrap_or(32))
        .unwrap_or(pace.longest_wait)
        .min(pace.longest_wait)
}

#[cfg(test)]
#[path = "deliver_tests.rs"]
mod tests;
