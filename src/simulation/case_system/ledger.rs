//! What was received, each report once.

use core::fmt;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::watch;

use super::archive::{Archive, Kept};
use crate::report::Receipt;

/// How many reports are listed; older ones leave the list first.
pub const LISTED: usize = 1_000;
/// How many idempotency keys are remembered.
const REMEMBERED: usize = 10_000;

/// A report that was received. It holds personal data, so `Debug` leaves it out. As JSON it has the
/// `event` in it besides.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// The event's `id`, which is the idempotency key.
    pub report_id: String,
    /// The receipt that was given.
    pub receipt_id: String,
    /// When it came first.
    pub received_at: OffsetDateTime,
    /// How often it came since the case system was started; one that came before counts once.
    pub deliveries: u64,
    /// SHA-256 of what was posted, lower-case hex.
    pub sha256: String,
    /// The report as it was posted: a JWS in compact serialisation (RFC 7515, 7.1).
    pub jws: String,
    /// The session that it reports.
    pub session: String,
    /// The case that it belongs to.
    pub case_ref: Option<String>,
}

impl Serialize for Received {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all = serializer.serialize_struct("Received", 9)?;
        all.serialize_field("report_id", &self.report_id)?;
        all.serialize_field("receipt_id", &self.receipt_id)?;
        all.serialize_field("received_at", &crate::store::rfc3339(self.received_at))?;
        all.serialize_field("deliveries", &self.deliveries)?;
        all.serialize_field("sha256", &self.sha256)?;
        all.serialize_field("session", &self.session)?;
        all.serialize_field("case_ref", &self.case_ref)?;
        all.serialize_field("jws", &self.jws)?;
        all.serialize_field("event", &self.event())?;
        all.end()
    }
}

impl Received {
    /// The whole CloudEvents document. It is taken out of the signed text each time: a list of a
    /// thousand parsed ones would weigh ten times as much.
    #[must_use]
    pub fn event(&self) -> Value {
        let payload = self.jws.split('.').nth(1).unwrap_or("");
        let payload = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
        serde_json::from_slice(&payload).unwrap_or(Value::Null)
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

/// A text of an event's data.
fn text(event: &Value, name: &str) -> Option<String> {
    let text = event.get("data")?.get(name)?.as_str()?;
    Some(text.to_owned())
}

/// Why a report was not entered.
pub(super) enum NotEntered {
    /// The same key came with another content.
    Conflict,
    /// The file did not take it.
    NotKept(io::Error),
}

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
    /// None where it lives in memory.
    archive: Option<Archive>,
}

impl Book {
    fn write(&mut self, kept: Kept, received_at: OffsetDateTime) {
        let key = kept.receipt.idempotency_key.clone();
        self.listed.push_back(Received {
            report_id: key.clone(),
            receipt_id: kept.receipt.receipt_id.clone(),
            received_at,
            deliveries: 1,
            sha256: kept.receipt.sha256.clone(),
            jws: kept.jws,
            session: kept.session,
            case_ref: kept.case_ref,
        });
        self.receipts.insert(key.clone(), kept.receipt);
        self.order.push_back(key);
        if self.listed.len() > LISTED {
            self.listed.pop_front();
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.receipts.remove(&oldest);
        }
    }
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
    /// A ledger that is kept in this file, with what stands there.
    pub(super) fn kept_in(path: &Path) -> io::Result<Self> {
        let mut book = Book::default();
        let archive = Archive::open(path, |kept| {
            let received_at = OffsetDateTime::parse(&kept.receipt.received_at, &Rfc3339);
            book.write(kept, received_at.unwrap_or(OffsetDateTime::UNIX_EPOCH));
        })?;
        book.archive = Some(archive);
        Ok(Self {
            book: Mutex::new(book),
            ..Self::default()
        })
    }

    /// Enters a report, or finds it: its receipt is the same each time. Where there is a file, it is on
    /// the disk when this returns.
    pub(super) fn enter(
        &self,
        key: &str,
        jws: &str,
        sha256: &str,
        event: &Value,
    ) -> Result<Receipt, NotEntered> {
        let mut book = self.book();
        if let Some(receipt) = book.receipts.get(key).cloned() {
            if receipt.sha256 != sha256 {
                return Err(NotEntered::Conflict);
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
        let kept = Kept {
            receipt: receipt.clone(),
            session: text(event, "session").unwrap_or_default(),
            case_ref: text(event, "case_ref"),
            jws: jws.to_owned(),
        };
        if let Some(archive) = &mut book.archive {
            archive.keep(&kept).map_err(NotEntered::NotKept)?;
        }
        book.write(kept, now);
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

    pub(super) async fn wait_until(&self, enough: impl Fn(&[Received]) -> bool) {
        let mut arrivals = self.arrivals.subscribe();
        loop {
            arrivals.borrow_and_update();
            if enough(&self.list()) {
                return;
            }
            // The sender lives in this ledger: it does not go away meanwhile.
            let _ = arrivals.changed().await;
        }
    }

    pub(super) fn forget(&self) {
        let mut book = self.book();
        let archive = book.archive.take();
        *book = Book::default();
        book.archive = archive;
        if let Some(archive) = &mut book.archive
            && let Err(error) = archive.clear()
        {
            tracing::error!(%error, "what was received could not be forgotten");
        }
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
