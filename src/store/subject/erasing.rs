//! A person is forgotten.

use std::collections::BTreeSet;

use rusqlite::Transaction;
use serde::Serialize;

use super::super::audit::AuditEvent;
use super::super::outbox::UNDELIVERED;
use super::super::{Store, StoreError, to_millis};
use super::{Shows, entries_that_name, holder, reports_of, sessions_by_record};
use crate::document::PersonalNumber;

/// What an erasure removed, and what it had to leave. Says nothing of the person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Sessions that lost their record, their evidence and the digests of their pictures.
    pub sessions: usize,
    /// Delivered reports that lost their text.
    pub reports: usize,
    /// Reports without a receipt: each goes within the hour after it has one.
    pub waiting_reports: Vec<String>,
    /// Reports that a destination refused for good: each goes within the hour after it was sent after all, or
    /// given up.
    pub refused_reports: Vec<String>,
    /// Audit entries whose personal digests say nothing any more.
    pub digests: usize,
    /// Enrolled fingers.
    pub fingers: usize,
    /// Remembered chips.
    pub chips: usize,
    /// Entries of lists of payees that are nobody's any more; sums and payments stay.
    pub payees: usize,
    /// Entries that are still to be paid: each goes once it is paid or its list is over.
    pub waiting_payees: Vec<LeftEntry>,
    /// Authorisations by or for the person; none of them counts any more.
    pub authorisations: usize,
    /// Copies of the whole database that were made before a migration.
    pub copies: usize,
}

/// An entry that is still to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftEntry {
    /// The list.
    pub list: String,
    /// Its name there.
    pub entry: String,
    /// For when.
    pub period: String,
}

/// An entry `e` that is still to be paid; `?1` is today.
const OWED: &str = "EXISTS (SELECT 1 FROM payee_lists l WHERE l.list = e.list AND l.withdrawn_at IS NULL \
     AND (l.pay_until IS NULL OR l.pay_until >= ?1)) AND NOT EXISTS \
     (SELECT 1 FROM payee_claims c WHERE c.entry = e.entry AND c.undone_at IS NULL)";

impl Store {
    /// Forgets a person in everything that is kept, and writes the file anew. What has to stay for a time
    /// is noted under a keyed digest of the number and goes by itself. The audit entry of it names nobody:
    /// it would keep whom it says was forgotten. `by` says who did it.
    ///
    /// A session in which another's number came up as well goes as a whole: its record cannot be changed in
    /// part, as its digest stands in the audit log.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; [`StoreError::Busy`] also when all is erased and another
    /// process kept the file from being written anew: do it again, or the next purge does.
    pub fn subject_erase(
        &self,
        number: &PersonalNumber,
        by: &str,
        shows: Shows<'_>,
    ) -> Result<Erased, StoreError> {
        let by_evidence = self.sessions_by_evidence(number, shows)?;
        let today = self.today().to_string();
        let mut erased = self.transaction(|transaction| {
            let holder = holder(transaction, number)?;
            let mut sessions = sessions_by_record(transaction, number)?;
            sessions.extend(by_evidence.iter().cloned());
            // Before the salts go that tell.
            let naming: BTreeSet<i64> = entries_that_name(transaction, number)?
                .into_iter()
                .map(|entry| entry.number)
                .collect();
            let mut erased = Erased {
                sessions: sessions.len(),
                ..Erased::default()
            };
            for session in &sessions {
                erased.digests += transaction.execute(
                    "DELETE FROM audit_salts WHERE number IN \
                     (SELECT number FROM audit WHERE entry ->> '$.session' = ?1)",
                    [session],
                )?;
                transaction.execute(
                    "UPDATE verdicts SET record = NULL, evidence = NULL WHERE session = ?1",
                    [session],
                )?;
                transaction.execute("DELETE FROM frames WHERE session = ?1", [session])?;
            }
            let reports = reports_of(transaction, &sessions, number)?;
            self.erase_reports(transaction, &reports, &holder, &mut erased)?;
            for number in naming {
                erased.digests +=
                    transaction.execute("DELETE FROM audit_salts WHERE number = ?1", [number])?;
            }
            let fingers = "DELETE FROM fingers WHERE holder = ?1";
            erased.fingers = transaction.execute(fingers, [&holder])?;
            erased.chips = transaction.execute("DELETE FROM chips WHERE number = ?1", [&holder])?;
            self.erase_payees(transaction, number, &holder, &today, &mut erased)?;
            let event = AuditEvent::new("person-erased")
                .fact("by", by)
                .fact("sessions", erased.sessions)
                .fact("reports", erased.reports)
                .fact("waiting-reports", erased.waiting_reports.len())
                .fact("refused-reports", erased.refused_reports.len())
                .fact("digests", erased.digests)
                .fact("fingers", erased.fingers)
                .fact("chips", erased.chips)
                .fact("payees", erased.payees)
                .fact("waiting-payees", erased.waiting_payees.len())
                .fact("authorisations", erased.authorisations);
            self.append(transaction, &event)?;
            Self::scrub_at_once(transaction)?;
            Ok(erased)
        })?;
        erased.copies = self.drop_copies(None)?;
        self.scrub()?;
        Ok(erased)
    }

