//! What was received, each report once.

use core::fmt;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::report::Receipt;

/// How many reports are listed; older ones leave the list first.
pub const LISTED: usize = 1_000;
/// How many idempotency keys are remembered.
const REMEMBERED: usize = 10_000;

/// A report that was received. Its `event` holds personal data, so `Debug` leaves it out.
#[derive(Clone, PartialEq, Serialize)]
pub struct Received {
    /// The event's `id`, which is the idempotency key.
    pub report_id: String,
    /// The receipt that was given.
    pub receipt_id: String,
    /// When it came first.
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: OffsetDateTime,
    /// How often it came.
    pub deliveries: u64,
    /// SHA-256 of what was posted, lower-case hex.
    pub sha256: String,
    /// The whole CloudEvents document.
    pub event: Value,
}

impl Received {
    /// A text of the event or of its data, such as `type` or `verdict`.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.event
            .get(name)
            .or_else(|| self.event.get("data")?.get(name))
            .and_then(Value::as_str)
            .unwrap_or("")
    }

    /// Whether a test anchor was involved.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.event.pointer("/data/test") != Some(&Value::Bool(false))
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("report_id", &self.report_id)
            .field("deliveries", &self.deliveries)
            .finish_non_exhaustive()
    }
}

/// The same key came with another content.
pub(super) struct Conflict;

pub(super) struct Ledger {
    book: Mutex<Book>,
    arrivals: watch::Sender<Arrivals>,
}

/// Counted since the start.
#[derive(Clone, Copy, Default)]
struct Arrivals {
    /// Different reports.
    reports: u64,
    /// All deliveries, repeated ones too.
    deliveries: u64,
}

#[derive(Default)]
struct Book {
    listed: VecDeque<Received>,
    receipts: HashMap<String, Receipt>,
    /// The keys of `receipts`, the oldest first.
    order: VecDeque<String>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            book: Mutex::default(),
            arrivals: watch::Sender::new(Arrivals::default()),
        }
    }
}

impl Ledger {
    /// Enters a report, or finds it: its receipt is the same each time.
    pub(super) fn enter(&self, key: &str, sha256: &str, event: Value) -> Result<Receipt, Conflict> {
        let mut book = self.book();
        if let Some(receipt) = book.receipts.get(key).cloned() {
            if receipt.sha256 != sha256 {
                return Err(Conflict);
            }
            if let Some(known) = book.listed.iter_mut().find(|known| known.report_id == key) {
                known.deliveries += 1;
            }
            drop(book);
            self.arrivals
                .send_modify(|arrivals| arrivals.deliveries += 1);
            return Ok(receipt);
        }
        let now = OffsetDateTime::now_utc();
        let receipt = Receipt {
            receipt_id: format!("R-{}", ulid::Ulid::new()),
            idempotency_key: key.to_owned(),
            received_at: crate::store::rfc3339(now),
            sha256: sha256.to_owned(),
        };
        book.listed.push_back(Received {
            report_id: key.to_owned(),
            receipt_id: receipt.receipt_id.clone(),
            received_at: now,
            deliveries: 1,
            sha256: sha256.to_owned(),
            event,
        });
        book.receipts.insert(key.to_owned(), receipt.clone());
        book.order.push_back(key.to_owned());
        if book.listed.len() > LISTED {
            book.listed.pop_front();
        }
        if book.order.len() > REMEMBERED
            && let Some(oldest) = book.order.pop_front()
        {
            book.receipts.remove(&oldest);
        }
        drop(book);
        self.arrivals.send_modify(|arrivals| {
            arrivals.reports += 1;
            arrivals.deliveries += 1;
        });
        Ok(receipt)
    }

    pub(super) fn list(&self) -> Vec<Received> {
        self.book().listed.iter().cloned().collect()
    }

    pub(super) async fn wait_for(&self, reports: u64, deliveries: u64) {
        // The sender lives in this ledger: it does not go away meanwhile.
        let _ = self
            .arrivals
            .subscribe()
            .wait_for(|seen| seen.reports >= reports && seen.deliveries >= deliveries)
            .await;
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
