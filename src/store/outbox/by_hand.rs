//! What people do about reports that have no receipt: send them again, carry them, give them up.

use rusqlite::OptionalExtension;
use zeroize::Zeroizing;

use super::super::audit::AuditEvent;
use super::super::{Store, StoreError, to_millis};
use super::{Destination, UNDELIVERED};
use crate::document::Personal;

/// Reports that are due at once: another time than the one before, so that an attempt under way notices.
const AT_ONCE: &str = "UPDATE deliveries SET state = 'waiting', \
     next_attempt = CASE next_attempt WHEN ?1 THEN ?1 - 1 ELSE ?1 END";

impl Store {
    /// Gives a destination up: what it has not taken is not sent there any more, and its sessions' data go when
    /// their term is over. How many reports that were. The giving up is an audit entry.
    ///
    /// # Errors
    /// [`StoreError::Input`] for who and why; [`StoreError`] when the database fails.
    pub fn outbox_give_up(
        &self,
        destination: Destination,
        by: &str,
        reason: &Personal<String>,
    ) -> Result<usize, StoreError> {
        short(by, reason)?;
        self.transaction(|transaction| {
            let count = transaction.execute(
                "DELETE FROM deliveries WHERE destination = ?1 AND state <> 'delivered'",
                [destination.name()],
            )?;
            let event = AuditEvent::new("destination-given-up")
                .fact("destination", destination.name())
                .fact("reports", count)
                .fact("by", by)
                .personal("reason", reason);
            self.append(transaction, &event)?;
            Ok(count)
        })
    }

    /// Gives a report up where it was refused for good: it can never be sent there any more, and what its
    /// session keeps goes when its term is over. Where it still waits or has arrived nothing changes. The
    /// giving up is an audit entry. At how many destinations that was.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such report, [`StoreError::State`] where no destination
    /// refused it, [`StoreError::Input`] for who and why; [`StoreError`] when the database fails.
    pub fn outbox_give_up_report(
        &self,
        report_id: &str,
        by: &str,
        reason: &Personal<String>,
    ) -> Result<usize, StoreError> {
        short(by, reason)?;
        self.transaction(|transaction| {
            let session: Option<Option<String>> = transaction
                .query_row(
                    "SELECT session FROM outbox WHERE report_id = ?1",
                    [report_id],
                    |row| row.get(0),
                )
                .optional()?;
            let session = session.ok_or(StoreError::Unknown { kind: "report" })?;
            let count = transaction.execute(
                "DELETE FROM deliveries WHERE report_id = ?1 AND state = 'refused'",
                [report_id],
            )?;
            if count == 0 {
                return Err(StoreError::State("no destination refused the report"));
            }
            let mut event = AuditEvent::new("report-given-up")
                .fact("report", report_id)
                .fact("destinations", count)
                .fact("by", by)
                .personal("reason", reason);
            if let Some(session) = &session {
                event = event.session(session);
            }
            self.append(transaction, &event)?;
            Ok(count)
        })
    }

    /// Sends a report that waits or was refused at the next opportunity, wherever it has not arrived.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such report, [`StoreError::State`] when it has all its
    /// receipts.
    pub fn outbox_retry(&self, report_id: &str) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            let known = "SELECT EXISTS (SELECT 1 FROM outbox WHERE report_id = ?1)";
            if !transaction.query_row(known, [report_id], |row| row.get(0))? {
                return Err(StoreError::Unknown { kind: "report" });
            }
            let due = transaction.execute(
                &format!("{AT_ONCE} WHERE report_id = ?2 AND state <> 'delivered'"),
                (to_millis(self.now()), report_id),
            )?;
            if due == 0 {
                return Err(StoreError::State("the report has its receipt already"));
            }
            let event = AuditEvent::new("report-retried").fact("report", report_id);
            self.append(transaction, &event).map(|_| ())
        })?;
        self.outbox_has_changed();
        Ok(())
    }

    /// Sends all reports that were refused for good at the next opportunity: they were refused for what was
    /// wrong on the way, and not for what they say. The order within a case is that of their making. How
    /// many that were, a report counted once for each destination; where there were any, an audit entry.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox_retry_refused(&self, by: &str) -> Result<usize, StoreError> {
        let count = self.transaction(|transaction| {
            let count = transaction.execute(
                &format!("{AT_ONCE} WHERE state = 'refused'"),
                [to_millis(self.now())],
            )?;
            if count > 0 {
                let event = AuditEvent::new("refused-reports-retried")
                    .fact("reports", count)
                    .fact("by", by);
                self.append(transaction, &event)?;
            }
            Ok(count)
        })?;
        self.outbox_has_changed();
        Ok(count)
    }

    /// Calls `each` with identifier and signed text of every report that lacks a receipt, the
    /// oldest first, for carrying them by hand. The export is an audit entry, made before the first report
    /// leaves: whoever stops reading has read. No lock is held while `each` works. How many reports it was
    /// called with; one that was delivered and purged meanwhile is none of them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or what `each` returns.
    pub fn outbox_export(
        &self,
        mut each: impl FnMut(&str, &str) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        let reports = self.transaction(|transaction| {
            let mut statement = transaction.prepare(&format!(
                "SELECT report_id FROM outbox WHERE report_id IN ({UNDELIVERED}) ORDER BY sequence"
            ))?;
            let reports = statement.query_map([], |row| row.get(0))?;
            let reports: Vec<String> = reports.collect::<Result<_, _>>()?;
            let event = AuditEvent::new("outbox-exported").fact("reports", reports.len());
            self.append(transaction, &event)?;
            Ok(reports)
        })?;
        let mut count = 0;
        for report_id in reports {
            let jws: Option<String> = self.read(|connection| {
                let mut statement =
                    connection.prepare_cached("SELECT jws FROM outbox WHERE report_id = ?1")?;
                let found = statement.query_row([&report_id], |row| row.get(0));
                Ok(found.optional()?.flatten())
            })?;
            if let Some(jws) = jws.map(Zeroizing::new) {
                each(&report_id, &jws)?;
                count += 1;
            }
        }
        Ok(count)
    }
}

/// Who and why, each of 1 to 500 characters.
fn short(by: &str, reason: &Personal<String>) -> Result<(), StoreError> {
    let short = |text: &str| (1..=500).contains(&text.trim().chars().count());
    if short(by) && short(reason.reveal()) {
        return Ok(());
    }
    Err(StoreError::Input {
        field: "reason",
        problem: "is empty or too long",
    })
}

#[cfg(test)]
mod tests;