    fn erase_reports(
        &self,
        transaction: &Transaction<'_>,
        reports: &BTreeSet<String>,
        holder: &str,
        erased: &mut Erased,
    ) -> Result<(), StoreError> {
        let mut delivered = transaction.prepare_cached(&format!(
            "UPDATE outbox SET jws = NULL WHERE report_id = ?1 AND report_id NOT IN ({UNDELIVERED}) \
             AND jws IS NOT NULL"
        ))?;
        let mut waiting = transaction.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE report_id = ?1 AND jws IS NOT NULL)",
        )?;
        let mut refused = transaction.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM deliveries WHERE report_id = ?1 AND state = 'refused')",
        )?;
        for report_id in reports {
            erased.reports += delivered.execute([report_id])?;
            if waiting.query_row([report_id], |row| row.get(0))? {
                self.leave(transaction, "report", report_id, holder)?;
                let left = if refused.query_row([report_id], |row| row.get(0))? {
                    &mut erased.refused_reports
                } else {
                    &mut erased.waiting_reports
                };
                left.push(report_id.clone());
            }
        }
        Ok(())
    }

    fn erase_payees(
        &self,
        transaction: &Transaction<'_>,
        number: &PersonalNumber,
        holder: &str,
        today: &str,
        erased: &mut Erased,
    ) -> Result<(), StoreError> {
        let mut owed = transaction.prepare(&format!(
            "SELECT e.entry, l.id, e.id, e.period FROM payee_entries e JOIN payee_lists l \
             ON l.list = e.list WHERE e.number = ?2 AND {OWED} ORDER BY e.entry"
        ))?;
        let mut rows = owed.query((today, number.reveal()))?;
        while let Some(row) = rows.next()? {
            self.leave(
                transaction,
                "payee-entry",
                &row.get::<_, i64>(0)?.to_string(),
                holder,
            )?;
            erased.waiting_payees.push(LeftEntry {
                list: row.get(1)?,
                entry: row.get(2)?,
                period: row.get(3)?,
            });
        }
        let mut over = transaction.prepare(&format!(
            "SELECT e.entry FROM payee_entries e WHERE e.number = ?2 AND NOT ({OWED})"
        ))?;
        for entry in over.query_map((today, number.reveal()), |row| row.get::<_, i64>(0))? {
            forget_entry(transaction, entry?)?;
            erased.payees += 1;
        }
        erased.authorisations = transaction.execute(
            "UPDATE payee_authorisations SET representative = NULL, payee = NULL, document = NULL, \
             revoked_at = coalesce(revoked_at, ?2), revoked_by = coalesce(revoked_by, 'erasure') \
             WHERE representative = ?1 OR payee = ?1",
            (number.reveal(), to_millis(self.now())),
        )?;
        Ok(())
    }

    fn leave(
        &self,
        transaction: &Transaction<'_>,
        kind: &str,
        reference: &str,
        holder: &str,
    ) -> Result<(), StoreError> {
        transaction.execute(
            "INSERT INTO pending_erasures (kind, reference, holder, asked_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (kind, reference) DO NOTHING",
            (kind, reference, holder, to_millis(self.now())),
        )?;
        Ok(())
    }

    /// Erases what earlier erasures had to leave and need not any more. How much that was.
    pub(in super::super) fn finish_erasures(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<usize, StoreError> {
        transaction.execute(
            &format!(
                "UPDATE outbox SET jws = NULL WHERE report_id NOT IN ({UNDELIVERED}) AND jws IS NOT NULL \
                 AND report_id IN (SELECT reference FROM pending_erasures WHERE kind = 'report')"
            ),
            [],
        )?;
        let mut done = transaction.execute(
            "DELETE FROM pending_erasures WHERE kind = 'report' AND NOT EXISTS \
             (SELECT 1 FROM outbox WHERE report_id = reference AND jws IS NOT NULL)",
            [],
        )?;
        let today = self.today().to_string();
        let entries = {
            let mut statement = transaction.prepare_cached(&format!(
                "SELECT e.entry FROM payee_entries e JOIN pending_erasures p \
                 ON p.kind = 'payee-entry' AND p.reference = CAST(e.entry AS TEXT) WHERE NOT ({OWED})"
            ))?;
            let entries = statement.query_map([today], |row| row.get::<_, i64>(0))?;
            entries.collect::<Result<Vec<_>, _>>()?
        };
        for entry in entries {
            forget_entry(transaction, entry)?;
            done += transaction.execute(
                "DELETE FROM pending_erasures WHERE kind = 'payee-entry' AND reference = ?1",
                [entry.to_string()],
            )?;
        }
        Ok(done)
    }
}

/// The entry is nobody's: its amount and its payments stay, the words in which somebody gave a reason go.
pub(in super::super) fn forget_entry(
    transaction: &Transaction<'_>,
    entry: i64,
) -> Result<(), StoreError> {
    for change in [
        "UPDATE payee_entries SET number = NULL, name = NULL, birth_date = NULL WHERE entry = ?1",
        "UPDATE payee_claims SET reason = '' WHERE entry = ?1 AND reason IS NOT NULL",
        "UPDATE payee_claims SET undone_reason = '' WHERE entry = ?1 AND undone_reason IS NOT NULL",
        "UPDATE payee_conflicts SET basis = '' WHERE entry = ?1 AND kind = 'manual'",
    ] {
        transaction.execute(change, [entry])?;
    }
    Ok(())
}
