//! Reports on their way: what is due at a destination, and what became of an attempt.

use core::time::Duration;

use rusqlite::OptionalExtension;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::audit::AuditEvent;
use super::outbox::Destination;
use super::{Store, StoreError, from_millis, to_millis};

/// A report whose time has come at one destination.
pub(crate) struct DueReport {
    pub(crate) destination: Destination,
    pub(crate) report_id: String,
    pub(crate) session: Option<String>,
    pub(crate) kind: String,
    pub(crate) jws: Zeroizing<String>,
    pub(crate) sha256: String,
    pub(crate) attempts: u32,
    /// When it was due, in the database's milliseconds: who asked for another attempt meanwhile
    /// changed it, and what ends then no longer decides when the report is sent.
    pub(crate) due: i64,
}

/// What a deliverer does next.
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

impl Store {
    /// The next report to send to a destination: one whose time has come and that no earlier report of its
    /// case, or of the same payment, waits before. A due time further off than the longest wait is a leap of the clock and
    /// counts as come.
    pub(crate) fn next_report(
        &self,
        destination: Destination,
        longest: Duration,
    ) -> Result<Next, StoreError> {
        const FIRST: &str = "FROM deliveries d JOIN outbox o ON o.report_id = d.report_id \
             WHERE d.destination = ?1 AND d.state = 'waiting' AND NOT EXISTS \
             (SELECT 1 FROM outbox e JOIN deliveries w ON w.report_id = e.report_id \
             WHERE e.case_ref = o.case_ref AND e.sequence < o.sequence \
             AND w.destination = d.destination AND w.state = 'waiting') AND NOT EXISTS \
             (SELECT 1 FROM payee_reports p JOIN payee_reports q ON q.claim = p.claim \
             JOIN outbox e ON e.report_id = q.report_id JOIN deliveries w ON w.report_id = e.report_id \
             WHERE p.report_id = o.report_id AND e.sequence < o.sequence \
             AND w.destination = d.destination AND w.state = 'waiting')";
        let now = self.now();
        let horizon = to_millis(
            now.saturating_add(time::Duration::try_from(longest).unwrap_or(time::Duration::MAX)),
        );
        self.read(|connection| {
            let due = connection
                .prepare_cached(&format!(
                    "SELECT o.report_id, o.session, o.kind, o.jws, o.sha256, d.attempts, \
                     d.next_attempt {FIRST} \
                     AND (d.next_attempt <= ?2 OR d.next_attempt > ?3) \
                     ORDER BY d.next_attempt, o.sequence LIMIT 1"
                ))?
                .query_row((destination.name(), to_millis(now), horizon), |row| {
                    Ok(DueReport {
                        destination,
                        report_id: row.get(0)?,
                        session: row.get(1)?,
                        kind: row.get(2)?,
                        jws: Zeroizing::new(row.get(3)?),
                        sha256: row.get(4)?,
                        attempts: row.get(5)?,
                        due: row.get(6)?,
                    })
                })
                .optional()?;
            if let Some(report) = due {
                return Ok(Next::Send(report));
            }
            let at: Option<i64> = connection
                .prepare_cached(&format!("SELECT min(d.next_attempt) {FIRST}"))?
                .query_row([destination.name()], |row| row.get(0))?;
            Ok(at.map_or(Next::Nothing, |at| Next::At(from_millis(at))))
        })
    }

    /// Stores the receipt and with it, in one transaction, that the report is delivered. Of one that somebody
    /// gave up meanwhile the audit log alone keeps that it arrived.
    pub(crate) fn delivered(
        &self,
        report: &DueReport,
        status: Option<u16>,
        receipt: &StoredReceipt<'_>,
    ) -> Result<(), StoreError> {
        let destination = report.destination.name();
        self.transaction(|transaction| {
            transaction.execute(
                "INSERT INTO receipts (report_id, destination, receipt_id, received_at, sha256, stored_at) \
                 SELECT report_id, destination, ?3, ?4, ?5, ?6 FROM deliveries \
                 WHERE report_id = ?1 AND destination = ?2 ON CONFLICT (report_id, destination) DO NOTHING",
                (
                    &report.report_id,
                    destination,
                    receipt.receipt_id,
                    receipt.received_at,
                    receipt.sha256,
                    to_millis(self.now()),
                ),
            )?;
            transaction.execute(
                "UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, status = ?3, \
                 reason = NULL WHERE report_id = ?1 AND destination = ?2",
                (&report.report_id, destination, status),
            )?;
            let event = report
                .event("report-delivered")
                .fact("sha256", &report.sha256)
                .fact("receipt", receipt.receipt_id);
            self.append(transaction, &event).map(|_| ())
        })
    }

    /// Records that the destination refused the report for good. One that somebody asked to retry
    /// meanwhile is sent once more.
    pub(crate) fn refused(
        &self,
        report: &DueReport,
        status: u16,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            transaction.execute(
                "UPDATE deliveries SET state = CASE next_attempt WHEN ?5 THEN 'refused' ELSE state END, \
                 attempts = attempts + 1, status = ?3, reason = ?4 \
                 WHERE report_id = ?1 AND destination = ?2 AND state = 'waiting'",
                (
                    &report.report_id,
                    report.destination.name(),
                    status,
                    reason,
                    report.due,
                ),
            )?;
            let event = report.event("report-refused").fact("status", status);
            self.append(transaction, &event).map(|_| ())
        })
    }

    /// Records a failed attempt and when the next one is due; at once where somebody asked for that
    /// meanwhile.
    pub(crate) fn put_off(
        &self,
        report: &DueReport,
        until: OffsetDateTime,
        status: Option<u16>,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            transaction.execute(
                "UPDATE deliveries SET attempts = attempts + 1, status = ?4, reason = ?5, \
                 next_attempt = CASE next_attempt WHEN ?6 THEN ?3 ELSE next_attempt END \
                 WHERE report_id = ?1 AND destination = ?2 AND state = 'waiting'",
                (
                    &report.report_id,
                    report.destination.name(),
                    to_millis(until),
                    status,
                    reason,
                    report.due,
                ),
            )?;
            Ok(())
        })
    }
}

impl DueReport {
    fn event(&self, kind: &'static str) -> AuditEvent<'_> {
        let event = AuditEvent::new(kind)
            .fact("report", &self.report_id)
            .fact("destination", self.destination.name());
        match &self.session {
            Some(session) => event.session(session),
            None => event,
        }
    }
}
