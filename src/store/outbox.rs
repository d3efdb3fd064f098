//! Signed reports and what became of them.

use core::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::audit::{AuditEvent, AuditHead};
use super::{Store, StoreError, from_millis, to_millis};

/// Where a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// It will be sent, or sent again.
    Waiting,
    /// Its receipt is stored.
    Delivered,
    /// The case system refused it for good; it is kept and can be retried by hand.
    Refused,
}

impl OutboxState {
    fn parse(name: &str) -> Result<Self, StoreError> {
        match name {
            "waiting" => Ok(Self::Waiting),
            "delivered" => Ok(Self::Delivered),
            "refused" => Ok(Self::Refused),
            _ => Err(StoreError::State("the outbox holds an unknown state")),
        }
    }
}

/// A report in the outbox, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutboxEntry {
    /// The report's identifier and idempotency key.
    pub report_id: String,
    /// The session that it reports.
    pub session: String,
    /// The case that it belongs to.
    pub case_ref: Option<String>,
    /// `identity.confirmed` and so on.
    pub kind: String,
    /// Where it stands.
    pub state: OutboxState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it will be sent; null once it is delivered or refused.
    #[serde(with = "time::serde::rfc3339::option")]
    pub next_attempt: Option<OffsetDateTime>,
    /// The HTTP status of the last answer.
    pub status: Option<u16>,
    /// Why the last attempt failed, a stable code.
    pub reason: Option<String>,
    /// The case system's receipt.
    pub receipt_id: Option<String>,
    /// SHA-256 of the signed report, lower-case hex.
    pub sha256: String,
}

/// How many reports stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutboxCounts {
    /// To be sent.
    pub waiting: u64,
    /// With their receipt.
    pub delivered: u64,
    /// Refused for good.
    pub refused: u64,
}

/// A report that is to be put into the outbox.
pub(crate) struct NewReport<'a> {
    pub(crate) report_id: &'a str,
    pub(crate) session: &'a str,
    pub(crate) case_ref: Option<&'a str>,
    pub(crate) kind: &'static str,
    pub(crate) jws: &'a str,
    pub(crate) sha256: &'a str,
    pub(crate) audit: &'a AuditHead,
    pub(crate) at: OffsetDateTime,
}

/// A report whose time has come.
pub(crate) struct DueReport {
    pub(crate) report_id: String,
    pub(crate) session: String,
    pub(crate) jws: Zeroizing<String>,
    pub(crate) sha256: String,
    pub(crate) attempts: u32,
}

/// What the deliverer does next.
pub(crate) enum Next {
    /// Send this.
    Send(DueReport),
    /// Nothing before then.
    At(OffsetDateTime),
    /// Nothing at all.
    Nothing,
}

/// A receipt that was checked.
pub(crate) struct StoredReceipt<'a> {
    pub(crate) receipt_id: &'a str,
    pub(crate) received_at: &'a str,
    pub(crate) sha256: &'a str,
}

const COLUMNS: &str = "o.report_id, o.session, o.case_ref, o.kind, o.state, o.attempts, o.created_at, \
     o.next_attempt, o.status, o.reason, r.receipt_id, o.sha256 \
     FROM outbox o LEFT JOIN receipts r ON r.report_id = o.report_id";

impl Store {
    /// A new identifier: a ULID of the store's clock and 80 random bits.
    ///
    /// # Errors
    /// [`StoreError::Crypto`] when the system gives no random bytes.
    pub fn new_id(&self) -> Result<String, StoreError> {
        let mut bytes = [0; 16];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| StoreError::Crypto("the system gave no random bytes"))?;
        let millis = u64::try_from(to_millis(self.now())).unwrap_or(0);
        Ok(ulid::Ulid::from_parts(millis, u128::from_be_bytes(bytes)).to_string())
    }

    /// Everything that has no receipt: what waits in the order of sending, and what was refused.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} WHERE o.state <> 'delivered' ORDER BY o.sequence"
            ))?;
            let mut rows = statement.query([])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(entry(row)?);
            }
            Ok(entries)
        })
    }

    /// The report of a session, whatever became of it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn report_of(&self, session: &str) -> Result<Option<OutboxEntry>, StoreError> {
        self.one("o.session", session)
    }

    /// One report by its identifier.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox_entry(&self, report_id: &str) -> Result<Option<OutboxEntry>, StoreError> {
        self.one("o.report_id", report_id)
    }

    fn one(&self, column: &'static str, value: &str) -> Result<Option<OutboxEntry>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} WHERE {column} = ?1"))?;
            let mut rows = statement.query([value])?;
            rows.next()?.map(entry).transpose()
        })
    }

    /// How many reports stand where.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT state, count(*) FROM outbox GROUP BY state")?;
            let mut rows = statement.query([])?;
            let mut counts = OutboxCounts::default();
            while let Some(row) = rows.next()? {
                let count = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
                match OutboxState::parse(&row.get::<_, String>(0)?)? {
                    OutboxState::Waiting => counts.waiting = count,
                    OutboxState::Delivered => counts.delivered = count,
                    OutboxState::Refused => counts.refused = count,
                }
            }
            Ok(counts)
        })
    }

    /// Sends a report that waits or was refused at the next opportunity.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such report, [`StoreError::State`] when it has its
    /// receipt.
    pub fn outbox_retry(&self, report_id: &str) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            let state: Option<String> = transaction
                .query_row(
                    "SELECT state FROM outbox WHERE report_id = ?1",
                    [report_id],
                    |row| row.get(0),
                )
                .optional()?;
            match state.as_deref().map(OutboxState::parse).transpose()? {
                None => return Err(StoreError::Unknown { kind: "report" }),
                Some(OutboxState::Delivered) => {
                    return Err(StoreError::State("the report has its receipt already"));
                }
                Some(OutboxState::Waiting | OutboxState::Refused) => {}
            }
            transaction.execute(
                "UPDATE outbox SET state = 'waiting', next_attempt = ?2 WHERE report_id = ?1",
                (report_id, to_millis(self.now())),
            )?;
            let event = AuditEvent::new("report-retried").fact("report", report_id);
            self.append(transaction, &event).map(|_| ())
        })?;
        self.outbox_changed().notify_one();
        Ok(())
    }

    /// Calls `each` with identifier and signed text of every report that has no receipt, the
    /// oldest first, for carrying them by hand. The export is an audit entry.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or what `each` returns.
    pub fn outbox_export(
        &self,
        mut each: impl FnMut(&str, &str) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        self.transaction(|transaction| {
            let mut count = 0;
            {
                let mut statement = transaction.prepare(
                    "SELECT report_id, jws FROM outbox WHERE state <> 'delivered' ORDER BY sequence",
                )?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let report_id: String = row.get(0)?;
                    let jws = Zeroizing::new(row.get::<_, String>(1)?);
                    each(&report_id, &jws)?;
                    count += 1;
                }
            }
            let event = AuditEvent::new("outbox-exported").fact("reports", count);
            self.append(transaction, &event)?;
            Ok(count)
        })
    }

    /// The number that the next report will have: CloudEvents `sequence`.
    pub(crate) fn next_sequence(transaction: &Transaction<'_>) -> Result<i64, StoreError> {
        let last: Option<i64> = transaction
            .query_row(
                "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'",
                [],
                |row| row.get(0),
            )
            .optional()?;
        Ok(last.unwrap_or(0).saturating_add(1))
    }

    pub(crate) fn insert_report(
        transaction: &Transaction<'_>,
        report: &NewReport<'_>,
    ) -> Result<(), StoreError> {
        let at = to_millis(report.at);
        transaction.execute(
            "INSERT INTO outbox (report_id, session, case_ref, kind, jws, sha256, audit_number, \
             audit_head, created_at, next_attempt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
            (
                report.report_id,
                report.session,
                report.case_ref,
                report.kind,
                report.jws,
                report.sha256,
                i64::try_from(report.audit.number).unwrap_or(i64::MAX),
                &report.audit.hash,
                at,
            ),
        )?;
        Ok(())
    }

    /// The next report to send: one whose time has come and that no earlier report of its case
    /// waits before. A due time further off than the longest wait is a leap of the clock and
    /// counts as come.
    pub(crate) fn next_report(&self, longest: Duration) -> Result<Next, StoreError> {
        const FIRST_OF_CASE: &str = "o.state = 'waiting' AND NOT EXISTS (SELECT 1 FROM outbox e \
             WHERE e.case_ref = o.case_ref AND e.state = 'waiting' AND e.sequence < o.sequence)";
        let now = self.now();
        let horizon = to_millis(
            now.saturating_add(time::Duration::try_from(longest).unwrap_or(time::Duration::MAX)),
        );
        self.read(|connection| {
            let due = connection
                .prepare_cached(&format!(
                    "SELECT report_id, session, jws, sha256, attempts FROM outbox o \
                     WHERE {FIRST_OF_CASE} AND (next_attempt <= ?1 OR next_attempt > ?2) \
                     ORDER BY next_attempt, sequence LIMIT 1"
                ))?
                .query_row((to_millis(now), horizon), |row| {
                    Ok(DueReport {
                        report_id: row.get(0)?,
                        session: row.get(1)?,
                        jws: Zeroizing::new(row.get(2)?),
                        sha256: row.get(3)?,
                        attempts: row.get(4)?,
                    })
                })
                .optional()?;
            if let Some(report) = due {
                return Ok(Next::Send(report));
            }
            let at: Option<i64> = connection
                .prepare_cached(&format!(
                    "SELECT min(next_attempt) FROM outbox o WHERE {FIRST_OF_CASE}"
                ))?
                .query_row([], |row| row.get(0))?;
            Ok(at.map_or(Next::Nothing, |at| Next::At(from_millis(at))))
        })
    }

    /// Stores the receipt and with it, in one transaction, that the report is delivered.
    pub(crate) fn delivered(
        &self,
        report: &DueReport,
        status: u16,
        receipt: &StoredReceipt<'_>,
    ) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            transaction.execute(
                "INSERT INTO receipts (report_id, receipt_id, received_at, sha256, stored_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (report_id) DO NOTHING",
                (
                    &report.report_id,
                    receipt.receipt_id,
                    receipt.received_at,
                    receipt.sha256,
                    to_millis(self.now()),
                ),
            )?;
            transaction.execute(
                "UPDATE outbox SET state = 'delivered', attempts = attempts + 1, status = ?2, \
                 reason = NULL WHERE report_id = ?1",
                (&report.report_id, status),
            )?;
            let event = AuditEvent::new("report-delivered")
                .session(&report.session)
                .fact("report", &report.report_id)
                .fact("sha256", &report.sha256)
                .fact("receipt", receipt.receipt_id);
            self.append(transaction, &event).map(|_| ())
        })
    }

    /// Records that the case system refused the report for good.
    pub(crate) fn refused(
        &self,
        report: &DueReport,
        status: u16,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            transaction.execute(
                "UPDATE outbox SET state = 'refused', attempts = attempts + 1, status = ?2, \
                 reason = ?3 WHERE report_id = ?1 AND state = 'waiting'",
                (&report.report_id, status, reason),
            )?;
            let event = AuditEvent::new("report-refused")
                .session(&report.session)
                .fact("report", &report.report_id)
                .fact("status", status);
            self.append(transaction, &event).map(|_| ())
        })
    }

    /// Records a failed attempt and when the next one is due.
    pub(crate) fn put_off(
        &self,
        report: &DueReport,
        until: OffsetDateTime,
        status: Option<u16>,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            transaction.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_attempt = ?2, status = ?3, \
                 reason = ?4 WHERE report_id = ?1 AND state = 'waiting'",
                (&report.report_id, to_millis(until), status, reason),
            )?;
            Ok(())
        })
    }
}

fn entry(row: &Row<'_>) -> Result<OutboxEntry, StoreError> {
    let state = OutboxState::parse(&row.get::<_, String>(4)?)?;
    Ok(OutboxEntry {
        report_id: row.get(0)?,
        session: row.get(1)?,
        case_ref: row.get(2)?,
        kind: row.get(3)?,
        state,
        attempts: row.get(5)?,
        created_at: from_millis(row.get(6)?),
        next_attempt: match state {
            OutboxState::Waiting => Some(from_millis(row.get(7)?)),
            OutboxState::Delivered | OutboxState::Refused => None,
        },
        status: row.get(8)?,
        reason: row.get(9)?,
        receipt_id: row.get(10)?,
        sha256: row.get(11)?,
    })
}
